"""``/operatori/account/<number>``: one account, what happened to it, and what staff can do for it."""

import asyncio
from typing import Any

from tornado.web import HTTPError

from portal_lib.accounts import browsers, care
from portal_lib.accounts.case import EVENTS_PAGE, case, events
from portal_lib.accounts.event_words import event_in_words, facts_in_words
from portal_lib.accounts.exceptions.operators import NoSuchAccount
from portal_lib.hub.operator_page import OperatorPage
from portal_lib.hub.pages import STALE
from portal_lib.hub.wiring import Wiring
from portal_lib.language import Said, spoken
from portal_lib.refused import Refused

_APPROVED = Said(
    "Il codice cliente è approvato: l'account ne vede i dati.", "The code is approved: the account sees its data."
)

#: Deeds that close a door or open one wider: their buttons stand apart and ask for a tick first.
_GRAVE = frozenset({"freeze", "second-factor-off"})


class AccountPage(OperatorPage):
    """GET shows the account. Numbers of accounts say nothing about anybody."""

    async def get(self, number: str) -> None:
        done = self.get_query_argument("fatto", "")
        said = _APPROVED if done == "approve" else care.DEEDS[done].done if done in care.DEEDS else None
        await self.tell(int(number), good=said.say(spoken()) if said else "")

    async def tell(self, number: int, *, good: str = "", wrong: str = "", status: int = 200) -> None:
        """Show the account, with what has been done, or why not."""
        wiring = self.wiring
        try:
            one = await asyncio.to_thread(case, wiring.accounts, wiring.clock, wiring.settings, number)
        except NoSuchAccount:
            raise HTTPError(404) from None
        before = self.get_query_argument("prima", "")
        last = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
        happened = await asyncio.to_thread(events, wiring.accounts, number, before=last, at_most=EVENTS_PAGE + 1)
        deeds = {name: care.DEEDS[name].label.say(spoken()) for name in care.offered(self.desk, one)}
        await self.show(
            "operatori_account.html",
            status=status,
            case=one,
            own=self.is_own(one),
            good=good,
            wrong=wrong,
            deeds={name: label for name, label in deeds.items() if name not in _GRAVE},
            grave={name: label for name, label in deeds.items() if name in _GRAVE},
            events=[
                (one, event_in_words(one.event, spoken()), facts_in_words(one.detail, spoken()))
                for one in happened[:EVENTS_PAGE]
            ],
            older=happened[EVENTS_PAGE - 1].id if len(happened) > EVENTS_PAGE else None,
            browser_in_words=lambda agent: browsers.in_words(agent).say(spoken()),
            locked=[(one.what.say(spoken()), one.minutes) for one in one.locked],
        )


class DeedPage(AccountPage):
    """POST does one thing, then leads back to the account, which says so."""

    async def get(self, number: str, name: str) -> None:  # type: ignore[override]
        self.redirect(f"{self.hub.base_url}operatori/account/{number}")

    async def post(self, number: str, name: str) -> None:  # type: ignore[override]
        if self.stale:
            await self.tell(int(number), wrong=STALE.say(spoken()), status=403)
            return
        if name != "approve" and name not in care.DEEDS:
            raise HTTPError(404)
        if name in _GRAVE and self.typed("sicuro") != "yes":
            sentence = Said(
                "Metti la spunta accanto al pulsante per confermare.", "Tick the box beside the button to confirm."
            )
            await self.tell(int(number), wrong=sentence.say(spoken()), status=422)
            return
        try:
            await asyncio.to_thread(self._do, int(number), name, self.typed("codice"))
        except NoSuchAccount:
            raise HTTPError(404) from None
        except Refused as refusal:
            await self.tell(int(number), wrong=refusal.say(spoken()), status=409)
            return
        await self.wiring.end_sessions()
        self.redirect(f"{self.hub.base_url}operatori/account/{number}?fatto={name}", status=303)

    def _do(self, number: int, name: str, code: str) -> None:
        if name == "approve":
            care.approve(self.desk, number, code)
        else:
            care.do(self.desk, name, number)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [
        (r"/operatori/account/(\d{1,15})", AccountPage, ours),
        (r"/operatori/account/(\d{1,15})/([a-z-]{1,30})", DeedPage, ours),
    ]
