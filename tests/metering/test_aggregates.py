"""Weeks, months and years: no energy lost, none counted twice, to the Wh."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering import curves
from portal_lib.metering.calendar import day_number, quarter_hours
from portal_lib.metering.curves import MISSING
from portal_lib.metering.flags import DayFlag

BEGIN = date(2024, 12, 20)
LONG = 330  # both clock changes, a turn of the year, and years that begin in the middle of a week


@st.composite
def some_days(draw: st.DrawFn) -> dict[date, list[int]]:
    """Days anywhere in a year, some absent, hourly and quarter-hourly mixed, with gaps."""
    chosen = draw(st.sets(st.integers(0, LONG), min_size=1, max_size=40))
    chosen |= draw(st.sampled_from([set(), {100, 310}]))  # 30 March and 26 October 2025
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    days = {}
    for offset in sorted(chosen):
        day = BEGIN + timedelta(days=offset)
        count = quarter_hours(day) // int(random.choice([1, 4]))
        wh = random.integers(0, 2**31 - 1, count)
        wh[random.random(count) < 0.1] = MISSING
        days[day] = wh.tolist()
    return days


def frame_of(days: dict[date, list[int]], flags: dict[date, int] | None = None) -> pd.DataFrame:
    numbers = sorted(days)
    return curves.frame_of(
        np.array([day_number(day) for day in numbers], dtype=np.int64),
        np.array([len(days[day]) for day in numbers], dtype=np.int64),
        np.array([(flags or {}).get(day, 0) for day in numbers], dtype=np.int64),
        b"".join(np.array(days[day], dtype="<i4").tobytes() for day in numbers),
    )


def monday(day: date) -> date:
    return day - timedelta(days=day.isocalendar().weekday - 1)


PERIODS = {
    "day": lambda day: day,
    "week": monday,
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


@given(some_days())
def test_every_granularity_has_all_the_energy_and_none_twice(days: dict[date, list[int]]) -> None:
    frame = frame_of(days)
    for name, of in PERIODS.items():
        expected: dict[date, int] = {}
        gaps: dict[date, int] = {}
        for day, wh in days.items():
            expected[of(day)] = expected.get(of(day), 0) + sum(value for value in wh if value != MISSING)
            gaps[of(day)] = gaps.get(of(day), 0) + wh.count(MISSING)
        found = curves.aggregate(frame, name)  # type: ignore[arg-type]
        starts = [instant.date() for instant in found.index]
        assert dict(zip(starts, (found["kwh"] * 1000).round().astype(int), strict=True)) == expected, name
        assert dict(zip(starts, found["missing"], strict=True)) == gaps, name
        assert (found[["F1", "F2", "F3"]] * 1000).round().sum(axis=1).tolist() == [expected[day] for day in starts]
        assert all((instant.hour, instant.minute) == (0, 0) for instant in found.index)


def test_a_week_over_new_year_is_one_week_of_two_months_and_two_years() -> None:
    days = {date(2024, 12, 30) + timedelta(days=n): [1000] * 96 for n in range(7)}
    frame = frame_of(days)
    assert curves.aggregate(frame, "week")["kwh"].tolist() == [7 * 96]
    assert curves.aggregate(frame, "month")["kwh"].tolist() == [2 * 96, 5 * 96]
    assert curves.aggregate(frame, "year")["kwh"].tolist() == [2 * 96, 5 * 96]


def test_a_month_has_the_flags_of_all_its_days() -> None:
    day = date(2025, 5, 1)
    frame = frame_of(
        {day: [1] * 96, day + timedelta(days=1): [1] * 24},
        {day: DayFlag.ESTIMATED, day + timedelta(days=1): DayFlag.CORRECTED},
    )
    assert curves.aggregate(frame, "month")["flags"].tolist() == [DayFlag.ESTIMATED | DayFlag.CORRECTED]


@pytest.mark.parametrize("first", [date(2025, 3, 1), date(2024, 12, 1), date(2025, 10, 1)])
def test_an_even_row_of_days_is_laid_out_as_any_other(first: date) -> None:
    days = [first + timedelta(days=n) for n in range(45)]
    whole = frame_of({day: [1] * quarter_hours(day) for day in days})
    one_by_one = [frame_of({day: [1] * 24 if quarter_hours(day) == 96 else [1] * quarter_hours(day)}) for day in days]
    hours = whole[whole.index.minute == 0]  # type: ignore[attr-defined]
    of_hours = np.concatenate([frame.index[frame.index.minute == 0].asi8 for frame in one_by_one])  # type: ignore[attr-defined]
    assert (hours.index.asi8 == of_hours).all()  # type: ignore[attr-defined]
    bands = np.concatenate([frame["band"][frame.index.minute == 0].astype(str) for frame in one_by_one])  # type: ignore[attr-defined]
    assert (hours["band"].astype(str).to_numpy() == bands).all()


def test_every_flag_fits_the_byte_in_which_a_read_takes_it() -> None:
    assert sum(DayFlag) < 256
