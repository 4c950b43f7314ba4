"""A customer's contact on file hears of every new account on its code.

Several people may hold accounts on one customer code, and a bill that was thrown away shows all that a registration
asks for. So the address that the supplier has on file gets a mail with a link that closes the account again
(:mod:`portal_lib.accounts.contact_links`) and, where the setting says so, one that lets it in.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from portal_lib import mail
from portal_lib.accounts import tokens
from portal_lib.accounts.directory import CustomerDirectory
from portal_lib.accounts.messages.contact import contact_mail
from portal_lib.accounts.registration_form import is_email
from portal_lib.clock import Clock
from portal_lib.settings import Settings


@dataclass(frozen=True)
class Newcomer:
    """Whose account it is, as far as a customer's contact is told: their name. ``email`` is their own address."""

    account_id: int
    first_name: str
    last_name: str
    email: str | None


def contact_of(directory: CustomerDirectory, code: str) -> str | None:
    """The address on file for a customer, or None where no mail could reach anybody there."""
    on_file = (directory.contact_address(code) or "").strip()
    return on_file if is_email(on_file) else None


def same_address(one: str | None, other: str | None) -> bool:
    """Whether two addresses reach the same mailbox."""
    return one is not None and other is not None and one.strip().casefold() == other.strip().casefold()


def tell_contact(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    newcomer: Newcomer,
    *,
    code: str,
    contact: str | None,
    asks_approval: bool,
) -> None:
    """Queue the contact's mail, within the caller's transaction; none where there is no contact, or where its address
    is the newcomer's own.
    """
    if contact is None or same_address(contact, newcomer.email):
        return
    lifetime = timedelta(days=settings.contact_link_days)

    def secret(purpose: tokens.Purpose) -> str:
        return tokens.issue(
            connection, newcomer.account_id, purpose, clock, lifetime=lifetime, detail={"customer": code}
        )

    message = contact_mail(
        settings,
        recipient=contact,
        name=f"{newcomer.first_name} {newcomer.last_name}".strip(),
        code=code,
        at=clock(),
        not_me=secret("not_me"),
        approval=secret("approval") if asks_approval else None,
    )
    mail.queue(connection, message, clock, account_id=newcomer.account_id)
