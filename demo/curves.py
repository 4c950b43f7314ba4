"""Quarter-hour curves of the sample supply points for any local day of 2024 and 2025: the same each time."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt

from demo.local_days import Floats, chance, wall_quarters
from demo.points import POINTS, DemoPoint
from demo.shapes import reactive_share

#: The months that have flows.
MONTHS = tuple(date(year, month, 1) for year in (2024, 2025) for month in range(1, 13))

Wh = npt.NDArray[np.int64]


def curve(point: DemoPoint, day: date) -> dict[str, Wh]:
    """A day of a point: Wh (varh) of each of its 92, 96 or 100 quarter hours, by magnitude (Ea and, for some,
    Er).
    """
    energy = _strayed(point, day, point.passing(day)) * _scale(point.pod)
    found = {"Ea": whole(energy)}
    if point.reactive:
        share = reactive_share(day)[wall_quarters(day)] * point.reactive
        found["Er"] = whole(energy * share)
    return found


def whole(energy: Floats) -> Wh:
    """Energies in whole Wh. What one quarter hour loses by rounding the next one gets, so a day keeps its sum."""
    reached = np.floor(np.concatenate([[0.0], np.cumsum(energy)]) + 0.5)
    return np.diff(reached).astype(np.int64)


@cache
def _scale(pod: str) -> float:
    """Wh of a quarter hour at a shape's 1, so that 2024 comes to the point's yearly energy."""
    point = POINTS[pod]
    days = (date(2024, 1, 1) + timedelta(days=place) for place in range(366))
    return point.yearly_kwh * 1000 / sum(float(point.passing(day).sum()) for day in days)


def _strayed(point: DemoPoint, day: date, shape: Floats) -> Floats:
    """A shape as one real day of it might be: the whole day a little off, and each quarter hour near the last."""
    if not point.stray:
        return shape
    own = chance(point.pod, day)
    whole_day = 1 + point.stray * own.uniform(-1, 1)
    steps = own.uniform(-1, 1, len(shape) + 2)
    near = (steps[:-2] + 2 * steps[1:-1] + steps[2:]) / 4
    strayed: Floats = shape * whole_day * (1 + 2 * point.stray * near)
    return strayed
