"""What is refused costs the one who asks for it, not the others: answers to who goes on asking come ever later.

Each refusal takes some of its visitor's budget, whichever address of the service it was asked at. Whoever owes waits
before anything is done for their next request, and is sent away in one line where many wait. Before the login it
is the address that pays, and for refusals alone: its neighbours' pages, behind the same router, come as ever.
"""

import asyncio
import math
from typing import Any

from tornado.web import HTTPError

from portal_lib.web.budgets import Budgets
from portal_lib.web.export_bearers import asked_from

#: A person meets a few refusals a day: so many at once, and then so many a second.
AT_ONCE, A_SECOND = 40, 10

#: Nobody owes more than the second; whoever owes more than the first need not wait for an answer.
MOST_WAITED_SECONDS, MOST_OWED_SECONDS = 5.0, 10.0

_REFUSALS = frozenset({400, 401, 403, 404, 405, 429})


def budgets() -> Budgets:
    """What the visitors and addresses of a service may be refused."""
    return Budgets(AT_ONCE / A_SECOND, MOST_OWED_SECONDS)


class Paced:
    """A handler of which requests are refused at a bounded pace. Stands before the handler that it paces."""

    settings: dict[str, Any]
    request: Any
    _sent_away = False

    async def prepare(self, *args: Any, **kwargs: Any) -> None:
        await super().prepare(*args, **kwargs)  # type: ignore[misc]
        name = self._who()
        if name is None and "Authorization" not in self.request.headers:
            return  # a browser on its way to the login
        owed = self.owes()
        if name is not None and owed > MOST_WAITED_SECONDS:
            self._sent_away = True
            raise HTTPError(429, "too many refused requests")
        await asyncio.sleep(min(owed, MOST_WAITED_SECONDS))

    async def refuse(self, status: int, why: str) -> None:
        """Refuse what nobody who is logged in asks for, before finding out who asks."""
        self._sent_away = True
        await asyncio.sleep(min(self.settings["refusals"].spend(self._address(), 1 / A_SECOND), MOST_WAITED_SECONDS))
        raise HTTPError(status, why)

    def on_finish(self) -> None:
        super().on_finish()  # type: ignore[misc]
        if not self._sent_away and self.get_status() in _REFUSALS:  # type: ignore[attr-defined]
            self.settings["refusals"].spend(self._who() or self._address(), 1 / A_SECOND)

    def owes(self) -> float:
        """How many seconds the one who asks should stay away."""
        return float(self.settings["refusals"].owes(self._who() or self._address()))

    def in_one_line(self, status: int) -> None:
        """The answer to somebody who is refused too often for a page to be made of it."""
        self.set_header("Content-Type", "text/plain; charset=UTF-8")  # type: ignore[attr-defined]
        if status == 429:
            self.set_header("Retry-After", str(math.ceil(self.owes()) or 1))  # type: ignore[attr-defined]
        self.finish(f"{status}\n")  # type: ignore[attr-defined]

    def _who(self) -> str | None:
        user = getattr(self, "_jupyterhub_user", None)
        return f"visitor {user.username}" if user is not None else None

    def _address(self) -> str:
        return f"address {asked_from(self.request)}"
