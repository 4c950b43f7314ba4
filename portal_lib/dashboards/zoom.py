"""Zooming: days marked with the mouse on a chart become the page's range, and a button leads back.

The page's own range moves, so that every part, the table, the files and the address are of what is on screen. Who has
no mouse types the dates.
"""

from calendar import monthrange

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
    go = view.zoom
    if go is None or not len(of):
        return []
    toggle = widgets.ToggleButton(description=say(_MARK), tooltip=say(_HOW))
    toggle.layout = widgets.Layout(width="auto")
    buttons: list[widgets.Widget] = [toggle] if view.first != view.last else []
    x = positions(of)

    def toggled(_change: object) -> None:
        if not toggle.value:
            drawn.interaction = None
            return
        brush = BrushIntervalSelector(scale=main.scales["x"], marks=[main], color=ACCENT)

        def brushed(_change: object) -> None:
            selected = np.asarray(brush.selected, dtype=np.float64) if brush.selected is not None else np.zeros(0)
            if brush.brushing or selected.size != 2 or not np.isfinite(selected).all():
                return
            inside = np.flatnonzero((x >= selected[0] - 0.5) & (x <= selected[1] + 0.5))
            if len(inside):
                first, last = (of.index[int(place)].date() for place in (inside[0], inside[-1]))
                if of.detail == "month":
                    last = last.replace(day=monthrange(last.year, last.month)[1])
                go(first, last)

        brush.observe(brushed, names="brushing")
        drawn.interaction = brush

    toggle.observe(toggled, names="value")
    if view.back is not None:
        back = widgets.Button(description=say(_BACK))
        back.layout = widgets.Layout(width="auto")
        leave = view.back
        back.on_click(lambda _button: leave())
        buttons.append(back)
    row = widgets.Box(buttons)
    row.add_class("portal-controls")
    return [row] if buttons else []
