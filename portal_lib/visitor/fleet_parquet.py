"""The fleet's readings as Parquet, for DuckDB, Dask, Polars or pandas: a file a month, in time order.

``year=2025/month=03/part.parquet``, by the local month. A month is written beside its file and then renamed to it, so
whoever reads meets the old month or the new one, never half of one. The same readings give the same bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.clock import ROME
from portal_lib.customers.scopes import ScopedPoint, holders_of
from portal_lib.metering.bands import BANDS, band_codes
from portal_lib.metering.calendar import IntArray, axis, day_number, interval_minutes
from portal_lib.metering.curves import MISSING
from portal_lib.metering.tables import curve_day

#: Points asked for in one query.
_AT_ONCE = 500

#: Each column's name, type (as Arrow writes it) and meaning. The meaning goes into the file, too.
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("pod", "dictionary<string>", "The supply point."),
    (
        "customer",
        "dictionary<string>",
        "Code of the customer that holds the point on that day; null where nobody does.",
    ),
    ("instant", "timestamp[us, UTC]", "Start of the interval, as an instant."),
    ("local", "timestamp[us]", "The same on the clock in Rome; on the day of 25 hours, 02:00 is there twice."),
    ("magnitude", "dictionary<string>", "Ea (active energy), Er, Erc or Eri (reactive)."),
    ("minutes", "int16", "Length of the interval: 15 or 60."),
    ("wh", "int32", "Energy of the interval in whole Wh (varh for reactive magnitudes); null where missing."),
    ("band", "dictionary<string>", "F1, F2 or F3."),
    ("flags", "int16", "Of the day: 1 estimated, 2 not validated, 4 corrected, 8 from a customer's export."),
)


@dataclass(frozen=True)
class MonthWritten:
    """A month of the export."""

    month: date  # its first day
    path: Path
    rows: int
    wh: int  # of active energy, all points together


@dataclass(frozen=True)
class _Day:
    """A day of a point, as it is stored."""

    point: int  # place among the points
    n: int
    flags: int
    curve: bytes


def months_of(first: date, last: date) -> list[tuple[date, date]]:
    """First and last day of each month that two days and those between them lie in."""
    months = []
    start = first.replace(day=1)
    while start <= last:
        following = (start + timedelta(days=31)).replace(day=1)
        months.append((start, following - timedelta(days=1)))
        start = following
    return months


def write_month(
    engine: Engine,
    folder: Path,
    month: tuple[date, date],
    points: Sequence[ScopedPoint],
    magnitudes: Sequence[str],
    *,
    october_4_from: date | None = None,
) -> MonthWritten | None:
    """Write one month of these points; None where it has no readings, and then there is no file either.

    A row group is a local day, so that a query for some days reads those alone. In memory are the month's curves as
    they are stored (400 bytes for each point and day) and one day's rows.
    """
    import pyarrow.parquet as pq

    path = folder / f"year={month[0].year}" / f"month={month[0].month:02d}" / "part.parquet"
    with db.reading(engine) as connection:
        stored = {magnitude: _stored(connection, points, magnitude, month) for magnitude in magnitudes}
        holders = _holders(connection, points, month)
    days = sorted({day for of_magnitude in stored.values() for day in of_magnitude})
    if not days:
        path.unlink(missing_ok=True)
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(".part.parquet.writing")
    rows = energy = 0
    try:
        with pq.ParquetWriter(beside, _schema(), compression="zstd", write_statistics=True) as writer:
            for day in days:
                there = [(magnitude, stored[magnitude].get(day, [])) for magnitude in magnitudes]
                table, wh = _table(day, points, there, holders, october_4_from)
                writer.write_table(table, row_group_size=max(1, table.num_rows))
                rows, energy = rows + table.num_rows, energy + wh
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return MonthWritten(month[0], path, rows, energy)


def _stored(
    connection: Connection, points: Sequence[ScopedPoint], magnitude: str, month: tuple[date, date]
) -> dict[int, list[_Day]]:
    """The month's curves of a magnitude, by day number; of each day in the order of the points."""
    first, last = day_number(month[0]), day_number(month[1])
    place = {point.id: at for at, point in enumerate(points)}
    meant = {
        at: [(day_number(since), day_number(until)) for since, until in point.days] for at, point in enumerate(points)
    }
    columns = curve_day.c
    found: dict[int, list[_Day]] = {}
    ids = [point.id for point in points]
    for start in range(0, len(ids), _AT_ONCE):
        rows = connection.execute(
            sa.select(columns.point_id, columns.day, columns.n, columns.flags, columns.curve).where(
                columns.point_id.in_(ids[start : start + _AT_ONCE]),
                columns.magnitude == magnitude,
                columns.day.between(first, last),
                columns.n > 0,
            )
        )
        for point_id, day, n, flags, curve in rows:
            at = place[point_id]
            if any(since <= day <= until for since, until in meant[at]):
                found.setdefault(day, []).append(_Day(at, n, flags, bytes(curve)))
    for of_day in found.values():
        of_day.sort(key=lambda stored: stored.point)
    return found


def _holders(
    connection: Connection, points: Sequence[ScopedPoint], month: tuple[date, date]
) -> Callable[[int, int], str | None]:
    """Who holds a point (by its place) on a day (by its number)."""
    held = holders_of(connection, [point.id for point in points], *month)
    by_place = [
        [(day_number(since), day_number(until), code) for since, until, code in held.get(point.id, [])]
        for point in points
    ]

    def holder(point: int, day: int) -> str | None:
        return next((code for since, until, code in by_place[point] if since <= day <= until), None)

    return holder


def _table(
    day: int,
    points: Sequence[ScopedPoint],
    stored: Sequence[tuple[str, list[_Day]]],
    holder: Callable[[int, int], str | None],
    october_4_from: date | None,
) -> tuple[Any, int]:
    """One day's rows as an Arrow table, in the order of instant, POD and magnitude; and its active energy in Wh."""
    import pyarrow as pa

    curves = [(magnitude, curve) for magnitude, of_magnitude in stored for curve in of_magnitude]
    counts = np.array([curve.n for _, curve in curves], dtype=np.int64)
    numbers = np.full(len(curves), day, dtype=np.int64)
    starts = axis(numbers, counts)
    wh = np.frombuffer(b"".join(curve.curve for _, curve in curves), dtype="<i4")
    names = [magnitude for magnitude, _ in stored]
    of_point = np.array([curve.point for _, curve in curves], dtype=np.int64)
    of_magnitude = np.array([names.index(magnitude) for magnitude, _ in curves], dtype=np.int64)
    codes = [holder(curve.point, day) for _, curve in curves]
    order = np.lexsort((np.repeat(of_magnitude, counts), np.repeat(of_point, counts), starts))

    def along(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.repeat(values, counts)[order]

    known = sorted({code for code in codes if code is not None})
    of_customer = np.array([-1 if code is None else known.index(code) for code in codes], dtype=np.int32)
    customers = along(of_customer)
    here, of_pod = np.unique(of_point, return_inverse=True)
    missing = wh == MISSING
    instants = starts[order] * 1_000_000
    columns = [
        _dictionary(along(of_pod), [points[at].pod for at in here]),
        _dictionary(customers, known, absent=customers < 0),
        pa.array(instants, type=pa.timestamp("us", "UTC")),
        pa.array(instants + _ahead(starts[order]) * 1_000_000, type=pa.timestamp("us")),
        _dictionary(along(of_magnitude), names),
        pa.array(along(interval_minutes(numbers, counts)), type=pa.int16()),
        pa.array(wh[order], type=pa.int32(), mask=missing[order]),
        _dictionary(band_codes(numbers, counts, october_4_from=october_4_from)[order], list(BANDS)),
        pa.array(along(np.array([curve.flags for _, curve in curves], dtype=np.int64)), type=pa.int16()),
    ]
    active = np.repeat(of_magnitude == names.index("Ea"), counts) & ~missing if "Ea" in names else missing & ~missing
    return pa.Table.from_arrays(columns, schema=_schema()), int(wh[active].sum(dtype=np.int64))


def _ahead(starts: IntArray) -> IntArray:
    """Seconds by which the clock in Rome is ahead of UTC at each of these instants, which come in order."""
    different, places = np.unique(starts, return_inverse=True)
    moments = (datetime.fromtimestamp(int(at), tz=ROME) for at in different)
    ahead = [int((moment.utcoffset() or timedelta()).total_seconds()) for moment in moments]
    return np.array(ahead, dtype=np.int64)[places]


def _dictionary(codes: npt.NDArray[Any], names: list[str], absent: npt.NDArray[np.bool_] | None = None) -> Any:
    import pyarrow as pa

    indices = pa.array(codes.astype(np.int32), type=pa.int32(), mask=absent)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, type=pa.string()))


def _schema() -> Any:
    import pyarrow as pa

    types = {
        "dictionary<string>": pa.dictionary(pa.int32(), pa.string()),
        "timestamp[us, UTC]": pa.timestamp("us", "UTC"),
        "timestamp[us]": pa.timestamp("us"),
        "int16": pa.int16(),
        "int32": pa.int32(),
    }
    return pa.schema(
        [pa.field(name, types[kind], metadata={"description": meaning.encode()}) for name, kind, meaning in COLUMNS]
    )


def written(
    engine: Engine,
    folder: Path,
    months: Sequence[tuple[date, date]],
    points: Sequence[ScopedPoint],
    magnitudes: Sequence[str],
    *,
    october_4_from: date | None = None,
) -> Iterator[MonthWritten]:
    """Write month after month; each that has readings is told when it is there."""
    for month in months:
        done = write_month(engine, folder, month, points, magnitudes, october_4_from=october_4_from)
        if done is not None:
            yield done
