"""Forgotten username: the customer code and one's own codice fiscale, answered by mail and never on the page.

It gives back the username and nothing else: who forgot the password too goes on to
:mod:`portal_lib.accounts.password_reset`, a journey of its own.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import mail
from portal_lib.accounts import audit
from portal_lib.accounts.exceptions import BadTaxCode, FormRefused
from portal_lib.accounts.messages.recovery import username_mail
from portal_lib.accounts.recovery_form import one_line, write_down
from portal_lib.accounts.tables import account, account_customer
from portal_lib.accounts.tax_codes import normal_code, person_tax_code
from portal_lib.clock import Clock
from portal_lib.language import Language, language_of
from portal_lib.refused import Refused
from portal_lib.settings import Settings


def ask(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    customer_code: str,
    tax_code: str,
    *,
    language: Language = "it",
    address: str | None = None,
) -> None:
    """Take a request, whomever it is about. Raises :class:`FormRefused` with every mistake of the form alone, or
    :class:`TooManyTries`.
    """
    errors: list[Refused] = []
    code = person = ""
    try:
        code = normal_code(one_line("customer_code", customer_code))
    except Refused as refusal:
        errors.append(refusal)
    try:
        person = person_tax_code(one_line("tax_code", tax_code)) or ""
        if not person:
            raise BadTaxCode("tax_code")
    except Refused as refusal:
        errors.append(refusal)
    if errors:
        raise FormRefused(errors)
    asked = {"customer_code": code, "tax_code": person}
    write_down(engine, clock, settings, "username", asked, subject=code, language=language, address=address)


def answer(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    customer_code: str,
    tax_code: str,
    *,
    address: str | None = None,
) -> None:
    """Write to the address of each account that matches, one mail an address, within the caller's transaction."""
    rows = connection.execute(
        sa.select(account)
        .join(account_customer)
        .where(
            account_customer.c.customer_code == customer_code,
            account.c.tax_code == tax_code,
            account.c.kind == "customer",
            account.c.state != "erased",
            account.c.email.is_not(None),
        )
        .order_by(account.c.id)
    ).all()
    by_address: dict[str, list[sa.Row[tuple[object, ...]]]] = {}
    for row in rows:
        by_address.setdefault(row.email.casefold(), []).append(row)
    for theirs in by_address.values():
        first = theirs[0]
        message = username_mail(
            settings,
            language_of(first.language),
            recipient=first.email,
            first_name=first.first_name,
            logins=[row.login for row in theirs],
        )
        mail.queue(connection, message, clock, account_id=first.id)
        for row in theirs:
            audit.record(connection, audit.Event.USERNAME_REMINDED, clock, account_id=row.id, address=address)
