"""Who lets an account see a customer's data: nobody has to, the customer's contact on file, or staff.

Only organisations' data may wait (setting ``organisation_approval``): whoever finds a bill of theirs knows code and
partita IVA. Until then the account holds the code without its data.
"""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import mail
from portal_lib.accounts import audit, sessions
from portal_lib.accounts.contact_notice import same_address
from portal_lib.accounts.directory import DirectoryEntry
from portal_lib.accounts.exceptions import CodeNotHeld
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.messages.approval import approved_mail
from portal_lib.accounts.tables import account, account_customer
from portal_lib.clock import Clock
from portal_lib.language import language_of
from portal_lib.settings import Settings

#: Who has to say yes before an account sees a customer's data.
Approver = Literal["nobody", "contact", "staff"]


def approver_of(settings: Settings, entry: DirectoryEntry, contact: str | None, own_address: str | None) -> Approver:
    """``contact`` is the address on file; somebody who reads the mail sent there need not ask themselves."""
    if entry.kind != "organisation" or settings.organisation_approval == "none":
        return "nobody"
    if settings.organisation_approval == "staff" or contact is None:
        return "staff"
    return "nobody" if same_address(contact, own_address) else "contact"


def approve(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    account_id: int,
    code: str,
    *,
    by: str,
    address: str | None = None,
) -> bool:
    """Let an account see the data of a code that it holds; False where it does already.

    ``by`` is a staff login, or "contact". Raises :class:`CodeNotHeld`.
    """
    with engine.begin() as connection:
        return approve_within(connection, clock, settings, account_id, code, by=by, address=address)


def approve_within(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    account_id: int,
    code: str,
    *,
    by: str,
    address: str | None = None,
) -> bool:
    """:func:`approve`, within the caller's transaction. The account's owner hears of it by mail."""
    of_code = (account_customer.c.account_id == account_id, account_customer.c.customer_code == code)
    if connection.execute(sa.select(account_customer.c.added_at).where(*of_code)).one_or_none() is None:
        raise CodeNotHeld(code=code)
    changed = connection.execute(
        account_customer.update()
        .where(*of_code, account_customer.c.approved_at.is_(None))
        .values(approved_at=stored_now(clock))
    ).rowcount
    if not changed:
        return False
    audit.record(
        connection,
        audit.Event.CUSTOMER_APPROVED,
        clock,
        account_id=account_id,
        address=address,
        customer=code,
        by=by,
    )
    # Open pages were started without this code, and the service remembers for minutes who somebody is.
    sessions.end_pages(connection, clock, account_id)
    row = connection.execute(sa.select(account).where(account.c.id == account_id)).one()
    if row.email and row.state == "active":
        message = approved_mail(
            settings, language_of(row.language), recipient=row.email, first_name=row.first_name, code=code
        )
        mail.queue(connection, message, clock, account_id=account_id)
    return True
