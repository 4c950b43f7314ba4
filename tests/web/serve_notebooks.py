"""``python -m tests.web.serve_notebooks``: the dashboard service, with the notebooks beside this file as its pages.

They have a control for everything that a kernel can go through, and change only with these tests.
"""

import runpy
from pathlib import Path

import portal_lib.fast_imports  # noqa: F401 - must come before anything of Jupyter
from portal_lib.web import pages, server

pages_here = tuple(
    pages.Page(path.stem, path.stem.upper(), path.name)
    for path in sorted((Path(__file__).parent / "notebooks").glob("*.ipynb"))
)
server.PAGES = pages_here
server._NOTEBOOKS = Path(__file__).parent / "notebooks"
runpy.run_module("portal_lib.web", run_name="__main__")
