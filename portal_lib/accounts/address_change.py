"""A new e-mail address: asked for with the password, read by its link, and told to the old address at once.

Whoever controls the address controls the account, by the reset link. So the old address hears before anything has
changed, while a reset from there still stops the change: it makes the link to the new one worthless.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db, mail
from portal_lib.accounts import audit, tokens
from portal_lib.accounts.contact_details import checked_email
from portal_lib.accounts.exceptions import Missing
from portal_lib.accounts.exceptions.profile import (
    AddressLinkExpired,
    AddressLinkUnknown,
    SameAddress,
    TooManyAddressChanges,
)
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.messages import profile as messages
from portal_lib.accounts.own_password import prove
from portal_lib.accounts.tables import account, token
from portal_lib.clock import Clock
from portal_lib.language import language_of
from portal_lib.settings import Settings

#: Changes that an account may ask for within a day: each sends a mail to an address that nobody has proven yet.
CHANGES_PER_DAY = 4

#: "ready": the button will change it; "changed": done just now; "already": it was done before.
Outcome = Literal["ready", "changed", "already"]


@dataclass(frozen=True)
class AddressLink:
    """What a link does, or did: ``email`` is the new address."""

    outcome: Outcome
    email: str


def ask(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    hub_name: str,
    email: str,
    email_again: str,
    password: str,
    *,
    address: str | None = None,
) -> str:
    """Send the link to the new address and word to the old one; gives back the new address as it was understood.

    Nothing changes before the link is used. A later request makes the earlier link worthless. Slow (Argon2id).
    """
    wanted = checked_email(email, email_again)
    if not wanted:
        raise Missing("email", label_it="Nuovo indirizzo email", label_en="New e-mail address")
    row = prove(engine, clock, settings, hub_name, password, address=address)
    if wanted == row.email:
        raise SameAddress("email")
    language = language_of(row.language)
    with engine.begin() as connection:
        since = stored_now(clock) - timedelta(hours=24)
        if tokens.issued_since(connection, row.id, "address", since) >= CHANGES_PER_DAY:
            raise TooManyAddressChanges("email", limit=CHANGES_PER_DAY)
        tokens.expire_all(connection, row.id, "address", clock)
        secret = tokens.issue(
            connection,
            row.id,
            "address",
            clock,
            lifetime=timedelta(hours=settings.confirmation_hours),
            detail={"email": wanted},
        )
        to_new = messages.new_address_mail(
            settings, language, recipient=wanted, first_name=row.first_name, login=row.login, secret=secret
        )
        mail.queue(connection, to_new, clock, account_id=row.id)
        if row.email is not None:
            to_old = messages.address_change_asked_mail(
                settings, language, recipient=row.email, first_name=row.first_name, login=row.login
            )
            mail.queue(connection, to_old, clock, account_id=row.id)
        audit.record(connection, audit.Event.ADDRESS_CHANGE_REQUESTED, clock, account_id=row.id, address=address)
    return wanted


def pending(engine: Engine, clock: Clock, hub_name: str) -> str | None:
    """The new address whose link has yet to be opened, if there is one."""
    with db.reading(engine) as connection:
        detail = connection.execute(
            sa.select(token.c.detail)
            .join(account)
            .where(
                account.c.hub_name == hub_name,
                token.c.purpose == "address",
                token.c.used_at.is_(None),
                token.c.expires_at > stored_now(clock),
            )
            .order_by(token.c.id.desc())
            .limit(1)
        ).scalar_one_or_none()
    return str(detail["email"]) if detail else None


def look(engine: Engine, clock: Clock, secret: str) -> AddressLink:
    """What the link would do; raises :class:`AddressLinkUnknown` or :class:`AddressLinkExpired`."""
    with db.reading(engine) as connection:
        return _look(connection, clock, secret)


def confirm(
    engine: Engine, clock: Clock, settings: Settings, secret: str, *, address: str | None = None
) -> AddressLink:
    """Use the link; every other link of the account stops working, and both addresses are told.

    Works for who is not logged in too: the link was read where it was sent. Raises as :func:`look` does.
    """
    with engine.begin() as connection:
        link = _look(connection, clock, secret)
        account_id = tokens.consume(connection, secret, "address", clock)
        if account_id is None:
            return link
        row = connection.execute(sa.select(account).where(account.c.id == account_id)).one()
        connection.execute(account.update().where(account.c.id == account_id).values(email=link.email))
        tokens.expire_own(connection, account_id, clock)
        for recipient in dict.fromkeys(filter(None, (row.email, link.email))):
            done = messages.address_changed_mail(
                settings,
                language_of(row.language),
                recipient=recipient,
                first_name=row.first_name,
                login=row.login,
                old=recipient != link.email,
            )
            mail.queue(connection, done, clock, account_id=account_id)
        audit.record(connection, audit.Event.ADDRESS_CHANGED, clock, account_id=account_id, address=address)
    return AddressLink("changed", link.email)


def _look(connection: Connection, clock: Clock, secret: str) -> AddressLink:
    known = tokens.find(connection, secret, "address", clock)
    if known is None:
        raise AddressLinkUnknown
    email = str(known.detail.get("email", ""))
    if known.used:
        return AddressLink("already", email)
    state = connection.execute(sa.select(account.c.state).where(account.c.id == known.account_id)).scalar_one()
    if known.expired or state != "active":
        raise AddressLinkExpired
    return AddressLink("ready", email)
