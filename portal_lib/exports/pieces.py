"""An export cut into pieces, a point's month each: what is read, written and forgotten again before the next.

So memory does not grow with what is asked for, and the pages of an export are settled by the request alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from portal_lib.customers.holdings import SupplyPoint
from portal_lib.exports.asked import Asked, Step
from portal_lib.exports.exceptions import NoSuchPage
from portal_lib.metering.bands import BANDS
from portal_lib.metering.registers import MonthBands
from portal_lib.visitor import Door

_DETAIL: dict[Step, str] = {"quarto": "quarter_hour", "ora": "hour", "giorno": "day", "mese": "day"}

#: Pieces of one page: some hundred thousand rows of intervals.
PIECES_A_PAGE: dict[Step, int] = {"quarto": 32, "ora": 128, "giorno": 2048, "mese": 2048}


#: Days that are read at once: a year's quarter hours are a few megabytes.
_AT_ONCE = 366


@dataclass(frozen=True)
class Piece:
    """Days of one point, both included, all of them in the range asked for: a month's at most, or a stretch's."""

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


def stretches(wanted: Iterable[Piece]) -> Iterator[Piece]:
    """The same days in fewer pieces: a point's months that follow one another, up to a year of them, read at once."""
    held: Piece | None = None
    for piece in wanted:
        if (
            held is not None
            and piece.pod == held.pod
            and piece.first == held.last + timedelta(days=1)
            and (piece.last - held.first).days < _AT_ONCE
        ):
            held = Piece(held.pod, held.first, piece.last)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def readings(door: Door, asked: Asked, piece: Piece) -> pd.DataFrame:
    """A piece's readings through the door: the frame of :meth:`Door.readings` in the detail of the export's step."""
    return door.readings(piece.pod, piece.first, piece.last, _DETAIL[asked.step], asked.magnitude)


def months(door: Door, asked: Asked, piece: Piece) -> Iterator[MonthRow]:
    """A piece's months: of its days' curves, or, where a month has none, of what the registers say."""
    days = readings(door, asked, piece)
    of_month = {row.first: row for row in _of_days(days)}
    point = next(point for point in asked.points if point.pod == piece.pod)
    registers: dict[date, MonthBands] | None = None
    for first, last in _months(piece.first, piece.last):
        if own := of_month.get(first.replace(day=1)):
            yield replace(own, expected=held_days(point, first, last))
            continue
        if registers is None:  # asked once, and only of points that have months without a curve
            found = door.monthly_consumption(piece.pod, piece.first, piece.last, asked.magnitude)
            registers = {month.month: month for month in found}
        if month := registers.get(first.replace(day=1)):
            yield _of_registers(month)


def held_days(point: SupplyPoint, first: date, last: date) -> int:
    """On how many days, both included, the visitor held the point."""
    days: set[date] = set()
    for held in point.holdings:
        since, until = max(held.first, first), last if held.last is None else min(held.last, last)
        days |= {since + timedelta(days=place) for place in range((until - since).days + 1)}
    return len(days)


def _of_days(days: pd.DataFrame) -> Iterator[MonthRow]:
    """The months of a frame of days."""
    if days.empty:
        return
    index = pd.DatetimeIndex(days.index)
    years, months = index.year.to_numpy(), index.month.to_numpy()
    starts = np.flatnonzero(np.diff(years * 12 + months, prepend=0))
    wh = np.add.reduceat(np.rint(days[["kwh", *BANDS]].to_numpy() * 1000), starts, axis=0)
    missing = np.add.reduceat(days["missing"].to_numpy(), starts)
    flags = np.bitwise_or.reduceat(days["flags"].to_numpy(), starts)
    counts = np.diff(np.append(starts, len(days)))
    for place, start in enumerate(starts.tolist()):
        total, *bands = (float(value) / 1000 for value in wh[place])
        yield MonthRow(
            first=date(int(years[start]), int(months[start]), 1),
            total=total,
            bands=tuple(bands),
            days=int(counts[place]),
            expected=None,
            missing=int(missing[place]),
            flags=int(flags[place]),
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
