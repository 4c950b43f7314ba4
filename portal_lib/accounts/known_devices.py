"""Browsers in which an account has logged in before: their tries are counted apart from everybody else's.

A browser keeps one secret, whoever logs in with it; the database keeps its hash together with each account, so that
one browser's accounts can't be told from the rows, and forgetting one account's leaves the others'.
"""

import hashlib
import re
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import account, known_device
from portal_lib.clock import Clock

#: Unused for that long, a browser is a stranger again.
LIFETIME = timedelta(days=180)

#: No account has this number.
_NOBODY = -1
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def find(connection: Connection, clock: Clock, account_id: int | None, secret: str | None) -> str | None:
    """The hash under which an account knows the browser with this secret, or None. The same work for no account."""
    owner = _NOBODY if account_id is None else account_id
    return connection.execute(
        sa.select(known_device.c.sha256).where(
            known_device.c.account_id == owner,
            known_device.c.sha256 == _sha256(owner, secret or ""),
            known_device.c.seen_at > stored_now(clock) - LIFETIME,
        )
    ).scalar_one_or_none()


def remember(engine: Engine, clock: Clock, hub_name: str, secret: str | None = None) -> str:
    """From now on this account knows a browser: by the secret that it has, or else by the new one given back."""
    if secret is None or not _SECRET.fullmatch(secret):
        secret = secrets.token_urlsafe(32)
    now = stored_now(clock)
    with engine.begin() as connection:
        account_id = connection.execute(sa.select(account.c.id).where(account.c.hub_name == hub_name)).scalar_one()
        sha256 = _sha256(account_id, secret)
        seen = connection.execute(
            known_device.update().where(known_device.c.sha256 == sha256).values(seen_at=now)
        ).rowcount
        if not seen:
            connection.execute(
                known_device.insert().values(account_id=account_id, sha256=sha256, created_at=now, seen_at=now)
            )
    return secret


def sweep(connection: Connection, clock: Clock) -> None:
    """Forget browsers that nobody has used for half a year."""
    connection.execute(known_device.delete().where(known_device.c.seen_at < stored_now(clock) - LIFETIME))


def _sha256(account_id: int, secret: str) -> str:
    return hashlib.sha256(f"{account_id}:{secret}".encode("utf-8", "surrogatepass")).hexdigest()
