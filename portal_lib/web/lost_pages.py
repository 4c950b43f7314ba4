"""Which open pages no browser shows any more: a table of when each was last seen in one.

A page counts as seen while a websocket of its own answers pings. One that is still being rendered is not in the table:
nobody can have connected to it.
"""

import time
from collections.abc import Callable

#: How often pages' websockets are pinged and lost pages looked for, and how long a websocket may give no answer.
EVERY_SECONDS, SILENT_SECONDS = 5, 20

#: What a tab that says goodbye may take to come back (a page that is reloaded from the browser's own cache).
FAREWELL_SECONDS = 5


class LostPages:
    """Kernel ids, and when a browser last showed their page. ``now`` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._seen: dict[str, float] = {}

    def seen(self, kernel_id: str) -> None:
        """A browser has the page: it was just handed out, or its websocket shows life."""
        self._seen[kernel_id] = self._now()

    def disconnected(self, kernel_id: str) -> None:
        """A websocket closed. It counts as seen until now, unless it had been silent before."""
        last = self._seen.get(kernel_id)
        if last is not None and self._now() - last <= 2 * EVERY_SECONDS:
            self.seen(kernel_id)

    def forget(self, kernel_id: str) -> None:
        """The page has ended."""
        self._seen.pop(kernel_id, None)

    def unseen_for(self, seconds: float) -> list[str]:
        """The pages that no browser has shown for so long, the longest unseen first."""
        before = self._now() - seconds
        return sorted((kernel for kernel, last in self._seen.items() if last <= before), key=self._seen.__getitem__)
