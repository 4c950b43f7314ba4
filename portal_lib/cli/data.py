"""``portal data``: the portal's databases as a whole."""

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

if TYPE_CHECKING:
    import sqlalchemy as sa
    from rich.progress import Progress
    from sqlalchemy.engine import Engine

    from portal_lib.db import Which

app = typer.Typer(no_args_is_help=True)

_DATABASE = typer.Argument(metavar="DATABASE", help="A SQLAlchemy URL, or the path of a SQLite file.")


class NoSuchDatabase(Refused):
    it = "La banca dati {place} non c'è. Controlla l'indirizzo e riprova."
    en = "There is no database {place}. Check the address and try again."


class SameDatabase(Refused):
    it = "Le due banche dati sono la stessa: {place}. Indica una destinazione nuova."
    en = "The two databases are the same one: {place}. Name a new one to copy to."


@app.callback()
def data() -> None:
    """The portal's databases as a whole."""


@app.command(
    "copy",
    epilog="Example: portal data copy var/data/data.sqlite postgresql://portal@db/portal_data",
)
def copy_database(
    source: Annotated[str, _DATABASE],
    target: Annotated[str, _DATABASE],
    as_json: AsJson = False,
) -> None:
    """Copy a database of the portal into a new one, SQLite or PostgreSQL.

    Works for the data database and for the accounts database; which of the two
    it is shows by its tables. The target is brought to the newest schema and
    must hold nothing. All rows go over in one transaction and are compared:
    afterwards either everything is there, or nothing. End the portal before,
    or what is written meanwhile stays behind. Leave passwords out of the
    command: PGPASSWORD and ~/.pgpass are read.
    """
    from dataclasses import asdict

    from portal_lib import copying, db

    source, target = _url(source), _url(target)
    if source == target:
        raise SameDatabase(place=source)
    here = db.open_engine(source, read_only=True)
    try:
        if (file := db.sqlite_file(source)) is not None and not file.is_file():
            raise NoSuchDatabase(place=file)
        which, tables = _recognised(here)
        copying.check_tables(here, tables)
        there = db.open_engine(target)
        try:
            _take_only_new_or_ours(there, tables)
            db.migrate(which, target)
            with _bar() as bar:
                tasks: dict[str, int] = {}

                def progress(table: str, done: int, rows: int) -> None:
                    if bar is not None:
                        task = tasks.setdefault(table, 0) or bar.add_task(table, total=rows)
                        tasks[table] = task
                        bar.update(task, completed=done)  # type: ignore[arg-type]

                copied = copying.copy(here, there, tables, progress)
        finally:
            there.dispose()
    finally:
        here.dispose()
    answer((asdict(table) for table in copied), ["table", "rows", "sha256"], as_json=as_json)
    say(f"The {which} database is copied: {sum(table.rows for table in copied)} rows, all compared.")


def all_tables() -> "dict[Which, sa.MetaData]":
    """Every table of each of the two databases."""
    import sqlalchemy as sa

    from portal_lib import visits
    from portal_lib.accounts import tables as accounts
    from portal_lib.customers import tables as customers
    from portal_lib.deposit import tables as deposit
    from portal_lib.metering import tables as metering
    from portal_lib.reporting import tables as reporting

    rooms: dict[Which, list[sa.MetaData]] = {
        "accounts": [accounts.metadata],
        "data": [customers.metadata, metering.metadata, deposit.metadata, reporting.metadata, visits.metadata],
    }
    together: dict[Which, sa.MetaData] = {which: sa.MetaData() for which in rooms}
    for which, parts in rooms.items():
        for part in parts:
            for table in part.sorted_tables:
                table.to_metadata(together[which])
    return together


def _url(text: str) -> str:
    return text if "://" in text else f"sqlite:///{text}"


def _recognised(engine: "Engine") -> "tuple[Which, sa.MetaData]":
    """Which of the portal's databases this is; where it is neither, the check of its tables will say so."""
    import sqlalchemy as sa

    from portal_lib import db

    with db.reading(engine) as connection:
        which: Which = "accounts" if "account" in sa.inspect(connection).get_table_names() else "data"
    return which, all_tables()[which]


def _take_only_new_or_ours(engine: "Engine", tables: "sa.MetaData") -> None:
    """Migrate nothing that already is something else."""
    import sqlalchemy as sa

    from portal_lib import copying, db

    with db.reading(engine) as connection:
        new = not sa.inspect(connection).get_table_names()
    if not new:
        copying.check_tables(engine, tables)


def _bar() -> "Progress | nullcontext[None]":
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True)
