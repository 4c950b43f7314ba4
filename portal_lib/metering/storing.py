"""The store of daily curves: putting a file's days in, and deciding which value of a day is in force.

A later file supersedes per point, magnitude and day. Later is what the file says of itself (the time of
sending in its name, then its progressive number, then its SHA-256), never when it happened to be loaded:
loading the same files in any order ends in the same store. The value that gives way is kept in
``curve_day_superseded``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.flows.reader import DayCurve
from portal_lib.metering.tables import curve_day, curve_day_superseded, source_file

#: How many points one look at the store asks for; SQLite takes no endless list of parameters.
_POINTS_AT_ONCE = 500

_KEY = ("point_id", "magnitude", "day")


@dataclass(frozen=True)
class Arrival:
    """A file as it goes into ``source_file``."""

    sha256: str
    flow: str
    name: str
    sent_at: str  # yyyymmddHHMMSS, or "": gives way to every file that has one
    sequence: int
    received_at: datetime  # UTC, naive as the database keeps it


@dataclass(frozen=True)
class Stored:
    """What became of a file's day curves."""

    fresh: int = 0  # the day had no value
    replaced: int = 0  # the day's value gave way
    outdated: int = 0  # the day has a later value, which stays in force


def name_of_loaded(connection: Connection, sha256: str) -> str | None:
    """The name under which a file of this SHA-256 was loaded, or None."""
    return connection.scalar(sa.select(source_file.c.name).where(source_file.c.sha256 == sha256))


def lock(connection: Connection) -> None:
    """Let one loader in at a time; readers go on. SQLite's writers already queue from their BEGIN on."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE source_file IN SHARE ROW EXCLUSIVE MODE")


def store(connection: Connection, arrival: Arrival, days: Sequence[DayCurve], points: Mapping[str, int]) -> Stored:
    """Put a file's days into the store, inside the caller's transaction and behind :func:`lock`.

    ``points`` gives the point of every POD among the days. A file must not be stored twice
    (``name_of_loaded``).
    """
    added = connection.execute(
        source_file.insert().values(
            sha256=arrival.sha256,
            flow=arrival.flow,
            name=arrival.name,
            sent_at=arrival.sent_at,
            sequence=arrival.sequence,
            received_at=arrival.received_at,
        )
    ).inserted_primary_key
    assert added is not None
    file_id: int = added[0]

    there = _in_force(connection, days, points)
    earlier = _files_before(connection, set(there.values()), arrival)

    fresh: list[tuple[Any, ...]] = []
    winning: list[tuple[Any, ...]] = []
    outdated: list[tuple[Any, ...]] = []
    for curve in days:
        key = (points[curve.pod], curve.magnitude, curve.day)
        row = (*key, curve.n, curve.flags, file_id, curve.curve)
        holder = there.get(key)
        if holder is None:
            fresh.append(row)
        elif holder in earlier:
            winning.append(row)
        else:
            outdated.append(row)

    _supersede(connection, [row[:3] for row in winning])
    _insert(connection, curve_day, fresh + winning)
    _insert(connection, curve_day_superseded, outdated)
    return Stored(len(fresh), len(winning), len(outdated))


def _in_force(
    connection: Connection, days: Sequence[DayCurve], points: Mapping[str, int]
) -> dict[tuple[int, str, int], int]:
    """The file of the value in force of each point, magnitude and day, for all days that these may touch."""
    if not days:
        return {}
    of_file = sorted({points[curve.pod] for curve in days})
    magnitudes = sorted({curve.magnitude for curve in days})
    first, last = min(curve.day for curve in days), max(curve.day for curve in days)
    columns = curve_day.c
    there: dict[tuple[int, str, int], int] = {}
    for start in range(0, len(of_file), _POINTS_AT_ONCE):
        some = of_file[start : start + _POINTS_AT_ONCE]
        rows = connection.execute(
            sa.select(columns.point_id, columns.magnitude, columns.day, columns.file_id).where(
                columns.point_id.in_(some),
                columns.magnitude.in_(magnitudes),
                columns.day.between(first, last),
            )
        )
        there.update(((point, magnitude, day), file) for point, magnitude, day, file in rows)
    return there


def _files_before(connection: Connection, files: set[int], arrival: Arrival) -> set[int]:
    """Which of these files give way to the one that arrived."""
    precedence = (arrival.sent_at, arrival.sequence, arrival.sha256)
    columns = source_file.c
    rows = connection.execute(
        sa.select(columns.id, columns.sent_at, columns.sequence, columns.sha256).where(columns.id.in_(files))
    )
    return {file for file, sent_at, sequence, sha256 in rows if (sent_at, sequence, sha256) < precedence}


def _supersede(connection: Connection, keys: Sequence[tuple[Any, ...]]) -> None:
    """Move the values in force of these points, magnitudes and days to where replaced ones are kept."""
    if not keys:
        return
    names = [column.name for column in curve_day.columns]
    this = [curve_day.c[name] == sa.bindparam(f"key_{name}") for name in _KEY]
    parameters = [dict(zip((f"key_{name}" for name in _KEY), key, strict=True)) for key in keys]
    connection.execute(curve_day_superseded.insert().from_select(names, sa.select(curve_day).where(*this)), parameters)
    connection.execute(curve_day.delete().where(*this), parameters)


def _insert(connection: Connection, table: sa.Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert whole rows, values in the order of the table's columns.

    A driver that takes positions (SQLite's) gets the tuples as they are, several times as fast as by name.
    """
    rows = list(rows)
    if not rows:
        return
    statement = table.insert()
    compiled = statement.compile(dialect=connection.dialect)
    names = [column.name for column in table.columns]
    if getattr(compiled, "positiontup", None) == names:
        connection.exec_driver_sql(str(compiled), rows)
    else:
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
