"""Coming in: a login name and a password, or a sentence that says why not."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.accounts import audit
from portal_lib.accounts.exceptions import AccountFrozen, AwaitingActivation, NotConfirmed, WrongCredentials
from portal_lib.accounts.names import login_key
from portal_lib.accounts.passwords import fresher_hash, verify_or_pretend
from portal_lib.accounts.people import Person, person
from portal_lib.accounts.tables import account
from portal_lib.clock import Clock
from portal_lib.refused import Refused

#: What a person is told whose password was right but whose account is not open.
_CLOSED: dict[str, type[Refused]] = {
    "unconfirmed": NotConfirmed,
    "waiting": AwaitingActivation,
    "frozen": AccountFrozen,
}


def check(engine: Engine, clock: Clock, username: str, password: str, *, address: str | None = None) -> Person:
    """Who this is; slow on purpose (Argon2id), so call it off the event loop.

    Raises :class:`WrongCredentials` alike for an unknown name and a wrong password, after equal work; only
    who knows the password learns that an account is unconfirmed, waiting or frozen.
    """
    with db.reading(engine) as connection:
        row = connection.execute(sa.select(account).where(account.c.login_key == _lookup_key(username))).one_or_none()
    fits = verify_or_pretend(None if row is None else row.password_hash, password)

    with engine.begin() as connection:
        if row is not None:
            # Read again: while the hash was computed the account may have been frozen, or its password
            # changed.
            fits_hash = row.password_hash
            row = connection.execute(sa.select(account).where(account.c.id == row.id)).one_or_none()
            fits = fits and row is not None and row.password_hash == fits_hash
        if row is None or not fits:
            known = None if row is None else row.id
            audit.record(
                connection,
                audit.Event.LOGIN_FAILED,
                clock,
                account_id=known,
                address=address,
                reason="credentials",
            )
            refusal: Refused = WrongCredentials("password")
        elif row.state != "active":
            audit.record(
                connection,
                audit.Event.LOGIN_FAILED,
                clock,
                account_id=row.id,
                address=address,
                reason=row.state,
            )
            refusal = _CLOSED[row.state]()
        else:
            if fresh := fresher_hash(row.password_hash, password):
                connection.execute(account.update().where(account.c.id == row.id).values(password_hash=fresh))
            audit.record(connection, audit.Event.LOGIN_SUCCEEDED, clock, account_id=row.id, address=address)
            return person(connection, row)
    # Raised outside the transaction, which would otherwise take the audit event back.
    raise refusal


def _lookup_key(username: str) -> str:
    """The key to look for; what no database can hold is looked for too, as a name that nobody has."""
    return login_key(username).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
