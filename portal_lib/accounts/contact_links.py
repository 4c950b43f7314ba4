"""The links in the mail to a customer's contact: "I don't know this person" and "let them in".

Opening one shows whom it is about and changes nothing; the page's button acts. What is done stays done: a second visit
says so.
"""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import tokens
from portal_lib.accounts.approval import approve_within
from portal_lib.accounts.exceptions import ContactLinkExpired, ContactLinkUnknown
from portal_lib.accounts.freezing import freeze_within
from portal_lib.accounts.tables import account, account_customer
from portal_lib.clock import Clock
from portal_lib.settings import Settings

#: "ready": the button will act; "done": just now; "already": it was so before; "closed": the account is shut, so nobody
#: can be let in.
Step = Literal["ready", "done", "already", "closed"]

Purpose = Literal["not_me", "approval"]


@dataclass(frozen=True)
class Standing:
    """Where things stand with a link, and whom it is about: their name as registered, and the customer code."""

    step: Step
    name: str
    code: str


def look(engine: Engine, clock: Clock, secret: str, purpose: Purpose) -> Standing:
    """What the link would do. Raises :class:`ContactLinkUnknown` or :class:`ContactLinkExpired`."""
    with db.reading(engine) as connection:
        return _standing(connection, clock, secret, purpose)[1]


def close_account(engine: Engine, clock: Clock, secret: str, *, address: str | None = None) -> Standing:
    """The contact does not know this person: freeze the account and end its sessions. Raises as :func:`look` does."""
    with engine.begin() as connection:
        known, standing = _standing(connection, clock, secret, "not_me")
        if standing.step != "ready":
            return standing
        tokens.consume(connection, secret, "not_me", clock)
        freeze_within(connection, clock, known.account_id, by="contact", customer=standing.code, address=address)
    return Standing("done", standing.name, standing.code)


def let_in(engine: Engine, clock: Clock, settings: Settings, secret: str, *, address: str | None = None) -> Standing:
    """The contact knows this person: show them the customer's data. Raises as :func:`look` does."""
    with engine.begin() as connection:
        known, standing = _standing(connection, clock, secret, "approval")
        if standing.step != "ready":
            return standing
        tokens.consume(connection, secret, "approval", clock)
        approve_within(connection, clock, settings, known.account_id, standing.code, by="contact", address=address)
    return Standing("done", standing.name, standing.code)


def _standing(connection: Connection, clock: Clock, secret: str, purpose: Purpose) -> tuple[tokens.Token, Standing]:
    known = tokens.find(connection, secret, purpose, clock)
    if known is None:
        raise ContactLinkUnknown
    row = connection.execute(sa.select(account).where(account.c.id == known.account_id)).one()
    code = str(known.detail["customer"])
    held = connection.execute(
        sa.select(account_customer).where(
            account_customer.c.account_id == known.account_id, account_customer.c.customer_code == code
        )
    ).one_or_none()

    step: Step = "ready"
    if purpose == "not_me":
        if row.state in ("frozen", "erased") or known.used:
            step = "already"
    elif row.state in ("frozen", "erased") or held is None:
        step = "closed"
    elif held.approved_at is not None:
        step = "already"
    if step == "ready" and (known.expired or known.used):
        raise ContactLinkExpired
    return known, Standing(step, f"{row.first_name} {row.last_name}".strip(), code)
