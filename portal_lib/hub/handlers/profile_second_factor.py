"""``/profilo/verifica``: two-step verification on and off, and its recovery codes, which are shown once."""

from typing import Any

from portal_lib.accounts import second_factor
from portal_lib.accounts.exceptions.second_factor import NotOn
from portal_lib.accounts.own_password import prove
from portal_lib.hub.profile_page import ProfilePage, rome_day
from portal_lib.hub.wiring import Wiring


class SecondFactorPage(ProfilePage):
    """POST says by ``step`` what is wanted: ``begin``, ``enable``, ``renew`` or ``disable``.

    Each asks for the password but the second step of turning it on, which carries what the first has shown: else who
    finds an open browser could lock its owner out.
    """

    template = "profilo_verifica.html"
    needs = "password"

    def facts(self) -> dict[str, Any]:
        state = second_factor.state(self.wiring.accounts, self.wiring.settings, self.hub_name)
        # Shown again beside a mistyped code; who only looks at the page sees no secret.
        mistyped = self.request.method == "POST" and self.typed("step") == "enable" and not state.on
        return {
            "state": state,
            "since": rome_day(state.since) if state.since else "",
            "enrolment": self._shown() if mistyped else None,
            "recovery_codes": [],
            "step": self.typed("step") if self.request.method == "POST" else "",
        }

    def change(self) -> dict[str, Any]:
        wiring = self.wiring
        step = self.typed("step")
        if step == "enable":
            if self._shown() is None and not second_factor.state(wiring.accounts, wiring.settings, self.hub_name).on:
                raise NotOn
            codes = second_factor.enable(
                wiring.accounts, wiring.clock, wiring.settings, self.hub_name, self.typed("code"), address=self.address
            )
            return {"recovery_codes": codes}
        prove(
            wiring.accounts, wiring.clock, wiring.settings, self.hub_name, self.typed("password"), address=self.address
        )
        if step == "begin":
            return {
                "enrolment": second_factor.begin_enrolment(
                    wiring.accounts, wiring.clock, wiring.settings, self.hub_name
                )
            }
        if step == "renew":
            return {
                "recovery_codes": second_factor.renew_recovery_codes(
                    wiring.accounts, wiring.clock, self.hub_name, address=self.address
                )
            }
        if step == "disable":
            second_factor.disable(wiring.accounts, wiring.clock, wiring.settings, self.hub_name, address=self.address)
        return {}

    def _shown(self) -> second_factor.Enrolment | None:
        """What this browser was shown after its password; the form sends the secret along."""
        return second_factor.shown_enrolment(
            self.wiring.accounts, self.wiring.settings, self.hub_name, self.typed("secret")
        )

    async def changed(self, result: Any) -> None:
        if result:
            # The one time that these are shown: in no address, and in no page that a browser keeps.
            await self.page(**result)
        elif self.typed("step") == "disable":
            self.go("", "verifica-disattivata")
        else:
            self.go("verifica", "")


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/profilo/verifica", SecondFactorPage, {"wiring": wiring})]
