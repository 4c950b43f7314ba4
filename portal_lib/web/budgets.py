"""What each visitor costs the service, in seconds: whoever spends more of them than pass has to wait.

A leaking bucket for each name, held in memory. Time pays; what was saved up, at most, may be spent at once, and what
is spent beyond it comes later. A name is a visitor's, over all their pages and websockets, or the address of
somebody who has not logged in.
"""

import math
import time
from collections.abc import Callable

#: More names than people; the oldest debts of a longer list are paid anyhow.
MOST_REMEMBERED = 10_000


class Budgets:
    """``saved`` are the seconds that a name may spend at once, ``most_owed`` those that it can owe at most.

    ``now`` is a monotonic clock in seconds.
    """

    def __init__(self, saved: float, most_owed: float, now: Callable[[], float] = time.monotonic) -> None:
        self._saved = saved
        self._most_owed = most_owed
        self._now = now
        self._paid_until: dict[str, float] = {}

    def spend(self, name: str, cost: float) -> float:
        """Take ``cost`` seconds from a name's budget; how many seconds it owes now, 0 while it spends what it saved."""
        now = self._now()
        if name not in self._paid_until and len(self._paid_until) >= MOST_REMEMBERED:
            self._forget_the_rich(now)
        paid_until = max(self._paid_until.get(name, -math.inf), now - self._saved) + cost
        self._paid_until[name] = min(paid_until, now + self._most_owed)
        return max(0.0, self._paid_until[name] - now)

    def owes(self, name: str) -> float:
        """How many seconds must pass until the name has spent no more than it may."""
        return max(0.0, self._paid_until.get(name, -math.inf) - self._now())

    def __len__(self) -> int:
        return len(self._paid_until)

    def _forget_the_rich(self, now: float) -> None:
        """Names that have saved all they may are as good as new; if all owe, those that owe least go."""
        kept = {name: until for name, until in self._paid_until.items() if until > now - self._saved}
        if len(kept) >= MOST_REMEMBERED:
            most = sorted(kept, key=kept.__getitem__)[MOST_REMEMBERED // 10 :]
            kept = {name: kept[name] for name in most}
        self._paid_until = kept
