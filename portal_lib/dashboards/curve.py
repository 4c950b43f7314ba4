"""The load curve: a bar for each interval, or a line where there are more than a screen shows.

Browsers draw dates in a time zone of their own and see a 25-hour day's two 02:00 as one. So the axis counts hours
elapsed since the first interval, and its labels are written here: right in any browser, on days of 23 and 25 hours too.

Below the bars run lanes: one for each band, so that a band is told by its place and not by its colour alone, and one in
which what is missing, estimated or corrected is marked.
"""

from collections.abc import Sequence
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np
import numpy.typing as npt

from portal_lib.dashboards import quality
from portal_lib.dashboards.figures import (
    BAD,
    BAND_PAINT,
    TEXT,
    bars,
    figure,
    instants_of,
    plain_axis,
    positions,
    time_ticks,
    value_axis,
)
from portal_lib.dashboards.lanes import ONE_LANE, ROOM, lanes
from portal_lib.dashboards.monthly import monthly
from portal_lib.dashboards.part import MOST_ROWS, Twin, links, part
from portal_lib.dashboards.tips import columns
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import day, hour, moment, month, number, say, short_day
from portal_lib.language import Said
from portal_lib.metering.bands import BANDS
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.reduction import min_max
from portal_lib.metering.series import Series

#: More intervals than these are a line, of which the screen gets as many points as it has columns for.
MOST_BARS = 800
COLUMNS = 700

_TITLE = Said("Curva di carico", "Load curve")
_PER = {
    "quarter_hour": Said("kWh per quarto d'ora", "kWh per quarter hour"),
    "hour": Said("kWh per ora", "kWh per hour"),
    "day": Said("kWh al giorno", "kWh per day"),
    "month": Said("kWh al mese", "kWh per month"),
}
_CONTRACTED = Said("Potenza impegnata {kw} kW", "Contracted power {kw} kW")
_OFF_SCALE = Said(
    "La potenza impegnata ({kw} kW) è molto più in alto della scala.",
    "The contracted power ({kw} kW) is far above the scale.",
)
_ABOVE = Said(
    "La potenza impegnata ({kw} kW) è superata in {count} intervalli.",
    "The contracted power ({kw} kW) is exceeded in {count} intervals.",
)
_SUMMARY = Said(
    "{range}: {total} kWh in tutto. Picco: {peak} kWh ({kw} kW) {when}. {complete}",
    "{range}: {total} kWh in all. Peak: {peak} kWh ({kw} kW) {when}. {complete}",
)
_REDUCED = Said(
    "Il grafico mostra minimo e massimo di ogni colonna; tabella e somme usano tutti i {count} valori.",
    "The chart shows each column's lowest and highest value; table and sums use all {count} values.",
)
_COLUMN = Said(
    "Massimo di {count} intervalli: {highest} · minimo {lowest} kWh",
    "Highest of {count} intervals: {highest} · lowest {lowest} kWh",
)
_STACKED = Said("Ogni barra, dal basso: F1, F2, F3.", "Each bar, from the bottom: F1, F2, F3.")
_LEGEND = Said(
    "Sotto il grafico: una riga per fascia; nella riga «qual.» tratto pieno = mancante, tratteggiato = stimato, "
    "punteggiato = rettificato.",
    "Below the chart: a lane for each band; in the lane “qual.” solid = missing, dashed = estimated, dotted = "
    "corrected.",
)
_DAY, _START, _BAND = Said("Giorno", "Day"), Said("Ora di inizio", "Start"), Said("Fascia", "Band")
_MONTH = Said("Mese", "Month")


def load_curve(view: View) -> Sequence[widgets.Widget]:
    """The curve of the points chosen; the months of a meter without one."""
    if not view.curves:
        return monthly(view)
    of = view.series
    drawn = _drawn(view, of)
    above = view.zoom.over(of, drawn, back=view.back) if view.zoom else []
    parts = part(say(_TITLE), [drawn], _summary(view, of), lambda: twin(view), files=links(view), above=above)
    return [*parts, *(monthly(view) if view.months else [])]


def twin(view: View) -> Twin:
    """Every interval with its energy, band and quality."""
    of, rows = view.series, []
    shown = of.between(0, MOST_ROWS)
    instants = instants_of(shown)
    said = [
        quality.words(flags, known=known, owed=owed)
        for flags, known, owed in zip(shown.flags.tolist(), shown.known.tolist(), shown.owed.tolist(), strict=True)
    ]
    if of.detail in ("quarter_hour", "hour"):
        heads = [say(_DAY), say(_START), say(_BAND), "kWh", say(quality.QUALITY)]
        for instant, code, kwh, how in zip(instants, shown.band.tolist(), shown.kwh.tolist(), said, strict=True):
            rows.append([day(instant), hour(instant), BANDS[code], number(kwh, 3), how])
    else:
        heads = [say(_MONTH if of.detail == "month" else _DAY), "kWh", *BANDS, say(quality.QUALITY)]
        named = month if of.detail == "month" else day
        for instant, kwh, bands, how in zip(instants, shown.kwh.tolist(), shown.bands.tolist(), said, strict=True):
            rows.append([named(instant), number(kwh, 3), *(number(value, 3) for value in bands), how])
    return Twin(f"{say(_TITLE)}, {view.range}", heads, rows, len(of))


def _drawn(view: View, of: Series) -> bqplot.Figure:
    x = positions(of)
    short = of.detail in ("quarter_hour", "hour")
    height = float(np.nanmax(of.kwh)) if len(of) and not np.isnan(of.kwh).all() else 0.0
    contracted = _contracted_kwh(view, of)
    if contracted is not None and contracted <= 1.7 * height:
        height = max(height, contracted)
    as_bars = len(of) <= MOST_BARS
    with_lanes = as_bars or not short
    room = (ROOM if short else ONE_LANE) if with_lanes else 0.0
    step = float(of.minutes.min()) / 60 if short else 1.0
    x_scale = bqplot.LinearScale(min=float(x[0] - step / 2), max=float(x[-1] + step / 2))
    y_scale, y_axis = value_axis(height, say(_PER[of.detail]), below=room)
    scales = {"x": x_scale, "y": y_scale}
    main = _bars(of, x, scales) if as_bars else _line(of, x, scales)
    marks: list[bqplot.Mark] = [main]
    axes = [plain_axis(x_scale, *time_ticks(of)), y_axis]
    marks += _peak(of, x, scales)
    if with_lanes:
        below, lane_axis = lanes(of, x, step, x_scale, bands=short)
        marks += below
        axes.append(lane_axis)
    if contracted is not None and contracted <= height:
        ends = [float(x[0] - step / 2), float(x[-1] + step / 2)]
        marks.append(
            bqplot.Lines(x=ends, y=[contracted] * 2, scales=scales, colors=[BAD], line_style="dashed", stroke_width=1.5)
        )
    if not as_bars:
        marks.append(columns(x, COLUMNS // 2, lambda points: column_tip(of, points), scales))
    return figure(marks, axes)


def _bars(of: Series, x: npt.NDArray[np.float64], scales: dict[str, Any]) -> bqplot.Bars:
    padding = 0.15 if len(x) < 200 else 0.0

    def told(place: int) -> str | None:
        return tip(of, place) if place < len(of) else None

    if of.detail in ("day", "month"):
        return bars(x, of.bands.T, told, scales=scales, colors=BAND_PAINT, padding=padding, type="stacked")
    # A row for each band, though an hour has but one: three paints instead of one for every bar, each of which is
    # checked, sent and read.
    kwh = np.where(of.band == np.arange(len(BANDS))[:, None], np.nan_to_num(of.kwh), 0.0)
    estimated = (of.flags & int(DayFlag.ESTIMATED)) > 0
    faint = {"opacities": np.where(estimated, 0.55, 1.0).tolist(), "opacity_mode": "group"} if estimated.any() else {}
    return bars(x, kwh, told, scales=scales, colors=BAND_PAINT, padding=padding, type="stacked", **faint)


def _line(of: Series, x: npt.NDArray[np.float64], scales: dict[str, Any]) -> bqplot.Lines:
    shown = min_max(of.kwh, COLUMNS)
    return bqplot.Lines(x=x[shown], y=of.kwh[shown], scales=scales, colors=[BAND_PAINT[2]], stroke_width=1)


def tip(of: Series, place: int) -> str:
    """What the pointer is told of one interval: instant, energy, band, quality."""
    instant = of.index[place].to_pydatetime()
    known = quality.words(int(of.flags[place]), known=int(of.known[place]), owed=int(of.owed[place]))
    value = f"{number(float(of.kwh[place]), 3)} kWh"
    if of.detail in ("quarter_hour", "hour"):
        return f"{moment(instant)} · {value} · {BANDS[int(of.band[place])]} · {known}"
    when = month(instant) if of.detail == "month" else f"{short_day(instant)} {instant.year}"
    bands = ", ".join(f"{band} {number(float(of.bands[place, code]), 3)}" for code, band in enumerate(BANDS))
    return f"{when} · {value} ({bands}) · {known}"


def column_tip(of: Series, points: slice) -> str:
    """What the pointer is told where many intervals share a column: the highest of them, and how low they go."""
    kwh = of.kwh[points]
    if np.isnan(kwh).all():
        return tip(of, points.start)
    highest = tip(of, points.start + int(np.nanargmax(kwh)))
    return say(_COLUMN, highest=highest, lowest=number(float(np.nanmin(kwh)), 3), count=number(len(kwh)))


def _peak(of: Series, x: npt.NDArray[np.float64], scales: dict[str, Any]) -> list[bqplot.Mark]:
    if np.isnan(of.kwh).all():
        return []
    place = int(np.nanargmax(of.kwh))
    at = {"x": [float(x[place])], "y": [float(of.kwh[place])]}
    marker = bqplot.Scatter(
        **at, scales=scales, marker="triangle-down", default_size=70, colors=[TEXT], stroke=TEXT, enable_hover=False
    )
    return [marker]


def _contracted_kwh(view: View, of: Series) -> float | None:
    """The energy of an interval at contracted power; one point's only, since several don't peak together."""
    if len(view.curves) != 1 or of.detail not in ("quarter_hour", "hour") or not len(of):
        return None
    kw = view.curves[0].contracted_kw
    return None if kw is None else kw * float(of.minutes.min()) / 60


def _summary(view: View, of: Series) -> str:
    found = []
    if np.isnan(of.kwh).all():
        peak, kw, when = float("nan"), float("nan"), ""
    else:
        place = int(np.nanargmax(of.kwh))
        peak, kw = float(of.kwh[place]), float(of.kw[place])
        instant = of.index[place].to_pydatetime()
        when = (
            moment(instant)
            if of.detail in ("quarter_hour", "hour")
            else (month(instant) if of.detail == "month" else f"{short_day(instant)} {instant.year}")
        )
    found.append(
        say(
            _SUMMARY, range=view.range, total=number(view.load.total / 1000, 3), peak=number(peak, 3),
            kw=number(kw, 2), when=when, complete=quality.completeness(view),
        )
    )  # fmt: skip
    if len(of) > 2 * COLUMNS:
        found.append(say(_REDUCED, count=number(len(of))))
    contracted = _contracted_kwh(view, of)
    if contracted is not None:
        kw_said = number(view.curves[0].contracted_kw, 1)
        over = int((np.nan_to_num(of.kwh) > contracted).sum())
        if over:
            found.append(say(_ABOVE, kw=kw_said, count=number(over)))
        elif contracted > 1.7 * np.nanmax(np.nan_to_num(of.kwh)):
            found.append(say(_OFF_SCALE, kw=kw_said))
        else:
            found.append(say(_CONTRACTED, kw=kw_said) + ".")
    if len(of) <= MOST_BARS:
        found.append(say(_LEGEND) if of.detail in ("quarter_hour", "hour") else say(_STACKED))
    return " ".join(found)
