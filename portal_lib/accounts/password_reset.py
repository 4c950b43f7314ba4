"""Forgotten password: a link by mail to the account's own address, with which a new one is chosen.

Opening the link changes nothing; choosing uses it up. A newer link ends the older ones. Afterwards nobody is logged
in, neither here nor anywhere: whoever had the old password is out, with every link, device and token that it gave.
The second factor stays on. Tries that others made are forgotten, so that a lock never outlives a reset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db, mail
from portal_lib.accounts import audit, login_limits, sessions, throttle, tokens
from portal_lib.accounts.confirmation import LINKS_PER_DAY
from portal_lib.accounts.exceptions import FormRefused, Missing, PasswordsDiffer
from portal_lib.accounts.exceptions.recovery import (
    NoAddressToWriteTo,
    NoPasswordHere,
    NotForClosed,
    ResetLinkExpired,
    ResetLinkUnknown,
    ResetLinkUsed,
)
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.messages.recovery import frozen_mail, reset_done_mail, reset_mail, waiting_mail
from portal_lib.accounts.names import login_key
from portal_lib.accounts.password_rules import Personal, about, check_password
from portal_lib.accounts.passwords import hash_password
from portal_lib.accounts.recovery_form import LABELS, one_line, write_down
from portal_lib.accounts.registration import send_confirmation
from portal_lib.accounts.tables import account, account_customer, export_token, known_device
from portal_lib.clock import Clock
from portal_lib.language import Language, language_of
from portal_lib.refused import Refused
from portal_lib.settings import Settings


@dataclass(frozen=True)
class Reset:
    """Whose password was changed."""

    hub_name: str
    login: str


def ask(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    username: str,
    *,
    language: Language = "it",
    address: str | None = None,
) -> None:
    """Take a request, whomever it is about. Raises :class:`FormRefused` for mistakes of the form alone, or
    :class:`TooManyTries`.
    """
    try:
        key = login_key(one_line("username", username))
    except Refused as refusal:
        raise FormRefused([refusal]) from None
    write_down(engine, clock, settings, "password", {"username": key}, subject=key, language=language, address=address)


def answer(connection: Connection, clock: Clock, settings: Settings, key: str, *, address: str | None = None) -> None:
    """Write to whoever has this login key what helps them, within the caller's transaction; to nobody where there is
    no such account, or no address.
    """
    row = connection.execute(sa.select(account).where(account.c.login_key == key)).one_or_none()
    if row is None or row.email is None or row.sign_on_subject is not None:
        return
    if row.state == "active":
        _send_link(connection, clock, settings, row, address=address)
    elif row.state == "unconfirmed":
        # Their password is still good; what is missing is the proof that the address is theirs.
        _confirm_again(connection, clock, settings, row, address)
    elif row.state in ("waiting", "frozen"):
        write = waiting_mail if row.state == "waiting" else frozen_mail
        message = write(settings, language_of(row.language), recipient=row.email, first_name=row.first_name)
        mail.queue(connection, message, clock, account_id=row.id)


def start_reset(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    account_id: int,
    *,
    by: str | None = None,
    address: str | None = None,
) -> None:
    """Send the link to an active account's own address, as staff do for somebody (``by`` is their login).

    Whoever asks for it never sees it. Raises :class:`NotForClosed`, :class:`NoPasswordHere` or
    :class:`NoAddressToWriteTo`.
    """
    with engine.begin() as connection:
        row = connection.execute(sa.select(account).where(account.c.id == account_id)).one()
        if row.state != "active":
            raise NotForClosed(login=row.login)
        if row.sign_on_subject is not None:
            raise NoPasswordHere(login=row.login)
        if row.email is None:
            raise NoAddressToWriteTo(login=row.login)
        _send_link(connection, clock, settings, row, by=by, address=address)


def look(engine: Engine, clock: Clock, secret: str) -> str:
    """The login that the link would choose a password for; changes nothing.

    Raises :class:`ResetLinkUnknown`, :class:`ResetLinkUsed` or :class:`ResetLinkExpired`.
    """
    with db.reading(engine) as connection:
        return str(_account_of(connection, clock, secret).login)


def reset(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    secret: str,
    password: str,
    password_again: str,
    *,
    address: str | None = None,
) -> Reset:
    """Use the link; slow on purpose (Argon2id), so call it off the event loop.

    Raises as :func:`look` does, or :class:`FormRefused` with every mistake; the link is then still good.
    """
    with db.reading(engine) as connection:
        row = _account_of(connection, clock, secret)
        personal = _personal(connection, row)
    _check(password, password_again, settings, personal)
    password_hash = hash_password(password)

    with engine.begin() as connection:
        # One statement decides, so of two who use it at the same moment one chooses the password.
        if tokens.consume(connection, secret, "password", clock) is None:
            used = True
        else:
            used = False
            _set_password(connection, clock, settings, row.id, password_hash, address)
    if used:
        with db.reading(engine) as connection:
            _account_of(connection, clock, secret)
        raise ResetLinkExpired  # pragma: no cover - it ran out between the two looks
    return Reset(row.hub_name, row.login)


def _set_password(
    connection: Connection, clock: Clock, settings: Settings, account_id: int, password_hash: str, address: str | None
) -> None:
    row = connection.execute(sa.select(account).where(account.c.id == account_id).with_for_update()).one()
    now = stored_now(clock)
    connection.execute(
        account.update().where(account.c.id == row.id).values(password_hash=password_hash, password_changed_at=now)
    )
    tokens.expire_own(connection, row.id, clock)
    sessions.end_all(connection, clock, row.id, "password-reset", address=address)
    throttle.forget(connection, login_limits.of_account(settings, row))
    connection.execute(
        export_token.update()
        .where(export_token.c.account_id == row.id, export_token.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    connection.execute(known_device.delete().where(known_device.c.account_id == row.id))
    audit.record(connection, audit.Event.PASSWORD_RESET, clock, account_id=row.id, address=address)
    if row.email is not None:
        message = reset_done_mail(
            settings, language_of(row.language), recipient=row.email, first_name=row.first_name, login=row.login
        )
        mail.queue(connection, message, clock, account_id=row.id)


def _send_link(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    row: sa.Row[Any],
    *,
    by: str | None = None,
    address: str | None = None,
) -> None:
    tokens.expire_all(connection, row.id, "password", clock)
    lifetime = timedelta(minutes=settings.reset_minutes)
    secret = tokens.issue(connection, row.id, "password", clock, lifetime=lifetime)
    message = reset_mail(
        settings,
        language_of(row.language),
        recipient=row.email,
        first_name=row.first_name,
        login=row.login,
        secret=secret,
        first=row.password_hash is None,
    )
    mail.queue(connection, message, clock, account_id=row.id)
    who = {} if by is None else {"by": by}
    audit.record(connection, audit.Event.PASSWORD_RESET_REQUESTED, clock, account_id=row.id, address=address, **who)


def _confirm_again(
    connection: Connection, clock: Clock, settings: Settings, row: sa.Row[Any], address: str | None
) -> None:
    day_ago = stored_now(clock) - timedelta(hours=24)
    if tokens.issued_since(connection, row.id, "confirmation", day_ago) >= LINKS_PER_DAY:
        return  # those that went out still stand in the mailbox
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


def _account_of(connection: Connection, clock: Clock, secret: str) -> sa.Row[Any]:
    known = tokens.find(connection, secret, "password", clock)
    if known is None:
        raise ResetLinkUnknown
    if known.used:
        raise ResetLinkUsed
    if known.expired:
        raise ResetLinkExpired
    row = connection.execute(sa.select(account).where(account.c.id == known.account_id)).one()
    if row.state == "erased":
        raise ResetLinkUnknown
    return row


def _personal(connection: Connection, row: sa.Row[Any]) -> list[Personal]:
    codes = connection.execute(
        sa.select(account_customer.c.customer_code).where(account_customer.c.account_id == row.id)
    ).scalars()
    return about(username=row.login, first_name=row.first_name, last_name=row.last_name, customer_codes=list(codes))


def _check(password: str, password_again: str, settings: Settings, personal: Sequence[Personal]) -> None:
    errors: list[Refused] = []
    try:
        if not password:
            raise Missing("password", label_it=LABELS["password"].it, label_en=LABELS["password"].en)
        check_password(password, settings=settings, about=personal)
    except Refused as refusal:
        errors.append(refusal)
    if password and password != password_again:
        errors.append(PasswordsDiffer("password_again"))
    if errors:
        raise FormRefused(errors)
