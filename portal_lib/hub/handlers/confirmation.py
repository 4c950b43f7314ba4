"""``/conferma``: the page that the link in the mail opens. Opening it changes nothing; its button does."""

import asyncio
from collections.abc import Callable
from typing import Any

from portal_lib.accounts.confirmation import Outcome, confirm, look, send_again
from portal_lib.accounts.exceptions import AccountFrozen, LinkExpired, LinkUnknown, TooManyLinks
from portal_lib.hub.pages import STALE, FormPage
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken


class ConfirmationPage(FormPage):
    """GET shows where things stand, POST confirms."""

    async def get(self) -> None:
        secret = str(self.get_query_argument("token", ""))
        await self._answer(secret, lambda: look(self.wiring.accounts, self.wiring.clock, secret))

    async def submitted(self) -> None:
        secret = self.typed("token")
        await self._answer(
            secret,
            lambda: confirm(self.wiring.accounts, self.wiring.clock, secret, address=self.address),
        )

    async def went_stale(self) -> None:
        secret = self.typed("token")
        await self._answer(
            secret, lambda: look(self.wiring.accounts, self.wiring.clock, secret), notice_above=STALE.say(spoken())
        )

    async def _answer(self, secret: str, ask: Callable[[], Outcome], *, notice_above: str = "") -> None:
        sentence = ""
        status = 200
        try:
            step: str = await asyncio.to_thread(ask)
        except LinkUnknown as refusal:
            step, sentence, status = "unknown", refusal.say(spoken()), 404
        except LinkExpired as refusal:
            step, sentence, status = "expired", refusal.say(spoken()), 410
        except TooManyLinks as refusal:
            step, sentence, status = "too-many", refusal.say(spoken()), 429
        except AccountFrozen as refusal:
            step, sentence, status = "frozen", refusal.say(spoken()), 403
        await self.show(
            "conferma.html",
            status=status,
            step=step,
            sentence=sentence,
            secret=secret if step in ("ready", "expired") else "",
            notice_above=notice_above,
        )


class FreshLinkPage(ConfirmationPage):
    """POST sends a fresh link: to the account of an expired one, or to whoever typed the right password at the login
    page.
    """

    async def get(self) -> None:
        self.redirect(f"{self.hub.base_url}login")

    async def submitted(self) -> None:
        secret = self.typed("token")
        wiring = self.wiring

        def ask() -> Outcome:
            return send_again(wiring.accounts, wiring.clock, wiring.settings, secret, address=self.address)

        try:
            outcome = await asyncio.to_thread(ask)
        except (AccountFrozen, LinkUnknown, TooManyLinks) as refusal:
            known = refusal

            def tell() -> Outcome:
                raise known

            await self._answer(secret, tell)
            return
        await self.show("conferma.html", step="sent" if outcome == "ready" else outcome, sentence="", secret="")


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [(r"/conferma", ConfirmationPage, ours), (r"/conferma/nuovo-link", FreshLinkPage, ours)]
