"""Energy of some points by month and band: what thresholds and bills are reckoned from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy.engine import Connection

from portal_lib.metering import band_sums
from portal_lib.metering.aggregates import first_days
from portal_lib.metering.bands import BANDS
from portal_lib.metering.calendar import date_of, day_number
from portal_lib.metering.loads import Held, stored_days


@dataclass(frozen=True)
class MonthSum:
    """Whole Wh (varh) of one point's month by band; of ``days`` stored, ``missing`` intervals within them."""

    wh: Mapping[str, int]
    days: int
    missing: int


def of_points(
    connection: Connection,
    held: Held,
    first: date,
    last: date,
    magnitude: str = "Ea",
    *,
    october_4_from: date | None = None,
) -> dict[int, dict[date, MonthSum]]:
    """By point and month, between two competence days, both included: only of the days that ``held`` grants."""
    found: dict[int, dict[date, MonthSum]] = {}
    for point, rows in stored_days(connection, sorted(held), day_number(first), day_number(last), magnitude):
        inside = np.zeros(len(rows.days), dtype=np.bool_)
        for since, until in held[point]:
            inside |= (rows.days >= day_number(since)) & (rows.days <= day_number(until))
        own = rows.only(inside)
        if not len(own.days):
            continue
        values = np.frombuffer(b"".join(own.curves), dtype="<i4")
        by_day = band_sums.by_day(own.days, own.counts, values, october_4_from=october_4_from)
        months = first_days(own.days, "month")
        found[point] = {}
        for month in np.unique(months).tolist():
            days = months == month
            wh = by_day.wh[days].sum(axis=0)
            found[point][date_of(month)] = MonthSum(
                {band: int(wh[code]) for code, band in enumerate(BANDS)},
                int(days.sum()),
                int(by_day.missing[days].sum()),
            )
    return found
