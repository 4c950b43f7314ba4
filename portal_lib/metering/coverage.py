"""How much of what should be there is there: of every point and month, days measured, estimated, corrected, missing.

And by when it should be there, after the flows' timetable: hourly curves by the fifth working day of the month after,
the registers of other meters by the twentieth.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.bands import holidays
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day, register_reading

HOURLY_WORKING_DAYS = 5
REGISTERS_DAY = 20

#: A point, and the first and the last day for which its readings are owed, both included; None: until further notice.
Owed = tuple[int, date, date | None]


def days_with_readings(connection: Connection, point_id: int, first: date, last: date | None) -> int:
    """On how many days between two, both included (None: without end), a point has any reading: a curve of any
    magnitude, or a register's.
    """
    told = [
        sa.select(table.c.day).where(
            table.c.point_id == point_id,
            table.c.day >= day_number(first),
            *([table.c.day <= day_number(last)] if last is not None else []),
            *([table.c.n > 0] if table is curve_day else []),
        )
        for table in (curve_day, register_reading)
    ]
    days = sa.union(*told).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(days)).scalar_one())


def of_curves(
    connection: Connection, owed: Iterable[Owed], first: date, last: date, magnitude: str = "Ea"
) -> pd.DataFrame:
    """Coverage between two days, both included, of every point to which any of these days is owed, by ``point_id``.

    Columns, counting days owed: ``owed`` itself; ``measured`` (nothing below), ``estimated``, ``not_validated``,
    ``corrected``, ``exported`` (from a customer's own export), which may overlap; ``missing``: not stored or
    cancelled. What is stored for days that are not owed counts nowhere. Intervals that are missing within a day are
    in :func:`portal_lib.metering.band_sums.monthly`.
    """
    begin, length = day_number(first), (last - first).days + 1
    intervals = [
        (point, max(day_number(since), begin) - begin, min(day_number(until or last), begin + length - 1) - begin)
        for point, since, until in owed
    ]
    intervals = [interval for interval in intervals if interval[1] <= interval[2]]
    points = np.unique(np.array([point for point, _, _ in intervals], dtype=np.int64))
    is_owed = np.zeros((len(points), length), dtype=np.bool_)
    for point, since, until in intervals:
        is_owed[np.searchsorted(points, point), since : until + 1] = True

    flags = np.full((len(points), length), -1, dtype=np.int64)  # -1: not stored
    rows = connection.execute(
        sa.select(curve_day.c.point_id, curve_day.c.day, curve_day.c.flags).where(
            curve_day.c.magnitude == magnitude,
            curve_day.c.n > 0,
            curve_day.c.day.between(begin, begin + length - 1),
        )
    ).all()
    if rows and len(points):
        stored = np.array([tuple(row) for row in rows], dtype=np.int64)
        places = np.minimum(np.searchsorted(points, stored[:, 0]), len(points) - 1)
        ours = points[places] == stored[:, 0]
        flags[places[ours], stored[ours, 1] - begin] = stored[ours, 2]

    there = is_owed & (flags >= 0)
    counts = {"owed": is_owed.sum(axis=1), "measured": (there & (flags == 0)).sum(axis=1)}
    for name, flag in (
        ("estimated", DayFlag.ESTIMATED),
        ("not_validated", DayFlag.NOT_VALIDATED),
        ("corrected", DayFlag.CORRECTED),
        ("exported", DayFlag.CUSTOMER_EXPORT),
    ):
        counts[name] = (there & (flags & int(flag) > 0)).sum(axis=1)
    counts["missing"] = (is_owed & (flags < 0)).sum(axis=1)
    return pd.DataFrame(counts, index=pd.Index(points, name="point_id"))


def hourly_due(month: date) -> date:
    """The day by whose end the hourly curves of a month should be there: the fifth working day of the month after.

    Working days are Monday to Friday without the national holidays that the bands know; 4 October stays one.
    """
    day = _month_after(month)
    counted = 0
    while True:
        counted += day.weekday() < 5 and day not in holidays(day.year)
        if counted == HOURLY_WORKING_DAYS:
            return day
        day += timedelta(days=1)


def registers_due(month: date) -> date:
    """The day by whose end the registers of a month's end should be there."""
    return _month_after(month).replace(day=REGISTERS_DAY)


def _month_after(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
