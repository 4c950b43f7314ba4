"""``/login`` and ``/logout``, in the visitor's language and without JupyterHub's scripts.

The password comes first; for some accounts a code on a page of its own, which knows the first step by a secret in its
form. Both go through the authenticator, which the Hub's API asks as well.
"""

import asyncio
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from tornado.httputil import url_concat

from portal_lib.accounts import login, sessions
from portal_lib.accounts.confirmation import offer_fresh_link
from portal_lib.accounts.exceptions import NotConfirmed, WrongCredentials
from portal_lib.accounts.exceptions.second_factor import SecondFactorNeeded, StepExpired, WrongCode
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.hub.device_cookie import remember_device
from portal_lib.hub.login_refused import LoginRefused
from portal_lib.hub.pages import STALE, StaleForms, StrictHeaders
from portal_lib.hub.session_start import StartsSession
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken
from portal_lib.refused import Refused


class LoginPage(StartsSession, StrictHeaders, StaleForms, LoginHandler):
    """The login form, and the form for the code; who may come in is decided by the authenticator."""

    #: Of who has just set up a second factor; the authenticator sets them.
    recovery_codes: tuple[str, ...] = ()

    async def post(self) -> None:
        step = str(self.get_body_argument("second_step", "", strip=False))
        if step:
            await self._second_step(step)
        else:
            await self._first_step()

    async def _first_step(self) -> None:
        username = str(self.get_body_argument("username", "", strip=True))
        if self.stale:
            await self._again(STALE.say(spoken()), username)
            return
        password = str(self.get_body_argument("password", "", strip=False))
        try:
            user = await self.login_user({"username": username, "password": password})
        except LoginRefused as refused:
            await self._refused(refused.refusal, username)
            return
        if user is None:  # blocked by the Hub's own configuration
            await self._refused(WrongCredentials(), username)
            return
        await self._came_in(user)

    async def _second_step(self, step: str) -> None:
        if self.stale:
            await self._code_page(step, STALE.say(spoken()), status=403)
            return
        code = str(self.get_body_argument("code", "", strip=True))
        try:
            user = await self.login_user({"second_step": step, "code": code})
        except LoginRefused as refused:
            if isinstance(refused.refusal, (WrongCode, TooManyTries)):
                await self._code_page(step, refused.refusal.say(spoken()), status=_status(refused.refusal))
            else:
                await self._refused(refused.refusal, "")
            return
        if user is None:
            await self._refused(WrongCredentials(), "")
            return
        await self._came_in(user)

    async def _came_in(self, user: Any) -> None:
        self._jupyterhub_user = user
        await remember_device(self, Wiring.shared(), user.name)
        further = self.get_next_url(user)
        if self.recovery_codes:
            self.finish(
                await self.render_template("codici_di_riserva.html", codes=self.recovery_codes, further=further)
            )
        else:
            self.redirect(further)

    async def _refused(self, refusal: Refused, username: str) -> None:
        if isinstance(refusal, SecondFactorNeeded):  # which is no mistake: the form goes on
            await self._code_page(refusal.step)
            return
        fresh_link = None
        if isinstance(refusal, NotConfirmed):
            wiring = Wiring.shared()
            fresh_link = await asyncio.to_thread(offer_fresh_link, wiring.accounts, wiring.clock, username)
        await self._again(refusal.say(spoken()), username, status=_status(refusal), fresh_link=fresh_link)

    async def _again(self, sentence: str, username: str, *, status: int = 403, fresh_link: str | None = None) -> None:
        self.set_status(status)
        self.finish(await self._render(login_error=sentence, username=username, fresh_link=fresh_link))

    async def _code_page(self, step: str, sentence: str = "", *, status: int = 200) -> None:
        wiring = Wiring.shared()
        try:
            enrolment = await asyncio.to_thread(login.enrolment, wiring.accounts, wiring.clock, wiring.settings, step)
        except StepExpired as refusal:
            await self._again(refusal.say(spoken()), "")
            return
        self.set_status(status)
        page = await self.render_template(
            "codice.html",
            step=step,
            enrolment=enrolment,
            errors={"code": sentence} if sentence else {},
            login_action=url_concat(
                self.authenticator.login_url(self.hub.base_url), {"next": self.get_argument("next", "")}
            ),
        )
        self.finish(page)

    def _render(self, login_error: str | None = None, username: str | None = None, **values: Any) -> Any:
        # The stock page forwards the next address only; whoever has just left is told so once.
        left = self.get_query_argument("uscito", "") if self.request.method == "GET" else ""
        return super()._render(login_error=login_error, username=username, left=left, **values)

    def render_template(self, name: str, **values: Any) -> Any:
        """An error's page is our error page: the stock handler would put the Hub's English into the form."""
        return BaseHandler.render_template(self, name, **values)


class LogoutPage(LogoutHandler):
    """Ends this browser's session, its open pages with it, and shows the login page, which says so."""

    async def handle_logout(self) -> None:
        session_id = self.get_session_cookie()
        if self.current_user is not None and session_id:
            # The stock logout only asks the browser to forget its cookies; copies of them would still open the portal.
            wiring = Wiring.shared()
            await asyncio.to_thread(
                sessions.end_one,
                wiring.accounts,
                wiring.clock,
                self.current_user.name,
                session_id,
                address=self.request.remote_ip,
            )
            await wiring.end_sessions()

    async def render_logout_page(self) -> None:
        self.redirect(url_concat(self.settings["login_url"], {"uscito": "1"}), permanent=False)


def _status(refusal: Refused) -> int:
    return 429 if isinstance(refusal, TooManyTries) else 403


def routes(_wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/login", LoginPage), (r"/logout", LogoutPage)]
