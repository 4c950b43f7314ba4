"""``/operatori/posta``: mail that has not been sent, and why. What a mail says is shown to nobody."""

import asyncio
from typing import Any

from portal_lib.accounts.exceptions.operators import NothingToRetry
from portal_lib.accounts.mail_queue import retry, unsent
from portal_lib.hub.operator_page import OperatorPage
from portal_lib.hub.pages import STALE
from portal_lib.hub.wiring import Wiring
from portal_lib.language import Said, spoken

_SHOWN = 200

_RETRIED = Said(
    "Riprovo subito. Fra qualche secondo aggiorna la pagina: quello che manca qui è partito.",
    "Trying again now. Reload the page in a few seconds: what is missing here has been sent.",
)


class MailPage(OperatorPage):
    """GET shows the queue; POST has one mail, or all that fail, tried at once."""

    async def get(self) -> None:
        await self._tell(good=_RETRIED.say(spoken()) if self.get_query_argument("fatto", "") == "riprova" else "")

    async def submitted(self) -> None:
        wiring, number = self.wiring, self.typed("mail")
        one = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else None
        if number and one is None:
            await self._tell(wrong=NothingToRetry().say(spoken()), status=409)
            return
        count = await asyncio.to_thread(
            retry, wiring.accounts, wiring.clock, by=self.desk.by, mail_id=one, address=self.address
        )
        if not count:
            await self._tell(wrong=NothingToRetry().say(spoken()), status=409)
            return
        await wiring.mail_is_held_up()  # which tries what is due
        self.redirect(f"{self.hub.base_url}operatori/posta?fatto=riprova", status=303)

    async def went_stale(self) -> None:
        await self._tell(wrong=STALE.say(spoken()), status=403)

    async def _tell(self, *, good: str = "", wrong: str = "", status: int = 200) -> None:
        mails = await asyncio.to_thread(unsent, self.wiring.accounts, self.wiring.clock, at_most=_SHOWN)
        await self.show(
            "operatori_posta.html",
            status=status,
            mails=mails,
            good=good,
            wrong=wrong,
            can_send=self.wiring.transport is not None,
        )


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/operatori/posta", MailPage, {"wiring": wiring})]
