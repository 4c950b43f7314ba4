"""``/password-dimenticata`` sends a link to who has a username; ``/nuova-password`` is where the link leads.

Opening the link shows a form and changes nothing; sending the form uses the link up.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from portal_lib.accounts.exceptions import FormRefused
from portal_lib.accounts.exceptions.recovery import ResetLinkExpired, ResetLinkUnknown, ResetLinkUsed
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.password_reset import ask, look, reset
from portal_lib.accounts.password_rules import rule
from portal_lib.accounts.recovery_form import LABELS, LIMITS
from portal_lib.hub.device_cookie import remember_device
from portal_lib.hub.pages import STALE, FormPage
from portal_lib.hub.slow_work import hashing
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken
from portal_lib.refused import Refused

#: What is wrong with a link, and the status that says so.
_DEAD: dict[type[Refused], int] = {ResetLinkUnknown: 404, ResetLinkUsed: 410, ResetLinkExpired: 410}


class ForgottenPasswordPage(FormPage):
    """One answer for everybody whose form is in order."""

    async def get(self) -> None:
        if self.get_query_argument("esito", "") == "inviata":
            await self.show("password_dimenticata.html", asked=True, minutes=self.wiring.settings.reset_minutes)
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
                self.typed("username"),
                language=spoken(),
                address=self.address,
            )
        except FormRefused as refused:
            await self._form(errors={error.field or "": self.say(error) for error in refused.errors}, status=422)
        except TooManyTries as refusal:
            await self._form(notice_above=self.say(refusal), status=429)
        else:
            self.redirect(f"{self.hub.base_url}password-dimenticata?esito=inviata", status=303)

    async def went_stale(self) -> None:
        await self._form(notice_above=STALE.say(spoken()), status=403)

    async def _form(
        self, *, errors: Mapping[str, str] | None = None, notice_above: str = "", status: int = 200
    ) -> None:
        await self.show(
            "password_dimenticata.html",
            status=status,
            asked=False,
            values={"username": self.typed("username")},
            errors=errors or {},
            notice_above=notice_above,
            labels={"username": LABELS["username"].say(spoken())},
            limits=LIMITS,
        )


class NewPasswordPage(FormPage):
    """GET shows the form, POST chooses the password and ends every session of the account."""

    scripted = True  # password.js ticks the rules off

    async def get(self) -> None:
        await self._form(str(self.get_query_argument("token", "")))

    async def submitted(self) -> None:
        secret = self.typed("token")
        wiring = self.wiring
        try:
            done = await hashing(
                reset,
                wiring.accounts,
                wiring.clock,
                wiring.settings,
                secret,
                self.typed("password"),
                self.typed("password_again"),
                address=self.address,
            )
        except FormRefused as refused:
            errors = {error.field or "": self.say(error) for error in refused.errors}
            await self._form(secret, errors=errors, status=422)
            return
        except tuple(_DEAD) as refusal:
            await self._dead(refusal)
            return
        await wiring.end_sessions()
        # Whoever tries to log in to this account from elsewhere does not keep its owner out of this browser.
        await remember_device(self, wiring, done.hub_name)
        await self.show("nuova_password.html", step="done")

    async def went_stale(self) -> None:
        await self._form(self.typed("token"), notice_above=STALE.say(spoken()), status=403)

    async def _form(
        self, secret: str, *, errors: Mapping[str, str] | None = None, notice_above: str = "", status: int = 200
    ) -> None:
        settings = self.wiring.settings
        try:
            await asyncio.to_thread(look, self.wiring.accounts, self.wiring.clock, secret)
        except tuple(_DEAD) as refusal:
            await self._dead(refusal)
            return
        await self.show(
            "nuova_password.html",
            status=status,
            step="choose",
            secret=secret,
            errors=errors or {},
            notice_above=notice_above,
            labels={field: LABELS[field].say(spoken()) for field in ("password", "password_again")},
            password_rule=rule(settings).say(spoken()),
            waived_from=settings.password_classes_until,
        )

    async def _dead(self, refusal: Any) -> None:
        await self.show("nuova_password.html", step="dead", status=_DEAD[type(refusal)], sentence=self.say(refusal))


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [(r"/password-dimenticata", ForgottenPasswordPage, ours), (r"/nuova-password", NewPasswordPage, ours)]
