"""Closing an account at once, and opening it again: by the customer's contact, or by staff."""

from typing import Literal, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib.accounts import audit, sessions, tokens
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import account, export_token
from portal_lib.clock import Clock

#: Links that must not outlive the freeze. Those of a customer's contact may: they close, and let in nobody who is shut
#: out.
_LINKS: tuple[tokens.Purpose, ...] = ("confirmation", "password", "address")

#: What a frozen account goes back to.
Reopened = Literal["active", "unconfirmed", "waiting"]


def freeze(
    engine: Engine, clock: Clock, account_id: int, *, by: str, customer: str | None = None, address: str | None = None
) -> bool:
    """Close an account, its sessions, export tokens and links; False where it was closed already.

    ``by`` is a staff login, or "contact"; ``customer`` the code whose contact it was.
    """
    with engine.begin() as connection:
        return freeze_within(connection, clock, account_id, by=by, customer=customer, address=address)


def freeze_within(
    connection: Connection,
    clock: Clock,
    account_id: int,
    *,
    by: str,
    customer: str | None = None,
    address: str | None = None,
) -> bool:
    """:func:`freeze`, within the caller's transaction."""
    changed = connection.execute(
        account.update()
        .where(account.c.id == account_id, account.c.state.not_in(("frozen", "erased")))
        .values(state="frozen")
    ).rowcount
    if not changed:
        return False
    for purpose in _LINKS:
        tokens.expire_all(connection, account_id, purpose, clock)
    connection.execute(
        export_token.update()
        .where(export_token.c.account_id == account_id, export_token.c.revoked_at.is_(None))
        .values(revoked_at=stored_now(clock))
    )
    sessions.end_all(connection, clock, account_id, "frozen", address=address)
    facts = {"by": by} | ({"customer": customer} if customer else {})
    audit.record(connection, audit.Event.ACCOUNT_FROZEN, clock, account_id=account_id, address=address, **facts)
    return True


def unfreeze(engine: Engine, clock: Clock, account_id: int, *, by: str, address: str | None = None) -> Reopened | None:
    """Open a frozen account again, as far as it had come; None where it is not frozen."""
    with engine.begin() as connection:
        row = connection.execute(
            sa.select(account).where(account.c.id == account_id, account.c.state == "frozen").with_for_update()
        ).one_or_none()
        if row is None:
            return None
        before = "active" if row.confirmed_at or row.kind == "staff" else "unconfirmed" if row.email else "waiting"
        connection.execute(account.update().where(account.c.id == account_id).values(state=before))
        audit.record(connection, audit.Event.ACCOUNT_UNFROZEN, clock, account_id=account_id, address=address, by=by)
        return cast(Reopened, before)
