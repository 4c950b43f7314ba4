"""How often somebody may try: leaking buckets in the database, one a key, asked before any password is.

Each try fills its buckets by one; they leak evenly, so that a limit of ``10/15m`` takes ten tries at once and one more
every ninety seconds. A refused try fills nothing: nobody is kept out for longer because they, or somebody else, went
on trying. Names in keys are hashed, and alike for names that nobody has: a limit tells nothing about who exists.
"""

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.instants import stored_now
from portal_lib.accounts.tables import throttle_bucket
from portal_lib.clock import Clock
from portal_lib.limits import Limit

#: Empty for that long, a bucket is forgotten.
_FORGET_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Try:
    """One thing that is limited: ``what`` is counted apart for each ``whom``."""

    what: str
    whom: str
    limit: Limit

    @property
    def key(self) -> str:
        return f"{self.what}:{hashlib.sha256(self.whom.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def network(address: str | None) -> str:
    """What one person's requests come from: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def take(engine: Engine, clock: Clock, tries: Sequence[Try]) -> None:
    """Count one try in every bucket, or, where one of them is full, none.

    :class:`TooManyTries` says how long to wait.
    """
    with engine.begin() as connection:
        wait = timedelta(0)
        levels = {}
        for one in sorted(tries, key=lambda one: one.key):
            levels[one.key] = level = _level(connection, clock, one)
            if level + 1 > one.limit.tries:
                wait = max(wait, (level + 1 - one.limit.tries) * one.limit.one_more_after)
        if wait:
            # Within the transaction, which takes the new buckets back: a refused try leaves no row behind.
            raise TooManyTries(minutes=math.ceil(wait / timedelta(minutes=1)))
        for one in tries:
            _set(connection, one.key, levels[one.key] + 1, stored_now(clock))


def give_back(engine: Engine, clock: Clock, tries: Sequence[Try]) -> None:
    """Take back one try from every bucket: it was the right one after all."""
    with engine.begin() as connection:
        for one in sorted(tries, key=lambda one: one.key):
            _set(connection, one.key, max(0.0, _level(connection, clock, one) - 1), stored_now(clock))


def forget(connection: Connection, tries: Sequence[Try]) -> None:
    """Empty these buckets."""
    connection.execute(throttle_bucket.delete().where(throttle_bucket.c.key.in_([one.key for one in tries])))


def wait(connection: Connection, clock: Clock, one: Try) -> int:
    """How many minutes until this may be tried again, 0 where it may be now. Only looks."""
    row = connection.execute(sa.select(throttle_bucket).where(throttle_bucket.c.key == one.key)).one_or_none()
    if row is None:
        return 0
    level: float = max(0.0, row.level - max(timedelta(0), stored_now(clock) - row.at) / one.limit.one_more_after)
    return max(0, math.ceil((level + 1 - one.limit.tries) * one.limit.one_more_after / timedelta(minutes=1)))


def sweep(connection: Connection, clock: Clock) -> None:
    """Forget buckets that nobody has filled for days."""
    connection.execute(throttle_bucket.delete().where(throttle_bucket.c.at < stored_now(clock) - _FORGET_AFTER))


def _level(connection: Connection, clock: Clock, one: Try) -> float:
    """How full a bucket is now. Its row is there afterwards, and this transaction's own."""
    now = stored_now(clock)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(throttle_bucket).values(key=one.key, level=0.0, at=now).on_conflict_do_nothing())
    row = connection.execute(sa.select(throttle_bucket).where(throttle_bucket.c.key == one.key).with_for_update()).one()
    leaked = max(timedelta(0), now - row.at) / one.limit.one_more_after
    return max(0.0, float(row.level - leaked))


def _set(connection: Connection, key: str, level: float, at: datetime) -> None:
    connection.execute(throttle_bucket.update().where(throttle_bucket.c.key == key).values(level=level, at=at))
