"""Bands against the resolution's table read literally, hour by hour, on the wall clock of zoneinfo."""

from datetime import date, datetime

import holidays as holidays_package
import pytest
from dateutil.easter import easter as reference_easter
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.clock import ROME
from portal_lib.metering import bands, calendar


def reference_band(local: datetime, free: bool) -> str:
    """Resolution 181/06, said aloud."""
    if free or local.weekday() == 6:
        return "F3"
    if local.hour < 7 or local.hour == 23:
        return "F3"
    if local.weekday() == 5:
        return "F2"
    return "F1" if 8 <= local.hour < 19 else "F2"


def national_holidays(year: int) -> set[date]:
    """What the package knows, less the days that never moved the bands, and less Sundays, free anyway."""
    known = set(holidays_package.country_holidays("IT", years=year))
    known.discard(date(year, 10, 4))  # a public holiday again from 2026, not in F3
    known.discard(date(year, 3, 17))  # once, in 2011
    return {day for day in known if day.weekday() != 6}


def codes_of(day: date, minutes: int = 15, october_4_from: date | None = None) -> list[str]:
    count = calendar.quarter_hours(day) * 15 // minutes
    found = bands.band_codes(calendar.day_number(day), count, october_4_from=october_4_from)
    return [bands.BANDS[code] for code in found.tolist()]


@pytest.mark.parametrize("year", [2007, 2011, *range(2015, 2031)])
def test_every_quarter_hour_of_a_year_is_in_the_band_the_resolution_gives_it(year: int) -> None:
    free = national_holidays(year)
    numbers = list(range(calendar.day_number(date(year, 1, 1)), calendar.day_number(date(year + 1, 1, 1))))
    counts = [calendar.quarter_hours(calendar.date_of(number)) for number in numbers]
    instants = (datetime.fromtimestamp(second, ROME) for second in calendar.axis(numbers, counts).tolist())

    expected = [reference_band(instant, instant.date() in free) for instant in instants]

    assert [bands.BANDS[code] for code in bands.band_codes(numbers, counts).tolist()] == expected
    assert [bands.BANDS[code] for code in bands.quarter_hour_codes(numbers[0], numbers[-1]).tolist()] == expected


@given(st.dates(date(2007, 1, 1), date(2060, 12, 31)), st.sampled_from([15, 60]))
def test_any_day_in_either_resolution_is_in_the_bands_the_resolution_gives_it(day: date, minutes: int) -> None:
    free = day in national_holidays(day.year)
    count = calendar.quarter_hours(day) * 15 // minutes
    instants = calendar.axis(calendar.day_number(day), count).tolist()

    expected = [reference_band(datetime.fromtimestamp(second, ROME), free) for second in instants]

    assert codes_of(day, minutes) == expected


def test_easter_is_where_the_church_puts_it() -> None:
    assert all(bands.easter(year) == reference_easter(year) for year in range(1990, 2101))


def test_easter_monday_is_free_and_the_friday_before_is_not() -> None:
    assert set(codes_of(date(2025, 4, 21))) == {"F3"}
    assert "F1" in codes_of(date(2025, 4, 18))


def test_the_4th_of_october_is_a_working_day_unless_the_setting_says_otherwise() -> None:
    assert "F1" in codes_of(date(2027, 10, 4))


def test_the_4th_of_october_is_free_only_from_the_day_of_the_setting() -> None:
    setting = date(2027, 1, 1)
    assert set(codes_of(date(2027, 10, 4), october_4_from=setting)) == {"F3"}
    assert set(codes_of(date(2028, 10, 4), october_4_from=setting)) == {"F3"}
    assert "F1" in codes_of(date(2024, 10, 4), october_4_from=setting)
    assert "F1" in codes_of(date(2027, 10, 5), october_4_from=setting)


def test_the_one_off_holiday_of_2011_moves_no_band() -> None:
    assert "F1" in codes_of(date(2011, 3, 17))


@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 10, 26)])
def test_the_sundays_on_which_the_clock_changes_are_f3_all_day(day: date) -> None:
    assert codes_of(day) == ["F3"] * calendar.quarter_hours(day)


def test_a_weekday_has_its_eleven_hours_of_f1_five_of_f2_and_eight_of_f3() -> None:
    by_hour = codes_of(date(2025, 1, 8), minutes=60)
    assert by_hour == ["F3"] * 7 + ["F2"] + ["F1"] * 11 + ["F2"] * 4 + ["F3"]
