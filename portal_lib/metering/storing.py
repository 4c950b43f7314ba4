"""The store of readings: putting a file's readings in, and deciding which value is in force.

A later file supersedes per point, magnitude and day. Later is what the file says of itself (the time of
sending in its name, then its progressive number, then its SHA-256), never when it happened to be loaded:
loading the same files in any order ends in the same store. The value that gives way is kept beside, in
``…_superseded``.

A cancellation of curves is a day without values (a tombstone) that takes part in this like any other. Registers
have no such value, so a cancellation of theirs is a row of its own: it hides what older files said of these days,
whether they come before it or after.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.metering.spool import Spooled
from portal_lib.metering.tables import source_file

#: Gives the supply point of each of these PODs, inside the transaction that stores its readings, where it may make
#: those that nobody has named before; this room does not know where points are kept.
Resolver = Callable[[Connection, Iterable[str]], Mapping[str, int]]

#: Says how many of these PODs nobody has announced yet, so that their readings wait.
Waiting = Callable[[Connection, Iterable[str]], int]

#: How many PODs are resolved at once.
_PODS_AT_ONCE = 5000

_GIVES_WAY = "case when (f.sent_at, f.sequence, f.sha256) < (:sent_at, :sequence, :sha256) then 1 else 0 end"

# The order of these joins is the order in which SQLite makes them: from the file to the store, never through the store.
# What it holds of the days of a file; most files meet nothing.
_MEET_DAYS = f"""
    create temp table met_day as
    select c.point_id, c.magnitude, c.day, {_GIVES_WAY} as gives_way
    from spool_day s cross join spool_point p cross join curve_day c cross join source_file f
    where p.pod = s.pod and c.point_id = p.point_id and c.magnitude = s.magnitude and c.day = s.day
        and f.id = c.file_id
"""  # noqa: S608 - of our own constants
_KEEP_OLD_DAYS = """
    insert into curve_day_superseded (point_id, magnitude, day, n, flags, file_id, curve)
    select c.point_id, c.magnitude, c.day, c.n, c.flags, c.file_id, c.curve
    from met_day m cross join curve_day c
    where m.gives_way = 1 and c.point_id = m.point_id and c.magnitude = m.magnitude and c.day = m.day
"""
_FILE_DAYS = """
    select p.point_id, s.magnitude, s.day, s.n, s.flags, :file_id, s.curve
    from spool_day s cross join spool_point p {join}
    where p.pod = s.pod {condition}
"""
_KEEP_OUTDATED_DAYS = (
    "insert into curve_day_superseded (point_id, magnitude, day, n, flags, file_id, curve)"
    + _FILE_DAYS.format(
        join="cross join met_day m",
        condition="and m.gives_way = 0 and m.point_id = p.point_id and m.magnitude = s.magnitude and m.day = s.day",
    )
)  # fmt: skip
_STORE_DAYS = "insert into curve_day (point_id, magnitude, day, n, flags, file_id, curve)" + _FILE_DAYS
_REPLACE_DAYS = """
    on conflict (point_id, magnitude, day) do update
    set n = excluded.n, flags = excluded.flags, file_id = excluded.file_id, curve = excluded.curve
"""
_NOT_OUTDATED = """
    and not exists (
        select 1 from met_day m
        where m.gives_way = 0 and m.point_id = p.point_id and m.magnitude = s.magnitude and m.day = s.day
    )
"""

_REGISTER = "point_id, day, kind, magnitude, band, value, flags, file_id"
_SAME_REGISTER = "{a}.day = {b}.day and {a}.kind = {b}.kind and {a}.magnitude = {b}.magnitude and {a}.band = {b}.band"
# For each register reading of the file: 0 it is hidden by a later file's value or cancellation; 1 it is in force and
# the value there gives way; 2 it is in force and there was none.
_JUDGE_REGISTERS = f"""
    create temp table judged_register as
    select p.point_id, s.day, s.kind, s.magnitude, s.band, s.value, s.flags,
        case
            when exists (
                select 1 from register_cancelled k cross join source_file f
                where k.point_id = p.point_id and s.day between k.first_day and k.last_day and f.id = k.file_id
                    and {_GIVES_WAY} = 0
            ) then 0
            else coalesce((
                select {_GIVES_WAY} from register_reading r cross join source_file f
                where r.point_id = p.point_id and {_SAME_REGISTER.format(a="r", b="s")} and f.id = r.file_id
            ), 2)
        end as verdict
    from spool_register s cross join spool_point p
    where p.pod = s.pod
"""  # noqa: S608 - of our own constants
_KEEP_OLD_REGISTERS = f"""
    insert into register_reading_superseded ({_REGISTER})
    select r.point_id, r.day, r.kind, r.magnitude, r.band, r.value, r.flags, r.file_id
    from judged_register j cross join register_reading r
    where j.verdict = 1 and r.point_id = j.point_id and {_SAME_REGISTER.format(a="r", b="j")}
"""  # noqa: S608
_STORE_REGISTERS = f"""
    insert into {{table}} ({_REGISTER})
    select point_id, day, kind, magnitude, band, value, flags, :file_id from judged_register where {{condition}}
"""  # noqa: S608
_REPLACE_REGISTERS = """
    on conflict (point_id, day, kind, magnitude, band) do update
    set value = excluded.value, flags = excluded.flags, file_id = excluded.file_id
"""
_CANCEL_REGISTERS = """
    insert into register_cancelled (point_id, first_day, last_day, file_id)
    select p.point_id, c.first_day, c.last_day, :file_id
    from spool_cancelled c cross join spool_point p where p.pod = c.pod
"""
_TAKEN_BACK = f"""
    from spool_cancelled c cross join spool_point p cross join register_reading r cross join source_file f
    where p.pod = c.pod and r.point_id = p.point_id and r.day between c.first_day and c.last_day
        and f.id = r.file_id and {_GIVES_WAY} = 1
"""
_MEET_TAKEN_BACK = f"create temp table taken_back as select distinct {', '.join('r.' + name for name in _REGISTER.split(', '))} {_TAKEN_BACK}"  # noqa: E501
_KEEP_TAKEN_BACK = f"insert into register_reading_superseded ({_REGISTER}) select {_REGISTER} from taken_back"  # noqa: S608
_REMOVE_TAKEN_BACK = """
    delete from register_reading where (point_id, day, kind, magnitude, band) in
    (select point_id, day, kind, magnitude, band from taken_back)
"""


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
    """What became of a file's readings, curves of days and registers together."""

    replaced: int = 0  # values of earlier files put out of force
    outdated: int = 0  # values kept but not in force: a later file has said something else
    waiting: int = 0  # points whose readings wait to be announced


def name_of_loaded(connection: Connection, sha256: str) -> str | None:
    """The name under which a file of this SHA-256 was loaded, or None."""
    return connection.scalar(sa.select(source_file.c.name).where(source_file.c.sha256 == sha256))


def store(
    connection: Connection, arrival: Arrival, spooled: Spooled, resolve: Resolver, waiting: Waiting | None = None
) -> Stored:
    """Put a file's readings from its spool into the store, inside the caller's writing transaction.

    A file must not be stored twice (``name_of_loaded``). Afterwards ``spool_point`` has every point's number.
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
    file = _File(connection, arrival, int(added[0]))
    waits = _resolve(connection, resolve, waiting)
    replaced = outdated = 0
    if spooled.days or spooled.cancelled:
        replaced, outdated = _store_days(file)
    if spooled.registers:
        more_replaced, more_outdated = _store_registers(file)
        replaced, outdated = replaced + more_replaced, outdated + more_outdated
    if spooled.cancelled:
        replaced += _cancel_registers(file)
    return Stored(replaced, outdated, waits)


@dataclass(frozen=True)
class _File:
    """The file being stored: runs statements with what decides its precedence."""

    connection: Connection
    arrival: Arrival
    file_id: int

    def run(self, statement: str) -> int:
        """Run a statement; how many rows it touched."""
        facts = {
            "file_id": self.file_id,
            "sent_at": self.arrival.sent_at,
            "sequence": self.arrival.sequence,
            "sha256": self.arrival.sha256,
        }
        wanted = sa.text(statement)
        return self.connection.execute(wanted, {name: facts[name] for name in wanted._bindparams}).rowcount

    def count(self, table: str, condition: str) -> int:
        rows = self.connection.exec_driver_sql(f"select count(*) from {table} where {condition}")  # noqa: S608
        return int(rows.scalar_one())


def _resolve(connection: Connection, resolve: Resolver, waiting: Waiting | None) -> int:
    """Give every POD of the spool the number of its point; how many wait to be announced."""
    last, waits = "", 0
    after = sa.text("select pod from spool_point where pod > :last order by pod limit :most")
    while pods := connection.scalars(after, {"last": last, "most": _PODS_AT_ONCE}).all():
        points = resolve(connection, pods)
        connection.execute(
            sa.text("update spool_point set point_id = :point where pod = :pod"),
            [{"pod": pod, "point": points[pod]} for pod in pods],
        )
        waits += waiting(connection, pods) if waiting is not None else 0
        last = pods[-1]
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("analyze spool_point")
    return waits


def _store_days(file: _File) -> tuple[int, int]:
    file.run(_MEET_DAYS)
    replaced, outdated = file.count("met_day", "gives_way = 1"), file.count("met_day", "gives_way = 0")
    if replaced or outdated:
        file.run("create index met_day_key on met_day (point_id, magnitude, day)")
    if replaced:
        file.run(_KEEP_OLD_DAYS)
    if outdated:
        file.run(_KEEP_OUTDATED_DAYS)
    statement = _STORE_DAYS.format(join="", condition=_NOT_OUTDATED if outdated else "")
    file.run(statement + _REPLACE_DAYS if replaced else statement)
    return replaced, outdated


def _store_registers(file: _File) -> tuple[int, int]:
    file.run(_JUDGE_REGISTERS)
    replaced, outdated = file.count("judged_register", "verdict = 1"), file.count("judged_register", "verdict = 0")
    if replaced:
        file.run(_KEEP_OLD_REGISTERS)
    if outdated:
        file.run(_STORE_REGISTERS.format(table="register_reading_superseded", condition="verdict = 0"))
    statement = _STORE_REGISTERS.format(table="register_reading", condition="verdict > 0")
    file.run(statement + _REPLACE_REGISTERS)
    return replaced, outdated


def _cancel_registers(file: _File) -> int:
    file.run(_CANCEL_REGISTERS)
    file.run(_MEET_TAKEN_BACK)
    taken_back = file.count("taken_back", "1 = 1")
    if taken_back:
        file.run(_KEEP_TAKEN_BACK)
        file.run(_REMOVE_TAKEN_BACK)
    return taken_back
