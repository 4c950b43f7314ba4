"""Outgoing mail: queued in the transaction of what it tells about, sent when the server takes it.

A mail is a row of ``outgoing_mail`` until the server has it; then its body, which may hold a link, is
emptied. A server that is away costs nothing but time: the row waits, longer after each attempt, for at most
three days.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts.instants import stored, stored_now
from portal_lib.accounts.tables import outgoing_mail
from portal_lib.clock import Clock
from portal_lib.mail_transports import Transport, TransportAway, in_words

log = logging.getLogger(__name__)

#: How long a mail waits after its first failed attempt; doubled after each, up to the longest.
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
#: After this a mail is not tried any more: the link in it is long dead.
GIVE_UP_AFTER = timedelta(days=3)
#: A mail being sent is nobody else's for this long; if the sender dies meanwhile, it is sent again.
_CLAIM = timedelta(minutes=5)


@dataclass(frozen=True)
class Mail:
    """One message to one person, as plain text and as HTML."""

    recipient: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Delivery:
    """How many mails one round sent, and how many it could not; ``away``: the server took nothing at all."""

    sent: int
    failed: int
    away: bool = False


def queue(connection: Connection, mail: Mail, clock: Clock, *, account_id: int | None = None) -> int:
    """Put a mail into the queue, within the caller's transaction: no account without its mail, no mail
    without it. ``account_id`` is whose account it is about.
    """
    # Composed once here, so that what can't be a mail (a line break in a header) is refused before it is
    # stored.
    compose(mail, sender="portale@localhost", mail_id=0, at=clock())
    now = stored_now(clock)
    mail_id: int = connection.execute(
        outgoing_mail.insert()
        .values(
            account_id=account_id,
            recipient=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            created_at=now,
            not_before=now,
        )
        .returning(outgoing_mail.c.id)
    ).scalar_one()
    return mail_id


def compose(mail: Mail, *, sender: str, mail_id: int, at: datetime) -> EmailMessage:
    """The message itself. ``EmailMessage`` refuses line breaks in headers: nothing can be slipped in."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    domain = sender.rpartition("@")[2].strip(">") or "localhost"
    message["Message-ID"] = f"<portale.{at:%Y%m%d%H%M%S}.{mail_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def deliver(engine: Engine, transport: Transport, clock: Clock, *, sender: str, at_most: int = 50) -> Delivery:
    """Send what is due, oldest first. Blocks while the server answers: call it off the event loop."""
    sent = failed = 0
    for mail_id in _due(engine, clock, at_most):
        row = _claim(engine, mail_id, clock)
        if row is None:  # somebody else is sending it
            continue
        mail = Mail(row.recipient, row.subject, row.text, row.html)
        try:
            transport.send(compose(mail, sender=sender, mail_id=mail_id, at=clock()), mail_id)
        except Exception as error:
            # Whatever one mail does must not stop the others, nor lose this one.
            failed += 1
            _put_off(engine, row, error, clock)
            if isinstance(error, TransportAway):
                return Delivery(sent, failed, away=True)
        else:
            sent += 1
            _done(engine, mail_id, clock)
    return Delivery(sent, failed)


def _due(engine: Engine, clock: Clock, at_most: int) -> list[int]:
    with db.reading(engine) as connection:
        return list(
            connection.execute(
                sa.select(outgoing_mail.c.id)
                .where(waiting(), outgoing_mail.c.not_before <= stored_now(clock))
                .order_by(outgoing_mail.c.not_before, outgoing_mail.c.id)
                .limit(at_most)
            ).scalars()
        )


def waiting() -> sa.ColumnElement[bool]:
    """Which rows are still to be sent; a mail that was emptied without having been sent is given up."""
    return sa.and_(outgoing_mail.c.sent_at.is_(None), outgoing_mail.c.text != "")


def _claim(engine: Engine, mail_id: int, clock: Clock) -> sa.Row[Any] | None:
    now = stored_now(clock)
    with engine.begin() as connection:
        return connection.execute(
            outgoing_mail.update()
            .where(outgoing_mail.c.id == mail_id, waiting(), outgoing_mail.c.not_before <= now)
            .values(not_before=now + _CLAIM, attempts=outgoing_mail.c.attempts + 1)
            .returning(outgoing_mail)
        ).one_or_none()


def _put_off(engine: Engine, row: sa.Row[Any], error: Exception, clock: Clock) -> None:
    now = stored_now(clock)
    wait = min(FIRST_WAIT * 2 ** min(row.attempts - 1, 20), LONGEST_WAIT)
    given_up = now + wait >= row.created_at + GIVE_UP_AFTER
    log.warning(
        "mail %d was not sent (attempt %d): %s; %s",
        row.id,
        row.attempts,
        type(error).__name__,
        "given up" if given_up else f"again in {wait}",
    )
    values: dict[str, Any] = {
        "not_before": now + wait,
        "last_error": in_words(error)[:400],
    }
    if given_up:
        values |= {"text": "", "html": ""}
    with engine.begin() as connection:
        connection.execute(outgoing_mail.update().where(outgoing_mail.c.id == row.id).values(**values))


def _done(engine: Engine, mail_id: int, clock: Clock) -> None:
    with engine.begin() as connection:
        connection.execute(
            outgoing_mail.update()
            .where(outgoing_mail.c.id == mail_id)
            .values(sent_at=stored(clock()), text="", html="", last_error=None)
        )
