"""A part that is drawn anew is laid over the one on the page: what stays is kept, and only what differs is sent.

A chart of a month is some forty widgets, each of which a browser makes, styles and lays out when it is new; most of
them are the same in the next month. So a part's function runs with widgets that are told to nobody yet
(:func:`drafting`); :class:`Redrawing` goes through them beside the widgets of the page, gives these the values that
differ, a message for each widget, and tells the browser of a new widget only where there is none of its kind.

A function that keeps a widget for later, as a callback does, must ask :func:`on_page` which one is on the page.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards.closing import inside

_open = widgets.Widget.open
_drafted_by: int | None = None
#: Seconds in which what was said reaches the page and is painted, where both work on the same processors.
_A_MOMENT = 0.1
_ON_PAGE = "_portal_on_page"


@contextlib.contextmanager
def drafting() -> Iterator[None]:
    """Widgets that this thread makes meanwhile are drafts: the browser is not told of them."""
    global _drafted_by
    before, _drafted_by = _drafted_by, threading.get_ident()
    widgets.Widget.open = _open_unless_drafted
    try:
        yield
    finally:
        _drafted_by = before
        if before is None:
            widgets.Widget.open = _open


def _open_unless_drafted(widget: widgets.Widget) -> None:
    if _drafted_by != threading.get_ident():
        _open(widget)


def on_page(widget: widgets.Widget) -> widgets.Widget:
    """The widget itself, or the one on the page that it was laid over."""
    return getattr(widget, _ON_PAGE, widget)


def afterwards(work: Callable[[], None]) -> None:
    """Do this once what was said so far is on its way to the browser; at once where there is no kernel around.

    What a kernel says is sent by a thread of its own, which waits while the kernel works.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work()
    else:
        loop.call_later(_A_MOMENT, work)


class Later(widgets.HTML):  # type: ignore[misc]
    """Text that can wait until the chart is on its way: worked out by ``fill``, at once where nothing is drafted."""

    def __init__(self, fill: Callable[[], str], **traits: Any) -> None:
        self.fill = fill
        super().__init__(**traits)
        if _drafted_by != threading.get_ident():
            self.value = fill()

    def take(self, draft: "Later") -> None:
        """What a draft carries besides its traits."""
        self.fill = draft.fill


class Redrawn(widgets.VBox):  # type: ignore[misc]
    """A box that can be laid over: no callback keeps the widgets in it, or it asks :func:`on_page`."""


class Redrawing:
    """One drawing of the page. Drafts are laid inside :func:`drafting`, texts that wait are filled after it."""

    def __init__(self) -> None:
        self._laid: dict[widgets.Widget, widgets.Widget] = {}
        self._later: list[Later] = []
        #: Widgets in whose place another stands now, unless they moved to another place.
        self.replaced: list[widgets.Widget] = []

    def lay(self, drafts: Sequence[widgets.Widget], over: Sequence[widgets.Widget]) -> list[widgets.Widget]:
        """The widgets to be on the page: those of ``over`` that can stay, and drafts that are drafts no more."""
        return self._each(drafts, [old if isinstance(old, Redrawn | widgets.HTML) else None for old in over])

    def _each(self, drafts: Sequence[widgets.Widget], over: Sequence[widgets.Widget | None]) -> list[widgets.Widget]:
        beneath = [*over, *[None] * len(drafts)]
        return [self._widget(draft, old) for draft, old in zip(drafts, beneath, strict=False)]

    def fill(self) -> None:
        """Work out the texts that waited."""
        for text in self._later:
            if text.comm is not None:  # not gone meanwhile
                text.value = text.fill()

    def _widget(self, draft: widgets.Widget, old: widgets.Widget | None) -> widgets.Widget:
        if draft.comm is not None:  # it is on the page already, or was made outside
            return draft
        if draft not in self._laid:
            stays = old is not None and type(old) is type(draft) and old not in self._laid.values()
            self._laid[draft] = kept = old if stays else draft
            if kept is draft:
                self._tell(draft)
            else:
                self._change(kept, draft)
            if isinstance(kept, Later):
                self._later.append(kept)
        return self._laid[draft]

    def _tell(self, draft: widgets.Widget) -> None:
        for name in _inner(draft):
            value = getattr(draft, name)
            laid = self._value(value, None)
            if laid is not value:
                draft.set_trait(name, laid)
        _open(draft)

    def _change(self, kept: widgets.Widget, draft: widgets.Widget) -> None:
        setattr(draft, _ON_PAGE, kept)
        with kept.hold_sync():
            for name in _inner(draft):
                there = getattr(kept, name)
                if inside(there) and not draft.trait_has_value(name):
                    continue  # a scale, layout or style that nobody asked for
                if name == "value" and isinstance(kept, Later):
                    continue
                laid = self._value(getattr(draft, name), there)
                if not _same(laid, there):
                    kept.set_trait(name, laid)
                    self.replaced += inside(there)
        if take := getattr(kept, "take", None):
            take(draft)

    def _value(self, value: Any, there: Any) -> Any:
        """A trait's value with the widgets in it laid over those that are there."""
        if isinstance(value, widgets.Widget):
            return self._widget(value, there if isinstance(there, widgets.Widget) else None)
        if not inside(value):
            return value
        if isinstance(value, dict):
            old = there if isinstance(there, dict) else {}
            return {name: self._value(one, old.get(name)) for name, one in value.items()}
        laid = self._each(value, there if isinstance(there, list | tuple) else ())
        return laid if any(a is not b for a, b in zip(laid, value, strict=True)) else value


def _inner(widget: widgets.Widget) -> list[str]:
    """Its synced traits but those that name its class."""
    return [name for name in widget.keys if not name.startswith(("_model_", "_view_"))]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return type(one) is type(other) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    try:
        return bool(one == other)
    except ValueError:  # arrays inside of a list or dictionary
        return False
