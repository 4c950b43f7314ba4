"""``portal customers``: customers, supply points and orders."""

from pathlib import Path
from typing import Annotated

import typer

from portal_lib.cli.output import AsJson, answer, say

app = typer.Typer(no_args_is_help=True)


@app.callback()
def customers() -> None:
    """Customers, supply points and orders."""


@app.command(
    epilog="Example: portal customers load customers.csv orders.csv points.csv",
)
def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="CSV files, in any order.")],
    as_json: AsJson = False,
) -> None:
    """Load customers, supply points with their holders, and orders from CSV files.

    Each file is recognised by its header; docs/customers-csv.md describes
    the three forms. All files of one call are loaded together or, where a
    row of any of them is wrong, none is. Loading again updates what is there.
    """
    from dataclasses import asdict

    from portal_lib import db
    from portal_lib.customers.loading import load as load_files
    from portal_lib.settings import load_settings

    settings = load_settings()
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)
    try:
        counts = load_files(engine, files)
    finally:
        engine.dispose()
    answer(
        (asdict(count) for count in counts),
        ["what", "added", "changed", "unchanged", "removed"],
        as_json=as_json,
    )
    if not any(count.added or count.changed or count.removed for count in counts):
        say("Everything was there already; nothing has changed.")
