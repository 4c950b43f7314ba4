"""Who works on which owed document: a claim is a row, and it opens the deposit only for whoever holds it.

A worker says that it lives by moving ``alive_until`` on. A claim may be taken over when its worker's process is gone
(seen at once on the same machine) or has said nothing for two minutes. Whoever lost a claim can't deposit: the claim is
looked at in the deposit's own transaction.
"""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import psutil
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib.clock import Clock
from portal_lib.deposit.tables import deposit
from portal_lib.language import Said
from portal_lib.refused import Refused
from portal_lib.reporting.owed import Key, Piece
from portal_lib.reporting.tables import report_notice, report_run

#: For how long a sign of life holds.
ALIVE = timedelta(minutes=2)

#: Waits after the first, second, … failure in a row; the last one stays.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360))

#: After how long a provisional report is looked at again: readings may have come.
LOOK_AGAIN = timedelta(hours=6)


class ClaimLost(Refused):
    """Another worker has taken the document over, or has deposited it."""

    it = "{piece}: un altro processo se ne è fatto carico nel frattempo; qui non è stato depositato nulla."
    en = "{piece}: another worker has taken it over meanwhile; nothing was deposited here."


@dataclass(frozen=True)
class Worker:
    """A process that holds claims: machine, boot, process id and when it began, and a number for each claim."""

    machine: str
    process: int
    began: float
    number: str

    @classmethod
    def here(cls) -> "Worker":
        """This process, with a new number."""
        return cls(_machine(), os.getpid(), _began(os.getpid()) or 0.0, secrets.token_hex(4))

    def __str__(self) -> str:
        return f"{self.machine} {self.process} {self.began:.2f} {self.number}"

    @classmethod
    def parse(cls, text: str) -> "Worker":
        """What :func:`str` gave."""
        machine, process, began, number = text.rsplit(" ", 3)
        return cls(machine, int(process), float(began), number)

    @property
    def is_gone(self) -> bool:
        """Whether its process has certainly ended; nobody can tell from another machine."""
        if self.machine != _machine():
            return False
        began = _began(self.process)
        return began is None or abs(began - self.began) > 1


def claim(engine: Engine, piece: Piece, clock: Clock, *, retry: bool = False) -> Worker | None:
    """Claim a document that is owed and that nobody works on; None where it can't be had.

    One that failed is had when its wait is over, or at once with ``retry``.
    """
    now = _now(clock)
    worker = Worker.here()
    claimed = {
        "state": "running",
        "worker": str(worker),
        "alive_until": now + ALIVE,
        "started_at": now,
        "ended_at": None,
    }
    with engine.begin() as connection:
        if _is_discharged(connection, piece):
            return None
        row = connection.execute(sa.select(report_run).where(*_is(piece.key))).one_or_none()
        if row is None:
            report, code, first, last = piece.key
            connection.execute(
                report_run.insert().values(
                    report=report, customer_code=code, period_first=first, period_last=last, **claimed
                )
            )
            return worker
        if row.state == "running":
            if row.alive_until > now and not Worker.parse(row.worker).is_gone:
                return None
        elif not retry and row.next_try is not None and row.next_try > now:
            return None
        connection.execute(report_run.update().where(report_run.c.id == row.id).values(claimed))
    return worker


def keep_alive(engine: Engine, worker: Worker, clock: Clock) -> bool:
    """A sign of life; False where the claim is held no more."""
    with engine.begin() as connection:
        held = connection.execute(
            report_run.update()
            .where(report_run.c.worker == str(worker), report_run.c.state == "running")
            .values(alive_until=_now(clock) + ALIVE)
        )
    return held.rowcount == 1


def finish(connection: Connection, piece: Piece, worker: Worker, clock: Clock, *, provisional: bool) -> None:
    """In the deposit's transaction: the claim ends, and the customer is to hear of the document.

    Raises :class:`ClaimLost`, which undoes the deposit, where somebody else holds the claim or has deposited.
    """
    now = _now(clock)
    ended = {
        "state": "done",
        "worker": None,
        "alive_until": None,
        "ended_at": now,
        "failures": 0,
        "next_try": now + LOOK_AGAIN if provisional else None,
        "reason_it": None,
        "reason_en": None,
    }
    held = connection.execute(report_run.update().where(*_is(piece.key), *_holds(worker)).values(ended))
    if held.rowcount != 1 or _is_discharged(connection, piece, besides_the_newest=True):
        raise ClaimLost(piece=piece)
    _tell(connection, "deposited", piece, now)


def fail(engine: Engine, piece: Piece, worker: Worker, refusal: Refused | Said, clock: Clock) -> None:
    """The claim ends with its reason, to be tried again after a while; operators hear of the first failure in a row."""
    now = _now(clock)
    with engine.begin() as connection:
        row = connection.execute(sa.select(report_run).where(*_is(piece.key), *_holds(worker))).one_or_none()
        if row is None:
            return  # taken over: its fate is told by whoever has it
        reasons = {"reason_it": refusal.say("it"), "reason_en": refusal.say("en")}
        connection.execute(
            report_run.update()
            .where(report_run.c.id == row.id)
            .values(
                state="failed",
                worker=None,
                alive_until=None,
                ended_at=now,
                failures=row.failures + 1,
                next_try=now + BACK_OFF[min(row.failures, len(BACK_OFF) - 1)],
                **reasons,
            )
        )
        if row.failures == 0:
            _tell(connection, "failed", piece, now, **reasons)


def put_back(
    engine: Engine, piece: Piece, worker: Worker, clock: Clock, *, again_after: timedelta | None = LOOK_AGAIN
) -> None:
    """Nothing was made and nothing went wrong: the claim ends, and the document is looked at again after a while."""
    now = _now(clock)
    next_try = now + again_after if again_after is not None else None
    with engine.begin() as connection:
        connection.execute(
            report_run.update()
            .where(*_is(piece.key), *_holds(worker))
            .values(state="done", worker=None, alive_until=None, ended_at=now, next_try=next_try)
        )


def tell_due(engine: Engine, pressing: list[Piece], clock: Clock) -> int:
    """Have operators hear, once each, of documents that will soon be late; gives back of how many they had not."""
    now = _now(clock)
    with engine.begin() as connection:
        known = set(connection.scalars(sa.select(report_notice.c.key).where(report_notice.c.kind == "due")))
        new = [piece for piece in pressing if _due_key(piece) not in known]
        for piece in new:
            _tell(connection, "due", piece, now, key=_due_key(piece))
    return len(new)


def _due_key(piece: Piece) -> str:
    return f"due {piece}"


def _tell(connection: Connection, kind: str, piece: Piece, now: datetime, **more: str) -> None:
    connection.execute(
        report_notice.insert().values(
            at=now,
            kind=kind,
            customer_code=piece.customer_code,
            report=piece.report.id,
            title=piece.report.title,
            period=str(piece.period),
            due_on=piece.due_on,
            **more,
        )
    )


def _is_discharged(connection: Connection, piece: Piece, *, besides_the_newest: bool = False) -> bool:
    """Whether a deposit stands after which nothing is owed; ``besides_the_newest`` leaves the one in the making out."""
    report, code, first, last = piece.key
    fit = [] if piece.report.provisional_discharges else [sa.not_(deposit.c.provisional)]
    versions = list(
        connection.scalars(
            sa.select(deposit.c.version)
            .where(
                deposit.c.report == report,
                deposit.c.customer_code == code,
                deposit.c.period_first == first,
                deposit.c.period_last == last,
                *fit,
            )
            .order_by(deposit.c.version)
        )
    )
    return len(versions) > (1 if besides_the_newest else 0)


def _is(key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    report, code, first, last = key
    return (
        report_run.c.report == report,
        report_run.c.customer_code == code,
        report_run.c.period_first == first,
        report_run.c.period_last == last,
    )


def _holds(worker: Worker) -> tuple[sa.ColumnElement[bool], ...]:
    return report_run.c.state == "running", report_run.c.worker == str(worker)


def _now(clock: Clock) -> datetime:
    return clock().astimezone(UTC).replace(tzinfo=None)


@cache
def _machine() -> str:
    """This machine since it was started: process ids mean something there and nowhere else."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
        space = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        boot = space = "-"
    return f"{socket.gethostname()[:100]} {boot} {space}"


def _began(process: int) -> float | None:
    """When a process of this machine began (seconds since 1970), or None where there is none, or only its remains."""
    try:
        found = psutil.Process(process)
        return None if found.status() == psutil.STATUS_ZOMBIE else float(found.create_time())
    except psutil.Error:
        return None
