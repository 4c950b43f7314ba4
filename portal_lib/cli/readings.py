"""``portal readings load``: metering files into the store. Other commands on readings have modules of their own."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

if TYPE_CHECKING:
    from rich.progress import Progress

    from portal_lib.metering.deliveries import Item, Loading, Outcome
    from portal_lib.settings import Settings

app = typer.Typer(no_args_is_help=True)

_COUNTS = ("points", "days", "registers", "cancelled", "replaced", "outdated", "waiting")
_COLUMNS = ("file", "flow", *_COUNTS, "note")

#: From this many files on, someone at a terminal wants to see how far it has come.
_MANY = 4

#: ``--pod`` of the commands that load.
Pod = Annotated[
    str | None,
    typer.Option("--pod", metavar="POD", help="The point of a CSV export that does not name it."),
]


class JobEnded(Refused):
    it = (
        "Un processo di caricamento è stato interrotto dall'esterno (memoria esaurita?). Ogni file è dentro per "
        "intero o non c'è: ripeti lo stesso comando."
    )
    en = (
        "One of the jobs was ended from outside (out of memory?). Each file is wholly in or wholly out: run the same "
        "command again."
    )


@app.callback()
def _readings() -> None:
    """Metering flows and the readings in them."""


@app.command(
    epilog="Example: portal readings load flows/2025-03 delivery.zip export.csv --pod IT001E12345678",
)
def load(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Files, ZIP archives, or folders of which the .xml, .csv and .zip files at any depth are loaded.",
        ),
    ],
    pod: Pod = None,
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, max=64, help="How many files to read at the same time.")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Load distributors' flows and customers' CSV exports.

    Each file, and each file in an archive, is loaded whole or not at all, and
    once, however often it is given. Files that can't be taken get a sentence, and
    those at fault are put aside with the reason (var/put-aside); the
    others are loaded nevertheless. Which of two files prevails depends on their
    names, not on the order of loading. Readings of points that are not known yet
    wait until portal customers load names them.
    """
    from portal_lib.metering.deliveries import items_in
    from portal_lib.settings import load_settings

    settings = load_settings()
    with loading_of(settings, pod) as loading:
        items = list(items_in(paths))
        outcomes = load_and_say(items, loading, jobs=jobs, as_json=as_json)
    if not items:
        say(f"portal: there is no .xml, .csv or .zip file in {', '.join(map(str, paths))}: nothing was loaded.")
    if any(outcome.loaded is None for outcome in outcomes):
        raise typer.Exit(1)


@contextmanager
def loading_of(settings: "Settings", pod: str | None, *, nobody_calls: bool = False) -> "Iterator[Loading]":
    """How files are loaded under these settings, with the database brought up to date."""
    from portal_lib import db
    from portal_lib.clock import system_clock
    from portal_lib.customers.points import expect, unannounced
    from portal_lib.metering.deliveries import Loading, workplace
    from portal_lib.metering.identifiers import normal_pod

    if pod is not None:
        pod = normal_pod(pod)  # a mistake in the call, not in any of the files
    db.migrate("data", settings.data_database)
    with workplace(settings.var.absolute() / "loading") as work:
        yield Loading(
            database=settings.data_database,
            resolve=expect,
            waiting=unannounced,
            clock=system_clock,
            work=work,
            put_aside_folder=settings.put_aside_folder,
            pod=pod,
            supplier_vat=settings.supplier_vat,
            distributor_vats=settings.distributor_vats,
            unscaled_distributors=settings.unscaled_distributors,
            nobody_calls=nobody_calls,
        )


def load_and_say(items: "list[Item]", loading: "Loading", *, jobs: int, as_json: bool) -> "list[Outcome]":
    """Load files, say what became of each and of them all; the outcomes, in the order of the files."""
    from concurrent.futures.process import BrokenProcessPool

    from portal_lib.metering.deliveries import load_all

    outcomes: list[Outcome] = []
    try:
        with _progress(len(items)) as progress, closing(load_all(items, loading, jobs=jobs)) as loaded:
            task = progress.add_task("", total=len(items)) if progress else None
            for outcome in loaded:
                outcomes.append(outcome)
                if outcome.sentence and progress:
                    progress.console.print(outcome.sentence, markup=False, highlight=False, soft_wrap=True)
                elif outcome.sentence:
                    say(outcome.sentence)
                if progress and task is not None:
                    progress.advance(task)
    except BrokenProcessPool:
        raise JobEnded from None
    except KeyboardInterrupt:
        say("portal: stopped. The files so far are wholly in; run the same command again for the others.")
        raise typer.Exit(130) from None
    finally:
        rows = [row(outcome) for outcome in outcomes if as_json or outcome.loaded is not None]
        if rows or as_json:
            answer(rows, _COLUMNS, as_json=as_json)
        if items:
            say(f"portal: {summary(outcomes, len(items), loading)}")
    return outcomes


def row(outcome: "Outcome") -> dict[str, Any]:
    """What became of one file, as a row of an answer."""
    loaded = outcome.loaded
    if loaded is None:
        return {"file": outcome.file, "state": "refused", "note": outcome.sentence}
    if loaded.already is not None:
        return {"file": outcome.file, "state": "already", "note": f"already loaded as {loaded.already}"}
    counts = {name: getattr(loaded, name) for name in _COUNTS}
    return {"file": outcome.file, "state": "loaded", "flow": loaded.flow, **counts, "note": ""}


def summary(outcomes: "list[Outcome]", wanted: int, loading: "Loading") -> str:
    """What became of all files, in a sentence or two."""
    new = [one.loaded for one in outcomes if one.loaded is not None and one.loaded.already is None]
    refused = sum(1 for one in outcomes if one.loaded is None)
    kept = sum(1 for one in outcomes if one.kept)
    already = len(outcomes) - len(new) - refused
    words = [f"{_files(len(new))} loaded"]
    if already:
        words.append(f"{already} there already")
    if refused:
        words.append(f"{refused} refused" + (f" ({kept} put aside in {loading.put_aside_folder})" if kept else ""))
    if wanted > len(outcomes):
        words.append(f"{wanted - len(outcomes)} not tried")
    sentence = ", ".join(words) + "."
    if new:
        days, registers = sum(one.days for one in new), sum(one.registers for one in new)
        replaced, outdated = sum(one.replaced for one in new), sum(one.outdated for one in new)
        sentence += f" {days} days of curves" + (f", {registers} register readings" if registers else "")
        sentence += f"; {replaced} earlier values replaced, {outdated} kept behind later ones."
    if any(one.waiting for one in new):
        sentence += f" {_waiting(loading)}"
    return sentence


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _waiting(loading: "Loading") -> str:
    """How many points only readings have named, by now."""
    from portal_lib import db
    from portal_lib.customers.points import unannounced

    engine = db.open_engine(loading.database)
    try:
        with db.reading(engine) as connection:
            count = unannounced(connection)
    finally:
        engine.dispose()
    if count == 1:
        return "1 POD is not known yet: its readings wait until portal customers load names it."
    return f"{count} PODs are not known yet: their readings wait until portal customers load names them."


def _progress(count: int) -> "Progress | nullcontext[None]":
    """A bar on standard error, where many files are loaded at a terminal."""
    if count < _MANY or not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
