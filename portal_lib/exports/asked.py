"""What an export address asks for, held against what can be asked at all.

``punti=POD,POD|tutti&da=2025-09-01&a=2025-10-01&passo=ora&grandezza=Ea&formato=it&pagina=1``: ``da`` is the first
competence day and ``a`` the first one no longer wanted, so that one request ends where the next begins.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast, get_args

from portal_lib.customers.holdings import SupplyPoint
from portal_lib.exports.exceptions import (
    NoPoints,
    NoSuchChoice,
    NotADate,
    NotAPage,
    RangeEmpty,
    RangeTooLong,
    TooManyRows,
    UnknownWord,
    WordTwice,
)
from portal_lib.metering.flows.reader import MAGNITUDES
from portal_lib.metering.identifiers import normal_pod
from portal_lib.refused import Refused
from portal_lib.visitor import NotYours

Step = Literal["quarto", "ora", "giorno", "mese"]
Style = Literal["it", "iso"]
Kind = Literal["csv", "xlsx", "json"]

WORDS = ("punti", "da", "a", "passo", "grandezza", "formato", "pagina")
ALL = "tutti"

#: Ten years: more than distributors correct, less than what keeps a server busy for an hour.
LONGEST_DAYS = 3660
#: What a spreadsheet still opens, and a few seconds' work.
MOST_XLSX_ROWS = 300_000

_ROWS_A_DAY: Mapping[str, float] = {"quarto": 96, "ora": 24, "giorno": 1, "mese": 1 / 30}


@dataclass(frozen=True)
class Asked:
    """An export: its points in the order asked for, its competence days from ``first`` to before ``end``."""

    points: tuple[SupplyPoint, ...]
    first: date
    end: date
    step: Step
    magnitude: str
    style: Style
    page: int | None

    @property
    def last(self) -> date:
        """The last competence day, included."""
        return self.end - timedelta(days=1)

    @property
    def unit(self) -> str:
        """kWh, or kvarh of reactive energy."""
        return "kWh" if self.magnitude == "Ea" else "kvarh"


def asked(words: Mapping[str, Sequence[str]], own: Iterable[SupplyPoint], kind: Kind) -> Asked:
    """The export that an address's words ask for, of points that are the visitor's ``own``.

    Raises a :class:`~portal_lib.refused.Refused` of :mod:`portal_lib.exports.exceptions` that names the word at fault;
    :class:`NotYours` for a point that is not the visitor's, or none at all.
    """
    for word, values in words.items():
        if word not in WORDS:
            raise UnknownWord(word=word[:40], known=", ".join(WORDS))
        if len(values) > 1:
            raise WordTwice(word=word)
    given = {word: values[0].strip() for word, values in words.items() if values}
    first, end = _day(given, "da"), _day(given, "a")
    if end <= first:
        raise RangeEmpty(first=first, end=end)
    if (end - first).days > LONGEST_DAYS:
        raise RangeTooLong(days=LONGEST_DAYS)
    step = cast(Step, _choice(given, "passo", get_args(Step), "ora"))
    found = Asked(
        points=_points(given.get("punti", ""), {point.pod: point for point in own}),
        first=first,
        end=end,
        step=step,
        magnitude=_choice(given, "grandezza", MAGNITUDES, "Ea"),
        style=cast(Style, _choice(given, "formato", get_args(Style), "iso" if kind == "json" else "it")),
        page=_page(given.get("pagina")),
    )
    rows = int(len(found.points) * (end - first).days * _ROWS_A_DAY[step])
    if kind == "xlsx" and found.page is None and rows > MOST_XLSX_ROWS:
        raise TooManyRows(rows=rows, most=MOST_XLSX_ROWS)
    return found


def _points(text: str, own: Mapping[str, SupplyPoint]) -> tuple[SupplyPoint, ...]:
    if text == ALL:
        return tuple(own.values())
    named = [part.strip() for part in text.split(",") if part.strip()]
    if not named:
        raise NoPoints(field="punti")
    try:
        return tuple(own[pod] for pod in dict.fromkeys(map(normal_pod, named)))
    except (KeyError, Refused):
        raise NotYours(field="punti") from None


def _day(given: Mapping[str, str], word: str) -> date:
    text = given.get(word, "")
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NotADate(field=word, word=word)


def _choice(given: Mapping[str, str], word: str, known: Sequence[str], usual: str) -> str:
    chosen = given.get(word, usual)
    if chosen not in known:
        raise NoSuchChoice(field=word, word=word, known=", ".join(known))
    return chosen


def _page(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise NotAPage(field="pagina")
    return int(text)
