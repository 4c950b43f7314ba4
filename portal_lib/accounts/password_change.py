"""A new password, chosen in the profile by who gives the present one."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db, mail
from portal_lib.accounts import audit, sessions, tokens
from portal_lib.accounts.exceptions import FormRefused, Missing, PasswordsDiffer
from portal_lib.accounts.exceptions.profile import SamePassword, WrongOwnPassword
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.messages.profile import password_changed_mail
from portal_lib.accounts.own_password import account_of, prove
from portal_lib.accounts.password_rules import about, check_password
from portal_lib.accounts.passwords import hash_password, normal_password
from portal_lib.accounts.tables import account, account_customer, known_device
from portal_lib.clock import Clock
from portal_lib.language import language_of
from portal_lib.refused import Refused
from portal_lib.settings import Settings


def change(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    hub_name: str,
    present: str,
    new: str,
    new_again: str,
    *,
    address: str | None = None,
) -> None:
    """Change it: every session ends and every link dies; a mail says so. Slow (Argon2id), so off the event loop.

    The caller may let the browser that asked in again. Raises :class:`FormRefused` with every mistake, the present
    password's among them.
    """
    row = account_of(engine, hub_name)
    with db.reading(engine) as connection:
        codes = connection.execute(
            sa.select(account_customer.c.customer_code).where(account_customer.c.account_id == row.id)
        ).scalars()
        personal = about(
            username=row.login, first_name=row.first_name, last_name=row.last_name, customer_codes=list(codes)
        )
    errors: list[Refused] = []
    if not present:
        errors.append(Missing("present", label_it="Password attuale", label_en="Present password"))
    try:
        if not new:
            raise Missing("password", label_it="Nuova password", label_en="New password")
        check_password(new, settings=settings, about=personal)
    except Refused as refusal:
        errors.append(refusal)
    if new and new != new_again:
        errors.append(PasswordsDiffer("password_again"))
    if errors:
        raise FormRefused(errors)
    try:
        row = prove(engine, clock, settings, hub_name, present, address=address, field="present")
    except Refused as refusal:
        raise FormRefused([refusal]) from None
    if normal_password(new) == normal_password(present):
        raise FormRefused([SamePassword("password")])

    password_hash = hash_password(new)
    with engine.begin() as connection:
        changed = connection.execute(
            account.update()
            # Not where a reset, or another change, was quicker.
            .where(account.c.id == row.id, account.c.state == "active", account.c.password_hash == row.password_hash)
            .values(password_hash=password_hash, password_changed_at=stored_now(clock))
        ).rowcount
        if not changed:
            raise FormRefused([WrongOwnPassword("present")])
        tokens.expire_own(connection, row.id, clock)
        connection.execute(known_device.delete().where(known_device.c.account_id == row.id))
        sessions.end_all(connection, clock, row.id, "password-changed", address=address)
        if row.email is not None:
            message = password_changed_mail(
                settings, language_of(row.language), recipient=row.email, first_name=row.first_name, login=row.login
            )
            mail.queue(connection, message, clock, account_id=row.id)
        audit.record(connection, audit.Event.PASSWORD_CHANGED, clock, account_id=row.id, address=address)
