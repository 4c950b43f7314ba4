"""``/api/portale/people/<Hub name>``: who is behind an opaque Hub name, for the pages' header."""

import asyncio
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from tornado.web import HTTPError

from portal_lib.accounts.people import active_person
from portal_lib.hub.wiring import Wiring


class PersonHandler(APIHandler):
    """Answers ``{"login", "first_name", "last_name"}`` to who may read that user's name."""

    def initialize(self, wiring: Wiring) -> None:
        self.wiring = wiring

    @needs_scope("read:users:name")
    async def get(self, user_name: str) -> None:
        person = await asyncio.to_thread(active_person, self.wiring.accounts, user_name)
        if person is None:
            raise HTTPError(404)
        self.finish({"login": person.login, "first_name": person.first_name, "last_name": person.last_name})


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/api/portale/people/([^/]+)", PersonHandler, {"wiring": wiring})]
