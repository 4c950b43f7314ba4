"""``/username-dimenticato``: customer code and codice fiscale; the answer goes out by mail, and says nothing here."""

import asyncio
from collections.abc import Mapping
from typing import Any

from portal_lib.accounts.exceptions import FormRefused
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.recovery_form import LABELS, LIMITS
from portal_lib.accounts.username_reminder import ask
from portal_lib.hub.pages import STALE, FormPage
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken

_FIELDS = ("customer_code", "tax_code")


class UsernamePage(FormPage):
    """One answer for everybody whose form is in order."""

    async def get(self) -> None:
        if self.get_query_argument("esito", "") == "inviata":
            await self.show("username_dimenticato.html", asked=True)
        else:
            await self._form()

    async def submitted(self) -> None:
        wiring = self.wiring
        try:
            await asyncio.to_thread(
                ask,
                wiring.accounts,
                wiring.clock,
                wiring.settings,
                *(self.typed(field) for field in _FIELDS),
                language=spoken(),
                address=self.address,
            )
        except FormRefused as refused:
            await self._form(errors={error.field or "": self.say(error) for error in refused.errors}, status=422)
        except TooManyTries as refusal:
            await self._form(notice_above=self.say(refusal), status=429)
        else:
            self.redirect(f"{self.hub.base_url}username-dimenticato?esito=inviata", status=303)

    async def went_stale(self) -> None:
        await self._form(notice_above=STALE.say(spoken()), status=403)

    async def _form(
        self, *, errors: Mapping[str, str] | None = None, notice_above: str = "", status: int = 200
    ) -> None:
        await self.show(
            "username_dimenticato.html",
            status=status,
            asked=False,
            values={field: self.typed(field) for field in _FIELDS},
            errors=errors or {},
            notice_above=notice_above,
            labels={field: LABELS[field].say(spoken()) for field in _FIELDS},
            limits=LIMITS,
        )


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/username-dimenticato", UsernamePage, {"wiring": wiring})]
