"""How the two databases are opened and brought up to date.

``accounts`` is opened by the Hub and the command line only; ``data`` by loaders, reports, the service and the Hub.
Dashboard kernels and analysts open ``data`` read-only. SQLite by default, PostgreSQL past one machine: the code above
this module is the same for both.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

Which = Literal["accounts", "data"]

_MIGRATIONS = Path(__file__).parent / "migrations"


#: Held by whoever writes to a PostgreSQL database of the portal, until the transaction's end. Any number will do, as
#: long as it is always the same.
_WRITERS = 4_711_000_096

#: How long a writer waits for its turn. On PostgreSQL, a whole load may stand before it.
_PATIENCE = {"sqlite": 30_000, "postgresql": 120_000}  # ms


def open_engine(url: str, *, read_only: bool = False, foreign_keys: bool = True) -> Engine:
    """An engine for one of the portal's databases.

    With ``read_only`` the database itself refuses writes (SQLite ``mode=ro``; PostgreSQL read-only transactions).
    Without ``foreign_keys`` SQLite does not watch them: for migrations alone, which make tables anew.

    Whoever writes has the database to itself, from the beginning of the transaction to its end, and readers go on
    beside it: on SQLite by ``BEGIN IMMEDIATE``, on PostgreSQL by a lock of the portal's own. So two writers queue
    instead of failing half-way, and what a transaction has read still holds when it writes.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed, read_only)
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"the portal's databases are SQLite or PostgreSQL, not {parsed.get_backend_name()}")
    path = parsed.database
    if not path or path == ":memory:":
        raise ValueError("the portal's SQLite databases are files")
    if read_only:
        parsed = parsed.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    else:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": _PATIENCE["sqlite"] / 1000})

    @sa.event.listens_for(engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE['sqlite']}")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if not read_only:
            cursor.execute("PRAGMA page_size = 8192")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA wal_autocheckpoint = 4000")
        cursor.execute("PRAGMA mmap_size = 1073741824")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        deferred = read_only or connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")

    return engine


def _open_postgresql(url: URL, read_only: bool) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")  # the driver that comes with the portal
    options = {"postgresql_readonly": True} if read_only else {}
    engine = sa.create_engine(url, pool_pre_ping=True, execution_options=options)

    @sa.event.listens_for(engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        # Not in the connection's options: a pooler between the portal and the server would refuse those.
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {_PATIENCE['postgresql']}")
            cursor.execute("SET timezone = 'UTC'")
        connection.commit()
        connection.adapters.register_dumper(str, _dumper_without_nul())

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not (read_only or connection.get_execution_options().get("read_only", False)):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")

    return engine


@functools.cache
def _dumper_without_nul() -> Any:
    """How a text goes to PostgreSQL, which can't hold the character NUL and SQLite can.

    Whoever puts one into a search or a form finds what anybody finds who types nonsense: nothing, and no error.
    """
    from psycopg.types.string import StrDumperUnknown

    class WithoutNul(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in obj else obj)

    return WithoutNul


def reading(engine: Engine) -> Connection:
    """A connection whose transaction only reads: it never waits for a writer, and sees one moment of the database
    however long it lasts.
    """
    connection = engine.connect()
    if connection.dialect.name == "postgresql":
        return connection.execution_options(read_only=True, postgresql_readonly=True, isolation_level="REPEATABLE READ")
    return connection.execution_options(read_only=True)


def aside(engine: Engine) -> Connection:
    """A connection that fills temporary tables of its own, and so keeps nobody waiting and waits for nobody.

    ``execution_options(read_only=False)`` lets its next transaction be a writer like any other.
    """
    return engine.connect().execution_options(read_only=True)


@dataclass(frozen=True)
class Rights:
    """What the role of a PostgreSQL address may do there, whatever its connections are set to."""

    role: str
    writes: bool  # may change anything at all
    unreadable: tuple[str, ...]  # tables that it may not read


def rights(url: str) -> Rights:
    """What who opens this PostgreSQL address may do."""
    engine = open_engine(url, read_only=True)
    try:
        with reading(engine) as connection:
            role, writes = connection.execute(_MAY_WRITE).one()
            unreadable = connection.execute(_MAY_NOT_READ).scalars().all()
    finally:
        engine.dispose()
    return Rights(role, bool(writes), tuple(unreadable))


_MAY_WRITE = sa.text(
    "SELECT rolname, rolsuper OR has_schema_privilege('public', 'CREATE')"
    " OR EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    "  AND (pg_has_role(relowner, 'MEMBER') OR has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')"
    "   OR has_any_column_privilege(oid, 'INSERT, UPDATE')))"
    " FROM pg_roles WHERE rolname = current_user"
)
_MAY_NOT_READ = sa.text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    " AND NOT has_table_privilege(oid, 'SELECT') ORDER BY relname"
)


def migrate(which: Which, url: str, *, to: str = "head") -> None:
    """Bring a database to the newest schema (or to revision ``to``); a no-op where it is there already."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS / which).replace("%", "%%"))
    engine = open_engine(url, foreign_keys=False)
    try:
        with reading(engine) as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current == (ScriptDirectory.from_config(config).get_current_head() if to == "head" else to):
            return
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def sqlite_file(url: str) -> Path | None:
    """The file behind a SQLite URL, or None for another database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(re.sub(r"^file:", "", parsed.database))
