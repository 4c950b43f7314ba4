"""``/api/portale/export-tokens``: whose an export token is, for the dashboard service alone."""

import asyncio
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from tornado.web import HTTPError

from portal_lib.accounts import export_tokens
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.hub.wiring import Wiring


class ExportTokenHandler(APIHandler):
    """POST ``{"token", "address"}`` answers ``{"name", "codes"}``; 404 for a token that opens nothing, 429 after too
    many of them from one address.

    In a body, since addresses stand in logs.
    """

    def initialize(self, wiring: Wiring) -> None:
        self.wiring = wiring

    @needs_scope("read:users:name")
    async def post(self) -> None:
        if not isinstance(self.current_user, orm.Service):
            raise HTTPError(403)
        asked = self.get_json_body()
        token, address = (asked.get("token"), asked.get("address")) if isinstance(asked, dict) else (None, None)
        if not isinstance(token, str) or not isinstance(address, str):
            raise HTTPError(400)
        wiring = self.wiring
        try:
            bearer = await asyncio.to_thread(
                export_tokens.bearer, wiring.accounts, wiring.clock, wiring.settings, token, address=address
            )
        except TooManyTries as refusal:
            self.set_status(429)
            self.set_header("Retry-After", str(60 * refusal.minutes))
            self.finish({})
            return
        if bearer is None:
            raise HTTPError(404)
        self.finish({"name": bearer.hub_name, "codes": list(bearer.codes)})


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/api/portale/export-tokens", ExportTokenHandler, {"wiring": wiring})]
