"""What the pages of «Il mio profilo» share: whose profile it is, the form again with its mistakes, what was done."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from portal_lib.accounts.exceptions import FormRefused
from portal_lib.accounts.exceptions.throttle import TooManyTries
from portal_lib.accounts.profile import Profile, profile_of
from portal_lib.clock import ROME
from portal_lib.hub.pages import STALE, PersonPage
from portal_lib.hub.slow_work import hashing
from portal_lib.language import Said, spoken
from portal_lib.refused import Refused

#: What a page says once something has been done; the key stands in its address.
DONE: dict[str, Said] = {
    "indirizzo": Said(
        "Ti abbiamo inviato una mail al nuovo indirizzo: aprila e conferma. Fino ad allora resta quello attuale.",
        "We sent a mail to the new address: open it and confirm. Until then the present one stays.",
    ),
    "cellulare": Said("Il numero di cellulare è aggiornato.", "The mobile number is up to date."),
    "lingua": Said("La lingua è cambiata.", "The language has changed."),
    "avvisi-si": Said(
        "D'ora in poi ti avvisiamo per mail quando c'è un nuovo documento.",
        "From now on we tell you by mail when there is a new document.",
    ),
    "avvisi-no": Said("Non ti avvisiamo più per mail.", "We no longer tell you by mail."),
    "password": Said(
        "La password è cambiata. Tutti gli altri dispositivi sono usciti; questo è ancora dentro.",
        "The password has changed. All other devices were logged out; this one is still in.",
    ),
    "codice": Said(
        "Il codice cliente è aggiunto: ora vedi anche i suoi dati.",
        "The customer code was added: you see its data now.",
    ),
    "codice-in-attesa": Said(
        "Il codice cliente è aggiunto. I suoi dati si vedono quando il referente o il nostro personale lo approva.",
        "The customer code was added. Its data is shown once its contact or our staff have approved it.",
    ),
    "codice-tolto": Said(
        "Il codice cliente non è più collegato al tuo account.",
        "The customer code is no longer connected with your account.",
    ),
    "accesso-revocato": Said(
        "Il codice di accesso è revocato e non apre più nulla.",
        "The access code is revoked and opens nothing any more.",
    ),
    "consenso-dato": Said("Il consenso è registrato. Grazie.", "Your consent is recorded. Thank you."),
    "consenso-revocato": Said("Il consenso è revocato.", "Your consent is withdrawn."),
    "verifica-disattivata": Said(
        "La verifica in due passaggi è disattivata: per entrare basta la password.",
        "Two-step verification is off: the password alone lets you in.",
    ),
}


class ProfilePage(PersonPage):
    """One page of the profile. GET shows it; POST calls :meth:`change` off the event loop, then leads to where
    :meth:`changed` says, or shows the form again with every mistake.
    """

    template: ClassVar[str]
    #: Whom the page is for: everybody, who has a password here, or customers. Others are led to the start page.
    needs: ClassVar[Literal["nothing", "password", "customer"]] = "nothing"
    #: The fields that are shown again as they were typed.
    keeps: ClassVar[tuple[str, ...]] = ()

    profile: Profile

    async def prepare(self) -> None:
        await super().prepare()
        if self._finished:
            return
        self.profile = await asyncio.to_thread(profile_of, self.wiring.accounts, self.hub_name)
        open_to = {
            "nothing": True,
            "password": self.profile.has_password,
            "customer": self.profile.customer and self.profile.has_password,
        }
        if not open_to[self.needs]:
            self.redirect(self.start_page)

    @property
    def start_page(self) -> str:
        return f"{self.hub.base_url}profilo"

    async def get(self) -> None:
        done = DONE.get(self.get_query_argument("fatto", ""))
        await self.page(done=done.say(spoken()) if done else "")

    async def submitted(self) -> None:
        try:
            result = await hashing(self.change)
        except FormRefused as refused:
            await self.page(refused.errors)
        except Refused as refusal:
            await self.page([refusal])
        else:
            await self.changed(result)

    async def went_stale(self) -> None:
        await self.page(notice_above=STALE.say(spoken()), status=403)

    def change(self) -> Any:
        """Do what was asked for; in a thread. Raises what the page is to say instead."""
        raise NotImplementedError

    async def changed(self, result: Any) -> None:
        """Answer, once it is done."""
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """What the template shows beside the profile; in a thread."""
        return {}

    async def page(
        self, errors: Sequence[Refused] = (), *, notice_above: str = "", status: int = 200, **values: Any
    ) -> None:
        """Show the page, with the mistakes beside their fields."""
        beside: dict[str, str] = {}
        for error in errors:
            beside.setdefault(error.field or "", error.say(spoken()))
        if errors:
            status = 429 if any(isinstance(error, TooManyTries) for error in errors) else 422
        sent = self.request.method == "POST"
        shown: dict[str, Any] = {
            "profile": self.profile,
            "values": {field: self.typed(field) if sent else "" for field in self.keeps},
            "errors": beside,
            "notice_above": notice_above,
            "done": "",
        }
        await self.show(self.template, status=status, **(shown | await asyncio.to_thread(self.facts) | values))

    def go(self, page: str, done: str) -> None:
        """Lead to a page of the profile ("" is its start), which says what was done."""
        where = f"{self.start_page}/{page}" if page else self.start_page
        self.redirect(f"{where}?fatto={done}", status=303)


def in_rome(instant: datetime | None) -> str:
    """A naive UTC instant of the database as people read it, in Rome time."""
    return "" if instant is None else f"{instant.replace(tzinfo=UTC).astimezone(ROME):%d/%m/%Y %H:%M}"


def rome_day(instant: datetime) -> str:
    return in_rome(instant).partition(" ")[0]
