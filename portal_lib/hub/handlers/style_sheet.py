"""``/portale-static/portal.css``: the supplier's looks and the rules that use them, in one file for every page."""

from typing import Any

from tornado.web import RequestHandler

from portal_lib.hub.pages import style_sheet
from portal_lib.hub.wiring import Wiring

_YEAR = 365 * 86_400


class StyleSheet(RequestHandler):
    """For everybody, logged in or not; kept by browsers as long as its address, which names its version, is in use."""

    def initialize(self, wiring: Wiring) -> None:
        self.wiring = wiring

    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=UTF-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        kept = self.get_query_argument("v", "") != ""
        self.set_header("Cache-Control", f"public, max-age={_YEAR}, immutable" if kept else "no-cache")
        self.finish(style_sheet(self.wiring.settings))


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/portale-static/portal\.css", StyleSheet, {"wiring": wiring})]
