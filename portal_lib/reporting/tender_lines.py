"""Where in a TOML file something is said: ``tomllib`` gives values without their lines.

Good for what people write by hand in a catalogue (tables by header, one key a line); an entry that is not found gets
the line of the table it belongs to.
"""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")


class Lines:
    """The lines of one file's tables and keys, counted from 1."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.splitlines(), 1):
            if found := _HEADER.fullmatch(line):
                table = _parts(found[1])
                place = table
            elif found := _KEY.match(line):
                place = table + _parts(found[1])
            else:
                continue
            for length in range(1, len(place) + 1):
                self._lines.setdefault(place[:length], number)
            self._lines[place] = number

    def of(self, place: Sequence[str | int]) -> int:
        """The line of an entry, or of the nearest thing around it; 1 where there is nothing."""
        names = tuple(str(part) for part in place)
        for length in range(len(names), 0, -1):
            if names[:length] in self._lines:
                return self._lines[names[:length]]
        return 1


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+", dotted))
