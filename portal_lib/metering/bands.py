"""The time bands F1, F2 and F3 of every hour (AEEG resolution 181/06), in Europe/Rome time.

| local hour   | Mon-Fri | Saturday | Sunday and holidays |
|--------------|---------|----------|---------------------|
| 00-07, 23-24 | F3      | F3       | F3                  |
| 07-08, 19-23 | F2      | F2       | F3                  |
| 08-19        | F1      | F2       | F3                  |

Holidays are the national ones that the resolution names; local patron days do not count. The list is our own
and not a package's, because what is a public holiday and what moves the bands are two things: 17 March 2011
was a holiday and moved none, and 4 October, a holiday again from 2026, is in F3 only from the day a
resolution says so, hence ``october_4_from`` everywhere below.
"""

from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from portal_lib.metering import calendar

#: The bands, in the order of the codes 0, 1, 2 that :func:`band_codes` gives.
BANDS = ("F1", "F2", "F3")

#: (month, day) of the holidays that fall on the same date each year.
FIXED_HOLIDAYS = (
    (1, 1),
    (1, 6),
    (4, 25),
    (5, 1),
    (6, 2),
    (8, 15),
    (11, 1),
    (12, 8),
    (12, 25),
    (12, 26),
)

_WORKING, _SATURDAY, _FREE = 0, 1, 2

# Rows are the kinds of day above, columns the 24 hours of the wall clock; 0, 1, 2 are F1, F2, F3.
_F1, _F2, _F3 = 0, 1, 2
_BY_WALL_HOUR = np.array(
    [
        [_F3] * 7 + [_F2] + [_F1] * 11 + [_F2] * 4 + [_F3],
        [_F3] * 7 + [_F2] + [_F2] * 11 + [_F2] * 4 + [_F3],
        [_F3] * 24,
    ],
    dtype=np.int8,
)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876, exact for every year)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    leap_centuries, century_rest = divmod(century, 4)
    lunar = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - lunar + 15) % 30
    leaps, year_rest = divmod(of_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - epact - year_rest) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int, october_4_from: date | None = None) -> frozenset[date]:
    """The holidays of a year, in F3 all day. ``october_4_from``: first day from which 4 October counts."""
    days = {date(year, month, day) for month, day in FIXED_HOLIDAYS}
    days.add(date.fromordinal(easter(year).toordinal() + 1))
    if october_4_from is not None and date(year, 10, 4) >= october_4_from:
        days.add(date(year, 10, 4))
    return frozenset(days)


@lru_cache(maxsize=4)
def _day_kinds(october_4_from: date | None) -> npt.NDArray[np.int8]:
    """The kind of every day that the calendar knows; place 0 is its first day."""
    numbers = np.arange(calendar.FIRST_DAY, calendar.LAST_DAY + 1)
    weekday = (numbers + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
    kinds = np.select([weekday == 6, weekday == 5], [_FREE, _SATURDAY], _WORKING).astype(np.int8)
    first, last = calendar.date_of(calendar.FIRST_DAY).year, calendar.date_of(calendar.LAST_DAY).year
    for year in range(first, last + 1):
        for day in holidays(year, october_4_from):
            kinds[calendar.day_number(day) - calendar.FIRST_DAY] = _FREE
    kinds.setflags(write=False)
    return kinds


def _elapsed_to_wall(hours: int) -> list[int]:
    """Which hour the wall clock shows at each hour that a day of 23, 24 or 25 hours has run."""
    if hours == 23:
        return [hour for hour in range(24) if hour != 2]
    if hours == 25:
        return [0, 1, 2, *range(2, 24)]
    return list(range(24))


def _patterns() -> npt.NDArray[np.int8]:
    """Band codes by [kind of day, hours − 23, hourly or not, place in the day]; unused places hold −1."""
    table = np.full((3, 3, 2, 100), -1, dtype=np.int8)
    for kind in range(3):
        for hours in (23, 24, 25):
            by_hour = _BY_WALL_HOUR[kind, _elapsed_to_wall(hours)]
            table[kind, hours - 23, 0, : hours * 4] = np.repeat(by_hour, 4)
            table[kind, hours - 23, 1, :hours] = by_hour
    return table.reshape(-1)


_PATTERNS = _patterns()


def band_codes(
    days: calendar.Days, counts: calendar.Days, *, october_4_from: date | None = None
) -> npt.NDArray[np.int8]:
    """The band of each interval, as a place in :data:`BANDS`, laid out as :func:`calendar.axis` does."""
    days = np.atleast_1d(np.asarray(days, dtype=np.int64))
    parts: npt.NDArray[Any] = np.broadcast_to(np.asarray(counts, dtype=np.int64), days.shape)
    hourly = calendar.interval_minutes(days, parts) == 60
    kinds = _day_kinds(october_4_from)[calendar.places(days)].astype(np.int64)
    pattern = (kinds * 3 + calendar.day_hours(days) - 23) * 2 + hourly
    rows = np.repeat(pattern * 100 - calendar.first_places(parts), parts)
    return _PATTERNS[rows + np.arange(len(rows))]


@lru_cache(maxsize=64)
def _codes_of_year(year: int, october_4_from: date | None) -> npt.NDArray[np.int8]:
    """The band of each quarter hour of a year: a page of the calendar, 35 kB."""
    days = np.arange(calendar.day_number(date(year, 1, 1)), calendar.day_number(date(year + 1, 1, 1)))
    codes = band_codes(days, calendar.day_hours(days) * 4, october_4_from=october_4_from)
    codes.setflags(write=False)
    return codes


def quarter_hour_codes(first: int, last: int, *, october_4_from: date | None = None) -> npt.NDArray[np.int8]:
    """What :func:`band_codes` gives for every quarter hour from one day to another, both included; a copy."""
    begin, end = calendar.date_of(first).year, calendar.date_of(last).year
    pages = [_codes_of_year(year, october_4_from) for year in range(begin, end + 1)]
    starts, place = calendar.DAY_START, calendar.FIRST_DAY
    of_year = int(starts[calendar.day_number(date(begin, 1, 1)) - place])
    start = (int(starts[first - place]) - of_year) // 900
    stop = (int(starts[last - place]) + int(calendar.DAY_LEN[last - place]) - of_year) // 900
    return pages[0][start:stop].copy() if len(pages) == 1 else np.concatenate(pages)[start:stop]


#: Whatever kind of day it is, its band changes at these hours only; the parts between are numbered as a working day's
#: bands are. Of each kind of day (:func:`kinds_of_days`), the band of every part.
BANDS_OF_PARTS = np.array([[_F1, _F2, _F3], [_F2, _F2, _F3], [_F3, _F3, _F3]], dtype=np.int8)


def part_codes(count: int) -> npt.NDArray[np.int8]:
    """For a day of so many intervals, the part of the day in which each lies: 0 core, 1 shoulder, 2 night.

    Core is 08-19, shoulder 07-08 and 19-23, night the rest. A part is in one band, see :func:`bands_of_parts`.
    """
    hours = count if count < 92 else count // 4
    if hours not in (23, 24, 25) or count not in (hours, hours * 4):
        raise ValueError(f"no day has {count} intervals")
    return _PATTERNS.reshape(3, 3, 2, 100)[_WORKING, hours - 23, int(count == hours), :count]


def bands_of_parts(days: calendar.Days, *, october_4_from: date | None = None) -> npt.NDArray[np.int8]:
    """A row for each day: the band in which its core, its shoulder and its night are."""
    return BANDS_OF_PARTS[kinds_of_days(days, october_4_from=october_4_from)]


def kinds_of_days(days: calendar.Days, *, october_4_from: date | None = None) -> npt.NDArray[np.int8]:
    """For each day 0 a working day, 1 a Saturday, 2 a Sunday or a holiday: the rows of ``BANDS_OF_PARTS``."""
    return _day_kinds(october_4_from)[calendar.places(days)]
