"""Due days against dates worked out by hand, on a paper calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.clock import rome_day
from portal_lib.deposit.catalogue import on_time
from portal_lib.reporting import due
from portal_lib.reporting.due import Terms, days_left, due_instant, is_holiday, is_working_day
from portal_lib.reporting.periods import Period

THIRTY, TWENTY_WORKING = Terms(30), Terms(20, "working")


@pytest.mark.parametrize(
    ("period", "terms", "by_hand"),
    [
        # Calendar days: 30 after the last day, whatever the month's length.
        ("2024-09", THIRTY, "2024-10-30"),
        ("2025-01", THIRTY, "2025-03-02"),  # over the 28 days of February, a Sunday that stays
        ("2024-01", THIRTY, "2024-03-01"),  # over the leap day
        ("2024-02", THIRTY, "2024-03-30"),  # from the leap day
        ("2025-02", THIRTY, "2025-03-30"),  # the day of the clock change itself
        ("2025-09", THIRTY, "2025-10-30"),  # over the October clock change
        ("2025-12", THIRTY, "2026-01-30"),  # over the year's end
        ("2025-12", Terms(0), "2025-12-31"),
        ("2025-Q1", THIRTY, "2025-04-30"),
        ("2025-Q3", THIRTY, "2025-10-30"),
        ("2024-H1", THIRTY, "2024-07-30"),
        ("2024", THIRTY, "2025-01-30"),
        # A due day that is a holiday, or a Sunday: it stays, or moves on.
        ("2025-03", Terms(31), "2025-05-01"),
        ("2025-03", Terms(31, on_holiday="next-day"), "2025-05-02"),
        ("2025-01", Terms(30, on_holiday="next-day"), "2025-03-03"),  # Sunday 2 March -> Monday
        ("2024-12", Terms(1, on_holiday="next-day"), "2025-01-02"),  # New Year's day
        ("2025-11", Terms(25, on_holiday="next-day"), "2025-12-27"),  # Christmas, St Stephen -> a Saturday
        ("2024-02", Terms(31, on_holiday="next-day"), "2024-04-02"),  # Easter Sunday 31 March, Easter Monday
        ("2025-02", Terms(1, on_holiday="next-day"), "2025-03-01"),  # Saturday is an ordinary day here
        ("2027-09", Terms(4, on_holiday="next-day"), "2027-10-05"),  # 4 October is a holiday from 2026
        ("2021-09", Terms(4, on_holiday="next-day"), "2021-10-04"),  # and was none before
        # Working days: weekends and holidays are not counted.
        ("2025-03", Terms(5, "working"), "2025-04-07"),  # Tuesday 1 April .. Monday 7
        ("2025-03", Terms(20, "working"), "2025-04-30"),  # less Easter Monday 21 and Friday 25 April
        ("2025-04", Terms(1, "working"), "2025-05-02"),  # 1 May
        ("2025-11", TWENTY_WORKING, "2025-12-31"),  # less 8, 25, 26 December
        ("2025-12", Terms(5, "working"), "2026-01-09"),  # less 1 and 6 January
        ("2024-02", Terms(20, "working"), "2024-03-28"),
        ("2025-07", Terms(11, "working"), "2025-08-18"),  # 15 August is a Friday
        ("2027-09", Terms(2, "working"), "2027-10-05"),  # Friday 1, not Monday 4
        ("2025-05", Terms(1, "working"), "2025-06-03"),  # Sunday 1, Monday 2 June
        ("2011-02", Terms(13, "working"), "2011-03-18"),  # 17 March 2011, once
        ("2025-06", Terms(0, "working"), "2025-06-30"),
    ],
)
def test_due_days_are_those_worked_out_by_hand(period: str, terms: Terms, by_hand: str) -> None:
    assert terms.due_on(Period.parse(period).last) == date.fromisoformat(by_hand)


days = st.dates(date(1990, 1, 1), date(2098, 1, 1))


@given(days, st.integers(0, 60))
def test_working_days_after_a_day_are_counted_one_by_one(last: date, count: int) -> None:
    reached = Terms(count, "working").due_on(last)
    between = [last + timedelta(days=n) for n in range(1, (reached - last).days + 1)]
    assert sum(map(is_working_day, between)) == count
    assert count == 0 or is_working_day(reached)


@given(days, st.integers(0, 400))
def test_a_due_day_that_moves_on_is_the_first_that_is_neither_sunday_nor_holiday(last: date, count: int) -> None:
    before, moved = Terms(count).due_on(last), Terms(count, on_holiday="next-day").due_on(last)
    skipped = [before + timedelta(days=n) for n in range((moved - before).days)]
    assert all(day.weekday() == 6 or is_holiday(day) for day in skipped)
    assert moved.weekday() != 6 and not is_holiday(moved)


def test_the_list_of_holidays_is_that_of_an_independent_package() -> None:
    import holidays

    for year in range(2002, 2099):
        theirs = {day for day, name in holidays.country_holidays("IT", years=year, language="it").items()}
        easter = {day for day in theirs if day.weekday() == 6} - due._holidays(year)  # Easter Sunday alone
        assert theirs - easter == due._holidays(year), year


@given(days)
def test_late_begins_with_the_midnight_in_rome_that_ends_the_due_day(day: date) -> None:
    instant = due_instant(day)
    assert not on_time(instant, day)
    assert on_time(instant - timedelta(microseconds=1), day)


@pytest.mark.parametrize(
    ("due_on", "too_late"),
    [
        (date(2025, 3, 30), datetime(2025, 3, 30, 22, 0, tzinfo=UTC)),  # a day of 23 hours
        (date(2025, 10, 26), datetime(2025, 10, 26, 23, 0, tzinfo=UTC)),  # a day of 25 hours
        (date(2024, 2, 29), datetime(2024, 2, 29, 23, 0, tzinfo=UTC)),
        (date(2025, 12, 31), datetime(2025, 12, 31, 23, 0, tzinfo=UTC)),
    ],
)
def test_the_end_of_a_due_day_is_romes_on_clock_changes_leap_day_and_new_years_eve(
    due_on: date, too_late: datetime
) -> None:
    assert due_instant(due_on) == too_late


def test_days_left_are_counted_in_rome() -> None:
    late_evening = datetime(2025, 10, 29, 23, 30, tzinfo=UTC)  # the 30th in Rome
    assert days_left(date(2025, 10, 30), rome_day(late_evening)) == 0
    assert days_left(date(2025, 10, 30), date(2025, 10, 31)) == -1
