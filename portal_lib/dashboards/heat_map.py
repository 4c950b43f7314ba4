"""The heat map: which hours of which days draw most. Rows are hours on the wall clock, columns days or weeks."""

from collections.abc import Sequence

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards import quality
from portal_lib.dashboards.figures import MUTED, WARN, figure, plain_axis
from portal_lib.dashboards.needs_curves import needs_curves
from portal_lib.dashboards.part import Twin, links, part
from portal_lib.dashboards.ticks import labelled
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import day, number, say, short_day
from portal_lib.language import Said
from portal_lib.metering.calendar import date_of
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.profiles import WALL_HOURS, HeatMap, heat_map

_TITLE = Said("Mappa oraria", "Heat map")
_SUMMARY = Said(
    "{range}, potenza media per ora{weekly}, da {low} (chiaro) a {high} kW (scuro). Più alta: {when}, ore {hour}, "
    "{high} kW. {complete} {marks}",
    "{range}, mean power by hour{weekly}, from {low} (pale) to {high} kW (dark). Highest: {when}, at {hour}, "
    "{high} kW. {complete} {marks}",
)
_WEEKLY = Said(" (media della settimana)", " (mean of the week)")
_MARKS = Said(
    "Celle grigie: dati mancanti; segno sopra la colonna: giorno con valori stimati.",
    "Grey cells: data missing; a mark above the column: a day with estimated values.",
)
_WHEN = {"day": Said("Giorno", "Day"), "week": Said("Settimana dal", "Week from")}
_REPEATED = Said("02 solare", "02 winter")
_MISSING = Said("manca", "missing")

#: From pale to dark, so that it is read by lightness alone.
_PALE_TO_DARK = ["#fff3d6", "#f7b267", "#c1440e", "#3d0c11"]
#: Two steps below the palest: an hour that the clock skipped, and one that is missing. bqplot paints a NaN of an array
#: in the colour of the cell before it, which would be a reading that nobody made.
_SKIPPED, _MISSING_PAINT = "rgba(0, 0, 0, 0)", "#8b959c"


@needs_curves(_TITLE)
def hour_map(view: View) -> Sequence[widgets.Widget]:
    """Mean power of each hour of each day; of each week where there are many days."""
    found = heat_map(view.load)
    known = ~np.isnan(found.kw)
    low, high = (float(found.kw[known].min()), float(found.kw[known].max())) if known.any() else (0.0, 1.0)
    drawn = _drawn(found, low, high)
    place = np.unravel_index(int(np.nanargmax(found.kw)), found.kw.shape) if known.any() else (0, 0)
    said = say(
        _SUMMARY,
        range=view.range,
        weekly=say(_WEEKLY) if found.step == "week" else "",
        low=number(low, 2),
        high=number(high, 2),
        when=short_day(date_of(int(found.firsts[place[1]]))),
        hour=hour_name(int(found.hours[place[0]])),
        complete=quality.completeness(view),
        marks=say(_MARKS),
    )
    title = say(_TITLE)
    heads = [say(_WHEN[found.step]), *(hour_name(int(hour)) for hour in found.hours), say(quality.QUALITY)]
    rows = [
        [
            day(date_of(int(first))),
            *(_cell(float(kw), bool(missing)) for kw, missing in zip(found.kw[:, n], found.missing[:, n], strict=True)),
            quality.words(int(found.flags[n]), known=int(known[:, n].sum())),
        ]
        for n, first in enumerate(found.firsts.tolist())
    ]
    twin = Twin(f"{title} (kW), {view.range}", heads, rows)
    return part(title, [drawn], said, twin, files=links(view, detail="hour"))


def hour_name(place: int) -> str:
    """``02``, and for the hour that October repeats ``02 solare``."""
    name = WALL_HOURS[place]
    return say(_REPEATED) if name.endswith("b") else name


def _drawn(found: HeatMap, low: float, high: float) -> bqplot.Figure:
    columns, rows = len(found.firsts), len(found.hours)
    x_scale = bqplot.LinearScale(min=-0.5, max=columns - 0.5)
    y_scale = bqplot.LinearScale(min=-1.3, max=rows - 0.5, reverse=True)
    high = high if high > low else low + 1
    step = (high - low) / (len(_PALE_TO_DARK) - 1)
    colours = bqplot.ColorScale(
        colors=[_SKIPPED, _MISSING_PAINT, *_PALE_TO_DARK], min=float(low - 2 * step), max=float(high)
    )
    painted = np.where(np.isnan(found.kw), np.where(found.missing, low - step, low - 2 * step), found.kw)
    marks: list[bqplot.Mark] = [
        bqplot.HeatMap(
            x=np.arange(columns, dtype=np.float64) if columns > 1 else np.array([-0.25, 0.25]),
            y=np.arange(rows, dtype=np.float64),
            color=painted if columns > 1 else np.repeat(painted, 2, axis=1),  # bqplot squeezes a single column away
            scales={"x": x_scale, "y": y_scale, "color": colours},
        )
    ]
    estimated = np.flatnonzero((found.flags & int(DayFlag.ESTIMATED)) > 0)
    if len(estimated):
        marks.append(
            bqplot.Scatter(
                x=estimated.astype(float), y=np.full(len(estimated), -0.95), scales={"x": x_scale, "y": y_scale},
                marker="square", default_size=18, colors=[WARN], stroke=MUTED, enable_hover=False,
            )
        )  # fmt: skip
    every = max(1, -(-columns // 9))
    labels = [short_day(date_of(int(first))) for first in found.firsts[::every]]
    if columns > 62:
        labels = [f"{date_of(int(first)):%d/%m/%y}" for first in found.firsts[::every]]
    shown = [
        row for row, hour in enumerate(found.hours) if WALL_HOURS[hour][:2] in _LABELLED or "b" in WALL_HOURS[hour]
    ]
    axes = [
        plain_axis(x_scale, [float(x) for x in range(0, columns, every)], labels),
        bqplot.Axis(
            scale=y_scale, orientation="vertical", grid_lines="none",
            **labelled([float(row) for row in shown], [hour_name(int(found.hours[row])) for row in shown]),
        ),
    ]  # fmt: skip
    return figure(marks, axes)


_LABELLED = ("00", "03", "06", "09", "12", "15", "18", "21", "23")


def _cell(kw: float, missing: bool) -> str:
    if kw == kw:
        return number(kw, 3)
    return say(_MISSING) if missing else ""
