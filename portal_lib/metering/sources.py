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
    found = []
    for table in (curve_day, register_reading):
        count = sa.func.count(sa.distinct(table.c.day))
        query = (
            sa.select(*_FILE, count)
            .join(source_file, source_file.c.id == table.c.file_id)
            .where(table.c.point_id == point_id, table.c.day.between(day_number(first), day_number(last)))
            .group_by(*_FILE)
        )
        found += [Source(*row) for row in connection.execute(query).tuples()]
    return together(found)


def together(sources: Iterable[Source]) -> list[Source]:
    """The same files named once each, their days added up, in the order of flow, sending and name."""
    days: dict[Source, int] = {}
    for source in sources:
        key = Source(source.flow, source.name, source.sent_at, source.sha256, 0)
        days[key] = days.get(key, 0) + source.days
    summed = [replace(key, days=count) for key, count in days.items()]
    return sorted(summed, key=lambda source: (source.flow, source.sent_at, source.name, source.sha256))


_FILE = (source_file.c.flow, source_file.c.name, source_file.c.sent_at, source_file.c.sha256)
