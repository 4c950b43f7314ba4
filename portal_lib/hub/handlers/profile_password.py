"""``/profilo/password``: a new password. Every session ends; this browser gets a fresh one at once."""

from typing import Any

from portal_lib.accounts.password_change import change
from portal_lib.accounts.password_rules import rule
from portal_lib.hub.device_cookie import remember_device
from portal_lib.hub.profile_page import ProfilePage
from portal_lib.hub.session_start import StartsSession
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken


class PasswordPage(StartsSession, ProfilePage):
    template = "profilo_password.html"
    needs = "password"
    scripted = True  # password.js ticks the rules off

    def facts(self) -> dict[str, Any]:
        settings = self.wiring.settings
        return {"password_rule": rule(settings).say(spoken()), "waived_from": settings.password_classes_until}

    def change(self) -> None:
        change(
            self.wiring.accounts,
            self.wiring.clock,
            self.wiring.settings,
            self.hub_name,
            self.typed("present"),
            self.typed("password"),
            self.typed("password_again"),
            address=self.address,
        )

    async def changed(self, result: Any) -> None:
        # First everything ends, this browser's session too; then it is let in as after a login. Whoever had copied
        # its cookie is out.
        await self.wiring.end_sessions()
        await self.start_session(self.current_user)
        await remember_device(self, self.wiring, self.hub_name)
        self.go("", "password")


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/profilo/password", PasswordPage, {"wiring": wiring})]
