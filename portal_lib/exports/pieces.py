"""An export cut into pieces, a point's month each: what is read, written and forgotten again before the next.

So memory does not grow with what is asked for, and the pages of an export are settled by the request alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from portal_lib.exports.asked import Asked, Step
from portal_lib.exports.exceptions import NoSuchPage
from portal_lib.metering.bands import BANDS
from portal_lib.metering.registers import MonthBands
from portal_lib.visitor import Door

_DETAIL: dict[Step, str] = {"quarto": "quarter_hour", "ora": "hour", "giorno": "day", "mese": "day"}

#: Pieces of one page: some hundred thousand rows of intervals.
PIECES_A_PAGE: dict[Step, int] = {"quarto": 32, "ora": 128, "giorno": 2048, "mese": 2048}


@dataclass(frozen=True)
class Piece:
    """Days of one month of one point, both included; all of them in the range asked for."""

    pod: str
    first: date
    last: date


@dataclass(frozen=True)
class MonthRow:
    """A point's month: energy by F1, F2, F3 and in all in kWh (kvarh), None where it is not known.

    ``days`` of ``expected`` have readings; of a meter that sends no curve both are None.
    """

    first: date
    total: float | None
    bands: tuple[float | None, ...]
    days: int | None
    expected: int | None
    missing: int | None
    flags: int


def pieces(asked: Asked) -> list[Piece]:
    """Every piece of the export, point after point, month after month; only days that the visitor held touch one."""
    return [
        Piece(point.pod, first, last)
        for point in asked.points
        for first, last in _months(asked.first, asked.last)
        if any(held.first <= last and (held.last is None or held.last >= first) for held in point.holdings)
    ]


def page_of(asked: Asked) -> tuple[list[Piece], int]:
    """The pieces of the page asked for, or all, and how many pages there are. :class:`NoSuchPage` past the last."""
    found = pieces(asked)
    size = PIECES_A_PAGE[asked.step]
    count = max(1, -(-len(found) // size))
    if asked.page is None:
        return found, count
    if asked.page > count:
        raise NoSuchPage(page=asked.page, pages=count)
    return found[(asked.page - 1) * size : asked.page * size], count


def readings(door: Door, asked: Asked, piece: Piece) -> pd.DataFrame:
    """A piece's readings through the door: the frame of :meth:`Door.readings` in the detail of the export's step."""
    return door.readings(piece.pod, piece.first, piece.last, _DETAIL[asked.step], asked.magnitude)


def months(door: Door, asked: Asked, piece: Piece) -> Iterator[MonthRow]:
    """A piece as one month: of its days' curves, or, where it has none, of what its registers say."""
    days = readings(door, asked, piece)
    if days.empty:
        yield from map(_of_registers, door.monthly_consumption(piece.pod, piece.first, piece.last, asked.magnitude))
        return
    wh = np.rint(days[["kwh", *BANDS]].to_numpy() * 1000).sum(axis=0) / 1000
    yield MonthRow(
        first=piece.first.replace(day=1),
        total=float(wh[0]),
        bands=tuple(float(value) for value in wh[1:]),
        days=len(days),
        expected=door.held_days(piece.pod, piece.first, piece.last),
        missing=int(days["missing"].sum()),
        flags=int(np.bitwise_or.reduce(days["flags"].to_numpy())),
    )


def _of_registers(month: MonthBands) -> MonthRow:
    return MonthRow(
        first=month.month,
        total=None if month.total is None else month.total / 1000,
        bands=tuple(month.wh[band] / 1000 if band in month.wh else None for band in BANDS),
        days=None,
        expected=None,
        missing=None,
        flags=month.flags,
    )


def _months(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(last, next_month - timedelta(days=1))
        first = next_month
