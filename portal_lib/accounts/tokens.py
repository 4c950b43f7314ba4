"""Single-use secrets that travel in links. The database keeps only their SHA-256, so reading it opens
nothing.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import token
from portal_lib.clock import Clock

#: "confirmation": of a registration. "password": choosing a new one. "address": a new address is read. "not_me" and
#: "approval": a customer's contact closes or lets in an account. "second_step": the password was right, the code is
#: still to come. "resend": it was right, and a fresh confirmation may be asked for.
Purpose = Literal["confirmation", "password", "address", "not_me", "approval", "second_step", "resend"]

_OF_THE_CONTACT = ("not_me", "approval")
_OF_THE_OWNER = tuple(purpose for purpose in get_args(Purpose) if purpose not in _OF_THE_CONTACT)

_REMEMBERED = timedelta(days=180)

Detail = Mapping[str, str | int | bool]


@dataclass(frozen=True)
class Token:
    """What is known of a token without its secret. Instants are naive UTC."""

    id: int
    account_id: int
    used: bool
    expired: bool
    detail: Detail


def issue(
    connection: Connection,
    account_id: int,
    purpose: Purpose,
    clock: Clock,
    *,
    lifetime: timedelta,
    detail: Detail | None = None,
) -> str:
    """Make a token and give back its secret (256 random bits, URL-safe), which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    now = stored_now(clock)
    connection.execute(
        token.insert().values(
            account_id=account_id,
            purpose=purpose,
            sha256=digest(secret),
            detail=dict(detail) if detail else None,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return secret


def find(connection: Connection, secret: str, purpose: Purpose, clock: Clock) -> Token | None:
    """The token of a secret, used and expired ones too, or None."""
    row = connection.execute(
        sa.select(token).where(token.c.sha256 == digest(secret), token.c.purpose == purpose)
    ).one_or_none()
    if row is None:
        return None
    return Token(row.id, row.account_id, row.used_at is not None, row.expires_at <= stored_now(clock), row.detail or {})


def consume(connection: Connection, secret: str, purpose: Purpose, clock: Clock) -> int | None:
    """Use a token up: its account's id, or None where it is unknown, used or expired.

    One statement decides, so of two requests at the same moment one wins.
    """
    now = stored_now(clock)
    return connection.execute(
        token.update()
        .where(
            token.c.sha256 == digest(secret),
            token.c.purpose == purpose,
            token.c.used_at.is_(None),
            token.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(token.c.account_id)
    ).scalar_one_or_none()


def expire_all(connection: Connection, account_id: int, purpose: Purpose, clock: Clock) -> None:
    """Let every unused token of an account and a purpose expire now."""
    _expire(connection, account_id, (purpose,), clock)


def expire_own(connection: Connection, account_id: int, clock: Clock) -> None:
    """Let every unused token that an account's owner was given expire now.

    Those of a customer's contact stay good: whoever came in on somebody else's bill must not be able to end the link
    that puts them out, by changing their own password or address.
    """
    _expire(connection, account_id, _OF_THE_OWNER, clock)


def issued_since(connection: Connection, account_id: int, purpose: Purpose, since: datetime) -> int:
    """How many tokens an account was given after an instant (naive UTC)."""
    return connection.execute(
        sa.select(sa.func.count())
        .select_from(token)
        .where(token.c.account_id == account_id, token.c.purpose == purpose, token.c.created_at > since)
    ).scalar_one()


def _expire(connection: Connection, account_id: int, purposes: Sequence[str], clock: Clock) -> None:
    now = stored_now(clock)
    connection.execute(
        token.update()
        .where(
            token.c.account_id == account_id,
            token.c.purpose.in_(purposes),
            token.c.used_at.is_(None),
            token.c.expires_at > now,
        )
        .values(expires_at=now)
    )


def sweep(connection: Connection, clock: Clock) -> None:
    """Forget tokens that ran out months ago: until then a second visit is told what became of the link."""
    connection.execute(token.delete().where(token.c.expires_at < stored_now(clock) - _REMEMBERED))


def digest(secret: str) -> str:
    """The SHA-256 under which a secret is kept, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
