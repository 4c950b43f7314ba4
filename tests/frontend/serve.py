"""``python -m tests.frontend.serve NOTEBOOKS PORT VAR``: the real service on other notebooks, for one visitor.

Who the visitor is, is the Hub's to say, and no part of these tests: here it is always the same one, until a file
``session-over`` lies in VAR. Everything else is as in the portal: kernels, pages, websockets, headers, the bundle.
"""

import os
import sys
from pathlib import Path
from typing import Any

from jupyterhub.singleuser.extension import JupyterHubUser
from tornado.web import RequestHandler

import portal_lib.fast_imports  # noqa: F401 - must come before anything of Jupyter
from portal_lib import looks
from portal_lib.settings import Settings
from portal_lib.web import server
from portal_lib.web.pages import Page
from portal_lib.web.visitors import PortalIdentity

MODEL = {"name": "c-prova", "groups": ["customer-1"], "session_id": "prova", "scopes": []}


class AlwaysTheSame(PortalIdentity):
    """Instead of the Hub's OAuth."""

    over: Path

    async def get_user(self, handler: Any) -> Any:
        self._patch_get_login_url(handler)
        handler._jupyterhub_user = None if self.over.exists() else JupyterHubUser(MODEL)
        return handler._jupyterhub_user

    async def display_name(self, name: str) -> str:
        return "Maria Rossi"


class Sheet(RequestHandler):
    """The style sheet that the Hub serves."""

    def initialize(self, settings: Settings) -> None:
        self.sheet = looks.variables(settings) + server.__dict__["_HERE"].parents[1].joinpath(
            "hub_config", "static", "portal.css"
        ).read_text(encoding="utf-8")

    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=UTF-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.finish(self.sheet)


class OtherPages(server.PortalVoila):
    """The service, and the one file of the Hub's that its pages use; ``NOTEBOOKS/templates`` goes before its own."""

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        self.template_paths.insert(0, str(server._NOTEBOOKS / "templates"))

    def init_handlers(self) -> list[Any]:
        sheet = (r"/hub/portale-static/portal\.css", Sheet, {"settings": self.portal_settings})
        return [sheet, *super().init_handlers()]


def main(notebooks: Path, port: int, var: Path) -> None:
    os.environ |= {
        "JUPYTERHUB_API_TOKEN": "of-the-tests-alone",
        "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": "service-portale",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/portale/",
    }
    AlwaysTheSame.over = var / "session-over"
    (var / "kernels").mkdir(parents=True, exist_ok=True)
    server.PortalIdentity = AlwaysTheSame  # type: ignore[misc]
    server._NOTEBOOKS = notebooks
    server.PAGES = tuple(Page(path.stem, path.stem.upper(), path.name) for path in sorted(notebooks.glob("*.ipynb")))
    settings = Settings(var=var, pages_per_visitor=50)
    OtherPages.for_settings(settings, port=port).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), int(sys.argv[2]), Path(sys.argv[3]).absolute())
