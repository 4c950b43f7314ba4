"""Addresses for programs: health, metrics, the end of a session, and the record of staff reads."""

import asyncio
import hmac
import json
from datetime import date
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tornado.web import HTTPError

from portal_lib.clock import system_clock
from portal_lib.refused import Refused
from portal_lib.visits import record_read
from portal_lib.web.health import OK
from portal_lib.web.visitors import STAFF_GROUPS

_PREFIX = "token "


class InternalHandler(JupyterHandler):
    """Answers to a token in the Authorization header, never to a cookie; so there is no form to forge."""

    def check_xsrf_cookie(self) -> None:
        """Nothing to check: cookies are not looked at."""

    def prepare(self) -> Any:
        """Skip the cookie's identity: each address below says whom it answers."""

    def write_error(self, status_code: int, **_: Any) -> None:
        """The status says it all: the stock page of an error asks who is logged in, which is not asked here."""
        self.finish()

    @property
    def token(self) -> str:
        header = str(self.request.headers.get("Authorization", ""))
        if not header.startswith(_PREFIX):
            raise HTTPError(403)
        return header.removeprefix(_PREFIX)

    def body(self) -> dict[str, Any]:
        try:
            content = json.loads(self.request.body)
        except ValueError:
            raise HTTPError(400) from None
        if not isinstance(content, dict):
            raise HTTPError(400)
        return content


class HealthHandler(InternalHandler):
    """``health``: 200 where a page could be opened now, else 503; either way what was looked at, as JSON."""

    @allow_unauthenticated
    async def get(self) -> None:
        found = await self.settings["health"].look()
        self.set_status(200 if set(found.values()) == {OK} else 503)
        self.finish(found)


class Metrics(InternalHandler):
    """``internal/metrics``: what the service counts, in Prometheus's form.

    For a token (the Hub's own, or the setting ``metrics_token``), or from this machine past the proxy, which says of
    every request where it came from.
    """

    @allow_unauthenticated
    def get(self) -> None:
        here = self.request.remote_ip in ("127.0.0.1", "::1") and "X-Forwarded-For" not in self.request.headers
        if not here and not self._knows_a_token():
            raise HTTPError(403)
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest())

    def _knows_a_token(self) -> bool:
        shown = str(self.request.headers.get("Authorization", "")).partition(" ")[2].strip().encode()
        tokens = [str(self.identity_provider.hub_auth.api_token)]
        if (own := self.settings["portal_settings"].metrics_token) is not None:
            tokens.append(own.get_secret_value())
        return any(hmac.compare_digest(shown, token.encode()) for token in tokens)


class EndSessions(InternalHandler):
    """``internal/end``: the Hub says whose sessions have ended (or which one, by its id's SHA-256).

    Their kernels and websockets end at once.
    """

    @allow_unauthenticated
    async def post(self) -> None:
        hub_auth = self.identity_provider.hub_auth
        if not hmac.compare_digest(self.token.encode(), hub_auth.api_token.encode()):
            raise HTTPError(403)
        body = self.body()
        name, session = body.get("name"), body.get("session")
        if not isinstance(name, str) or not isinstance(session, str | None):
            raise HTTPError(400)
        hub_auth.cache.clear()
        if bearers := self.settings.get("export_bearers"):
            bearers.forget()
        ended = await self.kernel_manager.end_all(name, session)
        self.log.info("Sessions of %s ended: %d pages", name, ended)
        self.finish(json.dumps({"pages": ended}))


class StaffReads(InternalHandler):
    """``internal/reads``: an analyst's notebook says what it is about to read; 204 once that is on record."""

    @allow_unauthenticated
    async def post(self) -> None:
        user = await self.identity_provider.hub_auth.user_for_token(self.token, sync=False)
        if user is None or user.get("kind") != "user" or STAFF_GROUPS.isdisjoint(user.get("groups", ())):
            raise HTTPError(403)
        body = self.body()
        try:
            first, last = date.fromisoformat(body["first"]), date.fromisoformat(body["last"])
            points = int(body["points"])
            reason = str(body.get("reason", ""))
            # In a thread: while a long load holds the database's write lock, everybody's pages must go on.
            await asyncio.to_thread(
                record_read, self.settings["data_engine"], user["name"], first, last, points, reason, system_clock
            )
        except (KeyError, TypeError, ValueError, OverflowError, Refused):
            raise HTTPError(400) from None
        self.set_status(204)
        self.finish()
