"""Two loads beside each other, on the days around both clock changes."""

from datetime import date, timedelta

import numpy as np
import pytest

from portal_lib.metering.calendar import date_of
from portal_lib.metering.comparison import beside, comparable, paired
from portal_lib.metering.profiles import WALL_HOURS
from tests.metering.test_loads import MARCH, OCTOBER, world

__all__ = ["world"]


def test_hours_stand_beside_hours_of_the_same_name_on_days_of_any_length(world):
    october, september = (world.load((1,), first, first) for first in (OCTOBER, OCTOBER - timedelta(1)))
    one, other = paired(beside(october, "hour"), beside(september, "hour"))
    names = [WALL_HOURS[hour] for hour in one.hours]
    assert names == list(WALL_HOURS) and one.hours.tolist() == other.hours.tolist()
    assert np.isnan(other.kwh[names.index("02b")]) and not np.isnan(one.kwh).any()
    two = sum(world.days[1][OCTOBER][8:12]) / 1000, sum(world.days[1][OCTOBER][12:16]) / 1000
    assert (one.kwh[2], one.kwh[3]) == pytest.approx(two)
    noon = names.index("12")
    assert one.kwh[noon] == pytest.approx(sum(world.days[1][OCTOBER][52:56]) / 1000)
    assert other.kwh[noon] == pytest.approx(sum(world.days[1][OCTOBER - timedelta(1)][48:52]) / 1000)


def test_ordinary_days_have_24_hours_and_march_lacks_one(world):
    march, april = (world.load((1,), first, first) for first in (MARCH, MARCH + timedelta(1)))
    one, other = paired(beside(march, "hour"), beside(april, "hour"))
    assert len(one.kwh) == 24 and np.isnan(one.kwh).sum() == 1 and not np.isnan(other.kwh).any()


def test_only_days_known_on_both_sides_are_held_against_each_other(world):
    with_gap, whole = (world.load((2,), first, first + timedelta(5)) for first in (MARCH - timedelta(2), OCTOBER))
    found = comparable(with_gap, whole)
    days = {one: sum(value for value in values if value >= 0) / 1000 for one, values in world.days[2].items()}
    pairs = [(MARCH - timedelta(2) + timedelta(n), OCTOBER + timedelta(n)) for n in range(6)]
    both = [(days[a], days[b]) for a, b in pairs if a in days and b in days]
    assert (found.days, found.of) == (len(both), 6) == (4, 6)
    assert (found.one, found.other) == pytest.approx(tuple(map(sum, zip(*both, strict=True))))


def test_months_sum_what_is_known_and_say_whether_that_is_all(world):
    load = world.load((2,), MARCH - timedelta(2), MARCH + timedelta(5))
    found = beside(load, "month")
    assert [date_of(int(day)) for day in found.firsts] == [date(2024, 3, 29), date(2024, 4, 1)]
    assert found.complete.tolist() == [True, False] and found.kwh.sum() == pytest.approx(load.total / 1000)
