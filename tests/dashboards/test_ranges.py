"""Competence ranges at a click."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal_lib.dashboards.ranges import moved, preset, year_before

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("name", "last", "found"),
    [
        ("day", date(2025, 3, 14), (date(2025, 3, 14), date(2025, 3, 14))),
        ("week", date(2025, 3, 14), (date(2025, 3, 3), date(2025, 3, 9))),
        ("week", date(2025, 3, 16), (date(2025, 3, 10), date(2025, 3, 16))),
        ("month", date(2025, 3, 14), (date(2025, 2, 1), date(2025, 2, 28))),
        ("month", date(2024, 2, 29), (date(2024, 2, 1), date(2024, 2, 29))),
        ("year", date(2025, 12, 30), (date(2024, 1, 1), date(2024, 12, 31))),
        ("year", date(2025, 12, 31), (date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_the_last_whole_one_within_the_readings(name, last, found):
    assert preset(name, found, (date(2020, 1, 1), last)) == found


def test_where_no_whole_one_is_there_the_one_of_the_last_day():
    readings = date(2025, 3, 3), date(2025, 3, 14)
    assert preset("month", readings, readings) == (date(2025, 3, 1), date(2025, 3, 31))
    assert preset("year", readings, readings) == (date(2025, 1, 1), date(2025, 12, 31))


def test_a_year_before_the_end_of_february():
    assert year_before((date(2024, 2, 1), date(2024, 2, 29))) == (date(2023, 2, 1), date(2023, 2, 28))
    assert year_before((date(2025, 2, 1), date(2025, 2, 28))) == (date(2024, 2, 1), date(2024, 2, 29))
    assert year_before((date(2024, 2, 29), date(2024, 3, 5))) == (date(2023, 2, 28), date(2023, 3, 5))


def whole_months(days):
    return days[0].day == 1 and (days[1] + timedelta(days=1)).day == 1


@example(date(2000, 1, 1), 152)  # as many days as the five whole months before it
@given(DAYS, st.integers(0, 400))
def test_before_and_after_lead_back(first, length):
    days = first, first + timedelta(days=length)
    before = moved(days, -1)
    assert before[1] + timedelta(days=1) == days[0]
    assert moved(before, 1)[0] == days[0]
    assert whole_months(days) or whole_months(before) or moved(before, 1) == days


def test_whole_months_move_by_whole_months():
    assert moved((date(2025, 3, 1), date(2025, 3, 31)), -1) == (date(2025, 2, 1), date(2025, 2, 28))
    assert moved((date(2024, 11, 1), date(2025, 1, 31)), 1) == (date(2025, 2, 1), date(2025, 4, 30))
