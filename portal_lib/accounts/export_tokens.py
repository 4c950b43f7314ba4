"""Personal tokens with which a customer's own scripts fetch exports of readings, and nothing else.

A token is made with the password, shown once and kept as its SHA-256; it expires, can be revoked, and ends with the
account's password. It stands for its owner's approved customer codes as they are at each use.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import audit, throttle
from portal_lib.accounts.exceptions import Missing, NotPlainText, TooLong
from portal_lib.accounts.exceptions.profile import BadLifetime, TooManyExportTokens
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.own_password import prove
from portal_lib.accounts.tables import account, account_customer, export_token
from portal_lib.accounts.throttle import Try
from portal_lib.accounts.tokens import digest
from portal_lib.clock import Clock
from portal_lib.settings import Settings

#: How a token starts, so that scanners of published code know one when they see it.
PREFIX = "pex_"
MOST = 10
LONGEST_LABEL = 100
_USED_EVERY = timedelta(minutes=1)
_WRITTEN = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class ExportToken:
    """A live token without its secret. Instants are naive UTC; ``used_at`` is its last use."""

    id: int
    label: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Bearer:
    """Whose token it is, and the customer codes whose exports it opens."""

    hub_name: str
    codes: tuple[str, ...]


def create(
    engine: Engine,
    clock: Clock,
    settings: Settings,
    hub_name: str,
    label: str,
    days: str,
    password: str,
    *,
    address: str | None = None,
) -> str:
    """A new token, given back once; slow (Argon2id). ``days`` is how long it lives, as typed.

    Refused with the sentence of the field that is wrong, or :class:`TooManyExportTokens` past :data:`MOST` live ones.
    """
    name, lifetime = _label(label), _lifetime(days, settings.export_token_days)
    row = prove(engine, clock, settings, hub_name, password, address=address)
    now = stored_now(clock)
    secret = PREFIX + secrets.token_urlsafe(32)
    with engine.begin() as connection:
        live = connection.execute(
            sa.select(sa.func.count()).select_from(export_token).where(export_token.c.account_id == row.id, _live(now))
        ).scalar_one()
        if live >= MOST:
            raise TooManyExportTokens("label", limit=MOST)
        connection.execute(
            export_token.insert().values(
                account_id=row.id, label=name, sha256=digest(secret), created_at=now, expires_at=now + lifetime
            )
        )
        audit.record(
            connection, audit.Event.EXPORT_TOKEN_CREATED, clock, account_id=row.id, address=address, label=name
        )
    return secret


def tokens_of(engine: Engine, clock: Clock, hub_name: str) -> list[ExportToken]:
    """The live tokens of an account, newest first."""
    with db.reading(engine) as connection:
        rows = connection.execute(
            sa.select(export_token)
            .join(account)
            .where(account.c.hub_name == hub_name, _live(stored_now(clock)))
            .order_by(export_token.c.id.desc())
        ).all()
    return [ExportToken(row.id, row.label, row.created_at, row.expires_at, row.used_at) for row in rows]


def revoke(engine: Engine, clock: Clock, hub_name: str, token_id: int, *, address: str | None = None) -> bool:
    """End one token of this account's at once; False where it has no such live token."""
    with engine.begin() as connection:
        row = connection.execute(
            export_token.update()
            .where(
                export_token.c.id == token_id,
                export_token.c.account_id
                == sa.select(account.c.id).where(account.c.hub_name == hub_name).scalar_subquery(),
                export_token.c.revoked_at.is_(None),
            )
            .values(revoked_at=stored_now(clock))
            .returning(export_token.c.account_id, export_token.c.label)
        ).one_or_none()
        if row is None:
            return False
        audit.record(
            connection,
            audit.Event.EXPORT_TOKEN_REVOKED,
            clock,
            account_id=row.account_id,
            address=address,
            label=row.label,
        )
    return True


def revoke_all(connection: Connection, clock: Clock, account_id: int) -> None:
    """End every token of an account, within the caller's transaction."""
    connection.execute(
        export_token.update()
        .where(export_token.c.account_id == account_id, export_token.c.revoked_at.is_(None))
        .values(revoked_at=stored_now(clock))
    )


def bearer(
    engine: Engine, clock: Clock, settings: Settings, secret: str, *, address: str | None = None
) -> Bearer | None:
    """Who a token stands for, or None where it is unknown, expired, revoked or its account is not open.

    Wrong tokens count by address, as wrong passwords do: :class:`TooManyTries`.
    """
    tries = [Try("export-token", throttle.network(address), settings.limit_login_address)]
    throttle.take(engine, clock, tries)
    if not _WRITTEN.fullmatch(secret):
        return None
    now = stored_now(clock)
    with db.reading(engine) as connection:
        row = connection.execute(
            sa.select(export_token.c.id, export_token.c.used_at, account.c.hub_name, account.c.id.label("account_id"))
            .join(account)
            .where(
                export_token.c.sha256 == digest(secret),
                _live(now),
                account.c.state == "active",
                account.c.kind == "customer",
            )
        ).one_or_none()
        if row is None:
            return None
        codes = connection.execute(
            sa.select(account_customer.c.customer_code)
            .where(account_customer.c.account_id == row.account_id, account_customer.c.approved_at.is_not(None))
            .order_by(account_customer.c.customer_code)
        ).scalars()
        found = Bearer(row.hub_name, tuple(codes))
    throttle.give_back(engine, clock, tries)
    if row.used_at is None or row.used_at < now - _USED_EVERY:
        with engine.begin() as connection:
            connection.execute(export_token.update().where(export_token.c.id == row.id).values(used_at=now))
    return found


def _live(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(export_token.c.revoked_at.is_(None), export_token.c.expires_at > now)


def _label(typed: str) -> str:
    words = {"label_it": "Nome", "label_en": "Name"}
    label = " ".join(unicodedata.normalize("NFC", typed).split(" ")).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in label):
        raise NotPlainText("label", **words)
    if not label:
        raise Missing("label", **words)
    if len(label) > LONGEST_LABEL:
        raise TooLong("label", **words, limit=LONGEST_LABEL)
    return label


def _lifetime(typed: str, longest: int) -> timedelta:
    typed = typed.strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 6 and 1 <= int(typed) <= longest):
        raise BadLifetime("days", longest=longest)
    return timedelta(days=int(typed))
