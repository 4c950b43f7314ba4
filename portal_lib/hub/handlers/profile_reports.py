"""``/profilo/avvisi``: whether a mail comes when a document is there."""

from typing import Any

from portal_lib.accounts import report_mails
from portal_lib.hub.profile_page import ProfilePage
from portal_lib.hub.wiring import Wiring


class NoticesPage(ProfilePage):
    template = "profilo_avvisi.html"
    needs = "customer"

    def facts(self) -> dict[str, Any]:
        return {"wanted": report_mails.wanted(self.wiring.accounts, self.hub_name)}

    def change(self) -> bool:
        wanted = self.typed("wanted") == "yes"
        report_mails.choose(self.wiring.accounts, self.wiring.clock, self.hub_name, wanted, address=self.address)
        return wanted

    async def changed(self, result: Any) -> None:
        self.go("", "avvisi-si" if result else "avvisi-no")


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/profilo/avvisi", NoticesPage, {"wiring": wiring})]
