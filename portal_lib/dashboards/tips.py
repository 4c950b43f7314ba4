"""What the pointer is told: a text for each bar, or column of a long line, written when the pointer asks for it."""

from collections.abc import Callable
from html import escape
from typing import Any

import bqplot
import ipywidgets as widgets
import numpy as np
import numpy.typing as npt


class Told(bqplot.Bars):  # type: ignore[misc]
    """Bars that say what they are. ``tip`` gives the text for a place in the list, None where nothing stands.

    Our pages point at a whole column, not at the bar alone (``frontend/src/bars.ts``); bars without a height serve as
    the columns of a line.
    """

    def __init__(self, tip: Callable[[int], str | None], **traits: Any) -> None:
        self.tip = tip
        super().__init__(
            tooltip=widgets.HTML(_dom_classes=["portale-suggerimento"]), tooltip_style={"opacity": 1.0}, **traits
        )
        self.on_hover(self._hovered)

    def take(self, draft: "Told") -> None:
        """What a draft carries besides its traits (:mod:`portal_lib.dashboards.redrawing`)."""
        self.tip = draft.tip

    def _hovered(self, _mark: object, event: object) -> None:
        # Whatever a browser sends.
        data = event.get("data") if isinstance(event, dict) else None
        place = data.get("index") if isinstance(data, dict) else None
        if type(place) is int and place >= 0 and (text := self.tip(place)) is not None:
            self.tooltip.value = f"<p>{escape(text)}</p>"


def columns(x: npt.NDArray[np.float64], most: int, tip: Callable[[slice], str], scales: dict[str, Any]) -> Told:
    """At most so many columns over a line's points; ``tip`` gives the text for the points of one."""
    edges = np.unique(np.linspace(0, len(x), most + 1).round().astype(int))
    middles = (x[edges[:-1]] + x[edges[1:] - 1]) / 2

    def of_column(place: int) -> str | None:
        return tip(slice(int(edges[place]), int(edges[place + 1]))) if place < len(middles) else None

    return Told(of_column, x=middles, y=np.zeros(len(middles)), scales=scales, stroke=None)
