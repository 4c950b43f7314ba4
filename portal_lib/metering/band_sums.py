"""Energy per band of many days at once, without an instant or a frame: month × band totals of the whole fleet.

A day is split where any kind of day changes its band, which leaves three parts (:func:`bands.part_codes`). The sums of
each day's parts are one product of matrices, exact since whole Wh below 2⁵³ are in a float64; what kind of day it is
then says in which band each part is.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.aggregates import first_days
from portal_lib.metering.bands import BANDS, BANDS_OF_PARTS, bands_of_parts, kinds_of_days, part_codes
from portal_lib.metering.calendar import IntArray, day_number, first_places, interval_minutes
from portal_lib.metering.tables import curve_day

_MISSING = -(2**31)

#: Days of one product: as many as stay in a processor's second-level cache as floats.
_AT_ONCE = 320

#: How many stored days are fetched at once.
FETCHED = 640

#: Intervals of nearly every day there is.
_USUAL = 96

#: So many fetches are worked on together.
_PIECES = 8

#: Bits of a packed number that say day and intervals; the others say which point.
_OF_POINT = 23

FloatArray = npt.NDArray[np.float64]
_Chosen = slice | IntArray


class DayBands(NamedTuple):
    """``wh`` has a row for each day and a column for each of ``BANDS``; ``missing`` counts each day's intervals."""

    wh: IntArray
    missing: IntArray


def by_day(
    days: IntArray, counts: IntArray, values: npt.NDArray[np.int32], *, october_4_from: date | None = None
) -> DayBands:
    """Wh (varh) in F1, F2 and F3 of each day, and how many of its intervals are missing.

    ``values`` are the days' curves one after the other and ``counts`` their intervals; −2³¹ is missing and adds
    nothing. ``ValueError`` where a day can't have so many intervals.
    """
    interval_minutes(days, counts)
    parts, missing = _day_parts(counts, values)
    return DayBands(_in_bands(days, parts, october_4_from), missing)


def monthly(
    connection: Connection, first: date, last: date, magnitude: str = "Ea", *, october_4_from: date | None = None
) -> pd.DataFrame:
    """Month × band totals of every point between two days, both included, by ``point_id`` and ``month``.

    ``month`` is its first day (``datetime64``). Columns ``F1``, ``F2``, ``F3`` in whole Wh (varh), ``days`` that are
    stored, and ``missing`` intervals of theirs. The store is read once, in pieces.
    """
    columns = curve_day.c
    # Three numbers in one column: most of a row's time goes into making Python values of its columns.
    packed = (sa.cast(columns.point_id, sa.BigInteger) * sa.literal_column(str(1 << _OF_POINT))) + (
        columns.day * sa.literal_column("128") + columns.n
    )
    query = sa.select(packed, columns.curve).where(
        columns.magnitude == magnitude, columns.day.between(day_number(first), day_number(last))
    )
    sums = [np.zeros((0, 4 + len(BANDS)), dtype=np.int64)]
    for numbers, parts, missing in _pieces(connection, query):
        points, days = numbers >> _OF_POINT, (numbers & ((1 << _OF_POINT) - 1)) >> 7
        sums.append(_by_month(points, days, parts, missing, october_4_from))
    table = pd.DataFrame(np.concatenate(sums), columns=["point_id", "month", *BANDS, "days", "missing"])
    table["month"] = table["month"].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    return table.groupby(["point_id", "month"]).sum()


def _pieces(
    connection: Connection, query: sa.Select[tuple[int, bytes]]
) -> Iterator[tuple[IntArray, FloatArray, IntArray]]:
    """Packed numbers, parts and missing intervals of some thousand days at a time, never of all.

    Rows are fetched by fewer: their curves are summed up while they still are in the processor's cache.
    """
    if connection.dialect.name == "sqlite":  # its driver fetches step by step, and makes tuples that will do
        source: Any = connection.execute(query).cursor
    else:
        source = connection.execution_options(stream_results=True, max_row_buffer=FETCHED).execute(query)
    found: list[tuple[IntArray, FloatArray, IntArray]] = []
    odd_numbers: list[int] = []  # days that are not 96 quarter hours, put together to be many
    odd_curves: list[bytes] = []
    rows = source.fetchmany(FETCHED)
    while rows:
        number_column, curve_column = zip(*rows, strict=True)
        numbers = np.array(number_column, dtype=np.int64)
        usual = numbers & 127 == _USUAL
        curves: Sequence[bytes] = curve_column
        if not usual.all():
            curves = kept = list(curve_column)
            for place in np.flatnonzero(~usual)[::-1].tolist():  # few, nearly always: the days of clock changes
                curve = kept.pop(place)
                if curve:  # a cancelled day has none; to ask it of every row would take the database longer
                    odd_numbers.append(number_column[place])
                    odd_curves.append(curve)
            numbers = numbers[usual]
        if len(numbers):
            block = np.frombuffer(b"".join(curves), dtype="<i4").reshape(-1, _USUAL)
            found.append((numbers, *_parts(block, _USUAL)))
        rows = source.fetchmany(FETCHED)
        if len(odd_numbers) >= FETCHED or (odd_numbers and not rows):
            numbers = np.array(odd_numbers, dtype=np.int64)
            found.append((numbers, *_day_parts(numbers & 127, np.frombuffer(b"".join(odd_curves), dtype="<i4"))))
            odd_numbers, odd_curves = [], []
        if len(found) >= _PIECES or (found and not rows):
            yield _together(found)
            found = []


def _together(found: list[tuple[IntArray, FloatArray, IntArray]]) -> tuple[IntArray, FloatArray, IntArray]:
    numbers, parts, missing = zip(*found, strict=True)
    return np.concatenate(numbers), np.concatenate(parts), np.concatenate(missing)


def _in_bands(days: IntArray, parts: FloatArray, october_4_from: date | None) -> IntArray:
    """The parts of each day as its bands."""
    core, shoulder, night = parts.T
    of_core, of_shoulder, _ = bands_of_parts(days, october_4_from=october_4_from).T
    wh = np.empty((len(days), len(BANDS)), dtype=np.int64)
    wh[:, 0] = np.where(of_core == 0, core, 0.0)
    wh[:, 1] = np.where(of_core == 1, core, 0.0) + np.where(of_shoulder == 1, shoulder, 0.0)
    wh[:, 2] = night + np.where(of_core == 2, core, 0.0) + np.where(of_shoulder == 2, shoulder, 0.0)
    return wh


def _day_parts(counts: IntArray, values: npt.NDArray[np.int32]) -> tuple[FloatArray, IntArray]:
    """The sums of each day's parts, and how many of its intervals are missing."""
    parts = np.empty((len(counts), len(BANDS)))
    missing = np.zeros(len(counts), dtype=np.int64)
    for count, chosen, block in _blocks(counts, values):
        parts[chosen], missing[chosen] = _parts(block, count)
    return parts, missing


def _by_month(
    points: IntArray, days: IntArray, parts: FloatArray, missing: IntArray, october_4_from: date | None
) -> IntArray:
    """Point, first day of the month, sums, for each run of days of one point's month.

    Days of one kind are summed up first, part by part: what band a part is in need not be asked of each day then.
    """
    months = first_days(days, "month")
    turns = np.flatnonzero((points[1:] != points[:-1]) | (months[1:] != months[:-1])) + 1
    firsts = np.concatenate(([0], turns))
    lengths = np.diff(firsts, append=len(days))
    places = np.repeat(np.arange(len(firsts)) * len(BANDS_OF_PARTS), lengths)
    places += kinds_of_days(days, october_4_from=october_4_from)
    wh = np.zeros((len(firsts), len(BANDS)))
    for part in range(len(BANDS)):
        by_kind = np.bincount(places, parts[:, part], len(firsts) * len(BANDS_OF_PARTS))
        for kind, bands in enumerate(BANDS_OF_PARTS):
            wh[:, bands[part]] += by_kind[kind :: len(BANDS_OF_PARTS)]
    gaps = np.add.reduceat(missing, firsts)
    return np.column_stack((points[firsts], months[firsts], wh.astype(np.int64), lengths, gaps))


def _blocks(counts: IntArray, values: npt.NDArray[np.int32]) -> Iterator[tuple[int, _Chosen, npt.NDArray[np.int32]]]:
    """Days of equally many intervals as the rows of a table, and which days these are."""
    if len(counts) and counts.min() == counts.max():
        yield int(counts[0]), slice(None), values.reshape(-1, int(counts[0]))
        return
    starts = first_places(counts)
    turns = np.flatnonzero(np.diff(counts)) + 1
    if len(turns) * 16 < len(counts):  # long runs, as nearly always: whole pieces are put together
        runs = list(pairwise((0, *turns.tolist(), len(counts))))
        for count in {int(counts[begin]) for begin, _ in runs}:
            own = [(begin, end) for begin, end in runs if counts[begin] == count]
            pieces = [values[starts[begin] : starts[begin] + (end - begin) * count] for begin, end in own]
            yield count, np.flatnonzero(counts == count), np.concatenate(pieces).reshape(-1, count)
        return
    for count in np.unique(counts).tolist():
        chosen = np.flatnonzero(counts == count)
        yield count, chosen, values[starts[chosen][:, None] + np.arange(count)]


def _parts(block: npt.NDArray[np.int32], count: int) -> tuple[FloatArray, IntArray]:
    """The sum of each part of each day, and how many intervals of it are missing."""
    sums = np.empty((len(block), len(BANDS)))
    missing = np.zeros(len(block), dtype=np.int64)
    for begin in range(0, len(block), _AT_ONCE):
        some = block[begin : begin + _AT_ONCE]
        # Nothing stored is below zero but the mark of a missing value, which unsigned is above all else.
        highest = int(some.view(np.uint32).max(initial=0))
        # Sums of whole numbers below 2²⁴ are exact in the shorter floats, too, and take half the time.
        kind: Any = np.float32 if highest * count < 1 << 24 else np.float64
        own = slice(begin, begin + len(some))
        np.copyto(sums[own], some.astype(kind) @ _one_of_each(count, kind))
        if highest >= -_MISSING:
            gaps = some == _MISSING
            missing[own] = gaps.sum(axis=1)
            sums[own] -= (gaps @ _one_of_each(count, np.float64)) * _MISSING
    return sums, missing


@cache
def _one_of_each(count: int, kind: type[np.float32 | np.float64]) -> npt.NDArray[Any]:
    """For a day of so many intervals: a column for each part, 1 where an interval lies in it."""
    return np.eye(len(BANDS), dtype=kind)[part_codes(count)]
