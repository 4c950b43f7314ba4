"""Who is asking: the Hub's answer about a browser, turned into the visitor that the pages serve."""

import contextvars
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyterhub.singleuser.extension import JupyterHubIdentityProvider, JupyterHubOAuthCallbackHandler
from jupyterhub.utils import url_path_join
from tornado.escape import json_decode, url_escape
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from portal_lib.language import Language
from portal_lib.visitor import Visitor

_CUSTOMER_GROUP = "customer-"
STAFF_GROUPS = frozenset({"analysts", "operators"})


@dataclass(frozen=True)
class Guest:
    """Somebody whom the Hub vouches for: the visitor, whether they are staff, and the login session they came in."""

    visitor: Visitor
    staff: bool
    session_id: str = ""


def guest_of(user: Mapping[str, Any]) -> Guest:
    """The guest behind a Hub user model. Customer codes are the groups ``customer-<code>``, and nothing else is."""
    groups = [str(group) for group in user.get("groups", ())]
    codes = frozenset(group.removeprefix(_CUSTOMER_GROUP) for group in groups if group.startswith(_CUSTOMER_GROUP))
    return Guest(
        Visitor(name=str(user["name"]), codes=codes),
        staff=not STAFF_GROUPS.isdisjoint(groups),
        session_id=str(user.get("session_id") or ""),
    )


@dataclass(frozen=True)
class Opening:
    """A page that is being opened: whose it is, the kernel id that was set aside for it, and how it was asked for.

    The ``query`` is the address's, as the browser sent it.
    """

    guest: Guest
    kernel_id: str
    language: Language = "it"
    query: str = ""


#: The page for which a kernel is being started, from the page's handler to the kernel manager.
opening_for: contextvars.ContextVar[Opening] = contextvars.ContextVar("opening_for")


class PortalIdentity(JupyterHubIdentityProvider):
    """The Hub's OAuth, under the service's own prefix (Voilà does not prefix an identity provider's handlers)."""

    def get_handlers(self) -> list[tuple[Any, ...]]:
        address = url_path_join(self.hub_auth.base_url, "oauth_callback")
        return [(address, JupyterHubOAuthCallbackHandler, {"hub_auth": self.hub_auth})]

    async def display_name(self, name: str) -> str:
        """The person's name as they registered it, asked from the Hub; the empty string when it does not say."""
        known: dict[str, str] = self.__dict__.setdefault("_display_names", {})
        if name not in known:
            url = url_path_join(self.hub_auth.api_url, "portale", "people", url_escape(name, plus=False))
            request = HTTPRequest(url, headers={"Authorization": f"token {self.hub_auth.api_token}"})
            try:
                reply = await AsyncHTTPClient().fetch(request)
            except (HTTPClientError, OSError) as error:
                self.log.warning("The Hub did not say who %s is: %s", name, error)
                return ""
            person = json_decode(reply.body)
            full = f"{person.get('first_name', '')} {person.get('last_name', '')}".strip()
            if len(known) > 10_000:
                known.clear()
            known[name] = full or str(person.get("login", ""))
        return known[name]
