"""``python -m tests.web.serve_notebooks``: the dashboard service, with the notebooks beside this file as its pages.

They have a control for everything that a kernel can go through, and change only with these tests.
"""

import runpy
from pathlib import Path

import portal_lib.fast_imports  # noqa: F401 - must come before anything of Jupyter
from portal_lib.web import manifest, server

notebooks = Path(__file__).parent / "notebooks"
server._NOTEBOOKS = notebooks
server.PAGES = manifest.read(notebooks)
runpy.run_module("portal_lib.web", run_name="__main__")
