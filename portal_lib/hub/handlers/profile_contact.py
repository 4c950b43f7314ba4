"""``/profilo/indirizzo``, ``/profilo/cellulare``, ``/profilo/lingua``: how to reach somebody, and in which language.

``/nuovo-indirizzo`` is the page that the link to a new address opens; who opens it need not be logged in.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from portal_lib.accounts import address_change
from portal_lib.accounts.address_change import AddressLink
from portal_lib.accounts.exceptions.profile import AddressLinkExpired, AddressLinkUnknown
from portal_lib.accounts.people import set_language
from portal_lib.accounts.profile import change_mobile
from portal_lib.accounts.registration_form import LIMITS
from portal_lib.hub.handlers.language import keep_language
from portal_lib.hub.pages import STALE, FormPage
from portal_lib.hub.profile_page import ProfilePage
from portal_lib.hub.wiring import Wiring
from portal_lib.language import Language, language_of, speak, spoken


class AddressPage(ProfilePage):
    template = "profilo_indirizzo.html"
    needs = "password"
    keeps = ("email", "email_again")

    def facts(self) -> dict[str, Any]:
        pending = address_change.pending(self.wiring.accounts, self.wiring.clock, self.hub_name)
        return {"pending_email": pending, "limit": LIMITS["email"]}

    def change(self) -> str:
        return address_change.ask(
            self.wiring.accounts,
            self.wiring.clock,
            self.wiring.settings,
            self.hub_name,
            self.typed("email"),
            self.typed("email_again"),
            self.typed("password"),
            address=self.address,
        )

    async def changed(self, result: Any) -> None:
        self.go("", "indirizzo")


class MobilePage(ProfilePage):
    template = "profilo_cellulare.html"
    keeps = ("mobile",)

    def facts(self) -> dict[str, Any]:
        shown = {"limit": LIMITS["mobile"]}
        return shown if self.request.method == "POST" else shown | {"values": {"mobile": self.profile.mobile or ""}}

    def change(self) -> None:
        change_mobile(
            self.wiring.accounts, self.wiring.clock, self.hub_name, self.typed("mobile"), address=self.address
        )

    async def changed(self, result: Any) -> None:
        self.go("", "cellulare")


class LanguagePage(ProfilePage):
    """The language of pages and mails."""

    template = "profilo_lingua.html"

    def change(self) -> Language:
        language = language_of(self.typed("language"))
        set_language(self.wiring.accounts, self.hub_name, language)
        return language

    async def changed(self, result: Any) -> None:
        keep_language(self, result)
        speak(result)
        self.go("", "lingua")


class NewAddressPage(FormPage):
    """GET shows what the link would do, POST does it."""

    async def get(self) -> None:
        secret = str(self.get_query_argument("token", ""))
        await self._answer(secret, lambda: address_change.look(self.wiring.accounts, self.wiring.clock, secret))

    async def submitted(self) -> None:
        secret, wiring = self.typed("token"), self.wiring
        await self._answer(
            secret,
            lambda: address_change.confirm(
                wiring.accounts, wiring.clock, wiring.settings, secret, address=self.address
            ),
        )

    async def went_stale(self) -> None:
        secret = self.typed("token")
        await self._answer(
            secret,
            lambda: address_change.look(self.wiring.accounts, self.wiring.clock, secret),
            notice_above=STALE.say(spoken()),
        )

    async def _answer(self, secret: str, ask: Callable[[], AddressLink], *, notice_above: str = "") -> None:
        try:
            link = await asyncio.to_thread(ask)
        except AddressLinkUnknown as refusal:
            values = {"step": "unknown", "sentence": self.say(refusal), "status": 404}
        except AddressLinkExpired as refusal:
            values = {"step": "expired", "sentence": self.say(refusal), "status": 410}
        else:
            values = {"step": link.outcome, "email": link.email}
        await self.show("nuovo_indirizzo.html", secret=secret, notice_above=notice_above, **values)  # type: ignore[arg-type]


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [
        (r"/profilo/indirizzo", AddressPage, ours),
        (r"/profilo/cellulare", MobilePage, ours),
        (r"/profilo/lingua", LanguagePage, ours),
        (r"/nuovo-indirizzo", NewAddressPage, ours),
    ]
