from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from demo import lighting
from demo.curves import Wh, curve, whole
from demo.flows import HERE
from demo.points import POINTS
from portal_lib.customers.records import point_of
from portal_lib.customers.sheets import read_sheet
from portal_lib.metering.calendar import day_number, day_start, quarter_hours

TOWN_HALL, SCHOOL, LAMPS, POOL, LIBRARY = (f"IT999E0000020{number}" for number in range(1, 6))
CARETAKER, HOSPITAL = "IT999E00000207", "IT999E00000301"
CLOCK_CHANGES = [date(2024, 3, 31), date(2024, 10, 27), date(2025, 3, 30), date(2025, 10, 26)]


def energy(pod: str, day: date) -> Wh:
    return curve(POINTS[pod], day)["Ea"]


@cache
def month_kwh(pod: str, year: int, month: int) -> float:
    first = date(year, month, 1)
    days = [first + timedelta(days=place) for place in range(31)]
    return sum(float(energy(pod, day).sum()) / 1000 for day in days if day.month == month)


@pytest.mark.parametrize("pod", POINTS)
def test_a_year_comes_to_the_points_yearly_energy(pod: str) -> None:
    year = sum(month_kwh(pod, 2024, month) for month in range(1, 13))
    assert year == pytest.approx(POINTS[pod].yearly_kwh, rel=0.02)


@pytest.mark.parametrize("pod", POINTS)
def test_no_point_draws_more_than_its_available_power(pod: str) -> None:
    sheet = read_sheet(HERE / "points.csv")
    available = {record.pod: record.available_kw for record in map(point_of, sheet.rows)}[pod]
    assert available is not None
    days = [date(2024, 1, 1) + timedelta(days=place) for place in range(0, 731, 3)]
    peak = max(int(energy(pod, day).max()) for day in days) * 4 / 1000
    assert available / 4 < peak < available


@pytest.mark.parametrize("day", CLOCK_CHANGES)
@pytest.mark.parametrize("pod", POINTS)
def test_days_on_which_the_clock_changes_have_their_own_number_of_quarter_hours(pod: str, day: date) -> None:
    for magnitude, values in curve(POINTS[pod], day).items():
        assert len(values) == (92 if day.month == 3 else 100) == quarter_hours(day), magnitude
        assert int(values.min()) >= 0


def test_the_hour_that_comes_twice_is_not_a_copy() -> None:
    for pod in (TOWN_HALL, HOSPITAL, POOL):
        twice = energy(pod, date(2024, 10, 27))
        assert twice[8:12].tolist() != twice[12:16].tolist()
        # And yet it is the same hour of the night.
        assert twice[8:12].sum() == pytest.approx(twice[12:16].sum(), rel=0.25)


def test_curves_are_the_same_each_time_and_differ_between_days_and_years() -> None:
    from demo import curves, local_days, shapes

    day = date(2024, 6, 12)
    once = {pod: curve(point, day) for pod, point in POINTS.items()}
    for cached in (curves._scale, local_days._weather, shapes._simbench, shapes._household):
        cached.cache_clear()
    again = {pod: curve(point, day) for pod, point in POINTS.items()}
    for pod in POINTS:
        for magnitude, values in once[pod].items():
            assert values.tolist() == again[pod][magnitude].tolist()
        assert energy(pod, day).tolist() != energy(pod, day + timedelta(days=7)).tolist()
        assert energy(pod, day).tolist() != energy(pod, date(2025, 6, 11)).tolist()


def test_street_lamps_burn_at_night_and_never_at_noon() -> None:
    for place in range(0, 731, 5):
        day = date(2024, 1, 1) + timedelta(days=place)
        lamps = energy(LAMPS, day)
        by_day = lamps[9 * 4 : 16 * 4] if len(lamps) == 96 else lamps[10 * 4 : 15 * 4]
        assert int(by_day.sum()) == 0
        assert int(lamps[:4].min()) > 0 and int(lamps[-4:].min()) > 0
    assert month_kwh(LAMPS, 2024, 12) > 1.8 * month_kwh(LAMPS, 2024, 6)


@pytest.mark.parametrize(
    ("day", "sunrise", "sunset"),
    # Bologna, from an almanac: civil day, in UTC hours.
    [(date(2024, 6, 21), 3.5, 19.05), (date(2024, 12, 21), 6.78, 15.6), (date(2024, 3, 20), 5.3, 17.42)],
)
def test_the_lamps_go_off_before_sunrise_and_on_after_sunset(day: date, sunrise: float, sunset: float) -> None:
    midnight = day_number(day) * 86_400
    off, on = lighting.darkness(day)
    assert sunrise - 0.5 < (off - midnight) / 3600 < sunrise
    assert sunset < (on - midnight) / 3600 < sunset + 0.5


def test_the_lamps_follow_the_sun_through_a_change_of_the_clock() -> None:
    # From the day before to the day after, the wall clock jumps an hour; the sun moves some minutes.
    for change in CLOCK_CHANGES:
        first_light = []
        for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
            lamps = lighting.street_lamps(day)
            off = int(np.flatnonzero(lamps == 0)[0])
            first_light.append((int(day_start(day_number(day))) + off * 900) % 86_400)
        assert max(first_light) - min(first_light) <= 900


def test_the_school_is_empty_in_august_and_at_weekends() -> None:
    assert month_kwh(SCHOOL, 2024, 8) < 0.25 * month_kwh(SCHOOL, 2024, 5)
    assert energy(SCHOOL, date(2024, 5, 18)).sum() < 0.4 * energy(SCHOOL, date(2024, 5, 17)).sum()


def test_the_pool_never_rests_but_is_emptied_in_august() -> None:
    assert month_kwh(POOL, 2024, 8) < 0.6 * month_kwh(POOL, 2024, 7)
    night, day = energy(POOL, date(2024, 5, 15))[4:16].mean(), energy(POOL, date(2024, 5, 15))[40:72].mean()
    assert 0.25 * day < night < day


def test_offices_work_on_working_days_and_the_hospital_always() -> None:
    friday, sunday = date(2024, 5, 17), date(2024, 5, 19)
    assert energy(TOWN_HALL, sunday).sum() < 0.5 * energy(TOWN_HALL, friday).sum()
    assert energy(HOSPITAL, sunday).sum() > 0.6 * energy(HOSPITAL, friday).sum()
    assert month_kwh(HOSPITAL, 2024, 7) > 1.15 * month_kwh(HOSPITAL, 2024, 4)


def test_larger_points_tell_reactive_energy_and_small_ones_do_not() -> None:
    with_reactive = {pod for pod, point in POINTS.items() if "Er" in curve(point, date(2024, 5, 15))}
    assert HOSPITAL in with_reactive and POOL in with_reactive
    assert CARETAKER not in with_reactive and LAMPS not in with_reactive
    values = curve(POINTS[HOSPITAL], date(2024, 5, 15))
    assert 0.2 < values["Er"].sum() / values["Ea"].sum() < 0.6


def test_the_caretakers_hours_are_hours_of_the_real_household() -> None:
    from demo import shapes

    hours = {round(float(value), 6) for day in shapes._household().values() for value in day}
    drawn = shapes.household(date(2025, 2, 3)).reshape(24, 4).sum(axis=1)
    assert {round(float(value), 6) for value in drawn} <= hours


@given(arrays.arrays(np.float64, st.integers(0, 100), elements=st.floats(0, 1e6)))
def test_rounding_to_whole_watt_hours_keeps_the_sum(energies: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    rounded = whole(energies)
    assert len(rounded) == len(energies)
    assert abs(float(rounded.sum()) - float(energies.sum())) <= 0.51
    assert bool(np.all(np.abs(rounded - energies) <= 1.01)) and bool(np.all(rounded >= 0))
