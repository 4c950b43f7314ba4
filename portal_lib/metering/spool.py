"""Where a file's readings wait until it has been read to its end: temporary tables of the connection that loads it.

They lie in a file of the database's own making that no one else sees and that is gone with the connection,
whatever ends it. Filling them locks nothing that others read or write, and what is held in memory does not grow
with the file. The same day (or register) met again in the file counts once; with other values the file is refused.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.metering.calendar import date_of
from portal_lib.metering.exceptions import RepeatedDay
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.flows.reader import MAGNITUDES, Cancelled, DayCurve, RegisterReading

#: Rows handed to the database at once: some 200 kB of curves.
_BATCH = 512

#: How long a loader waits for its turn to write: another's file may be large.
_PATIENCE = 3_600_000  # ms

_DAY = ("pod", "magnitude", "day", "n", "flags", "curve")
_DAY_KEY, _DAY_SAID = _DAY[:3], _DAY[3:]
_REGISTER = ("pod", "day", "kind", "magnitude", "band", "value", "flags")
_REGISTER_KEY, _REGISTER_SAID = _REGISTER[:5], _REGISTER[5:]
_CANCELLED = ("pod", "first_day", "last_day")

#: Every cancelled day and magnitude becomes a day without values, unless the file itself gives some.
_TOMBSTONES = f"""
    with recursive
        numbers(day) as (
            select min(first_day) from spool_cancelled
            union all select day + 1 from numbers where day < (select max(last_day) from spool_cancelled)
        ),
        magnitudes(magnitude) as ({" union all ".join(f"select '{name}'" for name in MAGNITUDES)})
    insert into spool_day (pod, magnitude, day, n, flags, curve)
    select distinct c.pod, m.magnitude, d.day, 0, {int(DayFlag.CORRECTED)}, %s
    from spool_cancelled c cross join magnitudes m cross join numbers d
    where d.day between c.first_day and c.last_day
    on conflict do nothing
"""  # noqa: S608 - of our own constants


@dataclass(frozen=True)
class Spooled:
    """How much a file held."""

    points: int
    days: int  # curves: one for each point, magnitude and day
    registers: int
    cancelled: int  # points and stretches of days whose readings are taken back


@contextmanager
def connect(engine: Engine) -> Iterator[Connection]:
    """A connection of its own for loading one file; closed for good at the end, with its temporary tables."""
    connection = db.aside(engine)
    connection.detach()
    try:
        if connection.dialect.name == "sqlite":
            driver: Any = connection.connection.dbapi_connection
            for setting in (
                "temp_store = file",
                "temp.cache_size = -16384",
                "cache_size = -32768",
                "mmap_size = 0",  # pages of a mapped file count as the process's memory
                f"busy_timeout = {_PATIENCE}",
                "journal_size_limit = 67108864",
            ):
                driver.execute(f"PRAGMA {setting}").close()
        else:
            connection.exec_driver_sql(f"SET lock_timeout = {_PATIENCE}")
            connection.commit()
        yield connection
    finally:
        connection.close()


class Spool:
    """A sink (``flows.reader.Sink``) that keeps what a reader hands on in temporary tables.

    :meth:`finish` must be called after the last piece; what was found then lies in ``spool_day``,
    ``spool_register`` and ``spool_cancelled``, and its PODs in ``spool_point``, on this connection.
    """

    def __init__(self, connection: Connection) -> None:
        kind: type[_SQLite | _PostgreSQL] = _SQLite if connection.dialect.name == "sqlite" else _PostgreSQL
        self._tables = kind(connection)
        self._connection = connection
        self._days: list[DayCurve] = []
        self._registers: list[RegisterReading] = []
        self._cancelled: list[Cancelled] = []

    def day(self, curve: DayCurve) -> None:
        self._days.append(curve)
        if len(self._days) == _BATCH:
            self._flush_days()

    def register(self, reading: RegisterReading) -> None:
        self._registers.append(reading)
        if len(self._registers) == _BATCH:
            self._flush_registers()

    def cancel(self, cancelled: Cancelled) -> None:
        self._cancelled.append(cancelled)
        if len(self._cancelled) == _BATCH:
            self._flush_cancelled()

    def finish(self, file: str) -> Spooled:
        """Hold the file against itself. Raises :class:`RepeatedDay`, naming ``file``."""
        self._flush_days()
        self._flush_registers()
        self._flush_cancelled()
        self._tables.settle()
        days = self._count(file, "spool_day", "pod, magnitude, day")
        registers = self._count(file, "spool_register", "pod, magnitude, day")
        cancelled: int = self._connection.exec_driver_sql("select count(*) from spool_cancelled").scalar_one()
        if cancelled:
            self._connection.exec_driver_sql(_TOMBSTONES.replace("%s", self._tables.empty))
        self._connection.exec_driver_sql(
            "insert into spool_point (pod) select pod from spool_day union select pod from spool_register "
            "union select pod from spool_cancelled"
        )
        points: int = self._connection.exec_driver_sql("select count(*) from spool_point").scalar_one()
        return Spooled(points, days, registers, cancelled)

    def _flush_days(self) -> None:
        if self._days:
            self._tables.insert("spool_day", _DAY, self._days)
            self._days = []

    def _flush_registers(self) -> None:
        if self._registers:
            self._tables.insert("spool_register", _REGISTER, self._registers)
            self._registers = []

    def _flush_cancelled(self) -> None:
        if self._cancelled:
            self._tables.insert("spool_cancelled", _CANCELLED, self._cancelled)
            self._cancelled = []

    def _count(self, file: str, table: str, place: str) -> int:
        count, clashes = self._connection.exec_driver_sql(
            f"select count(*), coalesce(max(clash), 0) from {table}"  # noqa: S608 - of our own names
        ).one()
        if clashes:
            self._refuse(file, table, place)
        return int(count)

    def _refuse(self, file: str, table: str, place: str) -> NoReturn:
        pod, magnitude, day = self._connection.exec_driver_sql(
            f"select {place} from {table} where clash = 1 order by pod, day, magnitude limit 1"  # noqa: S608
        ).one()
        raise RepeatedDay(file=file, pod=pod, magnitude=magnitude, day=date_of(day))


class _SQLite:
    """Temporary tables with their keys, so that a repeated day is met when it comes."""

    empty = "x''"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        for statement in (
            "create temp table spool_day (pod text, magnitude text, day int, n int, flags int, clash int default 0,"
            " curve blob, primary key (pod, magnitude, day)) without rowid",
            "create temp table spool_register (pod text, day int, kind text, magnitude text, band text, value int,"
            " flags int, clash int default 0, primary key (pod, day, kind, magnitude, band)) without rowid",
            "create temp table spool_cancelled (pod text, first_day int, last_day int,"
            " primary key (pod, first_day, last_day)) without rowid",
            "create temp table spool_point (pod text primary key, point_id int) without rowid",
        ):
            connection.exec_driver_sql(statement)
        self._insert = {
            "spool_day": _insert("spool_day", _DAY, _DAY_KEY, _DAY_SAID),
            "spool_register": _insert("spool_register", _REGISTER, _REGISTER_KEY, _REGISTER_SAID),
            "spool_cancelled": "insert or ignore into spool_cancelled values (?, ?, ?)",
        }

    def insert(self, table: str, _columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        self._connection.exec_driver_sql(self._insert[table], list(rows))

    def settle(self) -> None:
        """Nothing is left to do."""


def _insert(table: str, columns: Sequence[str], key: Sequence[str], said: Sequence[str]) -> str:
    differs = " or ".join(f"{name} <> excluded.{name}" for name in said)
    return (
        f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})"  # noqa: S608
        f" on conflict ({', '.join(key)}) do update set clash = 1 where {differs}"
    )


class _PostgreSQL:
    """Temporary tables that are filled by COPY; repeated days are looked for once, at the end."""

    empty = "''::bytea"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        for statement in (
            'create temp table spool_day (pod text collate "C", magnitude text, day int, n int, flags int,'
            " clash int default 0, curve bytea)",
            'create temp table spool_register (pod text collate "C", day int, kind text, magnitude text, band text,'
            " value bigint, flags int, clash int default 0)",
            'create temp table spool_cancelled (pod text collate "C", first_day int, last_day int)',
            'create temp table spool_point (pod text collate "C" primary key, point_id int)',
        ):
            connection.exec_driver_sql(statement)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        driver: Any = self._connection.connection.dbapi_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def settle(self) -> None:
        """Keep one of equal rows, mark one of others, and give the tables their keys."""
        for table, key, said in (
            ("spool_day", _DAY_KEY, _DAY_SAID),
            ("spool_register", _REGISTER_KEY, _REGISTER_SAID),
            ("spool_cancelled", _CANCELLED, ()),
        ):
            same = " and ".join(f"one.{name} = other.{name}" for name in key)
            if said:
                differs = " or ".join(f"one.{name} <> other.{name}" for name in said)
                self._connection.exec_driver_sql(
                    f"update {table} one set clash = 1 from {table} other where {same} and ({differs})"  # noqa: S608
                )
            self._connection.exec_driver_sql(
                f"delete from {table} one using {table} other where {same} and one.ctid > other.ctid"  # noqa: S608
            )
            self._connection.exec_driver_sql(f"alter table {table} add primary key ({', '.join(key)})")
            self._connection.exec_driver_sql(f"analyze {table}")
