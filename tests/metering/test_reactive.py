"""Reactive energy by the dated thresholds, and cos φ."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering import reactive

MONTH = date(2025, 11, 1)
ACTIVE = {"F1": 1_000_000, "F2": 500_000, "F3": 200_000}


def amounts(month: date = MONTH, **more: object) -> dict[tuple[str, str, int], int]:
    found = reactive.charged(month, ACTIVE, {"F1": 850_000, "F2": 200_000, "F3": 190_000}, **more)  # type: ignore[arg-type]
    return {(one.direction, one.band, int(one.above * 100)): one.varh for one in found}


def test_what_is_drawn_is_charged_above_33_and_again_above_75_percent_in_f1_and_f2_and_never_in_f3() -> None:
    assert amounts() == {
        ("drawn", "F1", 33): 420_000,
        ("drawn", "F1", 75): 100_000,
        ("drawn", "F2", 33): 35_000,
        ("drawn", "F2", 75): 0,
    }


def test_until_2015_the_lower_threshold_was_one_half() -> None:
    assert amounts(date(2015, 12, 1)) == {
        ("drawn", "F1", 50): 250_000,
        ("drawn", "F1", 75): 100_000,
        ("drawn", "F2", 50): 0,
        ("drawn", "F2", 75): 0,
    }
    assert amounts(date(2016, 1, 1)) == amounts()


def test_what_is_injected_in_f3_is_charged_since_april_2023_where_it_is() -> None:
    injected = {"F1": 5, "F3": 7_000}
    key = ("injected", "F3", 0)
    assert key not in amounts(date(2023, 3, 1), injected=injected, charged_for_injected=True)
    assert amounts(date(2023, 4, 1), injected=injected, charged_for_injected=True)[key] == 7_000
    assert key not in amounts(date(2023, 4, 1), injected=injected)


@pytest.mark.parametrize(
    ("voltage", "kw", "domestic", "charged"),
    [
        (15_000, 100.0, False, True),
        (400, 16.5, False, False),
        (400, 16.6, False, True),
        (230, 20.0, True, False),
        (None, None, False, False),
    ],
)
def test_medium_voltage_and_larger_non_domestic_points_are_charged_for_what_they_inject(
    voltage: int | None, kw: float | None, domestic: bool, charged: bool
) -> None:
    assert reactive.is_charged_for_injected(voltage=voltage, available_kw=kw, domestic=domestic) is charged


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_nothing_is_charged_twice(active: int, drawn: int) -> None:
    found = reactive.charged(MONTH, {"F1": active}, {"F1": drawn})
    in_f1 = [one.varh for one in found if one.band == "F1"]
    over = max(0, drawn - Fraction(33, 100) * active)
    assert 0 <= over - sum(in_f1) < 3  # parts of a varh are cut off
    assert all(varh >= 0 for varh in in_f1)


def test_cos_phi_is_active_over_apparent_energy() -> None:
    found = reactive.power_factors({"F1": 3, "F2": 0, "F3": 5}, {"F1": 4, "F2": 0})
    assert found == {"F1": 0.6, "F2": None, "F3": None}
