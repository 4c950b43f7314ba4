"""Base load, peak and load factor, month by month: what is drawn day and night, and what for an hour only."""

from collections.abc import Sequence
from datetime import UTC, datetime

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.clock import ROME
from portal_lib.dashboards import quality
from portal_lib.dashboards.figures import BAD, DASHES, PAINTS, TEXT, figure, plain_axis, value_axis
from portal_lib.dashboards.needs_curves import needs_curves
from portal_lib.dashboards.part import Twin, links, part
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import moment, month, number, say, share
from portal_lib.language import Said
from portal_lib.metering.profiles import MonthDemand, monthly_demand

_TITLE = Said("Potenza e carico di base", "Power and base load")
_AXIS = Said("kW", "kW")
_PEAK, _MEAN, _BASE = Said("picco", "peak"), Said("media", "mean"), Said("carico di base", "base load")
_SUMMARY = Said(
    "{range}: picco {peak} kW {when}; carico di base da {low} a {high} kW (5º percentile delle ore dei giorni "
    "completi); fattore di carico da {least} a {most} (potenza media ÷ picco).{contracted} {complete} Tratti: picco "
    "pieno, media tratteggiato, carico di base punteggiato.",
    "{range}: peak {peak} kW {when}; base load from {low} to {high} kW (5th percentile of the hours of whole days); "
    "load factor from {least} to {most} (mean power ÷ peak).{contracted} {complete} Lines: peak solid, mean dashed, "
    "base load dotted.",
)
_CONTRACTED = Said(
    " Il picco è il {share} della potenza impegnata ({kw} kW).", " The peak is {share} of contracted power ({kw} kW)."
)
_HEADS = (
    Said("Mese", "Month"),
    Said("Picco kW", "Peak kW"),
    Said("Quando", "When"),
    Said("Media kW", "Mean kW"),
    Said("Carico di base kW", "Base load kW"),
    Said("Fattore di carico", "Load factor"),
    Said("Completezza", "Completeness"),
)


@needs_curves(_TITLE)
def power(view: View) -> Sequence[widgets.Widget]:
    """Three lines over the months of the range, and the contracted power of one point."""
    months = monthly_demand(view.load)
    x = np.arange(len(months), dtype=np.float64)
    x_scale = bqplot.LinearScale(min=-0.5, max=len(months) - 0.5)
    lines = [
        (say(said), np.array([np.nan if (kw := getattr(one, name)) is None else kw for one in months]))
        for said, name in ((_PEAK, "peak_kw"), (_MEAN, "mean_kw"), (_BASE, "base_kw"))
    ]
    contracted = view.curves[0].contracted_kw if len(view.curves) == 1 else None
    high = float(np.nan_to_num(lines[0][1]).max(initial=0))
    if contracted is not None and contracted < 2 * high:
        high = max(high, contracted)
    y_scale, y_axis = value_axis(high, say(_AXIS))
    scales = {"x": x_scale, "y": y_scale}
    marks: list[bqplot.Mark] = []
    for place, (name, kw) in enumerate(lines):
        look = {"colors": [PAINTS[place]], "line_style": DASHES[place], "stroke_width": 2.5}
        marks.append(bqplot.Lines(x=x, y=kw, scales=scales, marker="circle", marker_size=36, **look))
        if not np.isnan(kw[-1]):
            marks.append(
                bqplot.Label(
                    x=[float(x[-1])], y=[float(kw[-1])], text=[name], scales=scales, colors=[TEXT], default_size=13,
                    font_weight="normal", align="end", y_offset=-14, enable_hover=False,
                )
            )  # fmt: skip
    if contracted is not None and contracted <= high:
        ends = {"x": [-0.5, len(months) - 0.5], "y": [contracted, contracted]}
        marks.append(bqplot.Lines(**ends, scales=scales, colors=[BAD], line_style="dash_dotted", stroke_width=1.5))
    every = max(1, -(-len(months) // 8))
    axis = plain_axis(x_scale, x[::every].tolist(), [month(one.month) for one in months[::every]])
    rows = [
        [month(one.month), number(one.peak_kw, 3), _when(one), number(one.mean_kw, 3), number(one.base_kw, 3),
         number(one.load_factor, 3), share(one.known / one.owed if one.owed else None)]
        for one in months
    ]  # fmt: skip
    title = say(_TITLE)
    twin = Twin(f"{title}, {view.range}", [say(head) for head in _HEADS], rows)
    return part(title, [figure(marks, [axis, y_axis])], _said(view, months, contracted), twin, files=links(view))


def _said(view: View, months: Sequence[MonthDemand], contracted: float | None) -> str:
    highest = max(months, key=lambda one: one.peak_kw or 0)
    bases = [one.base_kw for one in months if one.base_kw is not None]
    factors = [one.load_factor for one in months if one.load_factor is not None]
    over = ""
    if contracted and highest.peak_kw is not None:
        over = say(_CONTRACTED, share=share(highest.peak_kw / contracted), kw=number(contracted, 1))
    return say(
        _SUMMARY, range=view.range, peak=number(highest.peak_kw, 2), when=_when(highest),
        low=number(min(bases, default=None), 2), high=number(max(bases, default=None), 2),
        least=number(min(factors, default=None), 2), most=number(max(factors, default=None), 2), contracted=over,
        complete=quality.completeness(view),
    )  # fmt: skip


def _when(one: MonthDemand) -> str:
    return "–" if one.peak_at is None else moment(datetime.fromtimestamp(one.peak_at, UTC).astimezone(ROME))
