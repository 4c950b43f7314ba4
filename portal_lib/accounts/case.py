"""All that staff see of one account: never a password, a secret or a curve."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import login_limits, throttle
from portal_lib.accounts.customer_codes import HeldCode
from portal_lib.accounts.exceptions import NoSuchLogin
from portal_lib.accounts.exceptions.operators import NoSuchAccount
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.names import login_key
from portal_lib.accounts.recovery_form import subject_try
from portal_lib.accounts.sessions import LIFETIME, Session
from portal_lib.accounts.tables import account, account_customer, audit_event, session, staff_member
from portal_lib.accounts.throttle import Try
from portal_lib.clock import Clock
from portal_lib.language import Said
from portal_lib.settings import Settings

EVENTS_PAGE = 50


@dataclass(frozen=True)
class Locked:
    """What somebody can't try now, and for how many minutes at least."""

    what: Said
    minutes: int


@dataclass(frozen=True)
class Case:
    """One account. Instants are naive UTC."""

    id: int
    hub_name: str
    kind: Literal["customer", "staff"]
    group: str | None
    login: str
    name: str
    state: str
    email: str | None
    mobile: str | None
    language: str
    created_at: datetime
    confirmed_at: datetime | None
    password_changed_at: datetime | None
    has_password: bool
    signs_on: bool  # by the company's identity provider
    second_factor_since: datetime | None
    codes: tuple[HeldCode, ...]
    sessions: tuple[Session, ...]
    locked: tuple[Locked, ...]


@dataclass(frozen=True)
class Happened:
    """One event. ``at`` is naive UTC; ``detail`` holds its facts."""

    id: int
    at: datetime
    event: str
    address: str | None
    detail: dict[str, Any]


def id_of(engine: Engine, login: str) -> int:
    """The number of the account with this login name; :class:`NoSuchLogin`."""
    with db.reading(engine) as connection:
        found = connection.execute(
            sa.select(account.c.id).where(account.c.login_key == login_key(login), account.c.state != "erased")
        ).scalar_one_or_none()
    if found is None:
        raise NoSuchLogin(login=login)
    return int(found)


def row_of(connection: Connection, account_id: int, *, lock: bool = False) -> sa.Row[Any]:
    """The row of an account that has not been erased; :class:`NoSuchAccount`. ``lock`` keeps it from other writers."""
    query = sa.select(account).where(account.c.id == account_id, account.c.state != "erased")
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NoSuchAccount
    return row


def case(engine: Engine, clock: Clock, settings: Settings, account_id: int) -> Case:
    """One account as it stands; :class:`NoSuchAccount`."""
    with db.reading(engine) as connection:
        row = row_of(connection, account_id)
        group = connection.execute(
            sa.select(staff_member.c.group).where(staff_member.c.account_id == account_id)
        ).scalar_one_or_none()
        codes = connection.execute(
            sa.select(account_customer)
            .where(account_customer.c.account_id == account_id)
            .order_by(account_customer.c.customer_code)
        ).all()
        open_ones = connection.execute(
            sa.select(session)
            .where(
                session.c.account_id == account_id,
                session.c.ended_at.is_(None),
                session.c.started_at > stored_now(clock) - LIFETIME,
            )
            .order_by(session.c.seen_at.desc(), session.c.id.desc())
        ).all()
        waits = [(what, throttle.wait(connection, clock, one)) for what, one in _limited(settings, row)]
    return Case(
        id=row.id,
        hub_name=row.hub_name,
        kind=row.kind,
        group=group,
        login=row.login,
        name=f"{row.first_name} {row.last_name}".strip(),
        state=row.state,
        email=row.email,
        mobile=row.mobile,
        language=row.language,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        password_changed_at=row.password_changed_at,
        has_password=row.password_hash is not None,
        signs_on=row.sign_on_subject is not None,
        second_factor_since=row.totp_since,
        codes=tuple(HeldCode(code.customer_code, code.added_at, code.approved_at is not None) for code in codes),
        sessions=tuple(
            Session(one.id, one.started_at, one.seen_at, one.address, one.agent, False) for one in open_ones
        ),
        locked=tuple(Locked(what, minutes) for what, minutes in waits if minutes),
    )


def events(engine: Engine, account_id: int, *, before: int | None = None, at_most: int = EVENTS_PAGE) -> list[Happened]:
    """What happened to an account, newest first; ``before`` is the number of the last one seen."""
    chosen = [audit_event.c.account_id == account_id]
    if before is not None:
        chosen.append(audit_event.c.id < before)
    with db.reading(engine) as connection:
        rows = connection.execute(
            sa.select(audit_event).where(*chosen).order_by(audit_event.c.id.desc()).limit(at_most)
        ).all()
    return [Happened(row.id, row.at, row.event, row.address, dict(row.detail)) for row in rows]


def tries_of(settings: Settings, row: sa.Row[Any]) -> list[Try]:
    """What is counted about an account, wherever it is tried from."""
    return [*login_limits.of_account(settings, row), subject_try(settings, "password", row.login_key)]


def _limited(settings: Settings, row: sa.Row[Any]) -> list[tuple[Said, Try]]:
    names = {
        "login-account": Said("accesso da un browser nuovo", "login from a new browser"),
        "login-code": Said("codice del secondo fattore", "code of the second factor"),
        "own-password": Said("password nel profilo", "password in the profile"),
        "recovery-password": Said("richiesta di una nuova password", "request for a new password"),
    }
    return [(names.get(one.what, Said(one.what, one.what)), one) for one in tries_of(settings, row)]
