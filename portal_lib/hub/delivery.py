"""The Hub sends what waits in the mail queue, every two seconds, in a thread of its own."""

import asyncio
import logging

from tornado.ioloop import PeriodicCallback

from portal_lib.hub.wiring import Wiring
from portal_lib.mail import deliver

log = logging.getLogger(__name__)

EVERY_MILLISECONDS = 2000


def start_mail_delivery(wiring: Wiring) -> PeriodicCallback | None:
    """Start sending; call it once, in the Hub's process, on its event loop.

    A round begins only when the one before has ended, so a slow server makes no pile. Without a way to send,
    mail waits in the queue and this returns None.
    """
    transport = wiring.transport
    if transport is None:
        log.warning("Neither smtp_host nor outbox is set: mail waits in the queue.")
        return None

    async def one_round() -> None:
        try:
            await asyncio.to_thread(deliver, wiring.accounts, transport, wiring.clock, sender=wiring.settings.mail_from)
        except Exception:
            # The database may be busy or away; the queue is still there in two seconds.
            log.exception("A round of mail delivery failed; the next one tries again.")

    rounds = PeriodicCallback(one_round, EVERY_MILLISECONDS)
    rounds.start()
    return rounds
