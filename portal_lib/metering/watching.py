"""Loading what arrives in a watched folder, and filing it away: file by file, for as long as nobody says stop.

A file is loaded first and moved then. Killed in between, it is met again, found to be loaded already, and moved; one
that is refused is put aside first and removed then. So nothing is lost and nothing is loaded twice.
"""

from collections.abc import Iterator
from threading import Event

from sqlalchemy.engine import Engine

from portal_lib.metering.deliveries import Item, Loading, Outcome, items_in, load_item
from portal_lib.metering.filing import file_away
from portal_lib.metering.inbox import Arrival, Inbox

#: Seconds between two looks at the folder.
PAUSE = 2.0

#: Seconds to wait after the store's disk was found full.
PAUSE_WHEN_FULL = 60.0


def watch(engine: Engine, inbox: Inbox, loading: Loading, stop: Event, *, once: bool = False) -> Iterator[Outcome]:
    """What became of each file that arrives, until ``stop`` is set; the file in hand is finished then.

    With ``once``, of those that are there: files that stand still no longer than a moment are waited for, once.
    Raises whatever the database raises.
    """
    waited = False
    while not stop.is_set():
        arrivals, not_ready = inbox.look()
        full = False
        for arrival in arrivals:
            if stop.is_set():
                return
            for outcome in _take(engine, inbox, arrival, loading, stop):
                full = outcome.full
                yield outcome
            if full:
                break
        if once and (full or waited or not not_ready):
            return
        waited = True
        stop.wait(inbox.still if once else PAUSE_WHEN_FULL if full else PAUSE)


def _take(engine: Engine, inbox: Inbox, arrival: Arrival, loading: Loading, stop: Event) -> Iterator[Outcome]:
    """Load one file, or the files of one archive, and move it to where it belongs."""
    done: list[tuple[Item, Outcome]] = []
    for item in items_in([arrival.path]):
        if stop.is_set():
            return  # the rest of an archive is for the next time
        outcome = load_item(engine, item, loading)
        done.append((item, outcome))
        yield outcome
        if outcome.full:
            return
    if any(outcome.loaded is None and not outcome.kept for _, outcome in done):
        inbox.leave(arrival)  # it can't be read, or not be put aside: it stays where it is
    elif arrival.is_unchanged():  # else somebody has written another in its place
        if any(item.member is None and outcome.kept for item, outcome in done):
            arrival.path.unlink()  # it lies with those put aside
        else:
            file_away(arrival.path, inbox.folder, loading.clock())
