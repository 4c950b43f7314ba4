"""``/profilo``: everything about one's own account at a glance, each thing with the page that changes it."""

from typing import Any

from portal_lib.accounts import address_change, consents, export_tokens, report_mails, second_factor, sessions
from portal_lib.accounts.customer_codes import codes_of
from portal_lib.hub.profile_page import ProfilePage
from portal_lib.hub.wiring import Wiring


class StartPage(ProfilePage):
    template = "profilo.html"

    def facts(self) -> dict[str, Any]:
        accounts, clock, name = self.wiring.accounts, self.wiring.clock, self.hub_name
        given = {row.purpose: row.granted for row in reversed(consents.history(accounts, name))}
        return {
            "pending_email": address_change.pending(accounts, clock, name),
            "second_factor": second_factor.state(accounts, self.wiring.settings, name),
            "codes": codes_of(accounts, name),
            "open_sessions": len(sessions.open_sessions(accounts, clock, name)),
            "export_tokens": len(export_tokens.tokens_of(accounts, clock, name)),
            "report_mails": report_mails.wanted(accounts, name),
            "consents_given": sum(bool(given.get(purpose)) for purpose in consents.FREE),
        }

    async def submitted(self) -> None:
        self.redirect(self.start_page, status=303)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/profilo/?", StartPage, {"wiring": wiring})]
