"""What is on screen: the points, the competence days, how fine, and the load that every part is drawn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from urllib.parse import urlencode

import ipywidgets as widgets

from portal_lib.dashboards.words import day
from portal_lib.dashboards.zoom import Zoom
from portal_lib.metering.loads import Load, PointLoad
from portal_lib.metering.registers import MonthBands
from portal_lib.metering.series import Detail, Series, series
from portal_lib.visitor import Door, SupplyPoint

#: As the addresses of exports name the details.
STEPS = {"quarter_hour": "quarto", "hour": "ora", "day": "giorno", "month": "mese"}


@dataclass(frozen=True)
class View:
    """Points between two competence days, both included.

    ``load`` is that of the points with curves, ``each`` what every one of them adds to it, by POD. ``months`` is what
    the registers say of points without any curve in the range. ``zoom`` moves the page to other days and, where
    ``back``, to those before, where there is a page.
    """

    door: Door
    points: Sequence[SupplyPoint]
    everything: bool  # these are all the points that the visitor has
    first: date
    last: date
    detail: Detail
    load: Load
    each: Mapping[str, PointLoad]
    months: Mapping[str, Sequence[MonthBands]] = field(default_factory=dict)
    october_4_from: date | None = None
    zoom: Zoom | None = None
    back: bool = False

    @cached_property
    def series(self) -> Series:
        """The load in the detail chosen."""
        return series(self.load, self.detail)

    @property
    def curves(self) -> Sequence[SupplyPoint]:
        """The points whose meters send curves."""
        return [point for point in self.points if point.pod not in self.months]

    @property
    def pods(self) -> list[str]:
        """Every point's POD."""
        return [point.pod for point in self.points]

    @property
    def range(self) -> str:
        """``01/09/2024–30/09/2024``, or the one day."""
        return day(self.first) if self.first == self.last else f"{day(self.first)}–{day(self.last)}"

    def export(self, kind: str, *, detail: str | None = None, form: str = "it", magnitude: str = "Ea") -> str:
        """The address, from the page's own, of a file with exactly this: half-open days, as exports have them."""
        query = {
            "punti": "tutti" if self.everything else ",".join(self.pods),
            "da": self.first.isoformat(),
            "a": (self.last + timedelta(days=1)).isoformat(),
            "passo": STEPS[detail or self.detail],
            "grandezza": magnitude,
            "formato": form,
        }
        return f"export/letture.{kind}?{urlencode(query, safe=',')}"


#: Draws one part of the page.
Part = Callable[[View], Sequence[widgets.Widget]]
