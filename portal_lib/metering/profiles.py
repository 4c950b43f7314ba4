"""The shapes of a load: by the hour on the wall clock, by its duration, on a typical day, month by month.

All are means of power (kW) over the hours that are known. An hour is known where every point that owes it tells all of
it: half a load is no lower load. What is missing is left out, and each shape says how many hours it was made from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from portal_lib.metering.aggregates import first_days
from portal_lib.metering.bands import holidays
from portal_lib.metering.calendar import IntArray, date_of, day_hours, day_number
from portal_lib.metering.demand import BASE_LOAD_PERCENTILE
from portal_lib.metering.loads import COLUMNS, FloatArray, Load

#: The hours on the wall clock of any day: the repeated hour of October has a place of its own, after 02.
WALL_HOURS = ("00", "01", "02", "02b", *(f"{hour:02d}" for hour in range(3, 24)))
_REPEATED = 3

Season = Literal["winter", "spring", "summer", "autumn"]
#: By month, as meteorologists count: winter is December to February.
SEASONS: Mapping[Season, tuple[int, ...]] = {
    "winter": (12, 1, 2),
    "spring": (3, 4, 5),
    "summer": (6, 7, 8),
    "autumn": (9, 10, 11),
}


@dataclass(frozen=True)
class HeatMap:
    """Mean power by wall-clock hour and day (or week).

    ``kw`` has a row for each of ``hours`` (places in :data:`WALL_HOURS`) and a column for each of ``firsts`` (day
    numbers); NaN where nothing is known, which ``missing`` tells apart from an hour that the clock skipped. ``flags``
    are of each column's days together.
    """

    kw: FloatArray
    missing: npt.NDArray[np.bool_]
    hours: IntArray
    firsts: IntArray
    flags: IntArray
    step: Literal["day", "week"]


@dataclass(frozen=True)
class Duration:
    """``kw`` from the highest hour to the lowest; ``missing`` hours have no place in it."""

    kw: FloatArray
    missing: int


@dataclass(frozen=True)
class TypicalDays:
    """Mean power by 24 wall-clock hours; NaN where none is known.

    ``weekdays`` has a row for Monday to Sunday and one for holidays, ``seasons`` one for each of :data:`SEASONS`;
    ``days`` and ``season_days`` count the days with any known hour.
    """

    weekdays: FloatArray
    days: IntArray
    seasons: FloatArray
    season_days: IntArray


@dataclass(frozen=True)
class MonthDemand:
    """How power was drawn in one month: kW. None where it can't be said."""

    month: date
    mean_kw: float | None
    peak_kw: float | None
    peak_at: int | None  # UTC second at which its interval begins
    base_kw: float | None
    load_factor: float | None
    known: int  # quarter hours of all points
    owed: int


def by_wall_hour(load: Load) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Mean kW of each day (rows) and wall-clock hour (25 columns, see :data:`WALL_HOURS`), and which hours exist.

    NaN where an hour is not known in full.
    """
    hours = COLUMNS // 4
    wh = load.wh.reshape(-1, hours, 4).sum(axis=2)
    known = load.known.reshape(-1, hours, 4).sum(axis=2)
    kw = np.where((known >= 4 * load.owed[:, None]) & (known > 0), wh / 1000, np.nan)
    length = day_hours(load.days)
    elapsed = np.arange(hours)
    # Where each elapsed hour stands on the wall: 25 hours as they are, 24 without the repeated one, 23 without 02.
    place = np.where(
        length[:, None] == 25,
        elapsed,
        np.where(
            length[:, None] == 24,
            elapsed + (elapsed >= _REPEATED),
            elapsed + 2 * (elapsed >= _REPEATED - 1),
        ),
    )
    exists = elapsed < length[:, None]
    rows = np.broadcast_to(np.arange(len(length))[:, None], exists.shape)
    on_wall = np.full(exists.shape, np.nan)
    there = np.zeros(exists.shape, dtype=np.bool_)
    on_wall[rows[exists], place[exists]] = kw[exists]
    there[rows[exists], place[exists]] = True
    return on_wall, there


def heat_map(load: Load, *, most_columns: int = 124) -> HeatMap:
    """Hours by days, or by ISO weeks (their mean) where there are more days than columns."""
    kw, there = by_wall_hour(load)
    keep = np.flatnonzero(load.owed > 0)
    if len(keep):
        keep = np.arange(keep[0], keep[-1] + 1)
    kw, there, days, flags = kw[keep], there[keep], load.days[keep], load.flags[keep]
    step: Literal["day", "week"] = "day" if len(days) <= most_columns else "week"
    firsts = first_days(days, "week") if step == "week" else days
    columns, group = np.unique(firsts, return_inverse=True)
    sums, counts, exists = (np.zeros((len(columns), there.shape[1])) for _ in range(3))
    np.add.at(sums, group, np.nan_to_num(kw))
    np.add.at(counts, group, ~np.isnan(kw))
    np.add.at(exists, group, there)
    marked = np.zeros(len(columns), dtype=np.int64)
    np.bitwise_or.at(marked, group, flags)
    rows = np.flatnonzero(exists.any(axis=0))
    with np.errstate(invalid="ignore"):
        mean = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return HeatMap(mean[:, rows].T, (exists > counts)[:, rows].T, rows, columns, marked, step)


def duration(load: Load) -> Duration:
    """The load-duration curve of known hours."""
    kw, there = by_wall_hour(load)
    due = there & (load.owed > 0)[:, None]
    known = kw[due & ~np.isnan(kw)]
    return Duration(np.sort(known)[::-1], int(due.sum()) - len(known))


def typical_days(load: Load) -> TypicalDays:
    """Means by weekday (holidays apart) and by season. Both of October's 02:00 count as hours at 02:00."""
    kw, _ = by_wall_hour(load)
    wall = np.array([int(name[:2]) for name in WALL_HOURS])
    days = load.days
    kinds = (days + 3) % 7  # 1970-01-01 was a Thursday
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    years = {date_of(int(day)).year for day in (days[:1].tolist() + days[-1:].tolist())}
    free = [day_number(day) for year in range(min(years), max(years) + 1) for day in holidays(year)] if years else []
    kinds = np.where(np.isin(days, free), 7, kinds)
    of_season = np.zeros(13, dtype=np.int64)
    for place, numbers in enumerate(SEASONS.values()):
        of_season[list(numbers)] = place
    return TypicalDays(
        *_means(kw, wall, kinds, 8),
        *_means(kw, wall, of_season[months], len(SEASONS)),
    )


def _means(kw: FloatArray, wall: IntArray, kinds: IntArray, count: int) -> tuple[FloatArray, IntArray]:
    known = ~np.isnan(kw)
    cell = kinds[:, None] * 24 + wall
    sums = np.bincount(cell[known], weights=kw[known], minlength=count * 24).reshape(count, 24)
    hours = np.bincount(cell[known], minlength=count * 24).reshape(count, 24)
    with np.errstate(invalid="ignore"):
        mean = np.where(hours > 0, sums / np.maximum(hours, 1), np.nan)
    return mean, np.bincount(kinds[known.any(axis=1)], minlength=count)


def monthly_demand(load: Load) -> list[MonthDemand]:
    """Mean, peak, base load and load factor of each month with readings.

    Base load as :func:`portal_lib.metering.demand.base_load`: the 5th percentile of the hours of days of which none is
    missing. The peak is that of an interval as it was metered, of several points together that of their sum.
    """
    months = first_days(load.days, "month")
    found = []
    hourly, there = by_wall_hour(load)
    whole_day: npt.NDArray[np.bool_] = np.logical_not((there & np.isnan(hourly)).any(axis=1))
    due = np.where(load.exists, load.owed[:, None], 0)
    complete = (load.known >= due) & (load.known > 0)
    for month in np.unique(months[load.stored > 0]).tolist():
        rows = np.flatnonzero(months == month)
        own = complete[rows]
        power = np.where(own, load.wh[rows] * 4 / 1000, -1.0)
        place = int(power.argmax())
        peak = float(power.ravel()[place])
        mean = float(power[own].mean()) if own.any() else None
        hours = hourly[rows[whole_day[rows]]]
        hours = hours[~np.isnan(hours)]
        found.append(
            MonthDemand(
                date_of(month),
                mean,
                peak if peak >= 0 else None,
                int(load.starts[rows].ravel()[place]) if peak >= 0 else None,
                float(np.percentile(hours, BASE_LOAD_PERCENTILE)) if len(hours) else None,
                mean / peak if mean is not None and peak > 0 else None,
                int(load.known[rows].sum()),
                int(due[rows].sum()),
            )
        )
    return found
