"""``/login`` and ``/logout``, in the visitor's language and without JupyterHub's scripts."""

import asyncio
from typing import Any

from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from tornado.httputil import url_concat

from portal_lib.accounts import sessions
from portal_lib.accounts.exceptions import WrongCredentials
from portal_lib.hub.login_refused import LoginRefused
from portal_lib.hub.pages import STALE, StaleForms, StrictHeaders
from portal_lib.hub.session_start import StartsSession
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken


class LoginPage(StartsSession, StrictHeaders, StaleForms, LoginHandler):
    """The login form; who may come in is decided by the authenticator, which the Hub's API asks as well."""

    async def post(self) -> None:
        username = str(self.get_body_argument("username", "", strip=True))
        if self.stale:
            await self._again(STALE.say(spoken()), username)
            return
        password = str(self.get_body_argument("password", "", strip=False))
        try:
            user = await self.login_user({"username": username, "password": password})
        except LoginRefused as refused:
            await self._again(refused.refusal.say(spoken()), username)
            return
        if user is None:  # blocked by the Hub's own configuration
            await self._again(WrongCredentials().say(spoken()), username)
            return
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))

    async def _again(self, sentence: str, username: str) -> None:
        self.set_status(403)
        self.finish(await self._render(login_error=sentence, username=username))

    def _render(self, login_error: str | None = None, username: str | None = None, **values: Any) -> Any:
        # The stock page forwards the next address only; whoever has just left is told so once.
        left = self.request.method == "GET" and self.get_query_argument("uscito", "") == "1"
        return super()._render(login_error=login_error, username=username, left=left, **values)


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


def routes(_wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/login", LoginPage), (r"/logout", LogoutPage)]
