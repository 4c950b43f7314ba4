"""What each sample supply point is used for, and so how it draws energy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from demo import shapes
from demo.lighting import street_lamps
from demo.local_days import Floats, cooling, heating, kind_of, school_is_open, wall_quarters

#: A shape on the clock on the wall: relative power of 96 quarter hours of a local day.
Shape = Callable[[date], Floats]

_HOURS = np.arange(96) / 4
#: Cooling runs through the afternoon and ebbs away at night.
_AFTERNOON = np.exp(-(((_HOURS - 15) / 4.5) ** 2))


def town_hall(day: date) -> Floats:
    office = 0.85 * shapes.standard("g1", day) + 0.15 * shapes.standard("g0", day)
    climate = 0.5 * cooling(day) * _AFTERNOON + 0.25 * heating(day)
    return office * (1 + climate if kind_of(day) == "working" else 1)


def school(day: date) -> Floats:
    """Lessons on working days; a secretary's office in early summer; in August nobody."""
    empty = shapes.standard("g1", date(2024, 9, 15))  # a Sunday's
    if school_is_open(day):
        return shapes.standard("g1", day) * (1 + 0.3 * heating(day))
    if day.month == 8 or kind_of(day) != "working":
        return empty
    return empty + 0.15 * shapes.standard("g1", day)


def pool(day: date) -> Floats:
    """Pumps and air never rest; people come every day, except while it is emptied and cleaned in August."""
    if date(day.year, 8, 5) <= day <= date(day.year, 8, 28):
        return np.full(96, 0.35)
    return 0.75 + 0.25 * heating(day) + 1.6 * shapes.business(day)


def library(day: date) -> Floats:
    closed = shapes.standard("g4", date(2024, 9, 15))
    if day.weekday() == 0 or kind_of(day) == "free":
        return 0.6 * closed
    return shapes.standard("g4", day) * (1 + 0.35 * cooling(day) * _AFTERNOON)


def gym(day: date) -> Floats:
    return shapes.standard("g2", day) * (0.35 if day.month == 8 else 1)


def hospital(day: date) -> Floats:
    never_rests = shapes.standard("g3", day)
    by_day = 0.3 * shapes.standard("g1", day)
    return never_rests + by_day + (0.35 + _AFTERNOON) * 0.45 * cooling(day)


def clinic(day: date) -> Floats:
    return (0.9 * shapes.standard("g1", day) + 0.2) * (1 + 0.45 * cooling(day) * _AFTERNOON)


def kitchen(day: date) -> Floats:
    """Meals every day, laundry on working days."""
    laundry = {"working": 1.0, "saturday": 0.5, "free": 0.1}[kind_of(day)]
    return 0.3 + 0.9 * shapes.business(day) + 0.5 * laundry * shapes.standard("g1", day)


@dataclass(frozen=True)
class DemoPoint:
    """How one point draws energy."""

    pod: str
    yearly_kwh: float  # of 2024
    shape: Shape
    #: True: the shape gives quarter hours as they pass, not as the clock on the wall shows them.
    as_it_passes: bool = False
    #: How much a quarter hour strays from the shape; 0 where the shape is a measured one.
    stray: float = 0.05
    #: Reactive energy, as a multiple of the measured small business's; 0 where the meter doesn't tell it.
    reactive: float = 0.0
    #: Days that the distributor never sent.
    missing: frozenset[date] = field(default_factory=frozenset)
    #: Days that it estimated.
    estimated: frozenset[date] = field(default_factory=frozenset)
    #: True: the meter sends no curve; its registers are read once a month.
    by_registers: bool = False

    def passing(self, day: date) -> Floats:
        """Relative power of each quarter hour that passes on a day: 92, 96 or 100 of them."""
        return self.shape(day) if self.as_it_passes else self.shape(day)[wall_quarters(day)]


def _days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


_ALL = (
    DemoPoint("IT999E00000201", 62_000, town_hall, reactive=1.3),
    DemoPoint("IT999E00000202", 46_000, school, reactive=1.0, estimated=_days("2024-11-19", "2024-11-20")),
    DemoPoint("IT999E00000203", 31_000, street_lamps, as_it_passes=True, stray=0.01),
    DemoPoint("IT999E00000204", 210_000, pool, stray=0.02, reactive=2.2),
    DemoPoint("IT999E00000205", 17_000, library, missing=_days("2025-02-11", "2025-02-12")),
    DemoPoint("IT999E00000206", 44_000, gym, reactive=1.1),
    DemoPoint("IT999E00000207", 1_350, shapes.household, stray=0.0),
    DemoPoint("IT999E00000301", 2_650_000, hospital, stray=0.02, reactive=1.6),
    DemoPoint("IT999E00000302", 118_000, clinic, reactive=1.4),
    DemoPoint("IT999E00000303", 215_000, kitchen, stray=0.03, reactive=2.0),
    DemoPoint("IT999E00000304", 11_500, clinic, reactive=1.2, by_registers=True),
)

#: The points that get flows, by POD. The household's one has the distributor's real export instead.
POINTS: Mapping[str, DemoPoint] = {point.pod: point for point in _ALL}
