"""Zooming: days marked with the mouse on a chart become the page's range, and a button leads back.

The page's own range moves, so that every part, the table, the files and the address are of what is on screen. Who has
no mouse types the dates.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np
from bqplot.interacts import BrushIntervalSelector

from portal_lib.dashboards.figures import ACCENT, positions
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import say
from portal_lib.language import Said
from portal_lib.metering.series import Series

_MARK = Said("Ingrandisci col mouse", "Zoom with the mouse")
_BACK = Said("Torna indietro", "Back")
_HOW = Said("Trascina sul grafico per scegliere i giorni", "Drag over the chart to choose days")


def zoom(view: View, of: Series, drawn: bqplot.Figure, main: bqplot.Mark) -> list[widgets.Widget]:
    """The buttons above a chart, wired to it."""
    buttons: list[widgets.Widget] = []
    if view.zoom is not None and len(of) and view.first != view.last:
        buttons.append(_marking(view.zoom, of, drawn, main))
    if view.back is not None:
        leave = view.back
        back = widgets.Button(description=say(_BACK), layout=widgets.Layout(width="auto"))
        back.on_click(lambda _button: leave())
        buttons.append(back)
    if not buttons:
        return []
    return [widgets.Box(buttons, _dom_classes=["portal-controls"])]


def _marking(
    go: Callable[[date, date], None], of: Series, drawn: bqplot.Figure, main: bqplot.Mark
) -> widgets.ToggleButton:
    """While it is pressed, dragging over the chart marks days; letting go moves the page to them."""
    toggle = widgets.ToggleButton(description=say(_MARK), tooltip=say(_HOW), layout=widgets.Layout(width="auto"))
    x = positions(of)

    def brushed(change: dict[str, Any]) -> None:
        brush = change["owner"]
        selected = np.asarray(brush.selected, dtype=np.float64) if brush.selected is not None else np.zeros(0)
        if brush.brushing or selected.size != 2 or not np.isfinite(selected).all():
            return
        inside = np.flatnonzero((x >= selected[0] - 0.5) & (x <= selected[1] + 0.5))
        if not len(inside):
            return
        first, last = (of.index[int(place)].date() for place in (inside[0], inside[-1]))
        if of.detail == "month":
            last = last.replace(day=monthrange(last.year, last.month)[1])
        go(first, last)

    def toggled(_change: object) -> None:
        if toggle.value and drawn.interaction is None:
            drawn.interaction = BrushIntervalSelector(scale=main.scales["x"], marks=[main], color=ACCENT)
            drawn.interaction.observe(brushed, names="brushing")
        elif not toggle.value and drawn.interaction is not None:
            brush, drawn.interaction = drawn.interaction, None
            brush.close()

    toggle.observe(toggled, names="value")
    return toggle
