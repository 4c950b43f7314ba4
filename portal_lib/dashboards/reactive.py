"""Reactive energy and cos φ: how much of it there is, and how much is charged, by the thresholds in force each month.

Thresholds are reckoned by point, month and band; of several points what is charged is added up, shares are not.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards.figures import BAD, BAND_PAINT, WARN, bars, figure, plain_axis, value_axis
from portal_lib.dashboards.needs_curves import needs_curves
from portal_lib.dashboards.part import Twin, links, part, sentence
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import count, month, number, say, share
from portal_lib.language import Said
from portal_lib.metering import reactive
from portal_lib.metering.bands import BANDS
from portal_lib.metering.month_bands import MonthSum
from portal_lib.visitor import SupplyPoint

#: The bands whose reactive energy drawn is charged.
_CHARGED = ("F1", "F2")
_MOST = 24

_TITLE = Said("Energia reattiva e cos φ", "Reactive energy and cos φ")
_AXIS = Said("reattiva ÷ attiva, %", "reactive ÷ active, %")
_NONE = Said(
    "Per le forniture scelte non ci sono letture di energia reattiva in questo periodo.",
    "There are no readings of reactive energy for these supply points in this range.",
)
_SUMMARY = Said(
    "Mesi interi dal {first} al {last}. Energia reattiva prelevata {varh} kvarh su {kwh} kWh attivi. Oltre il 33 % in "
    "F1 e F2: {third} kvarh; oltre il 75 %: {rest} kvarh. {worst} {missing} Linee: 33 % tratteggiata, 75 % piena.",
    "Whole months from {first} to {last}. Reactive energy drawn {varh} kvarh on {kwh} active kWh. Above 33 % in F1 and "
    "F2: {third} kvarh; above 75 %: {rest} kvarh. {worst} {missing} Lines: 33 % dashed, 75 % solid.",
)
_WORST = Said("cos φ più basso: {cos} ({where}).", "Lowest cos φ: {cos} ({where}).")
_MISSING = Said(
    "Mancano letture in {months}: lì quote e soglie sono provvisorie.",
    "Readings are missing in {months}: shares and thresholds are provisional there.",
)
_MONTH, _MONTHS = Said("mese", "month"), Said("mesi", "months")
_HEADS = (Said("Mese", "Month"), Said("Fascia", "Band"), Said("Attiva kWh", "Active kWh"))
_MORE = (Said("Reattiva kvarh", "Reactive kvarh"), Said("Quota", "Share"), Said("cos φ", "cos φ"))
_LAST = (Said("Oltre 33 % kvarh", "Above 33 % kvarh"), Said("Oltre 75 % kvarh", "Above 75 % kvarh"))
_DAYS = Said("Giorni attiva / reattiva", "Days active / reactive")


@dataclass(frozen=True)
class Reckoned:
    """One point's month in one band: Wh, varh, and what is charged of it."""

    pod: str
    month: date
    band: str
    wh: int
    varh: int
    cos: float | None
    above_third: int
    above_three_quarters: int
    days: tuple[int, int]  # with active and with reactive energy
    complete: bool


def reckon(view: View) -> list[Reckoned]:
    """Every point, month and band of the whole months that the range touches, where both energies are known."""
    first = view.first.replace(day=1)
    last = view.last.replace(day=monthrange(view.last.year, view.last.month)[1])
    pods = [point.pod for point in view.curves]
    active = view.door.month_sums(pods, first, last)
    drawn = view.door.month_sums(pods, first, last, "Er")
    points = {point.pod: point for point in view.curves}
    return [
        one
        for pod, months in drawn.items()
        for each, varh in months.items()
        if each in active.get(pod, {})
        for one in _of_month(points[pod], each, active[pod][each], varh)
    ]


def _of_month(point: SupplyPoint, each: date, active: MonthSum, drawn: MonthSum) -> list[Reckoned]:
    over: dict[tuple[str, Fraction], int] = {
        (one.band, one.above): one.varh for one in reactive.charged(each, active.wh, drawn.wh)
    }
    cos = reactive.power_factors(active.wh, drawn.wh)
    days = monthrange(each.year, each.month)[1]
    complete = active.days == drawn.days == days and not active.missing and not drawn.missing
    return [
        Reckoned(
            point.pod, each, band, active.wh[band], drawn.wh[band], cos[band],
            over.get((band, Fraction(33, 100)), 0), over.get((band, Fraction(75, 100)), 0),
            (active.days, drawn.days), complete,
        )
        for band in BANDS
    ]  # fmt: skip


@needs_curves(_TITLE)
def reactive_energy(view: View) -> Sequence[widgets.Widget]:
    """Of one point a pair of bars (F1, F2) a month; of several a pair for each point."""
    found = reckon(view)
    if not found:
        box = widgets.VBox([widgets.HTML(f"<h2>{say(_TITLE)}</h2>"), *sentence(say(_NONE))])
        box.add_class("portale-parte")
        return [box]
    alone = len({one.pod for one in found}) == 1
    shares = _shares(found, alone)
    shown = dict(sorted(shares.items(), key=lambda item: -max(item[1])) if not alone else shares.items())
    names = list(shown)[:_MOST]
    y = np.array([[100 * shown[name][code] for name in names] for code in range(len(_CHARGED))])
    x = np.arange(len(names), dtype=np.float64)
    x_scale = bqplot.LinearScale(min=-0.6, max=len(names) - 0.4)
    y_scale, y_axis = value_axis(max(float(y.max(initial=0)), 80.0), say(_AXIS))
    scales = {"x": x_scale, "y": y_scale}
    marks: list[bqplot.Mark] = [bars(x, y, scales=scales, colors=BAND_PAINT[:2], type="grouped", padding=0.25)]
    for level, paint, dash in ((33.0, WARN, "dashed"), (75.0, BAD, "solid")):
        ends = {"x": [-0.6, len(names) - 0.4], "y": [level, level]}
        marks.append(bqplot.Lines(**ends, scales=scales, colors=[paint], line_style=dash, stroke_width=1.5))
    every = max(1, -(-len(names) // 8))
    axis = plain_axis(x_scale, x[::every].tolist(), names[::every])
    title = say(_TITLE)
    twin = Twin(f"{title}, {view.range}", _heads(alone), _table(found, alone))
    return part(
        title, [figure(marks, [axis, y_axis])], _said(found), twin, files=links(view, detail="month", magnitude="Er")
    )


def _shares(found: Sequence[Reckoned], alone: bool) -> Mapping[str, list[float]]:
    """Reactive ÷ active of F1 and F2, by month or by point."""
    sums: dict[str, dict[str, list[int]]] = {}
    for one in found:
        name = month(one.month) if alone else one.pod
        of = sums.setdefault(name, {band: [0, 0] for band in BANDS})[one.band]
        of[0], of[1] = of[0] + one.wh, of[1] + one.varh
    return {name: [of[band][1] / of[band][0] if of[band][0] else 0.0 for band in _CHARGED] for name, of in sums.items()}


def _heads(alone: bool) -> list[str]:
    return [*([] if alone else ["POD"]), *(say(head) for head in (*_HEADS, *_MORE, *_LAST)), say(_DAYS)]


def _table(found: Sequence[Reckoned], alone: bool) -> list[list[str]]:
    return [
        [*([] if alone else [one.pod]), month(one.month), one.band, number(one.wh / 1000, 3),
         number(one.varh / 1000, 3), share(one.varh / one.wh if one.wh else None), number(one.cos, 3),
         number(one.above_third / 1000, 3), number(one.above_three_quarters / 1000, 3),
         f"{one.days[0]} / {one.days[1]}"]
        for one in found
    ]  # fmt: skip


def _said(found: Sequence[Reckoned]) -> str:
    months = sorted({one.month for one in found})
    charged = [one for one in found if one.band in _CHARGED and one.cos is not None]
    worst = min(charged, key=lambda one: one.cos or 0, default=None)
    lacking = {one.month for one in found if not one.complete}
    where = "" if worst is None else f"{worst.pod}, {month(worst.month)}, {worst.band}"
    return say(
        _SUMMARY, first=month(months[0]), last=month(months[-1]),
        varh=number(sum(one.varh for one in found) / 1000, 3), kwh=number(sum(one.wh for one in found) / 1000, 3),
        third=number(sum(one.above_third for one in found) / 1000, 3),
        rest=number(sum(one.above_three_quarters for one in found) / 1000, 3),
        worst="" if worst is None else say(_WORST, cos=number(worst.cos, 3), where=where),
        missing=say(_MISSING, months=count(len(lacking), _MONTH, _MONTHS)) if lacking else "",
    )  # fmt: skip
