"""How often one visitor may open a page: each costs a kernel, even where it ends the one before.

And how many of theirs are made at a time, and how far the kernels of somebody who opens many give way to others'.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

#: So many at once, and then one more every so many seconds: nobody leafs faster for long.
AT_ONCE, EVERY_SECONDS = 30, 2.0

#: So many pages of one visitor are made at the same time; the others follow.
AT_A_TIME = 2

#: Who leafs through some pages is as quick as everybody; with each further one the kernel gives way a little more.
_UNHINDERED, _NICE_EACH, _NICEST = 3, 3, 15

_MOST_REMEMBERED = 10_000


class Openings:
    """Who opened pages lately. ``now`` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._paid_until: dict[str, float] = {}
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def may(self, name: str) -> bool:
        """Whether this visitor may open one more page now; counts it where they may."""
        now = self._now()
        earliest = now - AT_ONCE * EVERY_SECONDS
        paid_until = max(self._paid_until.get(name, earliest), earliest) + EVERY_SECONDS
        if paid_until > now:
            return False
        if len(self._paid_until) >= _MOST_REMEMBERED:
            self._paid_until = {who: until for who, until in self._paid_until.items() if until > earliest}
        self._paid_until[name] = paid_until
        return True

    def niceness(self, name: str) -> int:
        """How nice (as ``nice`` counts) the kernel of the page that this visitor opens now should be."""
        earliest = self._now() - AT_ONCE * EVERY_SECONDS
        lately = (self._paid_until.get(name, earliest) - earliest) / EVERY_SECONDS
        return max(0, min(_NICEST, _NICE_EACH * (round(lately) - _UNHINDERED)))

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait until fewer than :data:`AT_A_TIME` other pages of this visitor's are being made."""
        turns = self._turns.setdefault(name, asyncio.Semaphore(AT_A_TIME))
        async with turns:
            yield
