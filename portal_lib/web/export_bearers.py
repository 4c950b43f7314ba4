"""Export tokens at the service's door: whose they are is asked from the Hub, and remembered for moments only."""

import asyncio
import hashlib
import json
import time
from typing import Any

from jupyterhub.utils import url_path_join
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.httputil import HTTPServerRequest

from portal_lib.visitor import Visitor

#: How tokens begin; anything else in the header is none of ours.
SCHEME, PREFIX = "bearer", "pex_"
#: A revoked token opens nothing after so many seconds; scripts ask in bursts.
REMEMBERED_SECONDS = 2.0
_MOST_REMEMBERED = 1000
_LONGEST = 100


class TokenRefused(Exception):
    """The token opens nothing (401), there were too many wrong ones (429), or the Hub does not answer (503)."""

    def __init__(self, status: int, retry_after: str | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.retry_after = retry_after


def export_token(header: str) -> str | None:
    """The export token in an ``Authorization`` header, or None where there is none of ours."""
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    return token if scheme.lower() == SCHEME and token.startswith(PREFIX) else None


def asked_from(request: HTTPServerRequest) -> str:
    """Where a request came from: what the proxy added last, never what its sender says before."""
    forwarded = request.headers.get_list("X-Forwarded-For")
    return forwarded[-1].rpartition(",")[2].strip() if forwarded else str(request.remote_ip)


class ExportBearers:
    """Asks the Hub who a token stands for. Tokens travel in bodies, and are remembered as their SHA-256."""

    def __init__(self, hub_auth: Any) -> None:
        self._hub_auth = hub_auth
        self._asked: dict[str, tuple[float, asyncio.Task[Visitor]]] = {}

    async def visitor(self, token: str, address: str) -> Visitor:
        """The customer behind a token; raises :class:`TokenRefused`. Right answers alone are remembered."""
        if len(token) > _LONGEST:
            raise TokenRefused(401)
        key, now = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest(), time.monotonic()
        until, asking = self._asked.get(key, (0.0, None))
        if asking is None or until <= now or (asking.done() and asking.exception() is not None):
            if len(self._asked) >= _MOST_REMEMBERED:
                self._asked.clear()
            # Requests that come while the Hub is being asked wait for the same answer.
            asking = asyncio.ensure_future(self._ask(token, address))
            self._asked[key] = (now + REMEMBERED_SECONDS, asking)
        try:
            return await asyncio.shield(asking)
        except TokenRefused:
            self._asked.pop(key, None)
            raise

    def forget(self) -> None:
        """Ask anew from now on: somebody's sessions have ended."""
        self._asked.clear()

    async def _ask(self, token: str, address: str) -> Visitor:
        request = HTTPRequest(
            url_path_join(self._hub_auth.api_url, "portale", "export-tokens"),
            method="POST",
            headers={"Authorization": f"token {self._hub_auth.api_token}", "Content-Type": "application/json"},
            body=json.dumps({"token": token, "address": address}),
            request_timeout=10,
        )
        try:
            said = json.loads((await AsyncHTTPClient().fetch(request)).body)
            return Visitor(name=str(said["name"]), codes=frozenset(str(code) for code in said["codes"]))
        except HTTPClientError as error:
            if error.code == 404:
                raise TokenRefused(401) from None
            if error.code == 429:
                retry_after = error.response.headers.get("Retry-After") if error.response is not None else None
                raise TokenRefused(429, retry_after) from None
            raise TokenRefused(503) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise TokenRefused(503) from None
