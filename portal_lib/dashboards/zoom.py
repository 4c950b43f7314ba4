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
from portal_lib.dashboards.redrawing import on_page
from portal_lib.dashboards.words import say
from portal_lib.language import Said
from portal_lib.metering.series import Series

_MARK = Said("Ingrandisci col mouse", "Zoom with the mouse")
_BACK = Said("Torna indietro", "Back")
_HOW = Said("Trascina sul grafico per scegliere i giorni", "Drag over the chart to choose days")


class Zoom:
    """A page's buttons above its chart. ``go`` moves the page, ``back`` leads to where it was before."""

    def __init__(self, go: Callable[[date, date], None], back: Callable[[], None]) -> None:
        self._go = go
        self._mark = widgets.ToggleButton(
            description=say(_MARK), tooltip=say(_HOW), layout=widgets.Layout(width="auto")
        )
        self._mark.observe(self._toggled, names="value")
        self._back = widgets.Button(description=say(_BACK), layout=widgets.Layout(width="auto"))
        self._back.on_click(lambda _button: back())
        #: Stays on the page from chart to chart.
        self.row = widgets.Box(_dom_classes=["portal-controls"])
        self._of: Series | None = None
        self._figure: bqplot.Figure | None = None

    def over(self, of: Series, drawn: bqplot.Figure, *, back: bool) -> list[widgets.Widget]:
        """The buttons for this chart; ``back`` where there is a way back."""
        self._mark.value = False
        self._of, self._figure = of, drawn
        days = {of.index[0].date(), of.index[-1].date()} if len(of) else set()
        buttons = [self._mark] * (len(days) > 1 or of.detail == "month") + [self._back] * back
        if list(self.row.children) != buttons:
            self.row.children = buttons
        return [self.row] if buttons else []

    def _toggled(self, _change: object) -> None:
        """While it is pressed, dragging over the chart marks days."""
        if self._figure is None:
            return
        drawn = on_page(self._figure)
        if self._mark.value and drawn.interaction is None:
            drawn.interaction = BrushIntervalSelector(scale=drawn.marks[0].scales["x"], color=ACCENT)
            drawn.interaction.observe(self._brushed, names="brushing")
        elif not self._mark.value and drawn.interaction is not None:
            brush, drawn.interaction = drawn.interaction, None
            brush.close()

    def _brushed(self, change: dict[str, Any]) -> None:
        """Letting go moves the page to the days marked."""
        brush, of = change["owner"], self._of
        selected = np.asarray(brush.selected, dtype=np.float64) if brush.selected is not None else np.zeros(0)
        if of is None or brush.brushing or selected.size != 2 or not np.isfinite(selected).all():
            return
        x = positions(of)
        inside = np.flatnonzero((x >= selected[0] - 0.5) & (x <= selected[1] + 0.5))
        if not len(inside):
            return
        first, last = (of.index[int(place)].date() for place in (inside[0], inside[-1]))
        if of.detail == "month":
            last = last.replace(day=monthrange(last.year, last.month)[1])
        self._go(first, last)
