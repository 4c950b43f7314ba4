"""Single-use secrets that travel in links. The database keeps only their SHA-256, so reading it opens
nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import token
from portal_lib.clock import Clock

Purpose = Literal["confirmation"]


@dataclass(frozen=True)
class Token:
    """What is known of a token without its secret. Instants are naive UTC."""

    id: int
    account_id: int
    used: bool
    expired: bool


def issue(connection: Connection, account_id: int, purpose: Purpose, clock: Clock, *, lifetime: timedelta) -> str:
    """Make a token and give back its secret (256 random bits, URL-safe), which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    now = stored_now(clock)
    connection.execute(
        token.insert().values(
            account_id=account_id,
            purpose=purpose,
            sha256=_digest(secret),
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return secret


def find(connection: Connection, secret: str, purpose: Purpose, clock: Clock) -> Token | None:
    """The token of a secret, used and expired ones too, or None."""
    row = connection.execute(
        sa.select(token).where(token.c.sha256 == _digest(secret), token.c.purpose == purpose)
    ).one_or_none()
    if row is None:
        return None
    return Token(row.id, row.account_id, row.used_at is not None, row.expires_at <= stored_now(clock))


def consume(connection: Connection, secret: str, purpose: Purpose, clock: Clock) -> int | None:
    """Use a token up: its account's id, or None where it is unknown, used or expired.

    One statement decides, so of two requests at the same moment one wins.
    """
    now = stored_now(clock)
    return connection.execute(
        token.update()
        .where(
            token.c.sha256 == _digest(secret),
            token.c.purpose == purpose,
            token.c.used_at.is_(None),
            token.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(token.c.account_id)
    ).scalar_one_or_none()


def expire_all(connection: Connection, account_id: int, purpose: Purpose, clock: Clock) -> None:
    """Let every unused token of an account expire now."""
    now = stored_now(clock)
    connection.execute(
        token.update()
        .where(
            token.c.account_id == account_id,
            token.c.purpose == purpose,
            token.c.used_at.is_(None),
            token.c.expires_at > now,
        )
        .values(expires_at=now)
    )


def issued_since(connection: Connection, account_id: int, purpose: Purpose, since: datetime) -> int:
    """How many tokens an account was given after an instant (naive UTC)."""
    return connection.execute(
        sa.select(sa.func.count())
        .select_from(token)
        .where(token.c.account_id == account_id, token.c.purpose == purpose, token.c.created_at > since)
    ).scalar_one()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
