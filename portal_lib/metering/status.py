"""A month of the fleet at a glance: what each point's readings lack, what is late, where a factor seems wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering import coverage, cross_check, registers
from portal_lib.metering.calendar import day_number
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.tables import curve_day, register_reading

#: A point that had a curve within these days before the month's end is one with an hourly meter.
_LOOK_BACK = 400


@dataclass(frozen=True)
class PointStatus:
    """One point's month, in days that are owed. Registers' months are whole, or missing from where they end."""

    point_id: int
    kind: str  # "curve" | "registers" | "nothing": never heard of in the last year
    owed: int
    measured: int
    estimated: int
    not_validated: int
    corrected: int
    missing: int
    late: bool  # something is missing that should be there by now
    ratio: float | None = None  # registers ÷ curve, where both are whole
    factor: int | None = None  # see cross_check.Difference


@dataclass(frozen=True)
class Month:
    """All points to which any day of the month is owed, and by when their readings should be there."""

    hourly_due: date
    registers_due: date
    points: Sequence[PointStatus]


def of_month(connection: Connection, month: date, today: date, owed: Sequence[coverage.Owed]) -> Month:
    """What a month (any day of it) lacks, as seen on ``today`` in Rome."""
    first = month.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    hourly_due, registers_due = coverage.hourly_due(first), coverage.registers_due(first)
    covered = coverage.of_curves(connection, owed, first, last)
    with_curve = _heard_of(connection, curve_day, last)
    with_registers = _heard_of(connection, register_reading, last)
    told = registers.fleet(connection, first, last)
    differences = {found.point_id: found for found in cross_check.compare(connection, first, last)}
    points = []
    for row in covered.reset_index().to_dict("records"):
        counts = {str(name): int(value) for name, value in row.items()}
        point = counts.pop("point_id")
        counts.pop("exported")
        kind = "curve" if point in with_curve else "registers" if point in with_registers else "nothing"
        if kind == "registers":
            counts = _of_registers(told.get(point, []), counts["owed"], owed_from(owed, point, first, last))
        due = hourly_due if kind == "curve" else registers_due
        difference = differences.get(point)
        points.append(
            PointStatus(
                point,
                kind,
                **counts,
                late=bool(counts["missing"]) and today > due,
                ratio=difference.ratio if difference else None,
                factor=difference.factor if difference else None,
            )
        )
    return Month(hourly_due, registers_due, points)


def owed_from(owed: Sequence[coverage.Owed], point_id: int, first: date, last: date) -> set[date]:
    """The days of a month that are owed of one point."""
    days: set[date] = set()
    for point, since, until in owed:
        if point == point_id:
            day, end = max(since, first), min(until or last, last)
            days |= {day + timedelta(days=n) for n in range((end - day).days + 1)}
    return days


def _of_registers(told: Sequence[registers.MonthBands], owed: int, days: set[date]) -> dict[str, int]:
    """Days that the registers' stretches cover, all of one kind: a register knows no single days."""
    counts = dict.fromkeys(("owed", "measured", "estimated", "not_validated", "corrected", "missing"), 0)
    counts["owed"] = owed
    there = {day for month in told if month.wh for day in days if month.first <= day <= month.last}
    flags = 0
    for month in told:
        flags |= month.flags
    counts["missing"] = owed - len(there)
    counts["measured"] = 0 if flags else len(there)
    counts["estimated"] = len(there) if flags & DayFlag.ESTIMATED else 0
    counts["not_validated"] = len(there) if flags & DayFlag.NOT_VALIDATED else 0
    counts["corrected"] = len(there) if flags & DayFlag.CORRECTED else 0
    return counts


def _heard_of(connection: Connection, table: sa.Table, last: date) -> set[int]:
    day = table.c.day
    query = sa.select(table.c.point_id).distinct()
    return set(connection.scalars(query.where(day.between(day_number(last) - _LOOK_BACK, day_number(last)))).all())
