"""The Hub sends what waits in the mail queue, every two seconds, in a thread of its own."""

import asyncio
import logging

from tornado.ioloop import PeriodicCallback

from portal_lib.accounts.erasure import forget_last_mails
from portal_lib.hub.wiring import Wiring
from portal_lib.mail import deliver

log = logging.getLogger(__name__)

EVERY_MILLISECONDS = 2000
#: How long a page waits to learn whether the mail it speaks of has left.
PATIENCE_SECONDS = 3.0


class PostOffice:
    """One per Hub process, on its event loop. Without a way to send, mail waits in the queue."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._one_at_a_time = asyncio.Lock()
        self._next_round: asyncio.Task[None] | None = None
        self._away = wiring.transport is None

    def start(self) -> PeriodicCallback | None:
        """Start sending; a round begins only when the one before has ended, so a slow server makes no pile."""
        if self._wiring.transport is None:
            log.warning("Neither smtp_host nor outbox is set: mail waits in the queue.")
            return None
        rounds = PeriodicCallback(self._round, EVERY_MILLISECONDS)
        rounds.start()
        return rounds

    async def is_held_up(self) -> bool:
        """Try now what is due, and say whether the server took none of it, or has not answered yet.

        However many ask at once, they wait for one and the same round.
        """
        if self._wiring.transport is None:
            return True
        if self._next_round is None:
            self._next_round = asyncio.create_task(self._round(asked=True))
        try:
            await asyncio.wait_for(asyncio.shield(self._next_round), PATIENCE_SECONDS)
        except TimeoutError:
            return True
        return self._away

    async def _round(self, *, asked: bool = False) -> None:
        transport = self._wiring.transport
        if transport is None:
            return
        async with self._one_at_a_time:
            if asked:
                self._next_round = None  # what is queued from here on is for the round after this one
            wiring = self._wiring
            try:
                done = await asyncio.to_thread(
                    deliver, wiring.accounts, transport, wiring.clock, sender=wiring.settings.mail_from
                )
                # The last mail to an erased account leaves its address nowhere.
                await asyncio.to_thread(forget_last_mails, wiring.accounts)
            except Exception:
                # The database may be busy or away; the queue is still there in two seconds.
                log.exception("A round of mail delivery failed; the next one tries again.")
                return
            # A round with nothing to send has learnt nothing.
            if done.sent or done.failed:
                self._away = done.away
