"""Coming in: a login name and a password, for some a code besides; or a sentence that says why not.

The order is what keeps it tight. First the try is counted (:mod:`portal_lib.accounts.login_limits` says how many are
allowed, and for how long one waits); only then is the password checked, so that during a lock the right password is
told nothing. Unknown names cost the same work as known ones. A right password of an account with a second factor
opens nothing: it gives a step, good for five minutes, that :func:`complete` takes together with the code.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import audit, known_devices, login_limits, second_factor, throttle, tokens
from portal_lib.accounts.exceptions import AccountFrozen, AwaitingActivation, NotConfirmed, WrongCredentials
from portal_lib.accounts.exceptions.second_factor import EnrolmentNeeded, SecondFactorNeeded, StepExpired, WrongCode
from portal_lib.accounts.names import login_key
from portal_lib.accounts.passwords import fresher_hash, verify_or_pretend
from portal_lib.accounts.people import Person, person
from portal_lib.accounts.second_factor import Enrolment
from portal_lib.accounts.tables import account
from portal_lib.clock import Clock
from portal_lib.refused import Refused
from portal_lib.settings import Settings

#: What a person is told whose password was right but whose account is not open.
_CLOSED: dict[str, type[Refused]] = {
    "unconfirmed": NotConfirmed,
    "waiting": AwaitingActivation,
    "frozen": AccountFrozen,
}

#: How long the code may take after the password.
_STEP = timedelta(minutes=5)
#: And for who has to set up an app first.
_ENROLMENT = timedelta(minutes=15)


@dataclass(frozen=True, repr=False)
class CameIn:
    """Who has come in; with recovery codes, to be shown this once, where a second factor has just been set up."""

    person: Person
    recovery_codes: tuple[str, ...] = ()


def check(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    username: str,
    password: str,
    *,
    device: str | None = None,
    address: str | None = None,
) -> Person:
    """Who this is; slow on purpose (Argon2id), so call it off the event loop. ``device`` is the browser's secret.

    Raises :class:`TooManyTries` where a limit is used up, whoever it is and whatever the password. Raises
    :class:`WrongCredentials` alike for an unknown name and a wrong password, after equal work; only who knows the
    password learns that an account is unconfirmed, waiting or frozen, or that it takes a code
    (:class:`SecondFactorNeeded`, :class:`EnrolmentNeeded`).
    """
    key = _lookup_key(username)
    with db.reading(engine) as connection:
        row = connection.execute(sa.select(account).where(account.c.login_key == key)).one_or_none()
        known_device = known_devices.find(connection, clock, None if row is None else row.id, device)
    if known_device is not None:
        tries = login_limits.of_known_device(settings, known_device)
    else:
        tries = login_limits.of_stranger(settings, key, address)
    throttle.take(engine, clock, tries)

    checked = None if row is None else row.password_hash
    fits = verify_or_pretend(checked, password)
    fresh = fresher_hash(checked, password) if fits and checked is not None else None

    person_or_refusal: Person | Refused
    with engine.begin() as connection:
        known = None if row is None else row.id
        # Read again: while the hash was computed the account may have been frozen, or its password changed.
        # For an unknown name the same query finds nobody.
        row = connection.execute(
            sa.select(account)
            .where(account.c.id == (known or -1), account.c.password_hash == (checked or ""))
            .with_for_update()
        ).one_or_none()
        if row is None or not fits:
            _failed(connection, clock, known, "credentials", address)
            person_or_refusal = WrongCredentials("password")
        else:
            if fresh is not None:
                connection.execute(account.update().where(account.c.id == row.id).values(password_hash=fresh))
            person_or_refusal = _past_the_password(connection, clock, settings, row, address)
    # Raised outside the transaction, which would otherwise take the audit event back.
    if isinstance(person_or_refusal, WrongCredentials):
        raise person_or_refusal
    throttle.give_back(engine, clock, tries)
    if isinstance(person_or_refusal, EnrolmentNeeded) and row is not None:
        second_factor.begin_enrolment(engine, clock, settings, row.hub_name)
    if isinstance(person_or_refusal, Refused):
        raise person_or_refusal
    return person_or_refusal


def complete(
    engine: Engine, clock: Clock, settings: Settings, step: str, code: str, *, address: str | None = None
) -> CameIn:
    """The second step: who has the step of a right password, and a code that fits.

    Raises :class:`StepExpired`, :class:`WrongCode` or :class:`TooManyTries`; after a wrong code the step is still
    good.
    """
    with db.reading(engine) as connection:
        known = _step(connection, clock, step)
    tries = login_limits.of_code(settings, known.account_id)
    throttle.take(engine, clock, tries)
    came_in: CameIn | Refused
    with engine.begin() as connection:
        row = connection.execute(sa.select(account).where(account.c.id == known.account_id).with_for_update()).one()
        came_in = _past_the_code(connection, clock, settings, row, step, code, address)
    if isinstance(came_in, WrongCode):
        raise came_in
    throttle.give_back(engine, clock, tries)
    if isinstance(came_in, Refused):
        raise came_in
    return came_in


def enrolment(engine: Engine, clock: Clock, settings: Settings, step: str) -> Enrolment | None:
    """What the app needs, for who is to set up a second factor with this step; None where only the code is wanted.

    Raises :class:`StepExpired`.
    """
    with db.reading(engine) as connection:
        known = _step(connection, clock, step)
        hub_name = connection.execute(
            sa.select(account.c.hub_name).where(account.c.id == known.account_id)
        ).scalar_one()
    return second_factor.pending_enrolment(engine, settings, hub_name) if known.detail.get("enrol") else None


def _past_the_password(
    connection: Connection, clock: Clock, settings: Settings, row: sa.Row[Any], address: str | None
) -> Person | Refused:
    if row.state != "active":
        _failed(connection, clock, row.id, row.state, address)
        return _CLOSED.get(row.state, WrongCredentials)()
    if row.totp_since is not None:
        return SecondFactorNeeded(tokens.issue(connection, row.id, "second_step", clock, lifetime=_STEP))
    if second_factor.is_required(settings, row):
        step = tokens.issue(connection, row.id, "second_step", clock, lifetime=_ENROLMENT, detail={"enrol": True})
        return EnrolmentNeeded(step)
    audit.record(connection, audit.Event.LOGIN_SUCCEEDED, clock, account_id=row.id, address=address)
    return person(connection, row)


def _past_the_code(
    connection: Connection,
    clock: Clock,
    settings: Settings,
    row: sa.Row[Any],
    step: str,
    code: str,
    address: str | None,
) -> CameIn | Refused:
    known = tokens.find(connection, step, "second_step", clock)
    if known is None or known.used or known.expired or row.state != "active":
        return StepExpired()
    codes: list[str] = []
    try:
        if known.detail.get("enrol"):
            codes = second_factor.enable_within(connection, clock, settings, row, code, address=address)
            proof = "enrolment"
        else:
            proof = second_factor.use(connection, clock, settings, row, code, address=address) or ""
    except WrongCode:
        proof = ""
    except Refused:  # set up meanwhile in another browser
        return StepExpired()
    if not proof:
        _failed(connection, clock, row.id, "code", address)
        return WrongCode("code")
    tokens.consume(connection, step, "second_step", clock)
    audit.record(
        connection, audit.Event.LOGIN_SUCCEEDED, clock, account_id=row.id, address=address, second_factor=proof
    )
    return CameIn(person(connection, row), tuple(codes))


def _step(connection: Connection, clock: Clock, step: str) -> tokens.Token:
    known = tokens.find(connection, step, "second_step", clock)
    if known is None or known.used or known.expired:
        raise StepExpired
    return known


def _failed(connection: Connection, clock: Clock, account_id: int | None, reason: str, address: str | None) -> None:
    audit.record(connection, audit.Event.LOGIN_FAILED, clock, account_id=account_id, address=address, reason=reason)


def _lookup_key(username: str) -> str:
    """The key to look for; what no database can hold is looked for too, as a name that nobody has."""
    return login_key(username).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
