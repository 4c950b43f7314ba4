"""The Hub answers what the recovery pages have taken, every second, in a thread of its own."""

import asyncio
import logging

from tornado.ioloop import PeriodicCallback

from portal_lib.accounts.recovery_desk import answer_waiting
from portal_lib.hub.wiring import Wiring

log = logging.getLogger(__name__)

EVERY_MILLISECONDS = 1000


def start_recovery_desk(wiring: Wiring) -> PeriodicCallback:
    """Call it once, in the Hub's process, on its event loop; a round begins only when the one before has ended."""

    async def one_round() -> None:
        try:
            await asyncio.to_thread(answer_waiting, wiring.accounts, wiring.clock, wiring.settings)
        except Exception:
            # The database may be busy or away; what was asked still stands there in a second.
            log.exception("Recovery requests were not answered; the next round tries again.")

    rounds = PeriodicCallback(one_round, EVERY_MILLISECONDS)
    rounds.start()
    return rounds
