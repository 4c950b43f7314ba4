"""Once an hour the Hub forgets what no longer serves: empty limits, sessions and links that are long over."""

import asyncio
import logging

from tornado.ioloop import IOLoop, PeriodicCallback

from portal_lib.accounts import erasure, known_devices, sessions, throttle, tokens
from portal_lib.hub.wiring import Wiring

log = logging.getLogger(__name__)

EVERY_MILLISECONDS = 60 * 60 * 1000


def start_housekeeping(wiring: Wiring) -> PeriodicCallback:
    """Start it; call it once, in the Hub's process, on its event loop. The first round comes at once."""

    async def one_round() -> None:
        try:
            await asyncio.to_thread(tidy, wiring)
        except Exception:
            # What is left over does no harm; the database may be busy or away.
            log.exception("Housekeeping failed; the next round tries again.")

    rounds = PeriodicCallback(one_round, EVERY_MILLISECONDS)
    rounds.start()
    IOLoop.current().add_callback(one_round)
    return rounds


def tidy(wiring: Wiring) -> None:
    """One round, in one transaction a kind."""
    for sweep in (throttle.sweep, sessions.sweep, tokens.sweep, known_devices.sweep):
        with wiring.accounts.begin() as connection:
            sweep(connection, wiring.clock)
    erasure.forget_last_mails(wiring.accounts)
