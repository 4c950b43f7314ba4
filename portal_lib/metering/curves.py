"""Reading the store back: the curve of one supply point as a frame of intervals.

Everything is vectorised over whole days; a year of quarter hours takes half a millisecond. What is summed up from
such a frame is in :mod:`portal_lib.metering.aggregates`.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Connection

from portal_lib.metering import frames

# Who reads a curve mostly sums it up, too.
from portal_lib.metering.aggregates import Granularity as Granularity
from portal_lib.metering.aggregates import aggregate as aggregate
from portal_lib.metering.aggregates import band_totals as band_totals
from portal_lib.metering.bands import band_codes, quarter_hour_codes
from portal_lib.metering.calendar import (
    DAY_LEN,
    DAY_START,
    IntArray,
    axis,
    date_of,
    day_number,
    interval_minutes,
    places,
)
from portal_lib.metering.flows.reader import MAGNITUDES
from portal_lib.metering.tables import curve_day

#: In a stored curve: no value for this interval.
MISSING = -(2**31)

_STORED = sa.and_(
    curve_day.c.point_id == sa.bindparam("point"),
    curve_day.c.magnitude == sa.bindparam("magnitude"),
    curve_day.c.n > sa.literal_column("0"),
)
_BETWEEN = curve_day.c.day.between(sa.bindparam("first"), sa.bindparam("last"))
#: A day's number, intervals (below 128) and flags (below 256) in one number, which fits an int4 until 2149. Of a row's
#: time, most is spent on making Python values of its columns.
_PACKED = (curve_day.c.day * sa.literal_column("128") + curve_day.c.n) * sa.literal_column("256") + curve_day.c.flags
_DAYS = sa.select(_PACKED, curve_day.c.curve).where(_STORED, _BETWEEN).order_by(curve_day.c.day)
_NOTHING: Any = aggregate_order_by(sa.literal_column("''::bytea"), curve_day.c.day)
#: The same in one row, each column's values one after the other: PostgreSQL sends that sooner than a row for each day.
_DAYS_IN_ONE = sa.select(
    sa.func.string_agg(sa.func.int4send(_PACKED), _NOTHING), sa.func.string_agg(curve_day.c.curve, _NOTHING)
).where(_STORED, _BETWEEN)
_SPAN = sa.select(sa.func.min(curve_day.c.day), sa.func.max(curve_day.c.day)).where(_STORED)
_COUNT = sa.select(sa.func.count()).select_from(curve_day).where(_STORED, _BETWEEN)

_QUARTER = 900

#: Packed numbers of some days, and their curves one after the other.
_Days = tuple[IntArray, bytes]


def read(
    connection: Connection,
    point_id: int,
    first: date,
    last: date,
    magnitude: str = "Ea",
    *,
    october_4_from: date | None = None,
) -> pd.DataFrame:
    """The stored curve of one point, from one competence day to another, both included.

    One row for each interval of each stored day, in the resolution in which it was metered. The index,
    "instant", is each interval's start in Europe/Rome, strictly increasing: the day of 25 hours has both its
    02:00. Columns:

    - ``kwh``: energy of the interval, kWh (kvarh for reactive magnitudes); NaN where missing
    - ``band``: F1, F2 or F3, categorical
    - ``minutes``: length of the interval, 15 or 60
    - ``flags``: :class:`~portal_lib.metering.flags.DayFlag` of the day

    Days that are not stored, or cancelled, are not there. ``ValueError`` for an unknown magnitude.
    """
    packed, curve = _fetched(connection, _parameters(point_id, magnitude, first, last))
    return frame_of(packed >> 15, packed >> 8 & 127, packed & 255, curve, october_4_from=october_4_from)


def frame_of(
    days: IntArray, counts: IntArray, flags: IntArray, curves: bytes, *, october_4_from: date | None = None
) -> pd.DataFrame:
    """The frame of some days, in their order: day numbers, intervals, flags, and their curves, as they are stored,
    one after the other.
    """
    stored = np.frombuffer(curves, dtype="<i4")
    kwh = stored / 1000.0
    if len(stored) and stored.min() == MISSING:
        kwh[stored == MISSING] = np.nan
    if _are_even(days, counts) and flags.min() == flags.max():
        # pandas copies what frames share as soon as somebody writes into one of them.
        frame = _even_frame(int(days[0]), int(days[-1]), int(flags[0]), october_4_from).copy(deep=False)
        frame.isetitem(0, kwh)
        return frame
    minutes = np.repeat(interval_minutes(days, counts), counts)
    codes = band_codes(days, counts, october_4_from=october_4_from)
    index = frames.instants(axis(days, counts))
    return _built(index, kwh, codes, minutes, np.repeat(flags, counts))


def span(connection: Connection, point_id: int, magnitude: str = "Ea") -> tuple[date, date] | None:
    """The first and the last day stored of a point; None where there is none."""
    first, last = connection.execute(_SPAN, _parameters(point_id, magnitude)).one()
    return None if first is None else (date_of(first), date_of(last))


def day_count(connection: Connection, point_id: int, first: date, last: date, magnitude: str = "Ea") -> int:
    """How many days of a point are stored between two days, both included; cancelled days don't count."""
    return int(connection.execute(_COUNT, _parameters(point_id, magnitude, first, last)).scalar_one())


def _are_even(days: IntArray, counts: IntArray) -> bool:
    """Whether these are days one after the other, all in quarter hours, as nearly every read finds them."""
    if not len(days) or days[-1] - days[0] != len(days) - 1:
        return False
    first, last = int(places(days[:1])[0]), int(places(days[-1:])[0])
    return bool((counts * _QUARTER == DAY_LEN[first : last + 1]).all())


@lru_cache(maxsize=2)
def _even_frame(first: int, last: int, flags: int, october_4_from: date | None) -> pd.DataFrame:
    """The frame of all quarter hours from one day to another, with everything but the energy.

    Their instants are an even row, and their bands a piece of the calendar's own. The curves of a page, or of the
    fleet, are mostly of one and the same range: they share it.
    """
    begin, end = places([first, last])
    total = int(DAY_START[end] + DAY_LEN[end] - DAY_START[begin]) // _QUARTER
    index = frames.even_instants(int(DAY_START[begin]), _QUARTER, total)
    codes = quarter_hour_codes(first, last, october_4_from=october_4_from)
    minutes, flag = np.full(total, 15, dtype=np.int64), np.full(total, flags, dtype=np.int64)
    return _built(index, np.broadcast_to(np.nan, total), codes, minutes, flag)


def _built(
    index: pd.DatetimeIndex,
    kwh: npt.NDArray[np.float64],
    codes: npt.NDArray[np.int8],
    minutes: IntArray,
    flags: IntArray,
) -> pd.DataFrame:
    columns = {"kwh": kwh, "band": frames.categories(codes), "minutes": minutes, "flags": flags}
    return pd.DataFrame(columns, index=index, copy=False)


def _fetched(connection: Connection, parameters: dict[str, Any]) -> _Days:
    """The days asked for, from the driver without row objects in between."""
    statement, names = _days_statement(connection.dialect)
    if names is None:
        ((packed, curves),) = _in_binary(
            connection, lambda: connection.exec_driver_sql(statement, parameters).cursor.fetchall()
        )
        return np.frombuffer(packed or b"", dtype=">i4").astype(np.int64), curves or b""
    given = tuple(parameters[name] for name in names)
    rows = connection.exec_driver_sql(statement, given).cursor.fetchall()
    packed_column, curve_column = zip(*rows, strict=True) if rows else ((), ())
    return np.array(packed_column, dtype=np.int64), b"".join(curve_column)


def _in_binary(connection: Connection, query: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """A query whose answer psycopg takes in PostgreSQL's binary form: as text, a curve is twice as long and slow."""
    driver: Any = connection.connection.driver_connection
    usual, driver.cursor_factory = driver.cursor_factory, _binary_cursor()
    try:
        return query()
    finally:
        driver.cursor_factory = usual


@cache
def _binary_cursor() -> type:
    from psycopg import Cursor
    from psycopg.pq import Format

    class BinaryCursor(Cursor[Any]):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self.format = Format.BINARY

    return BinaryCursor


@lru_cache(maxsize=8)
def _days_statement(dialect: sa.Dialect) -> tuple[str, tuple[str, ...] | None]:
    """The query for days in the words of a driver, and which parameters it takes by place. None: it takes them by
    name, and gives one row.
    """
    compiled: Any = (_DAYS_IN_ONE if dialect.name == "postgresql" else _DAYS).compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup) if compiled.positional else None


def _parameters(point_id: int, magnitude: str, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    if magnitude not in MAGNITUDES:
        raise ValueError(f"magnitudes are {', '.join(MAGNITUDES)}, not {magnitude!r}")
    parameters: dict[str, Any] = {"point": point_id, "magnitude": magnitude}
    if first is not None and last is not None:
        parameters |= {"first": day_number(first), "last": day_number(last)}
    return parameters
