"""Making everything that is owed: claim, make, deposit or fail, piece by piece, as many at a time as asked for.

What went wrong with one holds up no other. The same function makes a piece here and on a cluster
(:mod:`portal_lib.reporting.running_dask`).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.clock import Clock, system_clock
from portal_lib.deposit import manifests, retention
from portal_lib.deposit.exceptions import NoKey
from portal_lib.deposit.signing import open_key
from portal_lib.language import Said
from portal_lib.refused import Refused
from portal_lib.reporting import claims, running
from portal_lib.reporting.owed import Piece, Standing, standings
from portal_lib.reporting.running_child import Task
from portal_lib.reporting.tenders import Catalogue, read_catalogue
from portal_lib.settings import Settings

#: "taken": somebody else has it, or it waits for its next try. "unchanged": provisional, and nothing new to say.
Fate = Literal["deposited", "failed", "taken", "unchanged"]


@dataclass(frozen=True)
class Outcome:
    """What became of one piece. ``reason_it`` and ``reason_en`` tell why it failed."""

    piece: Piece
    fate: Fate
    version: int = 0
    on_time: bool = True
    provisional: bool = False
    reason_it: str = ""
    reason_en: str = ""


def catalogue_of(settings: Settings) -> Catalogue:
    """The tenders of these settings; raises what :func:`read_catalogue` raises."""
    folder = settings.tenders_folder.absolute() if settings.tenders_folder is not None else None
    return read_catalogue(folder, due_days=settings.report_due_days)


def waiting(engine: Engine, catalogue: Catalogue, clock: Clock, *, retry: bool = False) -> list[Standing]:
    """What is owed and may be tried now, by due day. Claims are looked at again when it is their turn."""
    now = clock().astimezone(UTC).replace(tzinfo=None)
    with db.reading(engine) as connection:
        found = standings(connection, catalogue, clock)
    return [one for one in found if one.open and (retry or one.next_try is None or one.next_try <= now)]


def run(
    settings: Settings,
    found: Sequence[Standing],
    *,
    jobs: int = 1,
    clock: Clock = system_clock,
    retry: bool = False,
    stop: threading.Event | None = None,
) -> Iterator[Outcome]:
    """Make these pieces, ``jobs`` at a time; each outcome as it comes. ``stop`` lets the rest be."""
    crew = _Crew(settings, clock, retry, stop or threading.Event())
    with closing(crew), ThreadPoolExecutor(max(1, min(jobs, len(found))), thread_name_prefix="report") as pool:
        crew.pool = pool
        begun = [pool.submit(crew.work, one.piece, one.state == "provisional") for one in found]
        try:
            for done in as_completed(begun):
                yield done.result()
        finally:
            crew.over.set()
            for one in begun:
                one.cancel()


class _Crew:
    """The threads of one run, each with a process of its own, which end when the run does."""

    def __init__(self, settings: Settings, clock: Clock, retry: bool, stop: threading.Event) -> None:
        self.settings, self.clock, self.retry, self.stop = settings, clock, retry, stop
        self.over = threading.Event()  # this run alone, whoever else listens to ``stop``
        self.pool: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._all: list[running.Hands] = []
        self._engine = db.open_engine(settings.data_database)

    def work(self, piece: Piece, provisional: bool) -> Outcome:
        if self.has_ended():
            return Outcome(piece, "taken")
        if not hasattr(self._own, "hands"):
            self._own.hands = running.Hands()
            self._all.append(self._own.hands)
        return work(
            self.settings, self._engine, piece, self._own.hands, self.clock,
            provisional=provisional, retry=self.retry, ended=self.has_ended,
        )  # fmt: skip

    def has_ended(self) -> bool:
        return self.stop.is_set() or self.over.is_set()

    def close(self) -> None:
        for hands in self._all:
            hands.close()
        self._engine.dispose()


class Stopped(Exception):
    """The run was asked to end."""


def work(
    settings: Settings,
    engine: Engine,
    piece: Piece,
    hands: running.Hands,
    clock: Clock,
    *,
    provisional: bool = False,
    retry: bool = False,
    ended: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Claim one piece, have it made, and keep what became of it. Nothing that goes wrong with it is raised."""
    try:
        worker = claims.claim(engine, piece, clock, retry=retry)
    except Exception as error:
        return _failed(piece, running.Broken(piece=piece, reason=error))
    if worker is None:
        return Outcome(piece, "taken")

    def alive() -> None:
        if ended():
            raise Stopped
        _now_and_then(lambda: claims.keep_alive(engine, worker, clock), piece)

    try:
        made = hands.make(Task(settings, piece, worker, provisional, clock), alive)
    except Stopped:
        claims.put_back(engine, piece, worker, clock, again_after=None)
        return Outcome(piece, "taken")
    except Refused as refusal:
        return _fail(engine, piece, worker, refusal, clock)
    if made.outcome == "deposited":
        return Outcome(piece, "deposited", made.version, made.on_time, made.provisional)
    if made.outcome == "lost":
        return Outcome(piece, "taken")
    if made.outcome == "unchanged":
        claims.put_back(engine, piece, worker, clock)
        return Outcome(piece, "unchanged")
    return _fail(engine, piece, worker, running.reason(made, piece), clock)


_signs = threading.local()
_SIGN_EVERY = claims.ALIVE.total_seconds() / 4


def _now_and_then(sign: Callable[[], object], piece: Piece) -> None:
    """A sign of life every half a minute: it is a write, and writers queue."""
    last_piece, last = getattr(_signs, "last", (None, 0.0))
    now = time.monotonic()
    if last_piece is not piece:
        _signs.last = (piece, now)
    elif now - last > _SIGN_EVERY:
        _signs.last = (piece, now)
        sign()


def _fail(engine: Engine, piece: Piece, worker: claims.Worker, refusal: Refused | Said, clock: Clock) -> Outcome:
    try:
        claims.fail(engine, piece, worker, refusal, clock)
    except Exception as error:  # the database is away: the claim runs out, and another run takes it over
        return _failed(piece, running.Broken(piece=piece, reason=error))
    return _failed(piece, refusal)


def _failed(piece: Piece, refusal: Refused | Said) -> Outcome:
    return Outcome(piece, "failed", reason_it=refusal.say("it"), reason_en=refusal.say("en"))


def sign_manifests(engine: Engine, settings: Settings, clock: Clock) -> list[manifests.Manifest]:
    """Sign what was deposited since the last manifests, if there is a key; raises what an unusable key raises."""
    try:
        signer = open_key(settings.deposit_key_file)
    except NoKey:
        return []
    with db.reading(engine) as connection:
        periods = manifests.periods(connection)
    signed = (
        manifests.sign(
            engine,
            settings.deposit_folder,
            signer,
            clock,
            tender=tender,
            first=first,
            last=last,
            supplier=settings.supplier_name,
        )
        for tender, first, last in periods
    )
    return [one for one in signed if one is not None]


def tell_pressing(engine: Engine, catalogue: Catalogue, clock: Clock) -> int:
    """Have operators hear of what will soon be late; gives back of how many documents they had not heard."""
    with db.reading(engine) as connection:
        found = standings(connection, catalogue, clock)
    return claims.tell_due(engine, list(_pressing(catalogue, found)), clock)


def _pressing(catalogue: Catalogue, found: Iterable[Standing]) -> Iterator[Piece]:
    for one in found:
        if one.is_pressing(catalogue.tender_of(one.piece.report).warn_days):
            yield one.piece


def expire(engine: Engine, settings: Settings, clock: Clock) -> list[str]:
    """Remove the files whose time is over."""
    return retention.remove_expired(engine, settings.deposit_folder, settings.deposit_keep_years, clock)
