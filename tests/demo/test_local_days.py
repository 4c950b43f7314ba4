from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from demo.local_days import cooling, heating, kind_of, school_is_open, wall_quarters
from portal_lib.clock import ROME
from portal_lib.metering.calendar import axis, day_number, quarter_hours

DAYS = st.dates(date(2024, 1, 1), date(2025, 12, 31))


def wall_clock(day: date) -> list[int]:
    """The same, the slow way: ask the time zone what the clock shows at each instant."""
    from datetime import datetime

    seconds = axis([day_number(day)], [quarter_hours(day)])
    shown = [datetime.fromtimestamp(second, ROME) for second in seconds.tolist()]
    return [instant.hour * 4 + instant.minute // 15 for instant in shown]


@given(DAYS | st.sampled_from([date(2024, 3, 31), date(2024, 10, 27), date(2025, 3, 30), date(2025, 10, 26)]))
def test_each_quarter_hour_of_a_day_knows_what_the_clock_on_the_wall_shows(day: date) -> None:
    assert wall_quarters(day).tolist() == wall_clock(day)


def test_holidays_and_sundays_are_free_and_patron_days_are_not() -> None:
    assert kind_of(date(2024, 4, 1)) == "free"  # Easter Monday
    assert kind_of(date(2024, 12, 8)) == "free"
    assert kind_of(date(2024, 10, 4)) == "working"  # a patron's day, and a Friday
    assert kind_of(date(2024, 10, 5)) == "saturday"


def test_school_is_out_in_summer_at_christmas_and_at_easter() -> None:
    year = [date(2024, 1, 1) + timedelta(days=place) for place in range(366)]
    lessons = [day for day in year if school_is_open(day)]
    assert 170 <= len(lessons) <= 210
    assert not any(day.month in (7, 8) or day.weekday() > 4 for day in lessons)
    assert not school_is_open(date(2024, 12, 24)) and not school_is_open(date(2024, 3, 29))
    assert school_is_open(date(2024, 2, 14))


@given(DAYS)
def test_no_day_is_both_hot_and_cold(day: date) -> None:
    assert 0 <= cooling(day) <= 1.3 and 0 <= heating(day) <= 1.3
    assert not (cooling(day) > 0.3 and heating(day) > 0.3)
    assert cooling(day) == cooling(day)
