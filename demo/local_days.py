"""Local days as load shapes see them: which kind of day it is, what the clock on the wall shows, how warm it
is.

Shapes are drawn on the clock on the wall, 96 quarter hours from midnight to midnight. A day on which the
clock changes is built from them quarter by quarter, as it passes: the March day never shows 02:00–03:00, the
October day shows it twice.
"""

import hashlib
import math
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from portal_lib.metering.bands import easter, holidays
from portal_lib.metering.calendar import quarter_hours

Floats = npt.NDArray[np.float64]
Kind = Literal["working", "saturday", "free"]

_SHOWN = {
    92: np.concatenate([np.arange(0, 8), np.arange(12, 96)]),
    96: np.arange(96),
    100: np.concatenate([np.arange(0, 12), np.arange(8, 96)]),
}


def wall_quarters(day: date) -> npt.NDArray[np.int64]:
    """Which quarter hour of the clock on the wall (0 to 95) each quarter hour of a day is: 92, 96 or 100 of
    them.
    """
    return _SHOWN[quarter_hours(day)]


@lru_cache(maxsize=8)
def _free_days(year: int) -> frozenset[date]:
    return holidays(year)


def kind_of(day: date) -> Kind:
    """Whether people work on a day, half of them do, or nobody does (Sundays and national holidays)."""
    if day.weekday() == 6 or day in _free_days(day.year):
        return "free"
    return "saturday" if day.weekday() == 5 else "working"


def school_is_open(day: date) -> bool:
    """Whether a primary school holds lessons: an Italian region's usual calendar."""
    if kind_of(day) != "working":
        return False
    summer = date(day.year, 6, 7) < day < date(day.year, 9, 15)
    christmas = (day.month, day.day) >= (12, 23) or (day.month, day.day) <= (1, 6)
    good_thursday = easter(day.year) - timedelta(days=3)
    return not (summer or christmas or good_thursday <= day <= good_thursday + timedelta(days=5))


def cooling(day: date) -> float:
    """How much of a hot day's cooling a day needs: 0 to about 1.3, most in late July."""
    return _season(day, 205) * _weather(day)


def heating(day: date) -> float:
    """How much of a cold day's heating a day needs: 0 to about 1.3, most in late January."""
    return _season(day, 22) * _weather(day)


def _season(day: date, peak: int) -> float:
    return math.pow(max(0.0, math.cos(2 * math.pi * (day.timetuple().tm_yday - peak) / 365.25)), 1.5)


@lru_cache(maxsize=1024)
def _weather(day: date) -> float:
    """A day's weather against the season's, 0.7 to 1.3: the same for every point, and lasting some days."""
    near = [chance("weather", day + timedelta(days=shift)).random() for shift in range(-2, 3)]
    return 0.7 + 0.6 * sum(near) / len(near)


def chance(what: str, day: date) -> np.random.Generator:
    """The chance of one thing on one day, always the same."""
    seed = hashlib.sha256(f"{what} {day}".encode()).digest()[:8]
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed, "big")))
