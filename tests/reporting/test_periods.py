from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.reporting.exceptions import BadPeriod
from portal_lib.reporting.periods import Period

months = st.builds(Period, st.integers(1990, 2099), st.integers(1, 12))


def test_a_month_has_its_first_and_its_last_day() -> None:
    assert (Period.parse("2024-02").first, Period.parse("2024-02").last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert Period.parse("2025-02").last == date(2025, 2, 28)


@given(months)
def test_a_month_is_read_back_as_it_is_written(month: Period) -> None:
    assert Period.parse(str(month)) == month


@given(months)
def test_the_day_after_the_last_is_the_first_of_the_next_month(month: Period) -> None:
    after = month.last + timedelta(days=1)
    assert after.day == 1
    assert month.first.replace(day=1) == month.first
    assert (after.year - month.year) * 12 + after.month - month.month == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "2025", "2025-13", "2025-00", "2025-3", "25-03", "2025-03-01", " 2025-03", "2025-03\n"),
        *("2025/03", "٢٠٢٥-03", "1989-12", "2100-01", "0000-01"),
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadPeriod, match="2025-03"):
        Period.parse(text)


def test_due_days_count_from_the_last_day() -> None:
    assert Period.parse("2024-09").due_on(30) == date(2024, 10, 30)
    assert Period.parse("2024-09").due_on(0) == date(2024, 9, 30)


@pytest.mark.parametrize(
    ("instant", "over"),
    [
        (datetime(2024, 9, 30, 21, 59, 59, tzinfo=UTC), False),  # 23:59:59 in Rome, summer time
        (datetime(2024, 9, 30, 22, 0, tzinfo=UTC), True),
    ],
)
def test_a_month_ends_at_midnight_in_rome(instant: datetime, over: bool) -> None:
    assert Period.parse("2024-09").is_over(lambda: instant) is over
