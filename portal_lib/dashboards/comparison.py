"""The same points in another range, or another point in the same range: what changed, and what is normal."""

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards import quality
from portal_lib.dashboards.closing import close
from portal_lib.dashboards.figures import PAINTS, TEXT, bars, figure, plain_axis, value_axis
from portal_lib.dashboards.heat_map import hour_name
from portal_lib.dashboards.needs_curves import needs_curves
from portal_lib.dashboards.part import Twin, links, part
from portal_lib.dashboards.ranges import moved, year_before
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import day, language, month, number, say, share, short_day
from portal_lib.language import Said
from portal_lib.metering.calendar import date_of
from portal_lib.metering.comparison import Beside, Step, beside, comparable, paired
from portal_lib.metering.loads import Load
from portal_lib.refused import Refused

log = logging.getLogger(__name__)

#: Ranges of up to so many days are compared hour by hour.
_HOURS_UP_TO = 8
_YEAR_OF_WEEKS = timedelta(days=364)

_TITLE = Said("Confronto", "Comparison")
_WITH = Said("Confronta con", "Compare with")
_YEAR = Said("Lo stesso periodo di un anno prima", "The same period a year before")
_BEFORE = Said("Il periodo precedente", "The period before")
_DATES = Said("Un altro periodo, dal…", "Another period, from…")
_FROM = Said("dal", "from")
_POINT = Said("Fornitura {name}", "Supply point {name}")
_AXIS = {
    "hour": Said("kWh per ora", "kWh per hour"),
    "day": Said("kWh al giorno", "kWh per day"),
    "month": Said("kWh al mese", "kWh per month"),
}
_SUMMARY = Said(
    "Nei {days} giorni con letture in entrambi (di {of}): {one} (colonne) {total} kWh; {other} (linea) {other_total} "
    "kWh. Differenza {difference} kWh ({change}). {complete} Nel confronto: {other_complete}",
    "On the {days} days with readings in both (of {of}): {one} (columns) {total} kWh; {other} (line) {other_total} "
    "kWh. Difference {difference} kWh ({change}). {complete} Compared with: {other_complete}",
)
_NOTHING = Said("Nel periodo {range} non ci sono letture da confrontare.", "There is nothing to compare in {range}.")
_LEAP = Said(
    "I due periodi non sono lunghi uguale: il confronto arriva fin dove arriva il più corto.",
    "The two ranges differ in length: they are compared as far as the shorter goes.",
)
_HEADS = (
    Said("Inizio", "Start"),
    Said("Inizio nel confronto", "Start compared with"),
    Said("Differenza kWh", "Difference"),
)
_HOW, _OTHER_HOW = Said("Qualità", "Quality"), Said("Qualità nel confronto", "Quality compared with")
_WHOLE, _PARTLY = Said("completa", "complete"), Said("mancante o parziale", "missing or in part")


class Comparison:
    """The part; it remembers with what is compared while the page's choice changes."""

    def __init__(self) -> None:
        self._with = "year"
        self._first: date | None = None
        self.draw = needs_curves(_TITLE)(self._draw)

    def __call__(self, view: View) -> Sequence[widgets.Widget]:
        return self.draw(view)

    def _draw(self, view: View) -> Sequence[widgets.Widget]:
        others = [point for point in view.door.supply_points() if [point.pod] != view.pods]
        options = [(say(_YEAR), "year"), (say(_BEFORE), "before"), (say(_DATES), "dates")]
        if len(view.points) == 1:
            options += [
                (say(_POINT, name=" · ".join(part for part in (point.pod, point.use) if part)), point.pod)
                for point in others
            ]
        if self._with not in [value for _, value in options]:
            self._with = "year"
        chooser = widgets.Dropdown(options=options, value=self._with, description=say(_WITH))
        since = widgets.DatePicker(value=self._first or year_before((view.first, view.last))[0], description=say(_FROM))
        row = widgets.Box([chooser, since])
        row.add_class("portal-controls")
        box = widgets.VBox()
        since.layout.display = None if self._with == "dates" else "none"

        def changed(_change: object) -> None:
            self._with, self._first = chooser.value, since.value
            since.layout.display = None if self._with == "dates" else "none"
            old, box.children = box.children, self._safely(view)
            close(old)

        for control in (chooser, since):
            control.style.description_width = "initial"
            control.observe(changed, names="value")
        box.children = self._safely(view)
        return [row, box]

    def _safely(self, view: View) -> Sequence[widgets.Widget]:
        try:
            return self._compared(view)
        except Refused as refusal:
            log.warning("Not compared: %s", refusal)
            return [widgets.HTML(f'<p role="status">{escape(refusal.say(language()))}</p>')]

    def _compared(self, view: View) -> Sequence[widgets.Widget]:
        """The other load comes through the door like any other."""
        days = view.first, view.last
        pods = [point.pod for point in view.curves]
        if self._with == "year":
            # Of some days hours are compared: a Monday with a Monday, which is 52 weeks before.
            hours = (view.last - view.first).days < _HOURS_UP_TO
            days = (days[0] - _YEAR_OF_WEEKS, days[1] - _YEAR_OF_WEEKS) if hours else year_before(days)
        elif self._with == "before":
            days = moved(days, -1)
        elif self._with == "dates":
            first = self._first if type(self._first) is date else days[0]
            try:
                days = first, first + (view.last - view.first)
            except OverflowError:
                days = first, first
        else:
            pods = [self._with]
        other, _ = view.door.load(pods, *days)
        named = f"{day(days[0])}–{day(days[1])}"
        if other.empty:
            return [widgets.HTML(f'<p role="status">{escape(say(_NOTHING, range=named))}</p>')]
        by_range = pods == [point.pod for point in view.curves]
        names = (view.range, named) if by_range else (view.curves[0].pod, pods[0])
        return _drawn(view, other, names)


def _drawn(view: View, other: Load, names: tuple[str, str]) -> Sequence[widgets.Widget]:
    length = (view.last - view.first).days + 1
    step: Step = "hour" if length <= _HOURS_UP_TO else "day" if length <= 400 else "month"
    one, two = paired(beside(view.load, step), beside(other, step))
    x = np.arange(len(one.kwh), dtype=np.float64)
    x_scale = bqplot.LinearScale(min=-0.6, max=len(x) - 0.4)
    high = float(np.nanmax([np.nan_to_num(one.kwh).max(initial=0), np.nan_to_num(two.kwh).max(initial=0)]))
    y_scale, y_axis = value_axis(high, say(_AXIS[step]))
    scales = {"x": x_scale, "y": y_scale}
    marks = [
        bars(x, np.nan_to_num(one.kwh), scales=scales, colors=[PAINTS[1]], padding=0.15),
        bqplot.Lines(x=x, y=two.kwh, scales=scales, colors=[TEXT], stroke_width=2, line_style="dashed"),
    ]
    labels = _labels(one, step)
    every = max(1, -(-len(x) // 9))
    axis = plain_axis(x_scale, x[::every].tolist(), [_axis_label(one, step, n) for n in range(0, len(x), every)])
    differences = one.kwh - two.kwh
    both = comparable(view.load, other)
    said = say(
        _SUMMARY, one=names[0], other=names[1], total=number(both.one, 3), other_total=number(both.other, 3),
        difference=_signed(both.one - both.other), complete=quality.completeness(view),
        days=number(both.days), of=number(both.of),
        other_complete=quality.share_known(other),
        change=("+" if both.one >= both.other else "") + share(both.one / both.other - 1 if both.other else None),
    )  # fmt: skip
    if len(view.load.owed) != len(other.owed):
        said = f"{said} {say(_LEAP)}"
    rows = [
        [label, beside_label, number(a, 3), number(b, 3), _signed(c), say(_WHOLE if d else _PARTLY),
         say(_WHOLE if e else _PARTLY)]
        for label, beside_label, a, b, c, d, e in zip(
            labels, _labels(two, step), one.kwh.tolist(), two.kwh.tolist(), differences.tolist(),
            one.complete.tolist(), two.complete.tolist(), strict=True,
        )
    ]  # fmt: skip
    heads = [say(_HEADS[0]), say(_HEADS[1]), f"{names[0]} kWh", f"{names[1]} kWh", say(_HEADS[2]), say(_HOW)]
    title = say(_TITLE)
    twin = Twin(f"{title}: {names[0]}, {names[1]}", [*heads, say(_OTHER_HOW)], rows)
    return part(title, [figure(marks, [axis, y_axis])], said, twin, files=links(view, detail=step))


def _labels(of: Beside, step: Step) -> list[str]:
    days = [date_of(int(first)) for first in of.firsts]
    if step == "month":
        return [month(each) for each in days]
    if step == "day":
        return [day(each) for each in days]
    return [f"{day(each)} {hour_name(int(hour))}" for each, hour in zip(days, of.hours, strict=True)]


def _axis_label(of: Beside, step: Step, place: int) -> str:
    first = date_of(int(of.firsts[place]))
    if step == "month":
        return month(first)
    if step == "day":
        return short_day(first)
    return f"{short_day(first)}, {hour_name(int(of.hours[place]))}"


def _signed(value: float) -> str:
    return number(value, 3) if value != value or value < 0 else f"+{number(value, 3)}"
