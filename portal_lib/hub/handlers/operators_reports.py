"""``/operatori/consegne``: what is owed by when, and what is missing, failing or late.

``/deposito/chiave.pem`` gives anybody the public half of the key that signs what was deposited.
"""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tornado.web import HTTPError, RequestHandler

from portal_lib import db
from portal_lib.deposit.signing import public_path
from portal_lib.hub.operator_page import OperatorPage
from portal_lib.hub.wiring import Wiring
from portal_lib.language import Said, spoken
from portal_lib.refused import Refused
from portal_lib.reporting.owed import Standing, State, standings
from portal_lib.reporting.running_due import catalogue_of

_SHOWN = 200

_STATES: dict[State, Said] = {
    "owed": Said("da fare", "to do"),
    "running": Said("in corso", "being made"),
    "failed": Said("non riesce", "failing"),
    "provisional": Said("provvisorio", "provisional"),
    "done": Said("depositato", "deposited"),
}


@dataclass(frozen=True)
class Standings:
    """All that is owed, in numbers, and the part of it that is shown."""

    owed: int
    done: int
    done_late: int
    late: int
    soon: int
    failing: int
    penalty: Decimal
    per_day: Decimal
    shown: list[dict[str, Any]]
    more: int
    signed: bool


class DeliveriesPage(OperatorPage):
    """GET shows what is missing; with ``quali=tutte``, what is done too."""

    async def get(self) -> None:
        every = self.get_query_argument("quali", "") == "tutte"
        try:
            found = await asyncio.to_thread(self._look, every)
        except Refused as refusal:  # a tender's file has a mistake: operators are told which
            await self.show("operatori_consegne.html", status=500, found=None, every=every, wrong=refusal.say(spoken()))
            return
        await self.show("operatori_consegne.html", found=found, every=every, wrong="", euro=euro)

    def _look(self, every: bool) -> Standings:
        settings = self.wiring.settings
        catalogue = catalogue_of(settings)
        with db.reading(self.wiring.data) as connection:
            found = standings(connection, catalogue, self.wiring.clock)
        warn_days = {tender.id: tender.warn_days for tender in catalogue.tenders.values()}
        done = [one for one in found if not one.open]
        missing = [one for one in found if one.open]
        late = [one for one in missing if one.late]
        soon = [one for one in missing if not one.late and one.is_pressing(warn_days[one.piece.report.tender_id])]
        wanted = [*missing, *reversed(done)] if every else missing
        return Standings(
            owed=len(found),
            done=len(done),
            done_late=sum(one.late for one in done),
            late=len(late),
            soon=len(soon),
            failing=sum(one.state == "failed" for one in found),
            penalty=sum((one.penalty for one in found), Decimal(0)),
            per_day=sum((one.piece.report.penalty_per_day for one in late), Decimal(0)),
            shown=[_shown(one) for one in wanted[:_SHOWN]],
            more=max(0, len(wanted) - _SHOWN),
            signed=settings.deposit_key_file.exists(),
        )


def _shown(one: Standing) -> dict[str, Any]:
    language = spoken()
    made = one.deposit
    return {
        "title": one.piece.report.title,
        "report": one.piece.report.id,
        "period": str(one.piece.period),
        "customer": one.piece.customer_code,
        "tender": one.piece.report.tender,
        "state": one.state,
        "state_in_words": _STATES[one.state].say(language),
        "due": f"{one.piece.due_on:%d/%m/%Y}",
        "open": one.open,
        "late": one.late,
        "days_late": one.days_late,
        "days_left": one.days_left,
        "penalty": euro(one.penalty) if one.penalty else "",
        "version": made.version if made else None,
        "deposited_at": made.deposited_at.replace(tzinfo=None) if made else None,
        "reason": (one.reason_it if language == "it" else one.reason_en) or "",
        "failures": one.failures,
        "next_try": one.next_try if one.state == "failed" else None,
    }


def euro(amount: Decimal) -> str:
    """An amount as people read it: 1.234,50 € in Italian, €1,234.50 in English."""
    if spoken() == "en":
        return f"€{amount:,.2f}"
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,")) + " €"


class PublicKey(RequestHandler):
    """The public key as PEM, for whoever checks a signature."""

    def initialize(self, wiring: Wiring) -> None:
        self.wiring = wiring

    async def get(self) -> None:
        path = public_path(self.wiring.settings.deposit_key_file)
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError:
            raise HTTPError(404) from None
        self.set_header("Content-Type", "application/x-pem-file")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(content)


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    ours = {"wiring": wiring}
    return [(r"/operatori/consegne", DeliveriesPage, ours), (r"/deposito/chiave\.pem", PublicKey, ours)]
