"""``portal customers``: customers, supply points and orders."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_lib.cli.output import AsJson, answer, say

if TYPE_CHECKING:
    from portal_lib.customers.loading import Loaded
    from portal_lib.customers.orphans import AccountsOf
    from portal_lib.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def customers() -> None:
    """Customers, supply points and orders."""


@app.command(
    epilog="Example: portal customers load customers.csv orders.csv points.xlsx --dry-run",
)
def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="CSV files or XLSX workbooks, in any order.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    accept_orphans: Annotated[
        bool,
        typer.Option("--accept-orphans", help="Load even if accounts or readings are left without an owner."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load customers, supply points with their holders, and orders.

    Each CSV file, and each worksheet of an XLSX workbook, is recognised by its
    header; docs/customers-files.md describes the three forms. All files of one
    call are loaded together or, where a row of any of them is wrong, none is.
    Loading again updates what is there; --dry-run shows each change first.
    """
    from dataclasses import asdict

    from portal_lib import db
    from portal_lib.customers.loading import load as load_files
    from portal_lib.metering import coverage
    from portal_lib.settings import load_settings

    settings = load_settings()
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)
    try:
        loaded = load_files(
            engine,
            files,
            dry_run=dry_run,
            accept_orphans=accept_orphans,
            accounts_of=_accounts_of(settings),
            reading_days=coverage.days_with_readings,
        )
    finally:
        engine.dispose()
    if dry_run:
        _show(loaded, as_json=as_json)
        return
    answer(
        (asdict(count) for count in loaded.counts),
        ["what", "added", "changed", "unchanged", "removed"],
        as_json=as_json,
    )
    if not loaded.changes:
        say("Everything was there already; nothing has changed.")


def _show(loaded: "Loaded", *, as_json: bool) -> None:
    """Each change that a load would make, then whom it would leave alone."""
    from dataclasses import asdict

    from portal_lib.customers.exceptions import told

    rows = [asdict(change) for change in loaded.changes]
    rows += [
        {"what": orphan.what, "key": orphan.key, "change": "orphaned", "field": orphan.why, "old": orphan.count}
        for orphan in loaded.orphans
    ]
    answer(rows, ["what", "key", "change", "field", "old", "new"], as_json=as_json)
    for orphan in loaded.orphans:
        say(f"{told(orphan)[0].upper()}{told(orphan)[1:]}.")
    if loaded.orphans:
        say("The load itself will want --accept-orphans.")
    say("Nothing has been changed." if loaded.changes else "Everything is there already; nothing would change.")


def _accounts_of(settings: "Settings") -> "AccountsOf":
    """Counts accounts where there are any: a supplier may load customers before anybody could register."""

    def count(codes: Collection[str]) -> Mapping[str, int]:
        from portal_lib import db
        from portal_lib.accounts import code_holders

        file = db.sqlite_file(settings.accounts_database)
        if file is not None and not file.exists():
            return {}
        db.migrate("accounts", settings.accounts_database)
        engine = db.open_engine(settings.accounts_database)
        try:
            return code_holders.accounts_of(engine, codes)
        finally:
            engine.dispose()

    return count
