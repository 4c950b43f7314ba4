"""The calendar against an obviously right and slow reference: zoneinfo, one quarter hour after the other."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.clock import ROME
from portal_lib.metering import calendar

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ROME).astimezone(UTC)


def reference_axis(day: date, minutes: int) -> list[int]:
    """Every interval of a local day, walked in UTC from its midnight to the next day's."""
    instant, end = midnight(day), midnight(day + timedelta(days=1))
    seconds = []
    while instant < end:
        seconds.append(int(instant.timestamp()))
        instant += timedelta(minutes=minutes)
    return seconds


@pytest.mark.parametrize("year", [1991, 2007, 2025, 2028, 2099])
def test_every_quarter_hour_of_a_year_lies_where_zoneinfo_puts_it(year: int) -> None:
    numbers = range(calendar.day_number(date(year, 1, 1)), calendar.day_number(date(year + 1, 1, 1)))
    counts = [calendar.quarter_hours(calendar.date_of(number)) for number in numbers]

    expected = [second for number in numbers for second in reference_axis(calendar.date_of(number), 15)]

    assert calendar.axis(list(numbers), counts).tolist() == expected


@given(st.lists(days, min_size=1, max_size=4), st.data())
def test_days_in_any_order_and_either_resolution_lie_where_zoneinfo_puts_them(
    some: list[date], data: st.DataObject
) -> None:
    minutes = [data.draw(st.sampled_from([15, 60])) for _ in some]
    expected = [reference_axis(day, step) for day, step in zip(some, minutes, strict=True)]

    found = calendar.axis([calendar.day_number(day) for day in some], [len(part) for part in expected])

    assert found.tolist() == [second for part in expected for second in part]


@given(days)
def test_a_day_number_leads_back_to_its_date(day: date) -> None:
    assert calendar.date_of(calendar.day_number(day)) == day
    assert calendar.day_number(day) == (day - date(1970, 1, 1)).days


def test_every_day_begins_at_local_midnight_and_ends_where_the_next_begins() -> None:
    ends = calendar.DAY_START + calendar.DAY_LEN
    assert (ends[:-1] == calendar.DAY_START[1:]).all()
    for number in range(calendar.FIRST_DAY, calendar.LAST_DAY + 1, 97):
        local = datetime.fromtimestamp(int(calendar.day_start(number)), ROME)
        assert (local.date(), local.time()) == (calendar.date_of(number), time.min)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2025, 3, 29), 24),
        (date(2025, 3, 30), 23),
        (date(2025, 10, 26), 25),
        (date(2025, 10, 27), 24),
        (date(1995, 9, 24), 25),  # until 1995 summer time ended in September
        (date(1996, 10, 27), 25),
    ],
)
def test_the_days_on_which_the_clock_changes_are_shorter_or_longer(day: date, hours: int) -> None:
    assert int(calendar.day_hours(calendar.day_number(day))) == hours
    assert calendar.quarter_hours(day) == hours * 4


def test_the_repeated_hour_is_there_twice_first_in_summer_time() -> None:
    number = calendar.day_number(date(2025, 10, 26))
    instants = [datetime.fromtimestamp(second, ROME) for second in calendar.axis(number, 25).tolist()]
    twice = [instant for instant in instants if instant.hour == 2]
    assert [instant.fold for instant in twice] == [0, 1]
    assert [instant.utcoffset() for instant in twice] == [timedelta(hours=2), timedelta(hours=1)]


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2025, 3, 30), 96),
        (date(2025, 3, 30), 24),
        (date(2025, 10, 26), 92),
        (date(2025, 1, 1), 25),
        (date(2025, 1, 1), 0),
    ],
)
def test_a_count_that_does_not_fit_the_day_is_refused(day: date, count: int) -> None:
    with pytest.raises(ValueError, match="its own hours or quarter hours"):
        calendar.axis(calendar.day_number(day), count)


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2101, 1, 1), date(1970, 1, 1)])
def test_a_day_outside_the_tables_is_refused_instead_of_read_from_the_other_end(day: date) -> None:
    with pytest.raises(ValueError, match="1990-01-01 to 2100-12-31"):
        calendar.axis(calendar.day_number(day), 96)


def test_no_days_have_no_axis() -> None:
    assert calendar.axis([], []).tolist() == []
    assert calendar.axis(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).dtype == np.int64
