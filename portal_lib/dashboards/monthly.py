"""A point whose meter sends no curve: a bar and a row for each month, from what its registers say."""

from html import escape

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards import italian
from portal_lib.dashboards.bands import COLOURS
from portal_lib.dashboards.selection import View
from portal_lib.dashboards.ticks import decimals, labelled, nice_ticks
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.registers import SINGLE, MonthBands

#: A meter without bands has one colour that is none of theirs.
_COLOURS = {**COLOURS, SINGLE: "#5b6470"}


def monthly_chart(view: View) -> list[widgets.Widget]:
    """Bars of months, one upon the other by band; a month whose energy is not known has none."""
    bands = [band for band in _COLOURS if any(band in month.wh for month in view.months)]
    x = np.array([float((month.month.year * 12) + month.month.month) for month in view.months])
    y = np.array([[month.wh.get(band, 0) / 1000 for month in view.months] for band in bands] or [[0.0] * len(x)])
    height = float(y.sum(axis=0).max(initial=0))
    y_ticks = nice_ticks(height)
    x_scale = bqplot.LinearScale(min=float(x[0] - 0.6), max=float(x[-1] + 0.6))
    y_scale = bqplot.LinearScale(min=0.0, max=max(height * 1.05, float(y_ticks[-1]), 0.001))
    bars = bqplot.Bars(
        x=x, y=y, scales={"x": x_scale, "y": y_scale}, colors=[_COLOURS[band] for band in bands], padding=0.3,
        stroke=None, type="stacked",
    )  # fmt: skip
    every = max(1, -(-len(x) // 8))
    axes = [
        bqplot.Axis(
            scale=x_scale, grid_lines="none",
            **labelled(x[::every].tolist(), [italian.month(month.month) for month in view.months[::every]]),
        ),
        bqplot.Axis(
            scale=y_scale, orientation="vertical", label="kWh al mese", label_offset="3.2em",
            **labelled(y_ticks, [italian.number(tick, decimals(y_ticks)) for tick in y_ticks]),
        ),
    ]  # fmt: skip
    figure = bqplot.Figure(
        marks=[bars], axes=axes, animation_duration=0,
        fig_margin={"top": 12, "bottom": 36, "left": 64, "right": 16},
        min_aspect_ratio=0.4, max_aspect_ratio=20, background_style={"fill": "transparent"},
    )  # fmt: skip
    figure.layout = widgets.Layout(width="100%", height="380px")
    figure.add_class("portal-chart")
    return [figure]


def monthly_table(view: View) -> list[widgets.Widget]:
    """The same months in a table that stands open: it is short, and says what the bars can't."""
    single = any(SINGLE in month.wh for month in view.months)
    bands = () if single else tuple(COLOURS)
    heads = ("Mese", "Dal", "Al", *bands, "Totale kWh", "Qualità")
    rows = "".join(
        f"<tr><td>{italian.month(month.month)}</td><td>{italian.day(month.first)}</td><td>{italian.day(month.last)}</td>"
        + "".join(f"<td>{_kwh(month.wh.get(band))}</td>" for band in bands)
        + f"<td>{_kwh(month.total)}</td><td>{escape(_quality(month))}</td></tr>"
        for month in view.months
    )
    return [
        widgets.HTML(
            '<div class="portal-scroll"><table class="portal-table portal-months"><caption>Consumi mensili '
            "dalle letture dei registri</caption><thead><tr>"
            + "".join(f'<th scope="col">{head}</th>' for head in heads)
            + f"</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    ]


def _kwh(wh: int | None) -> str:
    return "–" if wh is None else italian.number(wh / 1000, 3)


def _quality(month: MonthBands) -> str:
    words = ["stimato" if month.estimated else "misurato"]
    if month.flags & DayFlag.NOT_VALIDATED:
        words.append("non validato")
    if month.flags & DayFlag.CORRECTED:
        words.append("rettificato")
    if month.broken:
        words.append("contatore sostituito o azzerato: parte dell'energia non è nota")
    if month.uneven:
        words.append("comprende giorni dei mesi precedenti")
    return ", ".join(words)
