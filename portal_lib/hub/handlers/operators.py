"""``/operatori``: finding accounts. What is searched for is a person, so it travels in forms and never in an address:
the Hub writes addresses into its log. A search is kept for its operator and named by a number that says nothing.
"""

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from tornado.httputil import url_concat

from portal_lib.accounts.finding import KINDS, Kind, find
from portal_lib.hub.operator_page import OperatorPage
from portal_lib.hub.wiring import Wiring
from portal_lib.language import Said, spoken

_KEPT_SEARCHES = 500
_LONGEST_WORDS = 200

_KIND_LABELS: dict[Kind, Said] = {
    "": Said("Tutti gli account", "All accounts"),
    "to-do": Said("Da fare: in attesa del personale", "To do: waiting for staff"),
    "unconfirmed": Said("Da confermare", "Unconfirmed"),
    "waiting": Said("In attesa di attivazione", "Waiting for activation"),
    "active": Said("Attivi", "Active"),
    "frozen": Said("Sospesi", "Frozen"),
    "staff": Said("Personale", "Staff"),
}


@dataclass(frozen=True)
class Search:
    """What an operator looked for."""

    hub_name: str
    words: str
    kind: Kind


class Searches:
    """The last searches of all operators; a Hub that starts anew has forgotten them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Search] = OrderedDict()

    def keep(self, search: Search) -> str:
        """Keep a search; gives back the name it is asked for by."""
        name = secrets.token_urlsafe(9)
        self._kept[name] = search
        while len(self._kept) > _KEPT_SEARCHES:
            self._kept.popitem(last=False)
        return name

    def of(self, name: str, hub_name: str) -> Search | None:
        """The search of this name, where it is this operator's own."""
        found = self._kept.get(name)
        return found if found is not None and found.hub_name == hub_name else None


class SearchPage(OperatorPage):
    """GET shows what waits for staff, or a kept search; POST keeps one and leads to it."""

    def initialize(self, wiring: Wiring, searches: Searches) -> None:  # type: ignore[override]
        super().initialize(wiring)
        self.searches = searches

    async def get(self) -> None:
        name = str(self.get_query_argument("ricerca", ""))
        search = self.searches.of(name, self.hub_name)
        page = self.get_query_argument("pagina", "1")
        found = await asyncio.to_thread(
            find,
            self.wiring.accounts,
            search.words if search else "",
            search.kind if search else "to-do",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        )
        await self.show(
            "operatori.html",
            search=search,
            ticket=name if search else "",
            found=found,
            kinds={kind: label.say(spoken()) for kind, label in _KIND_LABELS.items()},
        )

    async def submitted(self) -> None:
        kind = self.typed("tipo")
        words = " ".join(self.typed("cerca").split())[:_LONGEST_WORDS]
        search = Search(self.hub_name, words, kind if kind in KINDS else "")
        self.redirect(url_concat(f"{self.hub.base_url}operatori", {"ricerca": self.searches.keep(search)}), status=303)

    async def went_stale(self) -> None:
        # A search changes nothing: it is made as asked.
        await self.submitted()


def routes(wiring: Wiring) -> list[tuple[Any, ...]]:
    return [(r"/operatori", SearchPage, {"wiring": wiring, "searches": Searches()})]
