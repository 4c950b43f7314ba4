"""``/profilo/codici``: the customer codes of an account: adding one as on the bill, giving one up."""

from typing import Any, ClassVar

from portal_lib.accounts import customer_codes
from portal_lib.accounts.customer_codes import Added
from portal_lib.accounts.registration_form import LIMITS
from portal_lib.hub.profile_page import ProfilePage, rome_day
from portal_lib.hub.wiring import Wiring


class CodesPage(ProfilePage):
    template = "profilo_codici.html"
    needs = "customer"
    keeps: ClassVar[tuple[str, ...]] = ("customer_code", "vat")

    def facts(self) -> dict[str, Any]:
        return {
            "codes": [
                {"code": one.code, "added": rome_day(one.added_at), "approved": one.approved}
                for one in customer_codes.codes_of(self.wiring.accounts, self.hub_name)
            ],
            "limits": LIMITS,
        }

    def change(self) -> Added:
        return customer_codes.add(
            self.wiring.accounts,
            self.wiring.clock,
            self.wiring.directory,
            self.wiring.settings,
            self.hub_name,
            self.typed("customer_code"),
            self.typed("vat"),
            address=self.address,
        )

    async def changed(self, result: Any) -> None:
        await self.wiring.end_sessions()  # open pages were started without the new code
        self.go("codici", "codice" if result.approved else "codice-in-attesa")


class GiveUpCode(CodesPage):
    """POST gives a code up."""

    keeps = ()

    async def get(self) -> None:
        self.redirect(f"{self.start_page}/codici")

    def change(self) -> None:  # type: ignore[override]
        customer_codes.remove(
            self.wiring.accounts, self.wiring.clock, self.hub_name, self.typed("code"), address=self.address
        )

    async def changed(self, result: Any) -> None:
        await self.wiring.end_sessions()  # open pages show its data
        self.go("codici", "codice-tolto")


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [(r"/profilo/codici", CodesPage, ours), (r"/profilo/codici/togli", GiveUpCode, ours)]
