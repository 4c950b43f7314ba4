"""``/profilo/consensi``, ``/profilo/copia``, ``/profilo/cancellazione``: consents, a copy of everything, the end."""

from typing import Any

from tornado.httputil import url_concat

from portal_lib.accounts import consents, erasure, personal_data
from portal_lib.accounts.notice import notice
from portal_lib.clock import rome_day
from portal_lib.hub.profile_page import ProfilePage, in_rome
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken


class ConsentsPage(ProfilePage):
    """Each consent with one button that gives or withdraws it, and every answer that was ever given."""

    template = "profilo_consensi.html"
    needs = "customer"

    def facts(self) -> dict[str, Any]:
        answers = consents.history(self.wiring.accounts, self.hub_name)
        standing = {one.purpose: one.granted for one in reversed(answers)}
        return {
            "standing": [(purpose, standing.get(purpose, False)) for purpose in consents.FREE],
            "answers": [
                {
                    "at": in_rome(one.at),
                    "purpose": one.purpose,
                    "granted": one.granted,
                    "channel": one.channel,
                    "notice_version": one.notice_version,
                }
                for one in answers
            ],
        }

    def change(self) -> str:
        settings = self.wiring.settings
        purpose = next((one for one in consents.FREE if one == self.typed("purpose")), None)
        granted = self.typed("granted") == "yes"
        if purpose is None:
            return ""
        consents.choose(
            self.wiring.accounts,
            self.wiring.clock,
            self.hub_name,
            purpose,
            granted,
            notice(settings.notice_version, settings.supplier_name, spoken()),
            address=self.address,
        )
        return "consenso-dato" if granted else "consenso-revocato"

    async def changed(self, result: Any) -> None:
        self.go("consensi", result)


class CopyPage(ProfilePage):
    """POST answers with the ZIP."""

    template = "profilo_copia.html"
    needs = "password"

    def change(self) -> bytes:
        return personal_data.export_own(
            self.wiring.accounts,
            self.wiring.clock,
            self.wiring.settings,
            self.wiring.records,
            self.hub_name,
            self.typed("password"),
            address=self.address,
        )

    async def changed(self, result: Any) -> None:
        self.set_header("Content-Type", "application/zip")
        name = f"i-miei-dati-{rome_day(self.wiring.clock())}.zip"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(result)


class ErasurePage(ProfilePage):
    template = "profilo_cancellazione.html"
    needs = "customer"
    keeps = ("typed",)

    def facts(self) -> dict[str, Any]:
        return {"word": erasure.CONFIRMATION.say(spoken())}

    def change(self) -> None:
        erasure.erase_own(
            self.wiring.accounts,
            self.wiring.clock,
            self.wiring.settings,
            self.hub_name,
            self.typed("password"),
            self.typed("typed"),
            address=self.address,
        )

    async def changed(self, result: Any) -> None:
        self.clear_login_cookie()
        self._jupyterhub_user = None  # the Hub is about to forget who this was, its log included
        await self.wiring.end_sessions()
        self.redirect(url_concat(self.settings["login_url"], {"uscito": "cancellato"}), status=303)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [
        (r"/profilo/consensi", ConsentsPage, ours),
        (r"/profilo/copia", CopyPage, ours),
        (r"/profilo/cancellazione", ErasurePage, ours),
    ]
