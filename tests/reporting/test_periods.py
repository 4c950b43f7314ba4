from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.reporting.exceptions import BadPeriod
from portal_lib.reporting.periods import CADENCES, Period, ended

periods = st.builds(Period.of, st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.sampled_from(CADENCES))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-02", date(2025, 2, 1), date(2025, 2, 28)),
        ("2025-Q1", date(2025, 1, 1), date(2025, 3, 31)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2024-H1", date(2024, 1, 1), date(2024, 6, 30)),
        ("2024-H2", date(2024, 7, 1), date(2024, 12, 31)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_has_its_first_and_its_last_day(text: str, first: date, last: date) -> None:
    period = Period.parse(text)
    assert (period.first, period.last, str(period)) == (first, last, text)


@given(periods)
def test_a_period_is_read_back_as_it_is_written_and_from_its_ends(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert Period.covering(period.first, period.last) == period
    assert Period.of(period.last, period.cadence) == period


@given(periods)
def test_the_day_after_the_last_is_the_first_of_the_following_one(period: Period) -> None:
    assert period.last + timedelta(days=1) == period.following.first
    assert period.following.months == period.months


def test_days_that_are_no_period_are_called_none() -> None:
    assert Period.covering(date(2025, 1, 1), date(2025, 1, 30)) is None
    assert Period.covering(date(2025, 2, 1), date(2025, 4, 30)) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "2025-13", "2025-00", "2025-3", "25-03", "2025-03-01", " 2025-03", "2025-03\n", "2025-Q5", "2025-H3"),
        *("2025/03", "٢٠٢٥-03", "1989-12", "2100-01", "0000-01", "2025-q1", "2025-Q"),
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadPeriod, match="2025-03"):
        Period.parse(text)


@pytest.mark.parametrize(("month", "months"), [(2, 3), (7, 12), (0, 1), (13, 1), (1, 2)])
def test_a_period_that_begins_nowhere_cannot_be_made(month: int, months: int) -> None:
    with pytest.raises(ValueError, match="no period"):
        Period(2025, month, months)


def test_periods_that_ended_begin_with_the_first_whole_one() -> None:
    assert [str(one) for one in ended("month", date(2025, 1, 1), date(2025, 4, 1))] == ["2025-01", "2025-02", "2025-03"]
    assert [str(one) for one in ended("month", date(2025, 1, 2), date(2025, 3, 31))] == ["2025-02"]
    assert [str(one) for one in ended("quarter", date(2024, 11, 5), date(2025, 7, 1))] == ["2025-Q1", "2025-Q2"]
    assert [str(one) for one in ended("half-year", date(2024, 7, 1), date(2025, 6, 30))] == ["2024-H2"]
    assert [str(one) for one in ended("year", date(2024, 1, 1), date(2025, 1, 1))] == ["2024"]


@pytest.mark.parametrize(
    ("instant", "over"),
    [
        (datetime(2024, 9, 30, 21, 59, 59, tzinfo=UTC), False),  # 23:59:59 in Rome, summer time
        (datetime(2024, 9, 30, 22, 0, tzinfo=UTC), True),
    ],
)
def test_a_month_ends_at_midnight_in_rome(instant: datetime, over: bool) -> None:
    assert Period.parse("2024-09").is_over(lambda: instant) is over
