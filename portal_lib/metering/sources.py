"""From which files the readings of some days come: the trail of a whole report."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.calendar import day_number
from portal_lib.metering.tables import curve_day, register_reading, source_file


@dataclass(frozen=True)
class Source:
    """A file that brought readings in force, and how many days of curves, or register readings, are its."""

    flow: str
    name: str
    sent_at: str  # yyyymmddHHMMSS of the file's name, "" for an export
    sha256: str
    days: int


def of_days(connection: Connection, point_id: int, first: date, last: date) -> list[Source]:
    """The files whose values of a point are in force between two days, both included; by flow, sending and name."""
    found = connection.execute(
        _OF_DAYS, {"point": point_id, "first_day": day_number(first), "last_day": day_number(last)}
    )
    return together(Source(*row) for row in found.tuples())


def together(sources: Iterable[Source]) -> list[Source]:
    """The same files named once each, their days added up, in the order of flow, sending and name."""
    days: dict[Source, int] = {}
    for source in sources:
        key = Source(source.flow, source.name, source.sent_at, source.sha256, 0)
        days[key] = days.get(key, 0) + source.days
    summed = [replace(key, days=count) for key, count in days.items()]
    return sorted(summed, key=lambda source: (source.flow, source.sent_at, source.name, source.sha256))


def _days_of(table: sa.Table, before: int = 0) -> sa.Select[tuple[int, int]]:
    """How many days each file has in a table, from so many days before the first one asked for."""
    days = sa.func.count(sa.distinct(table.c.day)).label("days")
    between = table.c.day.between(sa.bindparam("first_day") - before, sa.bindparam("last_day"))
    rows = sa.select(table.c.file_id, days).where(table.c.point_id == sa.bindparam("point"), between)
    return rows.group_by(table.c.file_id)


#: What a register said at the end of the day before is where the first day's energy is counted from.
_COUNTED = sa.union_all(_days_of(curve_day), _days_of(register_reading, before=1)).subquery()
_FILE = source_file.c
_OF_DAYS = sa.select(_FILE.flow, _FILE.name, _FILE.sent_at, _FILE.sha256, _COUNTED.c.days).join(
    _COUNTED, _COUNTED.c.file_id == _FILE.id
)
