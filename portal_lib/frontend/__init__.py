"""The notebook pages in the browser: one bundle of TypeScript (``src/``), built by ``build.mjs`` during set-up.

The bundle holds a kernel connection, the widget manager, the controls, and bqplot from the very files that its wheel
ships. It draws a page from the widgets' state that the page carries, then connects, and says when something is lost.
"""
