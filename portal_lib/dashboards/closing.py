"""Ending widgets that are no longer on the page, with all that is in them.

ipywidgets keeps every widget until it is closed; a page open for a day draws thousands of charts.
"""

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets


def close(gone: Iterable[widgets.Widget]) -> None:
    """Close these and every widget inside them: children, marks, scales, layouts, styles."""
    seen: dict[int, widgets.Widget] = {}
    waiting = list(gone)
    while waiting:
        widget = waiting.pop()
        if id(widget) in seen:
            continue
        seen[id(widget)] = widget
        for name in widget.keys:
            waiting += _inside(getattr(widget, name))
    for widget in seen.values():
        widget.close()


def _inside(value: Any) -> list[widgets.Widget]:
    if isinstance(value, widgets.Widget):
        return [value]
    if isinstance(value, dict):
        return [one for one in value.values() if isinstance(one, widgets.Widget)]
    if isinstance(value, list | tuple):
        return [one for one in value if isinstance(one, widgets.Widget)]
    return []
