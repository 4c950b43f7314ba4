"""``/profilo/dispositivi``: where one is logged in, and out of all of it at once."""

from typing import Any

from tornado.httputil import url_concat

from portal_lib.accounts.browsers import in_words
from portal_lib.accounts.profile import end_everywhere
from portal_lib.accounts.sessions import open_sessions
from portal_lib.hub.profile_page import ProfilePage, in_rome
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken


class SessionsPage(ProfilePage):
    template = "profilo_dispositivi.html"

    def facts(self) -> dict[str, Any]:
        found = open_sessions(self.wiring.accounts, self.wiring.clock, self.hub_name, self.get_session_cookie())
        return {
            "open_sessions": [
                {
                    "browser": in_words(one.agent).say(spoken()),
                    "started": in_rome(one.started_at),
                    "seen": in_rome(one.seen_at),
                    "address": one.address or "",
                    "current": one.current,
                }
                for one in found
            ]
        }

    def change(self) -> None:
        end_everywhere(self.wiring.accounts, self.wiring.clock, self.hub_name, address=self.address)

    async def changed(self, result: Any) -> None:
        await self.wiring.end_sessions()
        self.clear_login_cookie()
        self.redirect(url_concat(self.settings["login_url"], {"uscito": "ovunque"}), status=303)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/profilo/dispositivi", SessionsPage, {"wiring": wiring})]
