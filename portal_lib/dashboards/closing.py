"""Ending widgets that are no longer on the page, with all that is in them.

ipywidgets keeps every widget until it is closed; a page open for a day draws thousands of charts.
"""

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets


def close(gone: Iterable[widgets.Widget], besides: Iterable[widgets.Widget] = ()) -> None:
    """Close these and every widget inside them: children, marks, scales, layouts, styles; but none of ``besides``."""
    staying = _everything(besides)
    for widget in _everything(gone) - staying:
        widget.close()


def _everything(of: Iterable[widgets.Widget]) -> set[widgets.Widget]:
    seen: set[widgets.Widget] = set()
    waiting = list(of)
    while waiting:
        widget = waiting.pop()
        if widget not in seen:
            seen.add(widget)
            for name in widget.keys:
                waiting += inside(getattr(widget, name))
    return seen


def inside(value: Any) -> list[widgets.Widget]:
    """The widgets that a trait's value is or holds."""
    if isinstance(value, widgets.Widget):
        return [value]
    if isinstance(value, dict):
        return [one for one in value.values() if isinstance(one, widgets.Widget)]
    if isinstance(value, list | tuple):
        return [one for one in value if isinstance(one, widgets.Widget)]
    return []
