"""DOWNLOAD: the deposited documents, by the Europe/Rome day on which each was handed over.

A browser can send any value for any control: days go through the door, which checks them, and what is chosen from a
list counts only where the list has it.
"""

import os
from collections.abc import Callable, Collection
from datetime import date
from html import escape
from typing import Any

import ipywidgets as widgets

from portal_lib.clock import Clock, rome_day, system_clock
from portal_lib.dashboards.downloads_due import due_sentence, tenders
from portal_lib.dashboards.downloads_filter import PRESETS, Wanted, documents, narrowed, preset_days
from portal_lib.dashboards.downloads_list import listed, status
from portal_lib.dashboards.words import language, say
from portal_lib.language import Said
from portal_lib.refused import Refused
from portal_lib.visitor import Door

_INTRODUCTION = Said(
    "I documenti dell'articolo 11, per data di deposito: il giorno in cui ti sono stati consegnati.",
    "The documents of article 11, by date of deposit: the day on which they were handed over to you.",
)
_PERIOD = Said("Depositati", "Deposited")
_FROM, _TO = Said("dal", "from"), Said("al", "to")
_REPORT, _ORDER, _TEXT = Said("Report", "Report"), Said("Ordine", "Order"), Said("Cerca", "Search")
_EVERY_REPORT, _EVERY_ORDER = Said("Tutti i report", "Every report"), Said("Tutti gli ordini", "Every order")
_PLACEHOLDER = Said("parole nel titolo, mese, codice…", "words of the title, month, code…")
_CHOSEN_DAYS = Said("Date scelte", "Chosen dates")
_SUPERSEDED = Said("Anche le versioni sostituite", "Superseded versions too")
_NEW = Said("Solo i nuovi", "New ones only")
_RESET = Said("Mostra tutto", "Show everything")
_NOTHING_YET = Said(
    "Non è ancora stato depositato alcun documento per te.", "No document has been deposited for you yet."
)
_NOTHING_FITS = Said(
    "Nessun documento depositato corrisponde a questi filtri.", "No deposited document fits these filters."
)


class Downloads:
    """The controls and the list of DOWNLOAD."""

    def __init__(self, door: Door, clock: Clock = system_clock, due: Callable[[], str] | None = None) -> None:
        """``due`` gives the sentence about what comes next; by default it is found in the catalogue of tenders."""
        self._door = door
        self._clock = clock
        self._due = due or (lambda: due_sentence(door.visitor.codes, clock))
        self._points = door.supply_points()
        catalogue = tenders()
        self._tenders = {tender.id: tender.name for tender in catalogue.tenders.values()} if catalogue else {}
        everything = door.deposits(superseded=True)
        self._reports = {file.report: file.title for file in reversed(everything)}
        orders = {held.order_number for point in self._points for held in point.holdings}
        self._orders = sorted(order for order in orders if order)
        self._quiet = False
        self._preset = widgets.Dropdown(
            description=say(_PERIOD),
            options=[*((say(said), name) for name, said in PRESETS.items()), (say(_CHOSEN_DAYS), "")],
            value="tutte",
        )
        self._first = widgets.DatePicker(description=say(_FROM))
        self._last = widgets.DatePicker(description=say(_TO))
        self._report = widgets.Dropdown(
            description=say(_REPORT),
            options=[
                (say(_EVERY_REPORT), ""),
                *((f"{report} · {title}", report) for report, title in sorted(self._reports.items())),
            ],
        )
        self._order = widgets.Dropdown(
            description=say(_ORDER), options=[(say(_EVERY_ORDER), ""), *((order, order) for order in self._orders)]
        )
        self._text = widgets.Text(description=say(_TEXT), placeholder=say(_PLACEHOLDER), continuous_update=False)
        self._superseded = widgets.Checkbox(description=say(_SUPERSEDED), indent=False)
        self._new = widgets.Checkbox(description=say(_NEW), indent=False)
        self._reset = widgets.Button(description=say(_RESET))
        self._status = widgets.HTML()
        self._list = widgets.HTML()
        for control in self._controls:
            control.style.description_width = "initial"
            control.observe(self._changed, names="value")
        self._reset.on_click(self._show_all)
        self._draw()

    @property
    def _controls(self) -> list[widgets.Widget]:
        order = [self._order] if len(self._orders) > 1 else []
        return [
            self._preset, self._first, self._last, self._report, *order, self._text, self._superseded, self._new
        ]  # fmt: skip

    @property
    def introduction(self) -> widgets.Widget:
        """What the page is for."""
        return widgets.HTML(f'<p class="lead">{escape(say(_INTRODUCTION))}</p>')

    @property
    def controls(self) -> widgets.Widget:
        """The filters: deposit dates (both included, either open), report, order, words, versions, what is new."""
        row = widgets.Box([*self._controls, self._reset])
        row.add_class("portal-controls")
        row.add_class("portal-documents-filter")
        return row

    @property
    def files(self) -> widgets.Widget:
        """How many there are, and the documents, newest first."""
        return widgets.VBox([self._status, self._list])

    def _show_all(self, _button: object) -> None:
        self._quiet = True
        try:
            self._preset.value, self._report.value, self._text.value = "tutte", "", ""
            self._first.value = self._last.value = None
            self._order.value = ""
            self._superseded.value = self._new.value = False
        finally:
            self._quiet = False
        self._draw()

    def _changed(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        self._quiet = True
        try:
            if change["owner"] is self._preset and self._preset.value in PRESETS:
                days = preset_days(self._preset.value, rome_day(self._clock()))
                self._first.value, self._last.value = days
            elif change["owner"] in (self._first, self._last):
                self._preset.value = "" if self._first.value or self._last.value else "tutte"
        finally:
            self._quiet = False
        self._draw()

    def _draw(self) -> None:
        try:
            self._status.value, self._list.value = self._drawn()
        except Refused as refusal:
            self._status.value, self._list.value = _said(refusal.say(language())), ""

    def _drawn(self) -> tuple[str, str]:
        files = self._door.deposits(
            _day(self._first.value), _day(self._last.value), superseded=self._superseded.value is True
        )
        everything = documents(files, self._door.looked_before(), self._points)
        wanted = Wanted(
            report=_one_of(self._report.value, self._reports),
            order=_one_of(self._order.value, self._orders),
            text=self._text.value if isinstance(self._text.value, str) else "",
            new=self._new.value is True,
        )
        found = narrowed(everything, wanted)
        if not found:
            nothing = _NOTHING_FITS if self._reports else _NOTHING_YET
            return _said(say(nothing), self._due()), ""
        return _said(status(found)), listed(
            found,
            self._door.fetched(),
            supplier=os.environ.get("PORTAL_SUPPLIER_NAME", ""),
            tenders=self._tenders,
            several_customers=len(self._door.visitor.codes) > 1,
        )


def _said(*sentences: str) -> str:
    text = "<br>".join(escape(sentence) for sentence in sentences if sentence)
    return f'<p class="portal-documents-status" role="status">{text}</p>'


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _one_of(value: object, known: Collection[str]) -> str:
    return value if isinstance(value, str) and value in known else ""
