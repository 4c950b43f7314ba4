"""Once a minute the Hub reads what happened to reports and queues the mails about it.

Reports write notices into the data database and know no address; the Hub knows who wants to hear, in which language.
"""

import asyncio
import logging
from datetime import UTC, timedelta

import sqlalchemy as sa
from tornado.ioloop import PeriodicCallback

from portal_lib import db
from portal_lib.accounts.report_mails import Notice, tell
from portal_lib.hub.wiring import Wiring
from portal_lib.reporting.tables import report_notice

log = logging.getLogger(__name__)

EVERY_MILLISECONDS = 60 * 1000

#: What is older is told to nobody any more.
_NEWS = timedelta(days=31)


def start_report_notices(wiring: Wiring) -> PeriodicCallback:
    """Start it; call it once, in the Hub's process, on its event loop."""

    async def one_round() -> None:
        try:
            await asyncio.to_thread(tell_new, wiring)
        except Exception:
            # A database may be busy or away; what was not told is told by the next round.
            log.exception("A round of report notices failed; the next one tries again.")

    rounds = PeriodicCallback(one_round, EVERY_MILLISECONDS)
    rounds.start()
    return rounds


def tell_new(wiring: Wiring) -> int:
    """One round; gives back how many mails it queued."""
    since = wiring.clock().astimezone(UTC).replace(tzinfo=None) - _NEWS
    with db.reading(wiring.data) as connection:
        rows = connection.execute(sa.select(report_notice).where(report_notice.c.at >= since)).all()
    notices = [
        Notice(
            row.id, row.at, row.kind, row.customer_code, row.report, row.title, row.period, row.due_on, row.reason_it,
            row.reason_en,
        )
        for row in rows
    ]  # fmt: skip
    return tell(wiring.accounts, wiring.clock, wiring.settings, notices)
