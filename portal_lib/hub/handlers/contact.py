"""``/non-sono-io`` and ``/approva``: what the links in the mail to a customer's contact open.

Opening a page changes nothing, since mail scanners open links before people do; its button does.
"""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from portal_lib.accounts import contact_links
from portal_lib.accounts.contact_links import Purpose, Standing
from portal_lib.accounts.exceptions import ContactLinkExpired, ContactLinkUnknown
from portal_lib.hub.pages import STALE, FormPage
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken


class ContactPage(FormPage):
    """GET shows whom the link is about; subclasses act in :meth:`submitted`."""

    purpose: ClassVar[Purpose]

    async def get(self) -> None:
        secret = str(self.get_query_argument("token", ""))
        await self._answer(secret, self._look(secret))

    async def went_stale(self) -> None:
        secret = self.typed("token")
        await self._answer(secret, self._look(secret), notice_above=STALE.say(spoken()))

    def _look(self, secret: str) -> Callable[[], Standing]:
        return lambda: contact_links.look(self.wiring.accounts, self.wiring.clock, secret, self.purpose)

    async def _answer(self, secret: str, ask: Callable[[], Standing], *, notice_above: str = "") -> None:
        facts: dict[str, str] = {}
        status = 200
        try:
            standing = await asyncio.to_thread(ask)
            facts = {"step": standing.step, "person": standing.name, "code": standing.code}
        except ContactLinkUnknown as refusal:
            facts, status = {"step": "unknown", "sentence": self.say(refusal)}, 404
        except ContactLinkExpired as refusal:
            facts, status = {"step": "expired", "sentence": self.say(refusal)}, 410
        if facts["step"] == "done":
            await self.wiring.end_sessions()
        await self.show(
            "contatto.html",
            status=status,
            purpose=self.purpose,
            secret=secret if facts["step"] == "ready" else "",
            notice_above=notice_above,
            **facts,
        )


class NotMePage(ContactPage):
    """The contact does not know the person: POST closes the account, and its open pages at once."""

    purpose = "not_me"

    async def submitted(self) -> None:
        secret, wiring = self.typed("token"), self.wiring
        await self._answer(
            secret,
            lambda: contact_links.close_account(wiring.accounts, wiring.clock, secret, address=self.address),
        )


class ApprovalPage(ContactPage):
    """The contact knows the person: POST lets the account see the customer's data."""

    purpose = "approval"

    async def submitted(self) -> None:
        secret, wiring = self.typed("token"), self.wiring
        await self._answer(
            secret,
            lambda: contact_links.let_in(wiring.accounts, wiring.clock, wiring.settings, secret, address=self.address),
        )


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [(r"/non-sono-io", NotMePage, ours), (r"/approva", ApprovalPage, ours)]
