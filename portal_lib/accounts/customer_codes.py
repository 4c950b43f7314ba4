"""The customer codes that an account holds: the one of its registration, and those added from the profile.

Adding one asks what registering does: the code on the bill and the tax code that belongs to it, with the same limits,
the same notice to the customer's contact and the same approval.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import audit, sessions
from portal_lib.accounts.approval import approver_of
from portal_lib.accounts.contact_notice import Newcomer, contact_of, tell_contact
from portal_lib.accounts.directory import CustomerDirectory, DirectoryEntry
from portal_lib.accounts.exceptions import AlreadyHeld, CodeNotHeld, FormRefused
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.matching import Claim, identify
from portal_lib.accounts.registration_form import Checker, RegistrationForm
from portal_lib.accounts.tables import account, account_customer
from portal_lib.accounts.tax_codes import normal_code
from portal_lib.clock import Clock
from portal_lib.settings import Settings


@dataclass(frozen=True)
class Added:
    """``approved`` is False where the customer's contact or staff have to let the account in first."""

    code: str
    approved: bool


@dataclass(frozen=True)
class HeldCode:
    """One code of an account. ``added_at`` is naive UTC; until ``approved`` its data is not shown."""

    code: str
    added_at: datetime
    approved: bool


def add(
    engine: Engine,
    clock: Clock,
    directory: CustomerDirectory,
    settings: Settings,
    hub_name: str,
    code: str,
    vat: str,
    *,
    address: str | None = None,
) -> Added:
    """Add a customer code to an account; ``code`` and ``vat`` are as typed, ``vat`` empty for a household's code.

    A household is matched by the codice fiscale that the account was registered with, an organisation by ``vat``.
    Raises :class:`FormRefused` (its errors' fields are "customer_code" and "vat"), :class:`AlreadyHeld` or
    :class:`TooManyTries`.
    """
    checker = Checker(RegistrationForm(customer_code=code, vat=vat))
    wanted = normal_code(checker.text("customer_code"))
    own_vat = checker.vat() or None
    if checker.errors:
        raise FormRefused(checker.errors)
    with db.reading(engine) as connection:
        row = connection.execute(
            sa.select(account).where(account.c.hub_name == hub_name, account.c.state == "active")
        ).one()
        held = {one.code for one in _codes(connection, row.id)}
    if wanted in held:
        raise AlreadyHeld("customer_code", code=wanted)
    entry = identify(
        engine,
        clock,
        directory,
        settings,
        Claim(wanted, row.tax_code or "", own_vat),
        door="profile",
        address=address,
        account_id=row.id,
    )
    contact = contact_of(directory, entry.code)
    newcomer = Newcomer(row.id, row.first_name, row.last_name, row.email)
    with engine.begin() as connection:
        if entry.code in {one.code for one in _codes(connection, row.id)}:
            raise AlreadyHeld("customer_code", code=entry.code)
        approved = attach(connection, clock, settings, newcomer, entry, contact)
        audit.record(
            connection,
            audit.Event.CUSTOMER_ADDED,
            clock,
            account_id=row.id,
            address=address,
            customer=entry.code,
            approved=approved,
        )
        if approved:
            # Open pages were started without it, and the service remembers for minutes who somebody is.
            sessions.end_pages(connection, clock, row.id)
    return Added(entry.code, approved)


def attach(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    newcomer: Newcomer,
    entry: DirectoryEntry,
    contact: str | None,
) -> bool:
    """Give a matched code to an account and tell its contact, within the caller's transaction; whether the account sees
    its data at once.
    """
    approver = approver_of(settings, entry, contact, newcomer.email)
    now = stored_now(clock)
    connection.execute(
        account_customer.insert().values(
            account_id=newcomer.account_id,
            customer_code=entry.code,
            added_at=now,
            approved_at=now if approver == "nobody" else None,
        )
    )
    tell_contact(
        connection,
        clock,
        settings,
        newcomer,
        code=entry.code,
        contact=contact,
        asks_approval=approver == "contact",
    )
    return approver == "nobody"


def remove(engine: Engine, clock: Clock, hub_name: str, code: str, *, address: str | None = None) -> None:
    """Give a code up. The account's open pages end, since they show its data; nobody is logged out.

    Raises :class:`CodeNotHeld`.
    """
    with engine.begin() as connection:
        account_id = connection.execute(sa.select(account.c.id).where(account.c.hub_name == hub_name)).scalar_one()
        removed = connection.execute(
            account_customer.delete().where(
                account_customer.c.account_id == account_id, account_customer.c.customer_code == normal_code(code)
            )
        ).rowcount
        if not removed:
            raise CodeNotHeld(code=normal_code(code))
        audit.record(
            connection,
            audit.Event.CUSTOMER_REMOVED,
            clock,
            account_id=account_id,
            address=address,
            customer=normal_code(code),
        )
        sessions.end_pages(connection, clock, account_id)


def codes_of(engine: Engine, hub_name: str) -> list[HeldCode]:
    """An account's codes, in the order of the codes."""
    with db.reading(engine) as connection:
        account_id = connection.execute(sa.select(account.c.id).where(account.c.hub_name == hub_name)).scalar_one()
        return _codes(connection, account_id)


def _codes(connection: Connection, account_id: int) -> list[HeldCode]:
    rows = connection.execute(
        sa.select(account_customer)
        .where(account_customer.c.account_id == account_id)
        .order_by(account_customer.c.customer_code)
    )
    return [HeldCode(row.customer_code, row.added_at, row.approved_at is not None) for row in rows]
