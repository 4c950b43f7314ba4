"""Who is logged in where: a row per browser, and the ends of sessions that have yet to reach everything.

A session is over for good once its row says so: the Hub asks :func:`is_live` at every request. What lives outside the
Hub (open pages, tokens, an analyst's server) is ended by whoever works off :func:`pending_ends`, again and again until
it has succeeded, so that an end is never lost, wherever it was asked for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib import db
from portal_lib.accounts import audit
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import account, session, session_end, token
from portal_lib.accounts.tokens import digest
from portal_lib.clock import Clock

#: A login lasts this long, as the Hub's cookie does.
LIFETIME = timedelta(days=1)
#: How exactly is known when a session was last used.
_SEEN_EVERY = timedelta(minutes=5)
_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Session:
    """One browser. Instants are naive UTC; ``agent`` is what the browser calls itself."""

    id: int
    started_at: datetime
    seen_at: datetime
    address: str | None
    agent: str
    current: bool


@dataclass(frozen=True)
class End:
    """An end to be carried everywhere: of one session, or, without ``session_sha256``, of all that person's."""

    id: int
    hub_name: str
    session_sha256: str | None
    forget: bool


def begin(
    engine: Engine, clock: Clock, hub_name: str, session_id: str, *, address: str | None = None, agent: str = ""
) -> None:
    """A browser has logged in; ``session_id`` is the secret in its cookie."""
    now = stored_now(clock)
    with engine.begin() as connection:
        account_id = connection.execute(sa.select(account.c.id).where(account.c.hub_name == hub_name)).scalar_one()
        connection.execute(
            session.insert().values(
                account_id=account_id,
                sha256=digest(session_id),
                started_at=now,
                seen_at=now,
                address=address[:64] if address else None,
                agent="".join(character for character in agent if character.isprintable())[:200],
            )
        )
        audit.record(connection, audit.Event.SESSION_STARTED, clock, account_id=account_id, address=address)


def is_live(engine: Engine, clock: Clock, hub_name: str, session_id: str) -> bool:
    """Whether this browser's login still counts."""
    now = stored_now(clock)
    with db.reading(engine) as connection:
        row = connection.execute(
            sa.select(session.c.id, session.c.seen_at)
            .join(account)
            .where(
                account.c.hub_name == hub_name,
                session.c.sha256 == digest(session_id),
                session.c.ended_at.is_(None),
                session.c.started_at > now - LIFETIME,
            )
        ).one_or_none()
    if row is None:
        return False
    if row.seen_at < now - _SEEN_EVERY:
        with engine.begin() as connection:
            connection.execute(session.update().where(session.c.id == row.id).values(seen_at=now))
    return True


def open_sessions(engine: Engine, clock: Clock, hub_name: str, session_id: str | None = None) -> list[Session]:
    """The browsers in which this person is logged in, last used first; ``session_id`` tells which is the asker's."""
    with db.reading(engine) as connection:
        rows = connection.execute(
            sa.select(session)
            .join(account)
            .where(
                account.c.hub_name == hub_name,
                session.c.ended_at.is_(None),
                session.c.started_at > stored_now(clock) - LIFETIME,
            )
            .order_by(session.c.seen_at.desc(), session.c.id.desc())
        ).all()
    own = digest(session_id) if session_id else ""
    return [Session(row.id, row.started_at, row.seen_at, row.address, row.agent, row.sha256 == own) for row in rows]


def end_one(engine: Engine, clock: Clock, hub_name: str, session_id: str, *, address: str | None = None) -> None:
    """Log this one browser out."""
    with engine.begin() as connection:
        sha256 = digest(session_id)
        account_id = connection.execute(
            session.update()
            .where(
                session.c.sha256 == sha256,
                session.c.ended_at.is_(None),
                session.c.account_id == sa.select(account.c.id).where(account.c.hub_name == hub_name).scalar_subquery(),
            )
            .values(ended_at=stored_now(clock))
            .returning(session.c.account_id)
        ).scalar_one_or_none()
        if account_id is None:
            return
        connection.execute(session_end.insert().values(hub_name=hub_name, session_sha256=sha256, at=stored_now(clock)))
        audit.record(connection, audit.Event.SESSION_ENDED, clock, account_id=account_id, address=address)


def end_all(
    connection: Connection,
    clock: Clock,
    account_id: int,
    reason: str,
    *,
    forget: bool = False,
    address: str | None = None,
    by: str | None = None,
) -> None:
    """Log an account out everywhere, within the caller's transaction; ``forget`` lets the Hub forget the user too.

    ``by`` is the staff member who asked for it.
    """
    now = stored_now(clock)
    hub_name = connection.execute(sa.select(account.c.hub_name).where(account.c.id == account_id)).scalar_one()
    connection.execute(
        session.update().where(session.c.account_id == account_id, session.c.ended_at.is_(None)).values(ended_at=now)
    )
    # Whoever stands between password and code stands there with the old password.
    connection.execute(
        token.update()
        .where(token.c.account_id == account_id, token.c.purpose == "second_step", token.c.expires_at > now)
        .values(expires_at=now)
    )
    connection.execute(session_end.insert().values(hub_name=hub_name, forget=forget, at=now))
    facts = {"reason": reason} | ({"by": by} if by else {})
    audit.record(connection, audit.Event.SESSIONS_ENDED, clock, account_id=account_id, address=address, **facts)


def end_pages(connection: Connection, clock: Clock, account_id: int) -> None:
    """End an account's open pages, within the caller's transaction, and log nobody out: what it may see has changed."""
    now = stored_now(clock)
    hub_name = connection.execute(sa.select(account.c.hub_name).where(account.c.id == account_id)).scalar_one()
    live = connection.execute(
        sa.select(session.c.sha256).where(
            session.c.account_id == account_id, session.c.ended_at.is_(None), session.c.started_at > now - LIFETIME
        )
    ).scalars()
    for sha256 in list(live):
        connection.execute(session_end.insert().values(hub_name=hub_name, session_sha256=sha256, at=now))


def pending_ends(engine: Engine) -> list[End]:
    """The ends that have yet to reach everything, oldest first."""
    with db.reading(engine) as connection:
        rows = connection.execute(
            sa.select(session_end).where(session_end.c.done_at.is_(None)).order_by(session_end.c.id)
        ).all()
    return [End(row.id, row.hub_name, row.session_sha256, row.forget) for row in rows]


def end_is_done(engine: Engine, clock: Clock, end_id: int) -> None:
    """This end has reached everything."""
    with engine.begin() as connection:
        connection.execute(session_end.update().where(session_end.c.id == end_id).values(done_at=stored_now(clock)))


def sweep(connection: Connection, clock: Clock) -> None:
    """Forget sessions and ends that are long over."""
    long_ago = stored_now(clock) - _KEPT
    connection.execute(session.delete().where(session.c.started_at < long_ago))
    connection.execute(session_end.delete().where(session_end.c.done_at < long_ago))
