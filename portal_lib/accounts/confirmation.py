"""Confirming a registration by the link in the mail.

Opening the link shows a page and changes nothing, since mail scanners open links before people do; the page's
button uses the token up. A second visit says that it is done already.

Whose mail never came gets a fresh link: from the page of a link that ran out, or at the login page, where the right
password was typed just before (:func:`offer_fresh_link`).
"""

from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import audit, tokens
from portal_lib.accounts.exceptions import AccountFrozen, LinkExpired, LinkUnknown, TooManyLinks
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.names import login_key
from portal_lib.accounts.registration import send_confirmation
from portal_lib.accounts.tables import account
from portal_lib.clock import Clock
from portal_lib.language import language_of
from portal_lib.settings import Settings

#: "ready": the button will confirm; "confirmed": done just now; "already": it was done before.
Outcome = Literal["ready", "confirmed", "already"]

#: Confirmation mails an account gets within a day, the first included.
LINKS_PER_DAY = 4

#: How long somebody who typed the right password may ask for a fresh link.
_OFFER = timedelta(minutes=15)


def look(engine: Engine, clock: Clock, secret: str) -> Outcome:
    """What the link would do: ``"ready"`` or ``"already"``; raises :class:`LinkUnknown`, :class:`LinkExpired` or
    :class:`AccountFrozen`.
    """
    with db.reading(engine) as connection:
        known = tokens.find(connection, secret, "confirmation", clock)
        if known is None:
            raise LinkUnknown
        state = connection.execute(sa.select(account.c.state).where(account.c.id == known.account_id)).scalar_one()
    if state == "erased":
        raise LinkUnknown
    if state == "frozen":
        raise AccountFrozen
    if known.used or state != "unconfirmed":
        return "already"
    if known.expired:
        raise LinkExpired
    return "ready"


def confirm(engine: Engine, clock: Clock, secret: str, *, address: str | None = None) -> Outcome:
    """Use the link: ``"confirmed"`` or ``"already"``; raises as :func:`look` does."""
    with engine.begin() as connection:
        account_id = tokens.consume(connection, secret, "confirmation", clock)
        if account_id is not None:
            changed = connection.execute(
                account.update()
                .where(account.c.id == account_id, account.c.state == "unconfirmed")
                .values(state="active", confirmed_at=stored_now(clock))
            ).rowcount
            if changed:
                tokens.expire_all(connection, account_id, "confirmation", clock)
                audit.record(connection, audit.Event.ACCOUNT_CONFIRMED, clock, account_id=account_id, address=address)
                return "confirmed"
    outcome = look(engine, clock, secret)
    if outcome == "ready":  # pragma: no cover - the token ran out between the two looks
        raise LinkExpired
    return outcome


def send_again(engine: Engine, clock: Clock, settings: Settings, secret: str, *, address: str | None = None) -> Outcome:
    """Send a fresh link to the account of an old one, or of an offer: ``"ready"`` when sent, ``"already"`` where none
    is needed.

    Raises :class:`LinkUnknown`, :class:`AccountFrozen`, and :class:`TooManyLinks` past :data:`LINKS_PER_DAY`. Older
    links stop working.
    """
    with engine.begin() as connection:
        known = tokens.find(connection, secret, "confirmation", clock)
        if known is None:
            known = tokens.find(connection, secret, "resend", clock)
            if known is None or known.expired:
                raise LinkUnknown
        row = connection.execute(sa.select(account).where(account.c.id == known.account_id).with_for_update()).one()
        if row.state == "erased":
            raise LinkUnknown
        if row.state == "frozen":
            raise AccountFrozen
        if row.state != "unconfirmed" or row.email is None:
            return "already"
        since = stored_now(clock) - timedelta(hours=24)
        if tokens.issued_since(connection, row.id, "confirmation", since) >= LINKS_PER_DAY:
            raise TooManyLinks(limit=LINKS_PER_DAY)
        tokens.expire_all(connection, row.id, "confirmation", clock)
        send_confirmation(
            connection,
            clock,
            settings,
            row.id,
            recipient=row.email,
            first_name=row.first_name,
            login=row.login,
            language=language_of(row.language),
        )
        audit.record(connection, audit.Event.ACCOUNT_CONFIRMATION_RESENT, clock, account_id=row.id, address=address)
    return "ready"


def offer_fresh_link(engine: Engine, clock: Clock, username: str) -> str | None:
    """A secret with which the login page's button asks for a fresh link; None where none is needed.

    For whoever has just typed this account's right password, and for nobody else.
    """
    key = login_key(username).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    with engine.begin() as connection:
        account_id = connection.execute(
            sa.select(account.c.id).where(account.c.login_key == key, account.c.state == "unconfirmed")
        ).scalar_one_or_none()
        if account_id is None:
            return None
        tokens.expire_all(connection, account_id, "resend", clock)
        return tokens.issue(connection, account_id, "resend", clock, lifetime=_OFFER)
