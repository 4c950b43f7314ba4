"""The sample point whose meter sends no curve: what its registers stand at by the end of each month.

The registers of F1, F2 and F3 count what the same curves say that the other points are made from, so a month by its
registers is what that month used.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import numpy as np

from demo.curves import MONTHS, Wh, curve
from demo.points import POINTS
from portal_lib.metering import band_sums
from portal_lib.metering.bands import BANDS
from portal_lib.metering.calendar import day_number

#: What the meter stood at when the supplier took the point over, in Wh (varh) and each of its registers.
_AT_FIRST = {"Ea": (31_204_000, 14_871_000, 27_530_000), "Er": (9_810_000, 4_402_000, 8_015_000)}

#: The day before the first month: that of the reading at the switch.
SWITCH = MONTHS[0] - timedelta(days=1)

#: Months at whose end nobody read the meter: the distributor estimated. Of the second it read it after all, and
#: corrected itself.
ESTIMATED = (date(2024, 11, 1), date(2025, 2, 1))
CORRECTED = ESTIMATED[1]

#: By how much of a month it was wrong.
_WRONG = 0.06


def readings(pod: str, month: date, *, estimated: bool = False) -> Mapping[str, int]:
    """Wh (varh) that each register shows at a month's end, by element ("EaF1", "ErF3"); ``month`` is its first day.

    The month before the first one gives the reading at the switch. With ``estimated``, what the distributor took it
    for.
    """
    found: dict[str, int] = {}
    for magnitude in _AT_FIRST:
        stands = np.array(_AT_FIRST[magnitude])
        for passed in MONTHS:
            if passed <= month:
                stands = stands + _used(pod, passed, magnitude)
        if estimated:
            stands = stands - (_used(pod, month, magnitude) * _WRONG).astype(np.int64)
        found |= {f"{magnitude}{band}": int(value) for band, value in zip(BANDS, stands, strict=True)}
    return found


def peaks(pod: str, month: date) -> Mapping[str, int]:
    """The highest power (W) of the month, by element ("PotF1"): the same in each band's register, as meters go."""
    highest = max(int(curve(POINTS[pod], day)["Ea"].max()) for day in _days(month)) * 4
    return {f"Pot{band}": highest for band in BANDS}


@cache
def _used(pod: str, month: date, magnitude: str) -> Wh:
    """Wh (varh) of a month in F1, F2 and F3."""
    days = _days(month)
    curves = [curve(POINTS[pod], day)[magnitude] for day in days]
    numbers = np.array([day_number(day) for day in days])
    counts = np.array([len(values) for values in curves])
    by_day = band_sums.by_day(numbers, counts, np.concatenate(curves).astype(np.int32))
    month_wh: Wh = by_day.wh.sum(axis=0)
    return month_wh


def _days(month: date) -> list[date]:
    days = (month + timedelta(days=place) for place in range(31))
    return [day for day in days if day.month == month.month]
