"""``portal reports runner``: look for what is owed, make it, rest, and again, until asked to end.

Each round computes anew what is owed, so a round that fails, or a runner that was off for months, forgets nothing.
"""

import threading
from collections.abc import Callable

from sqlalchemy.engine import Engine

from portal_lib import db, temporary
from portal_lib.clock import Clock, system_clock
from portal_lib.refused import Refused
from portal_lib.reporting import running_due
from portal_lib.reporting.running_due import Outcome
from portal_lib.settings import Settings

#: Where no round is asked for (``reports_every_minutes = 0``) and it is started by hand all the same.
_MINUTES_BY_HAND = 15.0


def serve(
    settings: Settings, say: Callable[[str], None], stop: threading.Event, *, clock: Clock = system_clock
) -> None:
    """Make rounds until ``stop`` is set; a piece that is being made then is put back."""
    engine = db.open_engine(settings.data_database)
    try:
        while not stop.is_set():
            try:
                one_round(engine, settings, say, stop, clock=clock)
            except Refused as refusal:
                say(str(refusal))
            except Exception as error:  # the database may be away; what is owed is still owed in a while
                say(
                    f"A round of the reports runner failed ({type(error).__name__}: {error}); the next one tries again."
                )
            stop.wait((settings.reports_every_minutes or _MINUTES_BY_HAND) * 60)
    finally:
        engine.dispose()


def one_round(
    engine: Engine, settings: Settings, say: Callable[[str], None], stop: threading.Event, *, clock: Clock
) -> list[Outcome]:
    """Sweep, make what is owed, sign it, warn of what will be late, and remove what is too old."""
    for folder, prefix in ((settings.var.absolute() / "runs", ".working-"), (settings.deposit_folder, ".staging-")):
        temporary.sweep(folder, prefix)
    catalogue = running_due.catalogue_of(settings)
    running_due.tell_pressing(engine, catalogue, clock)
    found = running_due.waiting(engine, catalogue, clock)
    outcomes = []
    for outcome in running_due.run(settings, found, jobs=settings.report_jobs, clock=clock, stop=stop):
        if outcome.fate == "deposited":
            late = "" if outcome.on_time else ", late"
            provisional = ", provisional" if outcome.provisional else ""
            say(f"{outcome.piece}: deposited, version {outcome.version}{provisional}{late}")
        elif outcome.fate == "failed":
            say(outcome.reason_en)
        outcomes.append(outcome)
    for manifest in running_due.sign_manifests(engine, settings, clock):
        say(f"{manifest.tender} {manifest.period_first} to {manifest.period_last}: manifest {manifest.number} signed")
    for name in running_due.expire(engine, settings, clock):
        say(f"{name}: removed, its time is over")
    return outcomes
