"""Curves against registers, where a meter has both: do they tell of the same energy?

Where a curve that should have been multiplied by the meter's Ka was not, the registers say a whole multiple of it.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy.engine import Connection

from portal_lib.metering import band_sums, registers

#: A factor is called one where it lies so near a whole number (or one part of it); a meter rounds its registers.
_NEAR = 0.02


class Difference(NamedTuple):
    """One point's month: the energy of its curve and of its registers, Wh, both whole."""

    point_id: int
    month: date
    curve_wh: int
    register_wh: int

    @property
    def ratio(self) -> float | None:
        """Registers ÷ curve; None without any energy on the curve."""
        return self.register_wh / self.curve_wh if self.curve_wh else None

    @property
    def factor(self) -> int | None:
        """The whole number, from 2 on, by which the curve falls short of the registers, as with a Ka left out.

        Negative where the curve is that many times too large, as with a Ka taken twice. None where it is neither.
        """
        ratio = self.ratio
        if not ratio:
            return None
        times, sign = (ratio, 1) if ratio > 1 else (1 / ratio, -1)
        whole = round(times)
        return sign * whole if whole >= 2 and abs(times - whole) <= _NEAR * whole else None


def compare(connection: Connection, first: date, last: date) -> list[Difference]:
    """Every month of which both are known from its first day to its last, by point and month."""
    totals: Any = band_sums.monthly(connection, first, last)
    found = []
    for point_id, told in registers.fleet(connection, first, last).items():
        for month in told:
            end = (month.month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            key = (point_id, pd.Timestamp(month.month))
            whole = not month.broken and (month.first, month.last) == (month.month, end)
            if not whole or month.total is None or key not in totals.index:
                continue
            curve = totals.loc[key]
            if curve["days"] == end.day and not curve["missing"]:
                found.append(Difference(point_id, month.month, int(curve[["F1", "F2", "F3"]].sum()), month.total))
    return sorted(found)
