"""Parts that only hourly meters can fill: where the points chosen send no curves, they say so."""

import functools
from collections.abc import Callable, Sequence
from html import escape

import ipywidgets as widgets

from portal_lib.dashboards.view import Part, View
from portal_lib.dashboards.words import say
from portal_lib.language import Said

_NO_CURVES = Said(
    "I contatori scelti non inviano curve orarie: questa vista non si può calcolare. I consumi mensili sono nella "
    "vista «Curva di carico».",
    "The meters chosen send no hourly curves, so this view can't be worked out. Monthly consumption is in the view "
    "“Load curve”.",
)


def needs_curves(title: Said) -> Callable[[Part], Part]:
    """Draw the part where there is any curve, else its title and why it is empty."""

    def guarded(drawing: Part) -> Part:
        @functools.wraps(drawing)
        def drawn(view: View) -> Sequence[widgets.Widget]:
            if not view.load.empty:
                return drawing(view)
            box = widgets.VBox([widgets.HTML(f"<h2>{escape(say(title))}</h2><p>{escape(say(_NO_CURVES))}</p>")])
            box.add_class("portale-parte")
            return [box]

        return drawn

    return guarded
