"""``portal reports``: run the Article 11 reports, and list what has been deposited."""

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from portal_lib.deposit import catalogue
    from portal_lib.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def reports() -> None:
    """The Article 11 reports."""


#: Narrow enough for 80 characters; ``--json`` tells more.
_RUN_COLUMNS = ("report", "period", "customer", "version", "due", "state", "seconds")
_STATUS_COLUMNS = ("report", "period", "customer", "version", "deposited", "due", "state")


@app.command(epilog="Example: portal reports run --report R4 --period 2024-09 --customer 10002001")
def run(
    report: Annotated[str, typer.Option(help="Which report of the catalogue, for example R4.")],
    period: Annotated[str, typer.Option(help="The competence month, for example 2024-09.")],
    customer: Annotated[
        str | None,
        typer.Option(help="Only this customer's code. Otherwise every customer that held a point in the month."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run one report and deposit it as a new version: a line for each customer.

    What is refused (no readings in the month, say) comes as a sentence for each
    customer on standard error; the others are deposited all the same. Exit code:
    0 all deposited, 1 any refused.
    """
    from portal_lib.clock import system_clock
    from portal_lib.reporting.periods import Period
    from portal_lib.reporting.runner import Runner
    from portal_lib.reporting.tenders import read_catalogue
    from portal_lib.settings import load_settings

    settings = load_settings()
    month = Period.parse(period)
    entry = read_catalogue(due_days=settings.report_due_days).report(report)
    engine = _data_engine(settings)
    try:
        runner = Runner(engine, settings, system_clock)
        if customer is None:
            runner.check_over(month)
        codes = runner.owed_to(month) if customer is None else [customer.strip().upper()]
        rows: list[dict[str, Any]] = []
        refused = False
        for code in _with_progress(codes, f"{entry.id} {month}"):
            begun = time.monotonic()
            try:
                made = runner.run(entry, month, code)
            except Refused as refusal:
                say(f"portal: {refusal}")
                refused = True
            else:
                seconds = round(time.monotonic() - begun, 2)
                rows.append(_line(made) | {"files": [file.name for file in made.files], "seconds": seconds})
    finally:
        engine.dispose()
    if not codes:
        say(f"portal: no customer held a supply point in {month}: no report is owed.")
    if rows or as_json:
        _answer(rows, _RUN_COLUMNS, as_json=as_json)
    if refused:
        raise typer.Exit(1)


@app.command(epilog="Example: portal reports status --json")
def status(as_json: AsJson = False) -> None:
    """List every deposited report, newest first, with its due day and whether it was late.

    Instants are Europe/Rome time; a superseded version stays as evidence.
    """
    from portal_lib import db
    from portal_lib.deposit.catalogue import every_deposit
    from portal_lib.settings import load_settings

    engine = _data_engine(load_settings())
    try:
        with db.reading(engine) as connection:
            rows = [_line(made) for made in every_deposit(connection)]
    finally:
        engine.dispose()
    if not rows and not as_json:
        say("portal: nothing has been deposited yet. Run a report: portal reports run --help")
        return
    _answer(rows, _STATUS_COLUMNS, as_json=as_json)


def _data_engine(settings: "Settings") -> "Engine":
    from portal_lib import db

    db.migrate("data", settings.data_database)
    return db.open_engine(settings.data_database)


def _period(made: "catalogue.Deposit") -> str:
    """A month as it is typed; anything else by its first and last day."""
    month = f"{made.period_first:%Y-%m}"
    whole = made.period_first.day == 1 and (made.period_last + timedelta(days=1)).day == 1
    return month if whole and f"{made.period_last:%Y-%m}" == month else f"{made.period_first}/{made.period_last}"


def _line(made: "catalogue.Deposit") -> dict[str, Any]:
    from portal_lib.clock import ROME

    return {
        "report": made.report,
        "period": _period(made),
        "customer": made.customer_code,
        "version": made.version,
        "deposited_at": made.deposited_at.astimezone(ROME).isoformat(timespec="seconds"),
        "due": made.due_on,
        "late": not made.on_time,
        "superseded": made.superseded,
    }


def _answer(rows: list[dict[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """As JSON, values as they are; as a table, in few and short words."""
    if not as_json:
        rows = [row | _in_words(row) for row in rows]
    answer(rows, columns, as_json=as_json)


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "deposited": row["deposited_at"][:16].replace("T", " "),
        "state": "superseded" if row["superseded"] else "late" if row["late"] else "on time",
    }


def _with_progress(codes: list[str], what: str) -> Iterator[str]:
    """The codes one after another, with a bar on standard error where someone at a terminal waits for several."""
    if len(codes) < 2 or not sys.stderr.isatty():
        yield from codes
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(codes, description=what, console=Console(stderr=True), transient=True)
