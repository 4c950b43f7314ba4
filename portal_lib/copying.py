"""Moving a supplier from SQLite to PostgreSQL, or back: one database, table by table, into an empty one.

All in one transaction of the target, and from one moment of the source. What has arrived is read back and compared
with what was sent before it counts: how many rows, and a checksum over every value of every row.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.refused import Refused

#: Rows on their way at once. A day's curve is 400 bytes: what is held stays under a few megabytes.
_AT_ONCE = 2_000

#: Told now and then: the table, how many of its rows have gone over, how many there are.
Progress = Callable[[str, int, int], None]


class NotThisDatabase(Refused):
    it = (
        "{place} non è una banca dati del portale in questa versione: mancano [{missing}], sconosciute [{unknown}]. "
        "Controlla l'indirizzo; se è di un portale più vecchio, avvia prima il portale nuovo su di essa."
    )
    en = (
        "{place} isn't a database of this version of the portal: missing tables [{missing}], unknown ones [{unknown}]. "
        "Check the address; if it is an older portal's, start the new portal on it first."
    )


class TargetNotEmpty(Refused):
    it = "La banca dati di destinazione {place} non è vuota ({table}: {rows} righe). Creane una nuova e riprova."
    en = "The target {place} isn't empty ({table}: {rows} rows). Make a new database and try again."


class RowsRefused(Refused):
    it = "La banca dati di destinazione non accetta righe di {table}: {reason}. Non è stato copiato nulla."
    en = "The target doesn't take rows of {table}: {reason}. Nothing was copied. Correct them in the source."


class CopyDiffers(Refused):
    it = "La tabella {table} è arrivata diversa da com'era ({sent} righe inviate, {arrived} arrivate). Nulla è rimasto."
    en = "The table {table} arrived other than it was ({sent} rows sent, {arrived} arrived). Nothing was kept."


@dataclass(frozen=True)
class Copied:
    """A table that has gone over."""

    table: str
    rows: int
    sha256: str  # of all rows together, in whatever order


def copy(
    source: Engine, target: Engine, tables: sa.MetaData, progress: Progress = lambda _table, _done, _rows: None
) -> list[Copied]:
    """Copy every row of these tables into a database that has them, empty.

    The source is only read. Raises one of this module's refusals, and then the target is as it was.
    """
    for engine in (source, target):
        check_tables(engine, tables)
    done: list[Copied] = []
    with db.reading(source) as reading, target.begin() as writing:
        for table in tables.sorted_tables:
            _is_empty(writing, table)
        for table in tables.sorted_tables:
            sent = _send(reading, writing, table, progress)
            arrived = _summed(table, _rows(writing, table))
            if arrived != sent:
                raise CopyDiffers(table=table.name, sent=sent.rows, arrived=arrived.rows)
            _count_on(writing, table)
            done.append(sent)
        if writing.dialect.name == "postgresql":
            writing.exec_driver_sql("ANALYZE")
    return done


def check_tables(engine: Engine, tables: sa.MetaData) -> None:
    """Refuse a database that has other tables than these."""
    with db.reading(engine) as connection:
        there = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    if there != tables.tables.keys():
        raise NotThisDatabase(
            place=shown(engine),
            missing=", ".join(sorted(tables.tables.keys() - there)),
            unknown=", ".join(sorted(there - tables.tables.keys())[:5]),
        )


def shown(engine: Engine) -> str:
    """A database's address as it may be shown: without a password."""
    return engine.url.render_as_string(hide_password=True)


def _is_empty(connection: Connection, table: sa.Table) -> None:
    if count := connection.scalar(sa.select(sa.func.count()).select_from(table)):
        raise TargetNotEmpty(place=shown(connection.engine), table=table.name, rows=count)


def _send(reading: Connection, writing: Connection, table: sa.Table, progress: Progress) -> Copied:
    total = reading.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    names = [column.name for column in table.columns]
    statement = table.insert().values({name: _value(writing, table.c[name]) for name in names})
    went = 0

    def over(rows: Iterable[Sequence[sa.Row[Any]]]) -> Iterable[Sequence[sa.Row[Any]]]:
        nonlocal went
        for some in rows:
            try:
                writing.execute(statement, [dict(zip(names, row, strict=True)) for row in some])
            except (sa.exc.DBAPIError, ValueError) as error:
                said = str(getattr(error, "orig", error)).strip().splitlines()
                raise RowsRefused(table=table.name, reason=said[0] if said else type(error).__name__) from error
            went += len(some)
            progress(table.name, went, total)
            yield some

    progress(table.name, 0, total)
    return _summed(table, over(_rows(reading, table)))


def _rows(connection: Connection, table: sa.Table) -> Iterable[Sequence[sa.Row[Any]]]:
    columns = [_column(connection, column) for column in table.columns]
    return connection.execute(sa.select(*columns).execution_options(yield_per=_AT_ONCE)).partitions()


def _column(connection: Connection, column: "sa.Column[Any]") -> "sa.ColumnElement[Any]":
    """A column as it is copied. JSON goes over as its text, so that a null of the database stays one."""
    if not isinstance(column.type, sa.JSON):
        return column
    return sa.cast(column, sa.Text) if connection.dialect.name == "postgresql" else sa.type_coerce(column, sa.Text)


def _value(connection: Connection, column: "sa.Column[Any]") -> "sa.ColumnElement[Any]":
    """A place in an insert for what :func:`_column` gave."""
    if not isinstance(column.type, sa.JSON):
        return sa.bindparam(column.name, type_=column.type)
    text = sa.bindparam(column.name, type_=sa.Text())
    return sa.cast(text, column.type) if connection.dialect.name == "postgresql" else sa.type_coerce(text, sa.Text)


def _summed(table: sa.Table, parts: Iterable[Sequence[sa.Row[Any]]]) -> Copied:
    """How many rows there are, and one checksum: the sum of the rows' own, which no order changes."""
    count = total = 0
    for part in parts:
        count += len(part)
        total += sum(_row_sum(row) for row in part)
    return Copied(table.name, count, f"{total % 2**256:064x}")


def _row_sum(row: Iterable[Any]) -> int:
    digest = hashlib.sha256()
    for value in row:
        kind, content = _told(value)
        digest.update(b"%b%d:" % (kind, len(content)))
        digest.update(content)
    return int.from_bytes(digest.digest(), "big")


def _told(value: Any) -> tuple[bytes, bytes]:
    """A value's kind and content; the same from both databases."""
    match value:
        case None:
            return b"n", b""
        case bytes() | memoryview():
            return b"b", bytes(value)
        case bool() | int():
            return b"i", b"%d" % int(value)
        case float():
            return b"f", repr(value).encode()
        case datetime() | date():
            return b"d", value.isoformat().encode()
        case str():
            return b"s", value.encode("utf-8", "surrogatepass")
    raise TypeError(f"no table of the portal holds a {type(value).__name__}")


def _count_on(connection: Connection, table: sa.Table) -> None:
    """Let PostgreSQL give new rows numbers after those that were copied; SQLite does so by itself."""
    if connection.dialect.name != "postgresql" or "id" not in table.c:
        return
    quoted = connection.dialect.identifier_preparer.quote(table.name)
    connection.execute(
        sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(quoted, "id"), sa.func.max(table.c.id))).where(
            table.c.id.is_not(None)
        )
    )
