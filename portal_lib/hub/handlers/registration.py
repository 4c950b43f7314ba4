"""``/registrati``: the registration form; ``/registrati/benvenuto``: what comes next; ``/informativa``: the
notice.
"""

from collections.abc import Sequence
from typing import Any

from tornado.httputil import url_concat

from portal_lib.accounts.exceptions import FormRefused
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.notice import notice
from portal_lib.accounts.password_rules import rule
from portal_lib.accounts.registration import register
from portal_lib.accounts.registration_form import LABELS, LIMITS, RegistrationForm
from portal_lib.hub.pages import STALE, FormPage, PortalPage
from portal_lib.hub.slow_work import hashing
from portal_lib.hub.wiring import Wiring
from portal_lib.language import spoken
from portal_lib.refused import Refused

#: How the outcome of a registration stands in the welcome page's address.
_OUTCOMES = {"typed": "mail", "on_file": "archivio", "waiting": "attesa"}


class RegistrationPage(FormPage):
    """The registration form; every mistake stands beside its field, and all of them at once."""

    scripted = True  # ticks the password's rules off, and compares codice fiscale and name

    async def get(self) -> None:
        await self._form(RegistrationForm())

    async def submitted(self) -> None:
        form = self._typed_form()
        wiring = self.wiring
        try:
            # Argon2id takes its time, and both databases are asked: not on the event loop.
            done = await hashing(
                register,
                wiring.accounts,
                wiring.clock,
                wiring.directory,
                wiring.settings,
                form,
                language=spoken(),
                address=self.address,
            )
        except FormRefused as refused:
            await self._form(form, refused.errors, status=422)
            return
        except TooManyTries as refusal:
            await self._form(form, notice_above=self.say(refusal), status=429)
            return
        # Flags that are the same for everybody: the address tells nothing about anybody.
        flags = {"esito": _OUTCOMES[done.outcome]}
        if not done.name_fits:
            flags["controlla"] = "nome"
        if not done.approved:
            flags["accesso"] = "attesa"
        self.redirect(url_concat(f"{self.hub.base_url}registrati/benvenuto", flags), status=303)

    async def went_stale(self) -> None:
        await self._form(self._typed_form(), notice_above=STALE.say(spoken()), status=403)

    def _typed_form(self) -> RegistrationForm:
        return RegistrationForm(**{field: self.typed(field) for field in LABELS})

    async def _form(
        self,
        form: RegistrationForm,
        errors: Sequence[Refused] = (),
        *,
        notice_above: str = "",
        status: int = 200,
    ) -> None:
        beside: dict[str, str] = {}
        for error in errors:
            beside.setdefault(error.field or "", error.say(spoken()))
        await self.show(
            "registrati.html",
            status=status,
            values=form.to_show_again(),
            errors=beside,
            notice_above=notice_above,
            labels={field: label.say(spoken()) for field, label in LABELS.items()},
            limits=LIMITS,
            password_rule=rule(self.wiring.settings).say(spoken()),
            waived_from=self.wiring.settings.password_classes_until,
        )


class WelcomePage(PortalPage):
    """Where a registration leads; it says where to go on, nothing about anybody."""

    async def get(self) -> None:
        outcome = self.get_query_argument("esito", "mail")
        await self.show(
            "benvenuto.html",
            outcome=outcome if outcome in _OUTCOMES.values() else "mail",
            # The page says that a mail was sent only once the mail server takes mail.
            held_up=outcome != "attesa" and await self.wiring.mail_is_held_up(),
            name_differs=self.get_query_argument("controlla", "") == "nome",
            to_approve=self.get_query_argument("accesso", "") == "attesa",
        )


class NoticePage(PortalPage):
    """The privacy notice that the form's boxes link to."""

    async def get(self) -> None:
        settings = self.wiring.settings
        shown = notice(settings.notice_version, settings.supplier_name, spoken())
        await self.show("informativa.html", notice=shown)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [
        (r"/registrati", RegistrationPage, ours),
        (r"/registrati/benvenuto", WelcomePage, ours),
        (r"/informativa", NoticePage, ours),
    ]
