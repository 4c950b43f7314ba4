"""Who may come in, decided in one place for every way in.

The login page and ``POST /hub/api/users/<name>/tokens`` both end in
:meth:`CustomerAuthenticator.authenticate`; a rule that stood only in the page would be no rule.
"""

import asyncio
import functools
from typing import Any, Literal

from jupyterhub.auth import Authenticator
from traitlets import Float, default

from portal_lib.accounts import login, sessions
from portal_lib.accounts.exceptions import WrongCredentials
from portal_lib.accounts.people import Person, active_person
from portal_lib.accounts.staff_sign_on import SignedOn, sign_on
from portal_lib.hub.delivery import PostOffice
from portal_lib.hub.device_cookie import device_of
from portal_lib.hub.handlers.sign_on import DOOR
from portal_lib.hub.housekeeping import start_housekeeping
from portal_lib.hub.login_refused import LoginRefused
from portal_lib.hub.pages import frame, who
from portal_lib.hub.recovery_answers import start_recovery_desk
from portal_lib.hub.report_notices import start_report_notices
from portal_lib.hub.routes import routes
from portal_lib.hub.server import asked_page
from portal_lib.hub.session_ends import SessionEnds
from portal_lib.hub.slow_work import hashing
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken, translated
from portal_lib.refused import Refused

#: Longer than any login name, and short enough to normalise at no cost.
_LONGEST_TYPED_NAME = 200


class CustomerAuthenticator(Authenticator):
    """Logs customers and staff in against the accounts database, and keeps their Hub groups what they are
    there.

    The Hub user name is the account's opaque name, never the login name. Groups are ``customer-<code>`` or
    the staff group. A frozen account and an ended session are out at their next request.
    """

    @property
    def wiring(self) -> Wiring:
        return Wiring.shared()

    @default("manage_groups")
    def _manage_groups(self) -> bool:
        return True

    @default("allow_all")
    def _allow_all(self) -> bool:
        return True  # whoever has an active account; `authenticate` lets nobody else through

    #: At every request (two indexed reads): an ended session is over at once. The stock trait counts whole seconds.
    auth_refresh_age = Float(0.000_001)

    @default("auth_refresh_strict")
    def _auth_refresh_strict(self) -> bool:
        return True  # a token of a frozen account opens nothing either

    def normalize_username(self, username: str) -> str:
        """The Hub name as it is: made by us, and nothing that a person typed."""
        return username

    async def authenticate(self, handler: Any, data: Any) -> dict[str, Any] | None:
        """``{"name", "groups"}`` of who these credentials belong to; raises :class:`LoginRefused`."""
        if isinstance(data, SignedOn):  # which no form and no API call can be
            return await self._signed_on(handler, data)
        fields = data if isinstance(data, dict) else {}
        step, code = fields.get("second_step"), fields.get("code")
        username, password = fields.get("username"), fields.get("password")
        try:
            if isinstance(step, str) and isinstance(code, str):
                person = await self._second_step(handler, step, code)
            elif isinstance(username, str) and isinstance(password, str):
                person = await self._first_step(handler, username, password)
            else:
                raise LoginRefused(WrongCredentials())
        except Refused as refusal:
            raise LoginRefused(refusal) from None
        return {"name": person.hub_name, "groups": list(person.groups)}

    async def _first_step(self, handler: Any, username: str, password: str) -> Person:
        wiring = self.wiring
        # Argon2id takes tens of milliseconds on purpose: in a thread, so that nobody else waits.
        return await hashing(
            login.check,
            wiring.accounts,
            wiring.clock,
            wiring.settings,
            username[:_LONGEST_TYPED_NAME],
            password,
            device=device_of(handler) if handler is not None else None,
            address=handler.request.remote_ip if handler is not None else None,
        )

    async def _second_step(self, handler: Any, step: str, code: str) -> Person:
        wiring = self.wiring
        came_in = await asyncio.to_thread(
            login.complete,
            wiring.accounts,
            wiring.clock,
            wiring.settings,
            step,
            code,
            address=handler.request.remote_ip if handler is not None else None,
        )
        if came_in.recovery_codes and handler is not None:
            handler.recovery_codes = came_in.recovery_codes  # the login page shows them, once
        return came_in.person

    async def _signed_on(self, handler: Any, who: SignedOn) -> dict[str, Any]:
        """Staff whom the identity provider has vouched for; a change of group ends what began under the old one."""
        wiring = self.wiring
        try:
            person = await asyncio.to_thread(
                sign_on, wiring.accounts, wiring.clock, wiring.settings, who, address=handler.request.remote_ip
            )
        except Refused as refusal:
            await wiring.end_sessions()
            raise LoginRefused(refusal) from None
        await wiring.end_sessions()
        return {"name": person.hub_name, "groups": list(person.groups)}

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> dict[str, Any] | Literal[True, False]:
        """Their groups as they are now; False (log in again) where the account is closed or the session has ended."""
        by_cookie = _came_by_cookie(user, handler)
        person = await asyncio.to_thread(active_person, self.wiring.accounts, user.name)
        if person is None:
            return False
        if by_cookie:
            session_id = handler.get_session_cookie() or ""
            live = await asyncio.to_thread(
                sessions.is_live, self.wiring.accounts, self.wiring.clock, user.name, session_id
            )
            if not live:
                return False
        if {group.name for group in user.groups} == set(person.groups):
            return True
        return {"name": person.hub_name, "groups": list(person.groups)}

    def get_handlers(self, app: Any) -> list[tuple[Any, ...]]:
        """The portal's pages. The Hub asks once, while it starts: mail delivery starts with it."""
        # In place: the Hub has already handed this dictionary to its templates.
        app.template_vars.update(
            frame=frame(self.wiring, app.hub_prefix),
            who=functools.partial(who, self.wiring),
            sign_on_url=f"{app.hub_prefix}{DOOR}" if self.wiring.settings.sign_on_issuer else "",
            language=lambda _user: spoken(),
            here=lambda _user: asked_page(),
            # The Hub calls what can be called with the user, so a function is handed over by another.
            **dict.fromkeys(("_", "gettext"), lambda _user: translated),
        )
        for environment in ("jinja2_env", "jinja2_env_sync"):
            app.tornado_settings[environment].add_extension("jinja2.ext.i18n")
        self.wiring.session_ends = SessionEnds(self.wiring, app)
        self._session_ends = self.wiring.session_ends.start()
        self.wiring.post_office = PostOffice(self.wiring)
        self._delivery = self.wiring.post_office.start()
        self._recovery_desk = start_recovery_desk(self.wiring)
        self._housekeeping = start_housekeeping(self.wiring)
        self._report_notices = start_report_notices(self.wiring)
        return routes(self.wiring)


def _came_by_cookie(user: Any, handler: Any) -> bool:
    """Whether it is this user's own browser that asks, rather than a token or somebody else's request."""
    if handler is None:
        return False
    # JupyterHub 6.1 sets this for tokens alone, and then asks for it where a refresh has failed.
    handler._token_authenticated = getattr(handler, "_token_authenticated", False)
    return not handler._token_authenticated and handler._jupyterhub_user is user
