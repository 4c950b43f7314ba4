"""Two loads put beside each other: by day, by month, or hour by hour as the clock on the wall shows them.

The first day stands beside the first day, whatever their dates. Hours stand beside hours by the clock on the wall, so
that a day of 23 or 25 hours doesn't push the rest of it out of step.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from portal_lib.metering.aggregates import first_days
from portal_lib.metering.calendar import IntArray
from portal_lib.metering.loads import FloatArray, Load
from portal_lib.metering.profiles import WALL_HOURS, by_wall_hour

Step = Literal["hour", "day", "month"]


@dataclass(frozen=True)
class Beside:
    """One load in even steps.

    ``kwh`` is NaN where unknown, ``firsts`` the day number that each step begins on, ``hours`` its place in
    ``WALL_HOURS`` (−1 of days and months), ``complete`` whether all of it that is owed is known.
    """

    kwh: FloatArray
    firsts: IntArray
    hours: IntArray
    complete: npt.NDArray[np.bool_]


def beside(load: Load, step: Step) -> Beside:
    """A load in these steps. Hours are known in full or not at all; days and months sum what is known of them.

    Steps that no day has (the repeated hour but in October) are left out only where :func:`paired` finds them unknown
    on both sides.
    """
    if step == "hour":
        kw, there = by_wall_hour(load)
        firsts = np.repeat(load.days, len(WALL_HOURS))
        hours = np.tile(np.arange(len(WALL_HOURS)), len(load.days))
        return Beside(kw.ravel(), firsts, hours, np.where(there, ~np.isnan(kw), True).ravel())
    periods = first_days(load.days, "month") if step == "month" else load.days
    turns = np.flatnonzero(np.concatenate(([True], periods[1:] != periods[:-1])))
    wh = np.add.reduceat(load.wh.sum(axis=1), turns)
    known = np.add.reduceat(load.known.sum(axis=1), turns)
    owed = np.add.reduceat(load.exists.sum(axis=1) * load.owed, turns)
    kwh = np.where(known > 0, wh / 1000, np.nan)
    return Beside(kwh, load.days[turns], np.full(len(turns), -1), known >= owed)


def paired(one: Beside, other: Beside) -> tuple[Beside, Beside]:
    """Both with as many steps: as far as the shorter goes, without steps that are unknown in both for good reason."""
    count = min(len(one.kwh), len(other.kwh))
    keep = np.arange(count)
    repeated = one.hours[:count] == WALL_HOURS.index("02b")
    nobody = np.isnan(one.kwh[:count]) & np.isnan(other.kwh[:count]) & one.complete[:count] & other.complete[:count]
    keep = keep[~(repeated & nobody)]
    return _only(one, keep), _only(other, keep)


@dataclass(frozen=True)
class Comparable:
    """kWh of the days that are known on both sides, and how many of all days those are."""

    one: float
    other: float
    days: int
    of: int


def comparable(one: Load, other: Load) -> Comparable:
    """Sums that may be held against each other: a month that was held for a day is no tenth of the year before."""
    first, second = paired(beside(one, "day"), beside(other, "day"))
    both = ~np.isnan(first.kwh) & ~np.isnan(second.kwh)
    return Comparable(
        float(first.kwh[both].sum()),
        float(second.kwh[both].sum()),
        int(both.sum()),
        max(len(one.owed), len(other.owed)),
    )


def _only(of: Beside, keep: IntArray) -> Beside:
    return Beside(of.kwh[keep], of.firsts[keep], of.hours[keep], of.complete[keep])
