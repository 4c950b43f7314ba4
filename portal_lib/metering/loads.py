"""The load of one supply point or of many together: a table of local days and of the quarter hours that a day has run.

Everything that is drawn of a load (its curve, a heat map, a typical day, its bands) is summed up from this one table,
which takes one query and no row of pandas: three years of 200 points are some hundred million additions of numpy.

- A day has 100 columns, one for each quarter hour elapsed since its local midnight; a day of 23 hours uses 92 of
  them, one of 24 hours 96. So the hour that comes twice in October has columns of its own.
- Energy is in Wh. What a meter tells by the hour is shared out evenly over its four quarter hours, which is exact in
  binary and leaves every sum as it is; ``minutes`` says for each day how fine its meters are.
- An interval without a value adds nothing to ``wh``; ``known`` counts the points that have one and ``owed`` those that
  should have, so that every sum can say how complete it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.bands import BANDS, band_codes
from portal_lib.metering.calendar import IntArray, date_of, day_hours, day_number, day_start
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day

FloatArray = npt.NDArray[np.float64]

#: Quarter hours of the longest day.
COLUMNS = 100

_MISSING = -(2**31)
_FETCHED = 2048
#: Point, day, intervals and flags in one number: most of a row's time goes into making Python values of its columns.
_OF_POINT, _OF_DAY, _OF_COUNT = 1 << 32, 1 << 15, 1 << 8

#: Days from one to another, both included, on which a point's readings may be seen and are owed.
Held = Mapping[int, Sequence[tuple[date, date]]]


@dataclass(frozen=True)
class PointLoad:
    """What one of the points adds: whole Wh by band, and how complete they are."""

    wh: tuple[int, int, int]  # F1, F2, F3
    days_owed: int
    days_stored: int
    days_estimated: int
    days_corrected: int
    missing_minutes: int  # of the days owed
    peak_kw: float | None
    peak_at: int | None  # UTC second at which the interval of the peak begins

    @property
    def total(self) -> int:
        """Wh of all bands."""
        return sum(self.wh)


@dataclass(frozen=True)
class Load:
    """See the module. Arrays have a row for each day from ``first`` on; those in two dimensions have 100 columns."""

    first: int  # day number of the first row
    wh: FloatArray
    known: npt.NDArray[np.int32]
    owed: IntArray  # points whose readings of the day there should be, those that are there already among them
    stored: IntArray  # points that have any
    minutes: IntArray  # 15; 60 where every meter tells hours; 0 without readings
    flags: IntArray  # of all points together
    estimated: IntArray  # points whose day was estimated
    corrected: IntArray
    bands: npt.NDArray[np.int8]  # places in BANDS; −1 where the day has no such quarter hour
    points: Mapping[int, PointLoad] = field(default_factory=dict)

    @property
    def days(self) -> IntArray:
        """The day number of each row."""
        return np.arange(self.first, self.first + len(self.owed))

    @property
    def exists(self) -> npt.NDArray[np.bool_]:
        """Which quarter hours the days really have."""
        return self.bands >= 0

    @property
    def starts(self) -> IntArray:
        """UTC second at which each column of each day begins."""
        return day_start(self.days)[:, None] + np.arange(COLUMNS) * 900

    @property
    def empty(self) -> bool:
        """Whether there is no reading at all."""
        return not self.stored.any()

    @property
    def total(self) -> int:
        """All energy that is known, Wh."""
        return round(float(self.wh.sum()))

    def by_band(self) -> dict[str, int]:
        """The same in each band."""
        return {band: round(float(self.wh[self.bands == code].sum())) for code, band in enumerate(BANDS)}

    @property
    def owed_intervals(self) -> int:
        """Quarter hours of all points for which readings are owed."""
        return int((self.exists.sum(axis=1) * self.owed).sum())

    @property
    def known_intervals(self) -> int:
        """How many of those have a value."""
        return int(self.known.sum())

    @property
    def completeness(self) -> float | None:
        """Known ÷ owed; None where nothing is owed."""
        return self.known_intervals / self.owed_intervals if self.owed_intervals else None


def read(
    connection: Connection,
    held: Held,
    first: date,
    last: date,
    magnitude: str = "Ea",
    *,
    owed_until: date | None = None,
    october_4_from: date | None = None,
) -> Load:
    """The load of these points together, from one competence day to another, both included.

    ``held`` says for each point id on which days it may be seen: nothing of other days is in the result. Nothing is
    owed after ``owed_until``: tomorrow's readings aren't missing.
    """
    begin, length = day_number(first), (last - first).days + 1
    days = np.arange(begin, begin + length)
    exists = np.arange(COLUMNS) < (day_hours(days) * 4)[:, None]
    bands = np.full((length, COLUMNS), -1, dtype=np.int8)
    bands[exists] = band_codes(days, day_hours(days) * 4, october_4_from=october_4_from)
    sums = _Sums(days, bands)
    masks = {point: _held_rows(intervals, begin, length) for point, intervals in held.items()}
    end = length if owed_until is None else day_number(owed_until) - begin + 1
    for mask in masks.values():
        sums.owed[mask & (np.arange(length) < end)] += 1
    for point, rows in stored_days(connection, sorted(held), begin, begin + length - 1, magnitude):
        own = masks[point]
        inside = own[rows.days - begin]
        owed = own & (np.arange(length) < end)
        sums.add(point, rows.only(inside), owed)
    for point, mask in masks.items():
        if point not in sums.points:
            owed_days = int((mask & (np.arange(length) < end)).sum())
            minutes = int(exists[mask & (np.arange(length) < end)].sum()) * 15
            sums.points[point] = PointLoad((0, 0, 0), owed_days, 0, 0, 0, minutes, None, None)
    return sums.load()


def _held_rows(intervals: Iterable[tuple[date, date]], begin: int, length: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(length, dtype=np.bool_)
    for since, until in intervals:
        mask[max(day_number(since) - begin, 0) : max(day_number(until) - begin + 1, 0)] = True
    return mask


@dataclass(frozen=True)
class StoredDays:
    """Stored days of one point."""

    days: IntArray
    counts: IntArray
    flags: IntArray
    curves: Sequence[bytes]

    def only(self, wanted: npt.NDArray[np.bool_]) -> "StoredDays":
        if wanted.all():
            return self
        curves = [curve for curve, one in zip(self.curves, wanted, strict=True) if one]
        return StoredDays(self.days[wanted], self.counts[wanted], self.flags[wanted], curves)

    def quarters(self) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Wh of each elapsed quarter hour, 0 where missing, and where there is a value."""
        wh = np.zeros((len(self.days), COLUMNS))
        known = np.zeros((len(self.days), COLUMNS), dtype=np.bool_)
        for count in np.unique(self.counts).tolist():
            rows = np.flatnonzero(self.counts == count)
            stored = np.frombuffer(b"".join([self.curves[row] for row in rows.tolist()]), dtype="<i4").reshape(
                -1, count
            )
            there = stored != _MISSING
            values = np.where(there, stored, 0).astype(np.float64)
            if count <= 25:
                values, there = np.repeat(values / 4, 4, axis=1), np.repeat(there, 4, axis=1)
            wh[rows, : values.shape[1]] = values
            known[rows, : there.shape[1]] = there
        return wh, known


class _Sums:
    """The tables while points are added to them."""

    def __init__(self, days: IntArray, bands: npt.NDArray[np.int8]) -> None:
        self._days, self._bands = days, bands
        self._codes, self._intervals = bands.astype(np.int64) + 1, (bands >= 0).sum(axis=1)
        shape = bands.shape
        self._wh = np.zeros(shape)
        self._known = np.zeros(shape, dtype=np.int32)
        self.owed, self._stored, self._flags, self._estimated, self._corrected = (
            np.zeros(len(days), dtype=np.int64) for _ in range(5)
        )
        self._fine, self._coarse = (np.zeros(len(days), dtype=np.bool_) for _ in range(2))
        self.points: dict[int, PointLoad] = {}

    def add(self, point: int, found: StoredDays, owed: npt.NDArray[np.bool_]) -> None:
        if not len(found.days):
            return
        places = found.days - self._days[0]
        # Days without a gap, as nearly always, are a piece of the tables: nothing is gathered and put back.
        unbroken = int(places[-1] - places[0]) == len(places) - 1
        rows: slice | IntArray = slice(int(places[0]), int(places[-1]) + 1) if unbroken else places
        wh, known = found.quarters()
        self._wh[rows] += wh
        self._known[rows] += known
        self._stored[rows] += 1
        self._flags[rows] |= found.flags
        estimated, corrected = ((found.flags & int(flag)) > 0 for flag in (DayFlag.ESTIMATED, DayFlag.CORRECTED))
        self._estimated[rows] += estimated
        self._corrected[rows] += corrected
        hourly = found.counts <= 25
        self._fine[rows] |= ~hourly
        self._coarse[rows] |= hourly
        in_bands = np.bincount(self._codes[rows].ravel(), weights=wh.ravel(), minlength=len(BANDS) + 1)[1:]
        highest = int(wh.argmax())
        if not known.flat[highest]:  # no value, or none above zero
            highest = int(known.argmax())
        row, column = divmod(highest, COLUMNS)
        peak = float(wh[row, column]) if known[row, column] else -1.0
        self.points[point] = PointLoad(
            wh=(round(in_bands[0]), round(in_bands[1]), round(in_bands[2])),
            days_owed=int(owed.sum()),
            days_stored=len(places),
            days_estimated=int(estimated.sum()),
            days_corrected=int(corrected.sum()),
            missing_minutes=15 * int(self._intervals[owed].sum() - known.sum(axis=1)[owed[rows]].sum()),
            peak_kw=peak * 4 / 1000 if peak >= 0 else None,
            peak_at=int(day_start(int(found.days[row]))) + int(column) * 900 if peak >= 0 else None,
        )

    def load(self) -> Load:
        minutes = np.where(self._fine, 15, np.where(self._coarse, 60, 0))
        return Load(
            int(self._days[0]),
            self._wh,
            self._known,
            np.maximum(self.owed, self._stored),
            self._stored,
            minutes,
            self._flags,
            self._estimated,
            self._corrected,
            self._bands,
            self.points,
        )


def stored_days(
    connection: Connection, points: Sequence[int], first: int, last: int, magnitude: str
) -> Iterator[tuple[int, StoredDays]]:
    """The stored days of each of these points that has any, point after point; never all of them at once."""
    for start in range(0, len(points), 1000):
        yield from _some_points(connection, points[start : start + 1000], first, last, magnitude)


def _some_points(
    connection: Connection, points: Sequence[int], first: int, last: int, magnitude: str
) -> Iterator[tuple[int, StoredDays]]:
    columns = curve_day.c
    packed = (
        sa.cast(columns.point_id, sa.BigInteger) * sa.literal_column(str(_OF_POINT))
        + columns.day * sa.literal_column(str(_OF_DAY))
        + columns.n * sa.literal_column(str(_OF_COUNT))
        + columns.flags
    )
    query = (
        sa.select(packed, columns.curve)
        .where(
            columns.point_id.in_(points),
            columns.magnitude == magnitude,
            columns.n > 0,
            columns.day.between(first, last),
        )
        .order_by(columns.point_id, columns.day)
    )
    if connection.dialect.name == "sqlite":  # its driver fetches step by step, and makes tuples that will do
        source: Any = connection.execute(query).cursor
    else:
        source = connection.execution_options(stream_results=True, max_row_buffer=_FETCHED).execute(query)
    numbers: list[int] = []
    curves: list[bytes] = []
    while rows := source.fetchmany(_FETCHED):
        number_column, curve_column = zip(*rows, strict=True)
        numbers += number_column
        curves += curve_column
        of = np.array(numbers, dtype=np.int64) // _OF_POINT
        turns = (np.flatnonzero(of[1:] != of[:-1]) + 1).tolist()
        for begin, end in zip([0, *turns[:-1]], turns, strict=False):
            yield int(of[begin]), _unpacked(numbers[begin:end], curves[begin:end])
        if turns:  # the last point may go on
            numbers, curves = numbers[turns[-1] :], curves[turns[-1] :]
    if numbers:
        yield numbers[0] // _OF_POINT, _unpacked(numbers, curves)


def _unpacked(numbers: Sequence[int], curves: Sequence[bytes]) -> StoredDays:
    packed = np.array(numbers, dtype=np.int64) % _OF_POINT
    return StoredDays(packed // _OF_DAY, packed % _OF_DAY // _OF_COUNT, packed % _OF_COUNT, curves)


def spans(connection: Connection, points: Sequence[int], magnitude: str = "Ea") -> dict[int, tuple[date, date]]:
    """The first and the last stored day of each of these points that has any: two look-ups in the index for each."""
    point = sa.table("supply_point", sa.column("id"))

    def end(order: Any) -> Any:
        columns = curve_day.c
        return (
            sa.select(columns.day)
            .where(columns.point_id == point.c.id, columns.magnitude == magnitude, columns.n > 0)
            .order_by(order)
            .limit(1)
            .correlate(point)
            .scalar_subquery()
        )

    found: dict[int, tuple[date, date]] = {}
    for start in range(0, len(points), 1000):
        query = sa.select(point.c.id, end(curve_day.c.day), end(curve_day.c.day.desc())).where(
            point.c.id.in_(points[start : start + 1000])
        )
        for point_id, first, last in connection.execute(query):
            if first is not None:
                found[point_id] = date_of(first), date_of(last)
    return found
