"""Housekeeping forgets what no longer serves, and nothing that still does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from portal_lib import db
from portal_lib.accounts import tokens
from portal_lib.accounts.instants import stored
from portal_lib.accounts.tables import account, session, throttle_bucket, token
from portal_lib.hub.housekeeping import tidy
from portal_lib.hub.wiring import Wiring
from portal_lib.settings import Settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_round_forgets_old_limits_sessions_and_links_and_keeps_the_rest(tmp_path: Path) -> None:
    wiring = Wiring(Settings(var=tmp_path), clock=lambda: NOW)
    db.migrate("accounts", wiring.settings.accounts_database)
    for days, name in ((400, "old"), (1, "new")):
        then = NOW - timedelta(days=days)
        at = stored(then)
        with wiring.accounts.begin() as connection:
            number = connection.execute(
                account.insert()
                .values(kind="customer", hub_name=name, login=name, login_key=name, state="active", created_at=at)
                .returning(account.c.id)
            ).scalar_one()
            tokens.issue(connection, number, "confirmation", lambda then=then: then, lifetime=timedelta(hours=24))
            connection.execute(throttle_bucket.insert().values(key=name, level=1.0, at=at))
            connection.execute(session.insert().values(account_id=number, sha256=name, started_at=at, seen_at=at))
    tidy(wiring)
    with wiring.accounts.begin() as connection:
        assert connection.execute(sa.select(throttle_bucket.c.key)).scalars().all() == ["new"]
        assert connection.execute(sa.select(session.c.sha256)).scalars().all() == ["new"]
        assert connection.execute(sa.select(sa.func.count()).select_from(token)).scalar_one() == 1
        assert connection.execute(sa.select(sa.func.count()).select_from(account)).scalar_one() == 2
