"""Whether the service could open a page now: the readings can be read, a kernel starts, the Hub answers.

Found out when somebody asks, and not more often than :data:`REMEMBERED_SECONDS`: the address is open to everybody.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from logging import Logger
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Engine
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from portal_lib.web.kernels import PageKernels

REMEMBERED_SECONDS = 5.0

#: A kernel that started for a page, or for this, is proof for so long that kernels start.
_PROOF_SECONDS = 60.0
_PATIENCE_SECONDS = 10.0

OK, FAILS = "ok", "fails"


class Health:
    """The checks, and what they found last. One for the service."""

    def __init__(self, data: Engine, kernels: PageKernels, hub_auth: Any, log: Logger) -> None:
        self._kernels = kernels
        self._log = log
        self._checks: dict[str, Callable[[], Awaitable[None]]] = {
            "database": lambda: asyncio.to_thread(_read, data),
            "kernels": self._start_a_kernel,
            "hub": lambda: _ask(hub_auth.api_url),
        }
        self._alone = asyncio.Lock()
        self._found: dict[str, str] = {}
        self._until = float("-inf")

    async def look(self) -> dict[str, str]:
        """``ok`` or ``fails`` by what was looked at; why something fails stands in the log."""
        async with self._alone:
            if time.monotonic() >= self._until:
                found = await asyncio.gather(*(self._check(name) for name in self._checks))
                self._found = dict(zip(self._checks, found, strict=True))
                self._until = time.monotonic() + REMEMBERED_SECONDS
            return self._found

    async def _check(self, name: str) -> str:
        try:
            await asyncio.wait_for(self._checks[name](), _PATIENCE_SECONDS)
        except Exception as error:
            self._log.error("Health: %s fails: %s: %s", name, type(error).__name__, error)
            return FAILS
        return OK

    async def _start_a_kernel(self) -> None:
        if time.monotonic() - self._kernels.last_started > _PROOF_SECONDS:
            await self._kernels.prove_that_kernels_start()


def _read(data: Engine) -> None:
    with data.connect() as connection:
        connection.execute(text("select 1 from supply_point where 1 = 0"))


async def _ask(address: str) -> None:
    await AsyncHTTPClient().fetch(HTTPRequest(address.rstrip("/") + "/", request_timeout=_PATIENCE_SECONDS))
