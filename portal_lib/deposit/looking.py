"""When a visitor last looked at what was deposited for them: what came since then is new.

A page that is opened again within the hour is the same visit: whoever reloads it does not lose the marks of what is
new.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal_lib.clock import Clock
from portal_lib.deposit.tables import download_visit

#: So long after the page was opened last, opening it is another visit.
ANOTHER_VISIT_AFTER = timedelta(hours=1)


def looks(engine: Engine, visitor: str, clock: Clock) -> None:
    """Keep that ``visitor`` (a Hub user name) looks now."""
    now = clock().astimezone(UTC).replace(tzinfo=None)
    own = download_visit.c.visitor == visitor
    with engine.begin() as connection:
        known = connection.execute(sa.select(download_visit.c.last_at).where(own)).scalar_one_or_none()
        if known is None:
            connection.execute(download_visit.insert().values(visitor=visitor, last_at=now))
        else:
            another = {"before_at": known} if now - known >= ANOTHER_VISIT_AFTER else {}
            connection.execute(download_visit.update().where(own).values(last_at=now, **another))


def looked_before(connection: Connection, visitor: str) -> datetime | None:
    """When (UTC) the visitor looked the visit before this one; None where this is the first."""
    before = connection.execute(
        sa.select(download_visit.c.before_at).where(download_visit.c.visitor == visitor)
    ).scalar_one_or_none()
    return None if before is None else before.replace(tzinfo=UTC)
