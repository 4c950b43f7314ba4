"""How often one visitor may open a page: each costs a kernel, even where it ends the one before."""

import time
from collections.abc import Callable

#: So many at once, and then one more every so many seconds: nobody leafs faster for long.
AT_ONCE, EVERY_SECONDS = 30, 2.0

_MOST_REMEMBERED = 10_000


class Openings:
    """Who opened pages lately. ``now`` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._paid_until: dict[str, float] = {}

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
