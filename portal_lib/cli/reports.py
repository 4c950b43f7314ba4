"""``portal reports``: make the Article 11 reports, and tell how they stand."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from portal_lib.deposit.depositing import Deposit
    from portal_lib.reporting.owed import Standing
    from portal_lib.reporting.running_due import Outcome
    from portal_lib.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def reports() -> None:
    """The Article 11 reports."""


#: Narrow enough for 80 characters; ``--json`` tells more.
_RUN_COLUMNS = ("report", "period", "customer", "version", "due", "state", "seconds")
_DUE_COLUMNS = ("report", "period", "customer", "version", "due", "state")
_STATUS_COLUMNS = ("report", "period", "customer", "state", "due", "left", "penalty", "reason")


@app.command(epilog="Example: portal reports run --due --jobs 2")
def run(
    due: Annotated[bool, typer.Option("--due", help="Everything that is owed and not deposited.")] = False,
    report: Annotated[str | None, typer.Option(help="One report of the catalogue, for example R4.")] = None,
    period: Annotated[
        str | None, typer.Option(help="Its period: 2024-09, 2024-Q3, 2024-H2 or 2024, as its cadence is.")
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(help="Only this customer's code. Otherwise every customer that held a point in the period."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="With --due: how many reports at once.")] = 1,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="With --due: on the Dask cluster of this scheduler.")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="With --due: also what failed before and waits for its next try.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make reports and deposit them: all that is owed, or one report and period.

    With --due, what is owed is computed from the tenders, the customers and the
    calendar, so it catches up after any downtime; it may run from cron, and
    several runs at once share the work. What fails waits 5 minutes, then longer.
    With --report and --period, each customer gets a new version.

    What can't be made comes as a sentence on standard error; the rest is
    deposited all the same. Exit code: 0 all deposited, 1 any refused.
    """
    one = report is not None and period is not None and not (jobs > 1 or dask or retry)
    if due == one or (due and (report or period or customer)) or (customer and not one):
        raise typer.BadParameter("give either --due (with --jobs, --dask, --retry), or --report and --period")
    if due:
        _run_due(jobs, dask, retry=retry, as_json=as_json)
    else:
        _run_one(report or "", period or "", customer, as_json=as_json)


def _run_due(jobs: int, dask: str | None, *, retry: bool, as_json: bool) -> None:
    from portal_lib.clock import system_clock
    from portal_lib.reporting import running_dask, running_due
    from portal_lib.settings import load_settings

    settings = load_settings()
    catalogue = running_due.catalogue_of(settings)
    engine = _data_engine(settings)
    try:
        found = running_due.waiting(engine, catalogue, system_clock, retry=retry)
        outcomes = (
            running_due.run(settings, found, jobs=jobs, retry=retry)
            if dask is None
            else running_dask.run(settings, found, address=dask, retry=retry)
        )
        begun = time.monotonic()
        done = []
        for outcome in _with_progress(outcomes, "reports", total=len(found)):
            if outcome.fate == "failed":
                say(f"portal: {outcome.reason_en}")
            done.append(outcome)
        seconds = time.monotonic() - begun
        _sign(engine, settings)
    finally:
        engine.dispose()
    rows = [_outcome(one) for one in sorted(done, key=lambda one: (one.piece.due_on, one.piece.key))]
    if as_json or (shown := [row for row in rows if row["state"] != "taken"]):
        answer(rows if as_json else shown, _DUE_COLUMNS, as_json=as_json)
    say(_in_all(done, seconds))
    if any(outcome.fate == "failed" for outcome in done):
        raise typer.Exit(1)


def _in_all(done: Sequence["Outcome"], seconds: float) -> str:
    if not done:
        return "portal: nothing is owed that could be made now."
    count = {fate: sum(one.fate == fate for one in done) for fate in ("deposited", "failed", "taken", "unchanged")}
    late = sum(one.fate == "deposited" and not one.on_time for one in done)
    parts = [f"{count['deposited']} deposited" + (f" ({late} late)" if late else "")]
    parts += [f"{count['failed']} failed"] if count["failed"] else []
    parts += [f"{count['taken']} left to another run"] if count["taken"] else []
    parts += [f"{count['unchanged']} provisional still"] if count["unchanged"] else []
    return f"portal: {', '.join(parts)} in {seconds:.0f} s."


def _outcome(one: "Outcome") -> dict[str, Any]:
    state = one.fate if one.fate != "deposited" else "provisional" if one.provisional else "deposited"
    return {
        "tender": one.piece.report.tender_id,
        "report": one.piece.report.id,
        "period": str(one.piece.period),
        "customer": one.piece.customer_code,
        "version": one.version or None,
        "due": one.piece.due_on,
        "late": one.fate == "deposited" and not one.on_time,
        "state": state,
        "reason": one.reason_en or None,
    }


def _run_one(report: str, period: str, customer: str | None, *, as_json: bool) -> None:
    from portal_lib import db
    from portal_lib.clock import system_clock
    from portal_lib.reporting import owed
    from portal_lib.reporting.periods import Period
    from portal_lib.reporting.runner import Runner
    from portal_lib.reporting.running_due import catalogue_of
    from portal_lib.settings import load_settings

    settings = load_settings()
    of = Period.parse(period)
    catalogue = catalogue_of(settings)
    entry = catalogue.report(report)
    tender = catalogue.tender_of(entry)
    engine = _data_engine(settings)
    try:
        runner = Runner(engine, settings, system_clock)
        if customer is None:
            runner.check_over(of)
        seen = None
        if entry.to == "agency" and tender.agency_code is not None:
            with db.reading(engine) as connection:
                seen = owed.holders_of(connection, tender, of)
            codes = [tender.agency_code] if seen else []
        else:
            codes = runner.owed_to(of) if customer is None else [customer.strip().upper()]
        rows: list[dict[str, Any]] = []
        refused = False
        for code in _with_progress(codes, f"{entry.id} {of}", total=len(codes)):
            begun = time.monotonic()
            try:
                made = runner.run(entry, of, code, codes=seen)
            except Refused as refusal:
                say(f"portal: {refusal}")
                refused = True
            else:
                seconds = round(time.monotonic() - begun, 2)
                rows.append(_deposit(made) | {"files": [file.name for file in made.files], "seconds": seconds})
        _sign(engine, settings)
    finally:
        engine.dispose()
    if not codes:
        say(f"portal: no customer held a supply point in {of}: no report is owed.")
    if rows or as_json:
        answer(rows, _RUN_COLUMNS, as_json=as_json)
    if refused:
        raise typer.Exit(1)


@app.command(epilog="Example: portal reports status --all --json")
def status(
    every: Annotated[bool, typer.Option("--all", help="What is done too.")] = False,
    tender: Annotated[str | None, typer.Option(help="Only this tender: the name of its file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is owed by when: what is missing, failing or late, and what that costs.

    Days left count to the due day, at whose end in Rome a report is late; below
    zero it is late. The penalty (EUR) is what being late costs so far.
    """
    from portal_lib import db
    from portal_lib.clock import system_clock
    from portal_lib.reporting.owed import standings
    from portal_lib.reporting.running_due import catalogue_of
    from portal_lib.settings import load_settings

    settings = load_settings()
    catalogue = catalogue_of(settings)
    wanted = catalogue.tender(tender).id if tender is not None else None
    engine = _data_engine(settings)
    try:
        with db.reading(engine) as connection:
            found = standings(connection, catalogue, system_clock)
    finally:
        engine.dispose()
    found = [one for one in found if wanted in (None, one.piece.report.tender_id)]
    rows = [_standing(one) for one in found if every or as_json or one.open]
    if as_json:
        answer(rows, _STATUS_COLUMNS, as_json=True)
    elif rows:
        answer([row | _in_words(row) for row in rows], _STATUS_COLUMNS, as_json=False)
    say(f"portal: {_summary(found, {one.id: one.warn_days for one in catalogue.tenders.values()})}")
    if not settings.deposit_key_file.exists():
        say("portal: deposits are not signed, since there is no key. Make it: portal deposit key")


def _summary(found: Sequence["Standing"], warn_days: dict[str, int]) -> str:
    if not found:
        return "nothing has ever been owed: no period of a tender has ended yet, or nobody held a point in it."
    done = [one for one in found if not one.open]
    late = [one for one in found if one.open and one.late]
    soon = [
        one for one in found if one.open and not one.late and one.is_pressing(warn_days[one.piece.report.tender_id])
    ]
    failing = sum(one.state == "failed" for one in found)
    penalty = sum((one.penalty for one in found), start=type(found[0].penalty)(0))
    per_day = sum((one.piece.report.penalty_per_day for one in late), start=type(penalty)(0))
    parts = [
        f"{len(found)} owed in all, {len(done)} done ({sum(one.late for one in done)} late), {len(found) - len(done)} "
        f"to do: {len(late)} late, {len(soon)} due soon, {failing} failing."
    ]
    if penalty:
        parts.append(f"Penalty so far {penalty:.2f} EUR, and {per_day:.2f} EUR more each day.")
    return " ".join(parts)


def _standing(one: "Standing") -> dict[str, Any]:
    made = one.deposit
    return {
        "tender": one.piece.report.tender_id,
        "report": one.piece.report.id,
        "period": str(one.piece.period),
        "customer": one.piece.customer_code,
        "state": one.state,
        "due": one.piece.due_on,
        "days_left": one.days_left,
        "late": one.late,
        "days_late": one.days_late,
        "penalty": f"{one.penalty:.2f}",
        "version": made.version if made else None,
        "deposited_at": _rome(made.deposited_at) if made else None,
        "failures": one.failures,
        "next_try": _rome(one.next_try.replace(tzinfo=UTC)) if one.next_try and one.open else None,
        "reason": one.reason_en,
    }


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    reason = row["reason"] or ""
    return {
        "state": f"{row['state']}, late" if row["late"] else row["state"],
        "left": row["days_left"] if row["state"] != "done" else "",
        "penalty": row["penalty"] if float(row["penalty"]) else "",
        "reason": reason if len(reason) <= 100 else f"{reason[:99]}…",
    }


@app.command(epilog="Example: portal reports runner")
def runner() -> None:
    """Make what is owed, rest, and again, until SIGTERM or Ctrl-C: for a machine without `portal run`.

    `portal run` keeps one up by itself. Several at once share the work. A round
    also signs manifests, tells operators what will be late, and removes files
    whose time is over.
    """
    import os
    import signal
    import threading

    from portal_lib import db
    from portal_lib.reporting import running_always
    from portal_lib.settings import load_settings

    settings = load_settings()
    db.migrate("data", settings.data_database)
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    os.nice(10)  # whoever waits for a page comes first
    running_always.serve(settings, say, stop)


def _data_engine(settings: "Settings") -> "Engine":
    from portal_lib import db

    db.migrate("data", settings.data_database)
    return db.open_engine(settings.data_database)


def _sign(engine: "Engine", settings: "Settings") -> None:
    from portal_lib.clock import system_clock
    from portal_lib.reporting.running_due import sign_manifests

    sign_manifests(engine, settings, system_clock)


def _deposit(made: "Deposit") -> dict[str, Any]:
    from portal_lib.reporting.periods import Period

    period = Period.covering(made.period_first, made.period_last)
    late = "late" if not made.on_time else "on time"
    return {
        "report": made.report,
        "period": str(period),
        "customer": made.customer_code,
        "version": made.version,
        "deposited_at": _rome(made.deposited_at),
        "due": made.due_on,
        "late": not made.on_time,
        "provisional": made.provisional,
        "state": f"provisional, {late}" if made.provisional else late,
    }


def _rome(instant: Any) -> str:
    from portal_lib.clock import ROME

    return str(instant.astimezone(ROME).isoformat(timespec="seconds"))


def _with_progress(things: Iterable[Any], what: str, *, total: int) -> Iterator[Any]:
    """One after another, with a bar on standard error where someone at a terminal waits for several."""
    if total < 2 or not sys.stderr.isatty():
        yield from things
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(things, description=what, total=total, console=Console(stderr=True), transient=True)
