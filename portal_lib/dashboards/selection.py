"""What the visitor has chosen to look at: supply point, competence range and detail.

A selection is the middle of the page: its controls change it, and each part shown with :meth:`Selection.show` is drawn
again from the same readings. Whatever a browser sends, the readings come through the door, which checks it anew.
"""

import calendar
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

import ipywidgets as widgets
import pandas as pd

from portal_lib.dashboards import italian
from portal_lib.metering.registers import MonthBands
from portal_lib.refused import Refused
from portal_lib.visitor import Door, SupplyPoint
from portal_lib.visitor.exceptions import NoSuchDetail

log = logging.getLogger(__name__)

DETAILS = (("Quarto d'ora", "quarter_hour"), ("Ora", "hour"), ("Giorno", "day"))

#: The longest range that each detail is drawn for: some thousand bars, which a telephone still draws.
LONGEST = {"quarter_hour": 62, "hour": 366, "day": 3 * 366}


class RangeMissing(Refused):
    it = "Scegli tutte e due le date di competenza."
    en = "Choose both competence dates."


class RangeTooLong(Refused):
    it = "Il periodo è troppo lungo per questo dettaglio: al massimo {days} giorni. Accorcialo o scegli meno dettaglio."
    en = "The range is too long for this detail: {days} days at most. Shorten it or choose less detail."


class NothingMeasured(Refused):
    it = "Nessuna lettura per questa fornitura tra il {first} e il {last}. {available_it}"
    en = "No readings for this supply point between {first} and {last}. {available_en}"


@dataclass(frozen=True)
class View:
    """What is on screen: the point, the competence days (both included), the detail and its readings.

    ``readings`` is as :meth:`portal_lib.visitor.Door.readings` gives it; ``totals`` is F1, F2, F3 and total in kWh.
    """

    point: SupplyPoint
    first: date
    last: date
    detail: str
    readings: pd.DataFrame
    totals: "pd.Series[float]"
    days_measured: int
    days_held: int
    months: Sequence[MonthBands] = ()  # of a point without a curve, what its registers say; ``readings`` is empty then


Part = Callable[[View], list[widgets.Widget]]


class Selection:
    """The controls of GRAFICI AVANZATI and the parts that follow them."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._points = {point.pod: point for point in door.supply_points()}
        self._parts: list[tuple[widgets.VBox, Part]] = []
        self._settling = False
        self._sentence = widgets.HTML()
        self._sentence.add_class("portal-sentence")
        self._point = widgets.Dropdown(
            options=[(_label(point), pod) for pod, point in self._points.items()], description="Fornitura"
        )
        self._first = widgets.DatePicker(description="Competenza dal")
        self._last = widgets.DatePicker(description="al")
        self._detail = widgets.ToggleButtons(options=DETAILS, value="hour", description="Dettaglio")
        for control in (self._point, self._first, self._last, self._detail):
            control.style.description_width = "initial"
        self._settle_range()
        self._point.observe(self._on_point, names="value")
        for control in (self._first, self._last, self._detail):
            control.observe(self._redraw, names="value")

    @property
    def controls(self) -> widgets.Widget:
        """The controls, in one row that wraps, and the sentence below them."""
        row = widgets.Box([self._point, self._first, self._last, self._detail])
        row.add_class("portal-controls")
        return widgets.VBox([row, self._sentence])

    def show(self, part: Part) -> widgets.Widget:
        """A part of the page: drawn now, and again at every change."""
        box = widgets.VBox()
        box.add_class("portal-part")
        self._parts.append((box, part))
        self._draw([(box, part)])
        return box

    def _on_point(self, _change: object) -> None:
        self._settling = True  # the dates change with the point: one drawing, not three
        try:
            self._settle_range()
        except Refused:
            pass  # not one of the visitor's: the drawing says so
        finally:
            self._settling = False
        self._redraw(None)

    def _settle_range(self) -> None:
        """Open on the last month that has data, unless the range chosen before still shows some."""
        if not self._point.value:
            return
        span = self._door.span(self._point.value)
        curves = span is not None
        span = span or self._door.register_span(self._point.value)
        if span is None:
            return
        first, last = self._first.value, self._last.value
        if first and last and first <= span[1] and last >= span[0]:
            return
        self._first.value = span[1].replace(day=1) if curves else (span[1] - timedelta(days=330)).replace(day=1)
        self._last.value = span[1].replace(day=calendar.monthrange(span[1].year, span[1].month)[1])

    def _redraw(self, _change: object) -> None:
        if not self._settling:
            self._draw(self._parts)

    def _draw(self, parts: list[tuple[widgets.VBox, Part]]) -> None:
        try:
            view = self._view()
            drawn = [(box, part(view)) for box, part in parts]
            sentence = _completeness(view)
        except Refused as refusal:
            drawn, sentence = [(box, []) for box, _ in parts], escape(refusal.say("it"))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("A part of the page failed (%s)", reference)
            drawn = [(box, []) for box, _ in parts]
            sentence = f"Qualcosa non ha funzionato da parte nostra. Riprova più tardi (riferimento {reference})."
        for box, children in drawn:
            box.children = children
        self._sentence.value = f'<p role="status">{sentence}</p>'

    def _view(self) -> View:
        pod, first, last, detail = self._point.value, self._first.value, self._last.value, self._detail.value
        if not self._points:
            raise NoSupplyPoint()
        if not isinstance(first, date) or not isinstance(last, date):
            raise RangeMissing()
        if detail not in LONGEST:
            raise NoSuchDetail()
        if last - first >= timedelta(days=LONGEST[detail]):
            raise RangeTooLong(days=LONGEST[detail])
        readings = self._door.readings(pod, first, last, detail)
        if readings.empty:
            return self._from_registers(pod, first, last, detail, readings)
        return View(
            point=self._points[pod],
            first=first,
            last=last,
            detail=detail,
            readings=readings,
            totals=self._door.band_totals(pod, first, last),
            days_measured=self._door.day_count(pod, first, last),
            days_held=self._door.held_days(pod, first, last),
        )

    def _from_registers(self, pod: str, first: date, last: date, detail: str, empty: pd.DataFrame) -> View:
        """A point whose meter sends no curve: its months."""
        months = self._door.monthly_consumption(pod, first, last)
        if not months:
            raise self._nothing_measured(pod, first, last)
        sums = {band: sum(month.wh.get(band, 0) for month in months) / 1000 for band in ("F1", "F2", "F3")}
        whole = sum(month.total or 0 for month in months) / 1000
        return View(
            point=self._points[pod],
            first=first,
            last=last,
            detail=detail,
            readings=empty,
            totals=pd.Series({**sums, "total": whole}, name="kwh"),
            days_measured=0,
            days_held=self._door.held_days(pod, first, last),
            months=months,
        )

    def _nothing_measured(self, pod: str, first: date, last: date) -> NothingMeasured:
        span = self._door.span(pod) or self._door.register_span(pod)
        if span is None:
            said = {"available_it": "Non ne sono ancora arrivate.", "available_en": "None have arrived yet."}
        else:
            said = {
                "available_it": f"Ce ne sono dal {italian.day(span[0])} al {italian.day(span[1])}.",
                "available_en": f"There are some from {span[0]} to {span[1]}.",
            }
        return NothingMeasured(first=italian.day(first), last=italian.day(last), **said)


class NoSupplyPoint(Refused):
    it = "Al tuo codice cliente non è collegata alcuna fornitura. Rivolgiti al servizio clienti."
    en = "No supply point belongs to this customer code. Turn to customer service."


def _label(point: SupplyPoint) -> str:
    place = ", ".join(part for part in (point.use, point.address, point.municipality) if part)
    return f"{point.pod} · {place}" if place else point.pod


def _completeness(view: View) -> str:
    if view.months:
        return escape(
            f"Il contatore di questa fornitura non invia curve orarie: i consumi sono mensili, dalle letture dei "
            f"registri con fine tra il {italian.day(view.first)} e il {italian.day(view.last)}."
        )
    missing = view.days_held - view.days_measured
    range_ = f"Dal {italian.day(view.first)} al {italian.day(view.last)}"
    text = f"{range_}: {italian.count(view.days_measured, 'giorno', 'giorni')} con letture"
    return escape(f"{text}, {missing} senza letture." if missing > 0 else f"{text}.")
