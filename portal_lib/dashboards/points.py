"""Choosing supply points: one, several, all, or those of an order or a cost centre; found by any of their words."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from portal_lib.dashboards.words import number, say
from portal_lib.language import Said
from portal_lib.visitor import SupplyPoint

_SEARCH = Said("Cerca fornitura", "Find supply point")
_HINT = Said("POD, indirizzo, uso, centro di costo", "POD, address, use, cost centre")
_GROUP = Said("Gruppo", "Group")
_CHOSEN = Said("Scelta dall'elenco", "Chosen from the list")
_ALL = Said("Tutte le forniture ({count})", "All supply points ({count})")
_ORDER = Said("Ordine {name} ({count})", "Order {name} ({count})")
_CENTRE = Said("Centro di costo {name} ({count})", "Cost centre {name} ({count})")
_LIST = Said("Forniture (Ctrl o ⌘ per più d'una)", "Supply points (Ctrl or ⌘ for several)")
_ONE = Said("Fornitura", "Supply point")

_FREE = ""
_MOST_LISTED = 7


class Points:
    """The controls and what they stand at; ``changed`` is called when the choice is another."""

    def __init__(self, points: Sequence[SupplyPoint], changed: Callable[[], None]) -> None:
        self._points = {point.pod: point for point in points}
        self._changed = changed
        self._quiet = False
        self._groups = _groups(points)
        self.search = widgets.Text(description=say(_SEARCH), placeholder=say(_HINT))
        self.group = widgets.Dropdown(
            options=[(say(_CHOSEN), _FREE), *((label, key) for key, (label, _) in self._groups.items())],
            description=say(_GROUP),
        )
        several = len(points) > 1
        self.list = widgets.SelectMultiple(
            options=self._options(points),
            rows=max(min(len(points), _MOST_LISTED), 1),
            description=say(_LIST if several else _ONE),
        )
        self.list.add_class("portale-forniture")
        for control in (self.search, self.group, self.list):
            control.style.description_width = "initial"
        self.search.observe(self._on_search, names="value")
        self.group.observe(self._on_group, names="value")
        self.list.observe(self._on_list, names="value")

    @property
    def controls(self) -> list[widgets.Widget]:
        """What the page shows: a customer with one point has nothing to search."""
        return [self.list] if len(self._points) <= 1 else [self.search, self.group, self.list]

    @property
    def chosen(self) -> tuple[str, ...]:
        """PODs, as the browser says them: for the door to check."""
        return tuple(self.list.value)

    @property
    def everything(self) -> bool:
        return set(self.chosen) == set(self._points)

    def choose(self, pods: Sequence[str]) -> None:
        """Choose these points, without a word to the page."""
        self._quiet = True
        try:
            self._list(pods)
            self._name_group()
        finally:
            self._quiet = False

    def _name_group(self) -> None:
        chosen = set(self.chosen)
        self.group.value = next((key for key, (_, members) in self._groups.items() if set(members) == chosen), _FREE)

    def _list(self, chosen: Sequence[str]) -> None:
        """The points that the search finds, and those chosen before them."""
        wanted = _plain(self.search.value).split()
        found = [
            point
            for pod, point in self._points.items()
            if pod in chosen or all(word in _plain(_label(point)) for word in wanted)
        ]
        self.list.options = self._options(sorted(found, key=lambda point: bool(wanted) and point.pod not in chosen))
        self.list.value = tuple(pod for pod in self._points if pod in chosen)

    @staticmethod
    def _options(points: Sequence[SupplyPoint]) -> list[tuple[str, str]]:
        return [(_label(point), point.pod) for point in points]

    def _on_search(self, _change: object) -> None:
        self._quiet = True
        try:
            self._list(self.chosen)
        finally:
            self._quiet = False

    def _on_group(self, _change: object) -> None:
        if not self._quiet and self.group.value in self._groups:
            self.choose(self._groups[self.group.value][1])
            self._changed()

    def _on_list(self, _change: object) -> None:
        if self._quiet:
            return
        self._quiet = True
        try:
            self._name_group()  # the list stays as it is: it would scroll back under the visitor's hand
        finally:
            self._quiet = False
        self._changed()


def group_name(point: SupplyPoint, by: str) -> str:
    """The order under which a point is held last, or its cost centre; the empty string without one."""
    if by == "centre":
        return point.cost_centre
    return next((held.order_number for held in reversed(point.holdings) if held.order_number), None) or ""


def _groups(points: Sequence[SupplyPoint]) -> dict[str, tuple[str, list[str]]]:
    """Label and members of each group, by its key."""
    groups = {"all": (say(_ALL, count=number(len(points))), [point.pod for point in points])}
    for by, said in (("order", _ORDER), ("centre", _CENTRE)):
        members: dict[str, list[str]] = defaultdict(list)
        for point in points:
            if name := group_name(point, by):
                members[name].append(point.pod)
        for name in sorted(members):
            groups[f"{by}:{name}"] = (say(said, name=name, count=number(len(members[name]))), members[name])
    return groups


def _label(point: SupplyPoint) -> str:
    place = ", ".join(part for part in (point.use, point.address, point.municipality) if part)
    return " · ".join(part for part in (point.pod, place, point.cost_centre) if part)


def _plain(text: str) -> str:
    """Without accents and capitals: ``Città`` is found by ``citta``."""
    decomposed = unicodedata.normalize("NFD", str(text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
