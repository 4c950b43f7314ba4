"""``/profilo/accessi``: access codes with which a customer's own programs fetch exports."""

from typing import Any, ClassVar

from portal_lib.accounts import export_tokens
from portal_lib.hub.landing import PAGES
from portal_lib.hub.profile_page import ProfilePage, in_rome, rome_day
from portal_lib.hub.wiring import Wiring

#: How a program asks, for people to copy.
_EXAMPLE = (
    'curl -H "Authorization: Bearer pex_…" \\\n'
    '  "{address}letture.csv?punti=tutti&da=2026-01-01&a=2026-02-01&passo=ora"'
)

#: What the form proposes, in days.
_USUAL = 90


class ExportTokensPage(ProfilePage):
    template = "profilo_accessi.html"
    needs = "customer"
    keeps: ClassVar[tuple[str, ...]] = ("label", "days")

    def facts(self) -> dict[str, Any]:
        longest = self.wiring.settings.export_token_days
        facts = {
            "tokens": [
                {
                    "id": one.id,
                    "label": one.label,
                    "created": rome_day(one.created_at),
                    "expires": rome_day(one.expires_at),
                    "used": in_rome(one.used_at),
                }
                for one in export_tokens.tokens_of(self.wiring.accounts, self.wiring.clock, self.hub_name)
            ],
            "longest": longest,
            "most": export_tokens.MOST,
            "limit": export_tokens.LONGEST_LABEL,
            "example": _EXAMPLE.format(address=f"{self.wiring.settings.address}{PAGES}export/"),
            "secret": "",
        }
        return facts if self.request.method == "POST" else facts | {"values": {"days": min(_USUAL, longest)}}

    def change(self) -> str:
        return export_tokens.create(
            self.wiring.accounts,
            self.wiring.clock,
            self.wiring.settings,
            self.hub_name,
            self.typed("label"),
            self.typed("days"),
            self.typed("password"),
            address=self.address,
        )

    async def changed(self, result: Any) -> None:
        # The one time that it is shown: in no address, and in no page that a browser keeps.
        await self.page(secret=result, values={"days": min(_USUAL, self.wiring.settings.export_token_days)})


class RevokeExportToken(ExportTokensPage):
    """POST revokes one."""

    keeps = ()

    async def get(self) -> None:
        self.redirect(f"{self.start_page}/accessi")

    def change(self) -> None:  # type: ignore[override]
        typed = self.typed("id")
        if typed.isascii() and typed.isdigit() and len(typed) <= 9:
            export_tokens.revoke(
                self.wiring.accounts, self.wiring.clock, self.hub_name, int(typed), address=self.address
            )

    async def changed(self, result: Any) -> None:
        self.go("accessi", "accesso-revocato")


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [(r"/profilo/accessi", ExportTokensPage, ours), (r"/profilo/accessi/revoca", RevokeExportToken, ours)]
