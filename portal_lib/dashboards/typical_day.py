"""The typical day: mean power by the hour, of working days, Saturdays and holidays, and of each season."""

from collections.abc import Sequence

import bqplot
import ipywidgets as widgets
import numpy as np
import numpy.typing as npt

from portal_lib.dashboards import quality
from portal_lib.dashboards.figures import DASHES, PAINTS, TEXT, figure, plain_axis, value_axis
from portal_lib.dashboards.needs_curves import needs_curves
from portal_lib.dashboards.part import Twin, links, part
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import WEEKDAYS, language, number, say
from portal_lib.language import Said
from portal_lib.metering.profiles import SEASONS, TypicalDays, typical_days

FloatArray = npt.NDArray[np.float64]

_TITLE = Said("Giorno tipo", "Typical day")
_BY_SEASON = Said("Giorno tipo per stagione", "Typical day by season")
_AXIS = Said("kW (media)", "kW (mean)")
_HOUR = Said("Ora", "Hour")
_HOLIDAY = Said("festivi", "holidays")
_KINDS = (Said("lun–ven", "Mon–Fri"), Said("sabato", "Saturday"), Said("domenica e festivi", "Sunday and holidays"))
_SEASONS = {
    "winter": Said("inverno", "winter"),
    "spring": Said("primavera", "spring"),
    "summer": Said("estate", "summer"),
    "autumn": Said("autunno", "autumn"),
}
_SUMMARY = Said("{range}: {lines}. {complete}", "{range}: {lines}. {complete}")
_LINE = Said(
    "{name} ({days} giorni), massimo {high} kW alle {hour}", "{name} ({days} days), highest {high} kW at {hour}"
)
_LEGEND = Said(
    "Tratti: {lines}.",
    "Lines: {lines}.",
)
_DASHES = (
    Said("pieno", "solid"),
    Said("tratteggiato", "dashed"),
    Said("punteggiato", "dotted"),
    Said("misto", "mixed"),
)


@needs_curves(_TITLE)
def typical_day(view: View) -> Sequence[widgets.Widget]:
    """Two charts: by kind of day and, where the range has more than one, by season."""
    found = typical_days(view.load)
    kinds, days = kinds_of_day(found)
    names = [say(kind) for kind in _KINDS]
    title = say(_TITLE)
    weekdays = [*WEEKDAYS[language()], say(_HOLIDAY)]
    twin = Twin(
        f"{title} (kW), {view.range}",
        [say(_HOUR), *names, *weekdays],
        [
            [f"{hour:02d}:00", *(number(float(kw), 3) for kw in (*kinds[:, hour], *found.weekdays[:, hour]))]
            for hour in range(24)
        ],
    )
    parts = part(title, [_drawn(kinds, names)], _said(view, names, kinds, days), twin, files=links(view, detail="hour"))
    if int((found.season_days > 0).sum()) < 2:
        return parts
    names = [say(_SEASONS[season]) for season in SEASONS]
    title = say(_BY_SEASON)
    twin = Twin(
        f"{title} (kW), {view.range}",
        [say(_HOUR), *names],
        [[f"{hour:02d}:00", *(number(float(kw), 3) for kw in found.seasons[:, hour])] for hour in range(24)],
    )
    said = _said(view, names, found.seasons, found.season_days.tolist())
    return [*parts, *part(title, [_drawn(found.seasons, names)], said, twin)]


def kinds_of_day(found: TypicalDays) -> tuple[FloatArray, list[int]]:
    """Mean power of working days, Saturdays, Sundays with holidays; each day counts alike."""
    groups = ([0, 1, 2, 3, 4], [5], [6, 7])
    rows, days = [], []
    for group in groups:
        weights = found.days[group].astype(np.float64)[:, None] * ~np.isnan(found.weekdays[group])
        total = weights.sum(axis=0)
        sums = (np.nan_to_num(found.weekdays[group]) * weights).sum(axis=0)
        rows.append(np.where(total > 0, sums / np.maximum(total, 1), np.nan))
        days.append(int(found.days[group].sum()))
    return np.stack(rows), days


def _drawn(lines: FloatArray, names: Sequence[str]) -> bqplot.Figure:
    high = float(np.nanmax(lines)) if not np.isnan(lines).all() else 0.0
    x_scale = bqplot.LinearScale(min=0.0, max=23.0)
    y_scale, y_axis = value_axis(high, say(_AXIS))
    marks: list[bqplot.Mark] = []
    hours = np.arange(24, dtype=np.float64)
    for place, (kw, name) in enumerate(zip(lines, names, strict=True)):
        if np.isnan(kw).all():
            continue
        scales = {"x": x_scale, "y": y_scale}
        marks.append(
            bqplot.Lines(
                x=hours, y=kw, scales=scales, colors=[PAINTS[place % 4]], line_style=DASHES[place % 4], stroke_width=2.5
            )
        )
        # The name stands at the line: nobody has to match colours with a legend.
        at = int(np.nanargmax(kw))
        marks.append(
            bqplot.Label(
                x=[float(hours[at])], y=[float(kw[at])], text=[name], scales=scales, colors=[TEXT], default_size=13,
                font_weight="normal", align="middle" if 2 < at < 21 else "end" if at >= 21 else "start", y_offset=-14,
                enable_hover=False,
            )
        )  # fmt: skip
    ticks = [float(hour) for hour in range(0, 24, 3)]
    return figure(marks, [plain_axis(x_scale, ticks, [f"{int(hour):02d}:00" for hour in ticks]), y_axis])


def _said(view: View, names: Sequence[str], lines: FloatArray, days: Sequence[int]) -> str:
    told, dashes = [], []
    for place, (name, kw, count) in enumerate(zip(names, lines, days, strict=True)):
        if np.isnan(kw).all():
            continue
        at = int(np.nanargmax(kw))
        told.append(say(_LINE, name=name, days=number(count), high=number(float(kw[at]), 2), hour=f"{at:02d}:00"))
        dashes.append(f"{name} {say(_DASHES[place % 4])}")
    said = say(_SUMMARY, range=view.range, lines="; ".join(told), complete=quality.completeness(view))
    return f"{said} {say(_LEGEND, lines=', '.join(dashes))}"
