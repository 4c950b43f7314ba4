"""Numbers, days and hours as an Italian reader writes them."""

from datetime import date, datetime

import pytest

from portal_lib.clock import ROME
from portal_lib.dashboards import italian


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(269.281, 3, "269,281"), (1234567.5, 1, "1.234.567,5"), (0, 0, "0"), (-12.5, 1, "-12,5"), (float("nan"), 3, "–")],
)
def test_numbers_have_a_decimal_comma_and_dots_between_thousands(value, decimals, text):
    assert italian.number(value, decimals) == text


def test_days_and_months_have_italian_names():
    assert italian.day(date(2024, 9, 1)) == "01/09/2024"
    assert italian.short_day(date(2024, 10, 27)) == "dom 27 ott"
    assert italian.month(date(2025, 2, 1)) == "feb 2025"


def test_the_hour_that_comes_twice_in_october_is_told_apart():
    two = datetime(2024, 10, 27, 2, 15, tzinfo=ROME)
    assert italian.hour(two) == "02:15 (ora legale)"
    assert italian.hour(two.replace(fold=1)) == "02:15 (ora solare)"


@pytest.mark.parametrize("wall", ["2024-10-27 01:45", "2024-10-27 03:00", "2024-03-31 03:00", "2024-03-31 01:45"])
def test_no_other_hour_needs_telling_apart(wall):
    assert italian.hour(datetime.fromisoformat(wall).replace(tzinfo=ROME)) == wall[-5:]
