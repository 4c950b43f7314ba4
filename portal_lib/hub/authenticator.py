"""Who may come in, decided in one place for every way in.

The login page and ``POST /hub/api/users/<name>/tokens`` both end in
:meth:`CustomerAuthenticator.authenticate`; a rule that stood only in the page would be no rule.
"""

import asyncio
import functools
from typing import Any, Literal

from jupyterhub.auth import Authenticator
from traitlets import default

from portal_lib.accounts import login
from portal_lib.accounts.exceptions import WrongCredentials
from portal_lib.accounts.people import active_person
from portal_lib.hub.delivery import start_mail_delivery
from portal_lib.hub.login_refused import LoginRefused
from portal_lib.hub.pages import frame, who
from portal_lib.hub.routes import routes
from portal_lib.hub.wiring import Wiring
from portal_lib.refused import Refused

#: Longer than any login name, and short enough to normalise at no cost.
_LONGEST_TYPED_NAME = 200


class CustomerAuthenticator(Authenticator):
    """Logs customers and staff in against the accounts database, and keeps their Hub groups what they are
    there.

    The Hub user name is the account's opaque name, never the login name. Groups are ``customer-<code>`` or
    the staff group. A frozen account is out at its next request after ``auth_refresh_age`` seconds.
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

    @default("auth_refresh_age")
    def _auth_refresh_age(self) -> int:
        return 30  # one indexed read; the stock 300 would keep a frozen account in for five minutes

    @default("auth_refresh_strict")
    def _auth_refresh_strict(self) -> bool:
        return True  # a token of a frozen account opens nothing either

    def normalize_username(self, username: str) -> str:
        """The Hub name as it is: made by us, and nothing that a person typed."""
        return username

    async def authenticate(self, handler: Any, data: Any) -> dict[str, Any] | None:
        """``{"name", "groups"}`` of who these credentials belong to; raises :class:`LoginRefused`."""
        username, password = (data.get("username"), data.get("password")) if isinstance(data, dict) else (None, None)
        if not isinstance(username, str) or not isinstance(password, str):
            raise LoginRefused(WrongCredentials())
        try:
            # Argon2id takes tens of milliseconds on purpose: in a thread, so that nobody else waits.
            person = await asyncio.to_thread(
                login.check,
                self.wiring.accounts,
                self.wiring.clock,
                username[:_LONGEST_TYPED_NAME],
                password,
                address=handler.request.remote_ip if handler is not None else None,
            )
        except Refused as refusal:
            raise LoginRefused(refusal) from None
        return {"name": person.hub_name, "groups": list(person.groups)}

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> dict[str, Any] | Literal[True, False]:
        """Their groups as they are now; False (log in again) where the account is frozen or gone."""
        person = await asyncio.to_thread(active_person, self.wiring.accounts, user.name)
        if person is None:
            return False
        if {group.name for group in user.groups} == set(person.groups):
            return True
        return {"name": person.hub_name, "groups": list(person.groups)}

    def get_handlers(self, app: Any) -> list[tuple[Any, ...]]:
        """The portal's pages. The Hub asks once, while it starts: mail delivery starts with it."""
        # In place: the Hub has already handed this dictionary to its templates.
        app.template_vars.update(frame=frame(self.wiring, app.hub_prefix), who=functools.partial(who, self.wiring))
        self._delivery = start_mail_delivery(self.wiring)
        return routes(self.wiring)
