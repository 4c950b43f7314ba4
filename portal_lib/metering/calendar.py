"""The local days of Europe/Rome as numbers: where each begins in UTC, how long it lasts, how it is split.

A day is counted from 1970-01-01, as the readings store counts it. Legal time changes at 01:00 UTC, never at a
local midnight (so every day has one beginning) and always by a whole hour: a day lasts 23, 24 or 25 hours and
its n intervals are equally long in UTC. That makes the time axis of any number of days a table look-up and an
addition, ``DAY_START[day] + i · DAY_LEN[day] / n``, without ever touching a time-zone library again.

The tables cover the years 1990 to 2100, from the rules of :mod:`zoneinfo`; days outside raise ``ValueError``.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from portal_lib.clock import ROME

IntArray = npt.NDArray[np.int64]

#: Whatever numpy reads as whole numbers: one day number, or many.
Days = int | Sequence[int] | npt.NDArray[np.integer[Any]]

_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Local days from 1970-01-01 to a date."""
    return day.toordinal() - _EPOCH


def date_of(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(number + _EPOCH)


#: The first and the last day that the tables know, both included.
FIRST_DAY = day_number(date(1990, 1, 1))
LAST_DAY = day_number(date(2100, 12, 31))


def _midnights() -> IntArray:
    """UTC seconds of every local midnight from ``FIRST_DAY`` to the one that ends ``LAST_DAY``."""
    one_day = timedelta(days=1)
    midnight = datetime.combine(date_of(FIRST_DAY), datetime.min.time(), tzinfo=ROME)
    offsets = np.empty(LAST_DAY - FIRST_DAY + 2, dtype=np.int64)
    for place in range(len(offsets)):
        offset = midnight.utcoffset()
        offsets[place] = 0 if offset is None else offset.days * 86_400 + offset.seconds
        midnight += one_day
    return np.arange(FIRST_DAY, LAST_DAY + 2, dtype=np.int64) * 86_400 - offsets


_STARTS = _midnights()

#: UTC seconds at which each day begins; place 0 is ``FIRST_DAY``. Use :func:`day_start` to look up by day
#: number.
DAY_START: IntArray = _STARTS[:-1]

#: Seconds that each day lasts: 82 800, 86 400 or 90 000; place 0 is ``FIRST_DAY``.
DAY_LEN: IntArray = np.diff(_STARTS)

DAY_START.setflags(write=False)
DAY_LEN.setflags(write=False)


def places(days: Days) -> IntArray:
    """Where days stand in the tables; ``ValueError`` where one lies outside the years they cover."""
    found = np.asarray(days, dtype=np.int64) - FIRST_DAY
    if found.size and (found.min() < 0 or found.max() >= len(DAY_LEN)):
        raise ValueError(f"the calendar covers {date_of(FIRST_DAY)} to {date_of(LAST_DAY)} only")
    return found


def day_start(days: Days) -> IntArray:
    """UTC seconds of the local midnight with which each day begins."""
    return DAY_START[places(days)]


def day_hours(days: Days) -> IntArray:
    """Hours that each day lasts: 23, 24 or 25."""
    return DAY_LEN[places(days)] // 3600


def quarter_hours(day: date) -> int:
    """How many quarter hours a day has: 92, 96 or 100."""
    return int(day_hours(day_number(day))) * 4


def interval_minutes(days: Days, counts: Days) -> IntArray:
    """Minutes of each day's intervals (15 or 60), where ``counts`` says how many the day is split into.

    ``ValueError`` where a count is neither the day's hours nor its quarter hours: 96 quarter hours on a day
    of 23 hours would put energy at the wrong time.
    """
    hours = day_hours(days)
    parts = np.asarray(counts, dtype=np.int64)
    minutes = np.where(parts == hours, 60, 15)
    if not bool(np.all(parts * minutes == hours * 60)):
        raise ValueError("a day is split into its own hours or quarter hours, 23 to 25 or 92 to 100")
    return minutes


def first_places(counts: npt.NDArray[np.integer[Any]]) -> IntArray:
    """Where each day's intervals begin when days of these counts are laid one after the other."""
    return np.cumsum(counts, dtype=np.int64) - counts


def axis(days: Days, counts: Days) -> IntArray:
    """UTC seconds at which each interval of these days starts, day after day.

    ``days`` are day numbers; ``counts`` holds for each how many intervals it has (see
    :func:`interval_minutes` for what is refused). The result has ``sum(counts)`` places.
    """
    days = np.atleast_1d(np.asarray(days, dtype=np.int64))
    parts = np.broadcast_to(np.asarray(counts, dtype=np.int64), days.shape)
    steps = interval_minutes(days, parts) * 60
    # Place k overall is place k − first of its day, so the day's start is moved back by first · step.
    starts = np.repeat(day_start(days) - first_places(parts) * steps, parts)
    places_overall = np.arange(len(starts), dtype=np.int64)
    one_step = bool(len(steps)) and bool((steps == steps[0]).all())
    return starts + places_overall * (steps[0] if one_step else np.repeat(steps, parts))
