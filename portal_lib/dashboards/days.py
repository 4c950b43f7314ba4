"""Which competence days: two dates, presets that count from the last day with readings, days marked on a chart."""

from collections.abc import Callable
from datetime import date
from typing import Any

import ipywidgets as widgets

from portal_lib.dashboards.exceptions import RangeMissing
from portal_lib.dashboards.ranges import LABELS, Days, Preset, preset
from portal_lib.dashboards.words import say
from portal_lib.dashboards.zoom import Zoom
from portal_lib.language import Said

_FIRST, _LAST = Said("Competenza dal", "Competence from"), Said("al", "to")
_PRESETS = Said("Periodo", "Range")


class DayChoice:
    """The controls. ``span`` says from when to when there are readings, ``changed`` is called after every choice."""

    def __init__(self, span: Callable[[], Days | None], changed: Callable[[], None]) -> None:
        self._span, self._changed = span, changed
        self._before: list[tuple[Any, Any]] = []
        self._settling = False
        self.first = widgets.DatePicker(description=say(_FIRST))
        self.last = widgets.DatePicker(description=say(_LAST))
        # Buttons that do something and then stand at nothing again.
        self.presets = widgets.ToggleButtons(
            options=[(say(said), name) for name, said in LABELS.items()], value=None, description=say(_PRESETS)
        )
        self.zoom = Zoom(self._zoomed, self._back)
        self.presets.observe(self._on_preset, names="value")
        for control in (self.first, self.last):
            control.observe(self._on_date, names="value")

    @property
    def controls(self) -> list[widgets.Widget]:
        """In the order in which they stand on the page."""
        return [self.first, self.last, self.presets]

    @property
    def chosen(self) -> Days:
        """Both days, unchecked but that they are dates."""
        first, last = self.first.value, self.last.value
        if type(first) is not date or type(last) is not date:
            raise RangeMissing()
        return first, last

    @property
    def can_go_back(self) -> bool:
        """Whether days were marked on a chart before."""
        return bool(self._before)

    def set(self, days: Days) -> None:
        """Other days, told to nobody: two dates, and one drawing."""
        self._settling = True
        try:
            self.first.value, self.last.value = days
        finally:
            self._settling = False

    def show_some_of(self, span: Days, opening: Days) -> None:
        """Keep the days unless they have none with readings; then those of an opening page."""
        first, last = self.first.value, self.last.value
        if not (first and last and first <= span[1] and last >= span[0]):
            self.set(opening)

    def _move(self, days: tuple[Any, Any]) -> None:
        """The browser is told of the chart first, then of the dates in the controls."""
        with self.first.hold_sync(), self.last.hold_sync():
            self.set(days)
            self._changed()

    def _on_date(self, _change: object) -> None:
        if not self._settling:
            self._changed()

    def _on_preset(self, _change: object) -> None:
        name: Preset | None = self.presets.value
        if name is not None and name in LABELS:
            with self.presets.hold_sync():  # the chart first, then the button that is released
                self.presets.value = None
                self._go_to(name)

    def _go_to(self, name: Preset) -> None:
        span = self._span()
        if span is None:
            return
        try:
            shown = self.chosen
        except RangeMissing:
            shown = span
        try:
            days = preset(name, shown if shown[0] <= shown[1] else span, span)
        except (ValueError, OverflowError):  # before the first year of the calendar
            return
        self._before.clear()
        self._move(days)

    def _zoomed(self, first: date, last: date) -> None:
        if (first, last) != (self.first.value, self.last.value):
            self._before.append((self.first.value, self.last.value))
            self._move((first, last))

    def _back(self) -> None:
        if self._before:
            self._move(self._before.pop())
