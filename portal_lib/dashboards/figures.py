"""How every chart of the portal is framed: margins, grid, labelled axes, paints that follow light and dark."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np
import numpy.typing as npt

from portal_lib import looks
from portal_lib.clock import ROME
from portal_lib.dashboards.ticks import decimals, labelled, nice_ticks
from portal_lib.dashboards.tips import Told
from portal_lib.dashboards.words import month, number, short_day, short_hour
from portal_lib.metering import frames
from portal_lib.metering.bands import BANDS
from portal_lib.metering.calendar import date_of
from portal_lib.metering.series import Series

#: Paints of the page; the second is for where its style sheet is not, as in an analyst's notebook.
BAND_PAINT = [looks.BAND_PAINT[band] for band in BANDS]
TEXT = "var(--p-text, #17262f)"
MUTED = "var(--p-muted, #4a5a66)"
LINE = "var(--p-line, #cdd6dd)"
BAD = "var(--p-bad, #a3211f)"
WARN = "var(--p-warn, #8a5200)"
ACCENT = "var(--p-accent, #0f5e8c)"
#: For series side by side: told apart by these, by their dashes and by their names.
PAINTS = [looks.BAND_PAINT["F1"], looks.BAND_PAINT["F3"], looks.BAND_PAINT["F2"], TEXT]
DASHES = ["solid", "dashed", "dotted", "dash_dotted"]

HEIGHT = "400px"


def figure(
    marks: Sequence[bqplot.Mark], axes: Sequence[bqplot.Axis], *, height: str = HEIGHT, left: int = 72
) -> bqplot.Figure:
    """A figure as wide as its page."""
    return bqplot.Figure(
        marks=list(marks),
        axes=list(axes),
        animation_duration=0,
        display_toolbar=False,
        fig_margin={"top": 16, "bottom": 40, "left": left, "right": 16},
        min_aspect_ratio=0.2,
        max_aspect_ratio=20,
        background_style={"fill": "transparent"},
        layout=widgets.Layout(width="100%", height=height),
        _dom_classes=["portal-chart"],
    )


def bars(
    x: npt.ArrayLike, y: npt.ArrayLike, tip: Callable[[int], str | None] | None = None, **options: Any
) -> bqplot.Bars:
    """Bars at ``x``; ``y`` has a row for each of several stacked or grouped together; ``tip`` tells the pointer.

    bqplot takes a bar's width from the way to the next one, and draws a single bar as a hair: it gets empty neighbours,
    behind it in the list, so that places in events stay.
    """
    places, heights = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(places) == 1:
        places = np.append(places, [places[0] - 1, places[0] + 1])
        heights = np.concatenate([heights, np.zeros((*heights.shape[:-1], 2))], axis=-1)
    traits = {"x": places, "y": heights, "stroke": None, **options}
    return bqplot.Bars(**traits) if tip is None else Told(tip, **traits)


def value_axis(height: float, label: str, *, below: float = 0.0) -> tuple[bqplot.LinearScale, bqplot.Axis]:
    """A vertical axis from zero to a height; ``below`` is the share of the figure that stays free under zero."""
    ticks = nice_ticks(height)
    top = float(max(height * 1.06, ticks[-1], 0.001))
    scale = bqplot.LinearScale(min=-top * below / (1 - below), max=top)
    axis = bqplot.Axis(
        scale=scale,
        orientation="vertical",
        grid_color=LINE,
        label=label,
        label_offset="3.6em",
        **labelled(ticks, [number(tick, decimals(ticks)) for tick in ticks]),
    )
    return scale, axis


def plain_axis(scale: bqplot.Scale, positions: Iterable[float], labels: Iterable[str], **more: Any) -> bqplot.Axis:
    """A horizontal axis without a grid, labelled by us."""
    return bqplot.Axis(scale=scale, grid_lines="none", **labelled(positions, labels), **more)


def positions(of: Series) -> npt.NDArray[np.float64]:
    """Where each interval stands: hours since the first one's start; days and months one step each.

    Days are 23 to 25 hours long, months 28 to 31 days; their bars stand evenly.
    """
    if of.detail in ("quarter_hour", "hour"):
        return np.asarray((of.starts - of.starts[0]) / 3600)
    return np.arange(len(of), dtype=np.float64)


def time_ticks(of: Series, *, most: int = 9) -> tuple[list[float], list[str]]:
    """Where a time axis carries labels, and which: hours within three days, then days, then months."""
    x = positions(of)
    if of.detail == "month":
        return _thinned(x, range(len(x)), [month(instant) for instant in instants_of(of)], most)
    numbers = frames.days(of.starts)
    days = int(numbers[-1] - numbers[0]) + 1
    if of.detail != "day" and days <= 3:
        instants = instants_of(of)
        every = 1 if days == 1 else 3 if days == 2 else 6
        wanted = [i for i, t in enumerate(instants) if t.minute == 0 and t.hour % every == 0]
        labels = [short_hour(instants[i]) if instants[i].hour or days == 1 else short_day(instants[i]) for i in wanted]
        return _thinned(x, wanted, labels, 13)
    begins = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist()]
    dates = [date_of(int(numbers[place])) for place in begins]
    if days > 92:
        firsts = [(i, each) for i, each in zip(begins, dates, strict=True) if each.day == 1] or [(begins[0], dates[0])]
        return _thinned(x, [i for i, _ in firsts], [month(each) for _, each in firsts], most)
    return _thinned(x, begins, [short_day(each) for each in dates], most)


def _thinned(
    x: npt.NDArray[np.float64], wanted: Iterable[int], labels: Sequence[str], most: int
) -> tuple[list[float], list[str]]:
    places = list(wanted)
    every = max(1, -(-len(places) // most))
    return [float(x[i]) for i in places[::every]], list(labels[::every])


def instants_of(of: Series) -> list[datetime]:
    """The intervals' starts in Rome."""
    return [datetime.fromtimestamp(second, ROME) for second in of.starts.tolist()]
