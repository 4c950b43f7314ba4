"""The middle of GRAFICI AVANZATI: controls that say which points, which competence days and how fine.

Parts follow it: :meth:`Selection.show` keeps one on the page, :meth:`Selection.choice` shows one of several and draws
the others only when somebody asks for them. Whatever a browser sends, the readings come through the door, which checks
it anew.
"""

import logging
import secrets
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from html import escape

import ipywidgets as widgets

from portal_lib.clock import Clock, rome_day, system_clock
from portal_lib.dashboards import address
from portal_lib.dashboards.closing import close
from portal_lib.dashboards.days import DayChoice
from portal_lib.dashboards.exceptions import (
    NoPointChosen,
    NoSupplyPoint,
    NothingMeasured,
    RangeTooLong,
)
from portal_lib.dashboards.points import Points
from portal_lib.dashboards.quality import completeness
from portal_lib.dashboards.ranges import Days, preset
from portal_lib.dashboards.redrawing import Redrawing, afterwards, drafting
from portal_lib.dashboards.view import Part, View
from portal_lib.dashboards.words import day, language, say
from portal_lib.language import Said
from portal_lib.metering.calendar import FIRST_DAY, LAST_DAY, date_of
from portal_lib.metering.loads import Load, PointLoad
from portal_lib.metering.registers import MonthBands
from portal_lib.metering.series import DETAILS, Detail
from portal_lib.refused import Refused
from portal_lib.visitor import Door, NotYours
from portal_lib.visitor.exceptions import DaysOutsideCalendar, DaysSwapped, NoSuchDetail

log = logging.getLogger(__name__)

MOST_YEARS = 10

_DETAILS = {
    # Never None: a group of buttons whose value is set to None shows none of them as chosen.
    "": Said("Automatico", "Automatic"),
    "quarter_hour": Said("Quarto d'ora", "Quarter hour"),
    "hour": Said("Ora", "Hour"),
    "day": Said("Giorno", "Day"),
    "month": Said("Mese", "Month"),
}
_DETAIL = Said("Dettaglio", "Detail")
_SHOWN = Said("Vista", "View")
_SENTENCE = Said("Dal {first} al {last}. {complete} {newest}", "From {first} to {last}. {complete} {newest}")
_NEWEST = Said("Ultimo giorno con letture: {day}.", "Last day with readings: {day}.")
_FAILED = Said(
    "Qualcosa non ha funzionato da parte nostra. Riprova più tardi (riferimento {reference}).",
    "Something went wrong on our side. Try again later (reference {reference}).",
)


def automatic(first: date, last: date) -> Detail:
    """How fine a range is drawn unless somebody chooses: some hundred bars."""
    days = (last - first).days + 1
    return "quarter_hour" if days <= 3 else "hour" if days <= 33 else "day" if days <= 400 else "month"


class Selection:
    """The controls and the parts that follow them. ``query`` is the page's address unless one is given."""

    def __init__(self, door: Door, query: str | None = None, *, clock: Clock = system_clock) -> None:
        self._door, self._clock = door, clock
        self._own = {point.pod: point for point in door.supply_points()}
        self._spans = door.spans(self._own)
        self._parts: list[tuple[widgets.VBox, Callable[[], Part]]] = []
        self._shown: widgets.ToggleButtons | None = None
        self._loaded: tuple[object, tuple[Load, Mapping[str, PointLoad], Mapping[str, Sequence[MonthBands]]]] | None = (
            None
        )
        self._settling = True
        self._build()
        self._wrong = self._settle(query)
        self._settling = False

    def _build(self) -> None:
        self._sentence = widgets.HTML()
        self._sentence.add_class("portal-sentence")
        self._address = widgets.HTML(layout=widgets.Layout(display="none"))
        self._address.add_class("portale-indirizzo")
        self._points = Points(list(self._own.values()), self._on_points)
        self._days = DayChoice(self._span, self._redraw)
        self._detail = widgets.ToggleButtons(
            options=[(say(said), detail) for detail, said in _DETAILS.items()], description=say(_DETAIL)
        )
        for control in (*self._days.controls, self._detail):
            control.style.description_width = "initial"
        self._detail.observe(lambda _change: self._redraw(), names="value")

    @property
    def controls(self) -> widgets.Widget:
        """The controls, in a row that wraps, and the sentence below them."""
        row = widgets.Box([*self._points.controls, *self._days.controls, self._detail])
        row.add_class("portal-controls")
        return widgets.VBox([row, self._sentence, self._address])

    def show(self, part: Part) -> widgets.Widget:
        """A part of the page: drawn now, and again at every change."""
        return self._follow(lambda: part)

    def choice(self, parts: Mapping[str, tuple[Said, Part]]) -> widgets.Widget:
        """One of several parts, by the name that the address has for it; only the one shown is ever computed."""
        self._shown = widgets.ToggleButtons(
            options=[(say(said), name) for name, (said, _) in parts.items()], description=say(_SHOWN)
        )
        self._shown.style.description_width = "initial"
        if self._asked is not None and self._asked in parts:
            self._shown.value = self._asked
        shown = self._shown
        box = self._follow(lambda: parts[shown.value][1])
        shown.observe(lambda _change: self._redraw(), names="value")
        row = widgets.Box([shown])
        row.add_class("portal-controls")
        row.add_class("portale-viste")
        return widgets.VBox([row, box])

    def view(self) -> View:
        """What is chosen, with its readings; a :class:`Refused` where that can't be shown."""
        if not self._own:
            raise NoSupplyPoint()
        pods = self._points.chosen
        if not pods:
            raise NoPointChosen()
        if any(pod not in self._own for pod in pods):
            raise NotYours(field="pod")
        first, last = self._days.chosen
        _check(first, last)
        if self._detail.value not in ("", *DETAILS):
            raise NoSuchDetail()
        load, each, months = self._load(pods, first, last)
        if load.empty and not months:
            raise self._nothing(pods, first, last)
        return View(
            door=self._door,
            points=[self._own[pod] for pod in pods],
            everything=self._points.everything,
            first=first,
            last=last,
            detail=self._detail.value or automatic(first, last),
            load=load,
            each=each,
            months=months,
            zoom=self._days.zoom,
            back=self._days.can_go_back,
        )

    def _load(
        self, pods: Sequence[str], first: date, last: date
    ) -> tuple[Load, Mapping[str, PointLoad], Mapping[str, Sequence[MonthBands]]]:
        key = (tuple(pods), first, last)
        if self._loaded is None or self._loaded[0] != key:
            months = {
                pod: found
                for pod in pods
                if pod not in self._spans and (found := self._door.monthly_consumption(pod, first, last))
            }
            with_curves = [pod for pod in pods if pod not in months]
            until = rome_day(self._clock()) - timedelta(days=1)
            self._loaded = key, (*self._door.load(with_curves, first, last, owed_until=until), months)
        return self._loaded[1]

    def _follow(self, part: Callable[[], Part]) -> widgets.VBox:
        box = widgets.VBox()
        box.add_class("portal-part")
        self._parts.append((box, part))
        self._draw([(box, part)], first=True)
        return box

    def _settle(self, query: str | None) -> Refused | None:
        """Open on what the address says, else on all points and the last month; what it says wrong is refused."""
        self._asked: str | None = None
        wrong: Refused | None = None
        asked = address.Choice()
        try:
            asked = address.read(query)
            if any(pod not in self._own for pod in asked.pods or ()):
                raise NotYours(field="pod")
            if asked.first is not None and asked.last is not None:
                _check(asked.first, asked.last)
        except Refused as refusal:
            log.warning("An address was refused: %s", refusal)
            wrong, asked = refusal, address.Choice()
        self._points.choose(asked.pods or tuple(self._own))
        self._detail.value, self._asked = asked.detail or "", asked.shown
        if asked.first is not None and asked.last is not None:
            self._days.set((asked.first, asked.last))
        elif span := self._span():
            self._days.set(self._opening(span))
        return wrong

    def _span(self) -> Days | None:
        """The first and the last day with readings of the points chosen."""
        chosen = [self._spans[pod] for pod in self._points.chosen if pod in self._spans]
        if not chosen:
            own = [pod for pod in self._points.chosen if pod in self._own]
            chosen = [span for pod in own if (span := self._door.register_span(pod)) is not None]
        return (min(first for first, _ in chosen), max(last for _, last in chosen)) if chosen else None

    def _opening(self, span: Days) -> Days:
        if any(pod in self._spans for pod in self._points.chosen):
            return preset("month", span, span)
        last = span[1].replace(day=monthrange(span[1].year, span[1].month)[1])
        return (span[1] - timedelta(days=330)).replace(day=1), last

    def _on_points(self) -> None:
        """Other points: the days stay, unless they show nothing of these."""
        if span := self._span():
            self._days.show_some_of(span, self._opening(span))
        self._redraw()

    def _redraw(self) -> None:
        if not self._settling:
            self._wrong = None
            self._draw(self._parts)

    def _draw(self, parts: Sequence[tuple[widgets.VBox, Callable[[], Part]]], *, first: bool = False) -> None:
        drawn: list[Sequence[widgets.Widget]] = [[] for _ in parts]
        redrawing = Redrawing()
        view: View | None = None
        try:
            if self._wrong is not None:
                raise self._wrong
            view = self.view()
            with drafting():
                made = [part()(view) for _, part in parts]
                sentence = self._told(view)
                self._say(sentence)
                drawn = [redrawing.lay(drafts, box.children) for (box, _), drafts in zip(parts, made, strict=True)]
        except Refused as refusal:
            log.warning("Not shown: %s", refusal)
            sentence = refusal.say(language())
        except Exception:
            sentence = _failed()
        gone: list[widgets.Widget] = []
        for (box, _), children in zip(parts, drawn, strict=True):
            gone += box.children
            if list(box.children) != list(children):
                box.children = list(children)
        self._say(sentence)
        staying = [self._days.zoom.row, *(child for children in drawn for child in children)]

        def rest() -> None:  # the tables, the page's address, and the ends of widgets, each a message
            try:
                redrawing.fill()
            except Exception:
                self._say(_failed())
            if view is not None and any(drawn):
                self._keep(view)
            close([*gone, *redrawing.replaced], besides=staying)

        if first:  # the page is handed over as a whole
            rest()
        else:
            afterwards(rest)

    def _say(self, sentence: str) -> None:
        self._sentence.value = f'<p role="status">{escape(sentence)}</p>'

    def _told(self, view: View) -> str:
        span = self._span()
        newest = say(_NEWEST, day=day(span[1])) if span else ""
        complete = completeness(view) if view.curves else ""
        return say(_SENTENCE, first=day(view.first), last=day(view.last), complete=complete, newest=newest)

    def _keep(self, view: View) -> None:
        shown = self._shown.value if self._shown is not None else self._asked
        self._address.value = address.write(
            view.pods, view.first, view.last, everything=view.everything, detail=self._detail.value or None, shown=shown
        )

    def _nothing(self, pods: Sequence[str], first: date, last: date) -> NothingMeasured:
        span = self._span()
        if span is None:
            said = {"available_it": "Non ne sono ancora arrivate.", "available_en": "None have arrived yet."}
        else:
            said = {
                "available_it": f"Ce ne sono dal {span[0]:%d/%m/%Y} al {span[1]:%d/%m/%Y}.",
                "available_en": f"There are some from {span[0]} to {span[1]}.",
            }
        return NothingMeasured(first=first, last=last, **said)


def _failed() -> str:
    """A sentence for what nobody on the page can help; the log has the rest under its reference."""
    reference = secrets.token_hex(4)
    log.exception("A part of the page failed (%s)", reference)
    return say(_FAILED, reference=reference)


def _check(first: date, last: date) -> None:
    if first > last:
        raise DaysSwapped(first=first, last=last)
    if first < date_of(FIRST_DAY) or last > date_of(LAST_DAY):
        raise DaysOutsideCalendar(first=date_of(FIRST_DAY), last=date_of(LAST_DAY))
    if (last - first).days > MOST_YEARS * 366:
        raise RangeTooLong(years=MOST_YEARS)
