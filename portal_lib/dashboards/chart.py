"""The consumption chart: a bar for each interval, coloured by band, on an axis of elapsed time.

Browsers draw dates in a time zone of their own and see a 25-hour day's two 02:00 as one. So the axis counts hours
since the range's first instant, and its labels are written here: right in any browser, on 23- and 25-hour days too.
"""

from datetime import datetime
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np
import pandas as pd

from portal_lib.dashboards import italian
from portal_lib.dashboards.bands import COLOURS
from portal_lib.dashboards.monthly import monthly_chart
from portal_lib.dashboards.selection import View
from portal_lib.dashboards.ticks import decimals, labelled, nice_ticks

_UNIT = {"quarter_hour": "per quarto d'ora", "hour": "per ora", "day": "al giorno"}
_DAY_SECONDS = 86_400


def chart(view: View) -> list[widgets.Widget]:
    """The figure over the whole range; intervals without a value stay empty."""
    if view.months:
        return monthly_chart(view)
    readings = view.readings
    x = _elapsed_hours(readings.index)
    if view.detail == "day":
        y = np.nan_to_num(readings[list(COLOURS)].to_numpy(dtype=float).T)
        height = float(y.sum(axis=0).max(initial=0))
        colours = list(COLOURS.values())
        # Days are 23 to 25 hours long; bars stand evenly, one step a day.
        x = np.round(x / 24)
    else:
        y = np.nan_to_num(readings["kwh"].to_numpy(dtype=float))
        height = float(y.max(initial=0))
        colours = [COLOURS[str(band)] for band in readings["band"]]
    step = 1.0 if view.detail == "day" else float(readings["minutes"].min()) / 60
    x_scale = bqplot.LinearScale(min=float(x[0] - step / 2), max=float(x[-1] + step / 2))
    y_ticks = nice_ticks(height)
    y_scale = bqplot.LinearScale(min=0.0, max=max(height * 1.05, float(y_ticks[-1]), 0.001))
    bars = bqplot.Bars(
        x=x, y=y, scales={"x": x_scale, "y": y_scale}, colors=colours, padding=0.15 if len(x) < 200 else 0.0,
        stroke=None, type="stacked",
    )  # fmt: skip
    positions, labels = _time_ticks(readings.index, x, view.detail)
    axes = [
        bqplot.Axis(scale=x_scale, **labelled(positions, labels), grid_lines="none"),
        bqplot.Axis(
            scale=y_scale, orientation="vertical", label=f"kWh {_UNIT[view.detail]}", label_offset="3.2em",
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


def _elapsed_hours(index: pd.Index) -> np.ndarray[Any, Any]:
    instants = (
        pd.DatetimeIndex(index).tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype(float)
    )
    return np.asarray((instants - instants[0]) / 3600)


def _time_ticks(index: pd.Index, x: np.ndarray[Any, Any], detail: str) -> tuple[list[float], list[str]]:
    """Where the axis carries a label, and which: hours within two days, then days, then months."""
    instants: list[datetime] = [stamp.to_pydatetime() for stamp in pd.DatetimeIndex(index)]
    days = (instants[-1].date() - instants[0].date()).days + 1
    if detail != "day" and days <= 2:
        wanted = [i for i, t in enumerate(instants) if t.minute == 0 and (days == 1 or t.hour % 3 == 0)]
        every = max(1, -(-len(wanted) // 13))
        return [float(x[i]) for i in wanted[::every]], [_hour_label(instants[i]) for i in wanted[::every]]
    starts = [i for i, t in enumerate(instants) if i == 0 or t.date() != instants[i - 1].date()]
    if days > 92:
        starts = [i for i in starts if instants[i].day == 1]
        every = max(1, -(-len(starts) // 8))
        return [float(x[i]) for i in starts[::every]], [italian.month(instants[i].date()) for i in starts[::every]]
    every = max(1, -(-len(starts) // 8))
    return [float(x[i]) for i in starts[::every]], [italian.short_day(instants[i].date()) for i in starts[::every]]


def _hour_label(instant: datetime) -> str:
    return italian.hour(instant).replace(" (ora legale)", " leg.").replace(" (ora solare)", " sol.")
