"""How the two databases are opened and brought up to date.

``accounts`` is opened by the Hub and the command line only; ``data`` by loaders, reports, the service and the Hub.
Dashboard kernels and analysts open ``data`` read-only. SQLite by default, PostgreSQL past one machine: the code above
this module is the same for both.
"""

import re
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url

Which = Literal["accounts", "data"]

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str, *, read_only: bool = False, foreign_keys: bool = True) -> Engine:
    """An engine for one of the portal's databases.

    With ``read_only`` the database itself refuses writes (SQLite ``mode=ro``; PostgreSQL read-only transactions).
    Without ``foreign_keys`` SQLite does not watch them: for migrations alone, which make tables anew.
    SQLite writers take their lock at once (``BEGIN IMMEDIATE``), so two writers queue instead of failing half-way.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        options = {"options": "-c default_transaction_read_only=on"} if read_only else {}
        return sa.create_engine(parsed, connect_args=options, pool_pre_ping=True)

    path = parsed.database
    if not path or path == ":memory:":
        raise ValueError("the portal's SQLite databases are files")
    if read_only:
        parsed = parsed.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    else:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def settle(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 30000")
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


def reading(engine: Engine) -> Connection:
    """A connection whose transaction only reads, so that it never waits for a writer."""
    return engine.connect().execution_options(read_only=True)


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
