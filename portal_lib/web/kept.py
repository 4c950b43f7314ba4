"""What a kernel said while no websocket of its page listened, for the one that will."""

import json
from collections import deque
from datetime import datetime
from typing import Any

from jupyter_client.session import DELIM


class Kept(deque[tuple[str, list[Any]]]):
    """Channels and messages, oldest first, never more than ``most``; nothing that the page's snapshot holds already."""

    def __init__(self, most: int) -> None:
        super().__init__(maxlen=most)
        self._until: datetime | None = None

    def append(self, said: tuple[str, list[Any]]) -> None:
        if self._until is None or _said_at(said[1]) > self._until:
            super().append(said)

    def drop(self, until: datetime) -> None:
        """What was said until then stands in the page."""
        self._until = until
        later = [said for said in self if _said_at(said[1]) > until]
        self.clear()
        self.extend(later)


def _said_at(parts: list[Any]) -> datetime:
    texts = [bytes(part) for part in parts]
    header = json.loads(texts[texts.index(DELIM) + 2])
    return datetime.fromisoformat(header["date"])
