"""``portal readings watch``: load what arrives in a folder, and file it away."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from portal_lib.cli.output import AsJson, say
from portal_lib.cli.readings import loading_of, row

if TYPE_CHECKING:
    from portal_lib.metering.deliveries import Outcome


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder in which files arrive, at any depth.")],
    once: Annotated[
        bool, typer.Option("--once", help="Take what is there and end: for cron. Exit code 1 where any was refused.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load files as they arrive in a folder, and move them out of the way.

    A file is taken when it has stood still for five seconds and ends as its
    format does; one that never gets there is tried after ten minutes. Loaded
    ones are moved to DIR/done/YEAR-MONTH/, refused ones to those put aside with
    their reason. A line is printed for each. SIGTERM and Ctrl-C end it when the
    file in hand is finished. docs/flows.md shows it as a service of systemd.
    """
    from portal_lib import db
    from portal_lib.clock import system_clock
    from portal_lib.metering import watching
    from portal_lib.metering.inbox import Inbox, watched
    from portal_lib.settings import load_settings

    settings = load_settings()
    refused = False
    with watched(folder), _until_told() as stop, loading_of(settings, None, nobody_calls=True) as loading:
        engine = db.open_engine(settings.data_database)
        if not once:
            say(f"portal: watching {folder}.")
        try:
            for outcome in watching.watch(engine, Inbox(folder, system_clock), loading, stop, once=once):
                refused = refused or outcome.loaded is None
                print(json.dumps(row(outcome), ensure_ascii=False) if as_json else _line(outcome), flush=True)
        finally:
            engine.dispose()
        if stop.is_set():
            say("portal: stopped. Files that have arrived since are taken when it is started again.")
    if once and refused:
        raise typer.Exit(1)


def _line(outcome: "Outcome") -> str:
    loaded = outcome.loaded
    if loaded is None:
        return f"refused {outcome.sentence}"
    if loaded.already is not None:
        return f"already {outcome.file}: loaded before as {loaded.already}"
    counts = {"points": loaded.points, "days": loaded.days, "registers": loaded.registers}
    counts |= {"cancelled": loaded.cancelled, "replaced": loaded.replaced, "outdated": loaded.outdated}
    counts["waiting"] = loaded.waiting
    said = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    return f"loaded {outcome.file}: {loaded.flow}, {said or 'nothing in it'}"


@contextmanager
def _until_told() -> Iterator[Event]:
    """Set by SIGTERM and SIGINT, which then end nothing by themselves."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
