"""Ended sessions reach everything: the Hub's cookies and tokens, an analyst's server, open pages and their websockets.

Journeys and the command line write an end down (:func:`portal_lib.accounts.sessions.end_all`); here the Hub carries it
out, at once where it was asked for in the Hub itself, else within half a second, and again until the dashboard service
has heard of it.
"""

import asyncio
import json
import logging
import os
from typing import Any

from jupyterhub import orm
from jupyterhub.utils import new_token
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.ioloop import PeriodicCallback

from portal_lib.accounts import sessions
from portal_lib.accounts.sessions import End
from portal_lib.accounts.tokens import digest
from portal_lib.hub.wiring import Wiring

log = logging.getLogger(__name__)

EVERY_MILLISECONDS = 500


class SessionEnds:
    """One per Hub process. ``app`` is the JupyterHub application, whose database only its event loop may touch."""

    def __init__(self, wiring: Wiring, app: Any) -> None:
        self._wiring = wiring
        self._app = app
        self._one_at_a_time = asyncio.Lock()
        self._over_in_the_hub: set[int] = set()

    def start(self) -> PeriodicCallback:
        """Look for ends that were asked for elsewhere; call it once, on the Hub's event loop."""
        rounds = PeriodicCallback(self._one_round, EVERY_MILLISECONDS)
        rounds.start()
        return rounds

    async def carry_out(self) -> None:
        """Carry every pending end out; one that the service did not hear of stays pending."""
        async with self._one_at_a_time:
            for end in await asyncio.to_thread(sessions.pending_ends, self._wiring.accounts):
                if end.id not in self._over_in_the_hub:
                    await self._end_in_the_hub(end)
                    self._over_in_the_hub.add(end.id)
                if await end_pages(end.hub_name, end.session_sha256):
                    await asyncio.to_thread(sessions.end_is_done, self._wiring.accounts, self._wiring.clock, end.id)
                    self._over_in_the_hub.discard(end.id)

    async def _one_round(self) -> None:
        try:
            await self.carry_out()
        except Exception:
            # A database may be busy or away; what is pending is still there in half a second.
            log.exception("Ended sessions were not carried everywhere; the next round tries again.")

    async def _end_in_the_hub(self, end: End) -> None:
        known = orm.User.find(db=self._app.db, name=end.hub_name)
        if known is None:
            return
        for of_user in (orm.APIToken, orm.OAuthCode):
            for row in self._app.db.query(of_user).filter_by(user_id=known.id):
                if end.session_sha256 is None or digest(row.session_id or "") == end.session_sha256:
                    self._app.db.delete(row)
        if end.session_sha256 is None:
            known.cookie_id = new_token()
        self._app.db.commit()
        if end.session_sha256 is None:
            await self._stop_servers(self._app.users[known])
        if end.forget:
            self._app.users.delete(self._app.users[known])

    async def _stop_servers(self, user: Any) -> None:
        for name, spawner in list(user.spawners.items()):
            if not spawner.active:
                continue
            try:
                await self._app.proxy.delete_user(user, name)
                await user.stop(name)
            except Exception:
                log.exception("The server of %s did not stop with its session.", user.name)


async def end_pages(hub_name: str, session_sha256: str | None = None) -> bool:
    """Have the dashboard service end this person's pages (those of one session); False where it did not hear of it."""
    service, token = os.environ.get("PORTALE_SERVICE_URL"), os.environ.get("PORTALE_SERVICE_TOKEN")
    if not service or not token:
        return True  # a Hub without the service has no pages to end
    try:
        await AsyncHTTPClient().fetch(
            f"{service}/services/portale/internal/end",
            method="POST",
            headers={"Authorization": f"token {token}"},
            body=json.dumps({"name": hub_name, "session": session_sha256}),
            request_timeout=5,
        )
    except (HTTPClientError, OSError) as error:
        log.warning("The dashboard service was not told yet that a session of %s ended: %s", hub_name, error)
        return False
    return True
