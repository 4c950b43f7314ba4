"""The mail queue as staff see it: what waits, what keeps failing and why, what was given up. Never what a mail says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import audit
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import outgoing_mail
from portal_lib.clock import Clock
from portal_lib.mail import waiting

#: "waiting": not tried yet. "failing": tried in vain, and tried again at ``next_try``. "given-up": never sent.
Fate = Literal["waiting", "failing", "given-up"]

#: How long a mail that was given up stays in sight.
SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class Standing:
    """How many mails are in each state."""

    waiting: int
    failing: int
    given_up: int


@dataclass(frozen=True)
class Queued:
    """One mail that has not been sent. Instants are naive UTC; ``last_error`` is the mail server's own answer."""

    id: int
    account_id: int | None
    recipient: str
    subject: str
    fate: Fate
    created_at: datetime
    attempts: int
    last_error: str | None
    next_try: datetime | None


def standing(engine: Engine, clock: Clock) -> Standing:
    """The queue in three numbers."""
    with db.reading(engine) as connection:
        counts = {
            fate: connection.execute(
                sa.select(sa.func.count()).select_from(outgoing_mail).where(_is(fate, clock))
            ).scalar_one()
            for fate in ("waiting", "failing", "given-up")
        }
    return Standing(counts["waiting"], counts["failing"], counts["given-up"])


def unsent(engine: Engine, clock: Clock, *, at_most: int = 200) -> list[Queued]:
    """Every mail that has not been sent: failing ones first, then given up, then waiting; in each the oldest first."""
    found: list[Queued] = []
    with db.reading(engine) as connection:
        for fate in _IN_ORDER:
            rows = connection.execute(
                sa.select(outgoing_mail).where(_is(fate, clock)).order_by(outgoing_mail.c.id).limit(at_most)
            )
            found += [
                Queued(
                    row.id,
                    row.account_id,
                    row.recipient,
                    row.subject,
                    fate,
                    row.created_at,
                    row.attempts,
                    row.last_error,
                    None if fate == "given-up" else row.not_before,
                )
                for row in rows
            ]
    return found[:at_most]


def retry(engine: Engine, clock: Clock, *, by: str, mail_id: int | None = None, address: str | None = None) -> int:
    """Have one failing mail, or (None) all of them, tried at once; gives back how many.

    A mail that is being sent at this very moment may go out twice.
    """
    now = stored_now(clock)
    chosen = _is("failing", clock) if mail_id is None else sa.and_(_is("failing", clock), outgoing_mail.c.id == mail_id)
    with engine.begin() as connection:
        count = connection.execute(outgoing_mail.update().where(chosen).values(not_before=now)).rowcount
        if count:
            audit.record(connection, audit.Event.MAIL_RETRIED, clock, address=address, by=by, count=count)
    return int(count)


_IN_ORDER: tuple[Fate, ...] = ("failing", "given-up", "waiting")


def _is(fate: Fate | str, clock: Clock) -> sa.ColumnElement[bool]:
    if fate == "given-up":
        return sa.and_(
            outgoing_mail.c.sent_at.is_(None),
            outgoing_mail.c.text == "",
            outgoing_mail.c.created_at > stored_now(clock) - SHOWN,
        )
    tried = outgoing_mail.c.last_error.is_not(None)
    return sa.and_(waiting(), tried if fate == "failing" else sa.not_(tried))
