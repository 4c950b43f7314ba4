from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering.flows.factors import FACTOR_OF, factor
from portal_lib.metering.flows.reader import MAGNITUDES


@given(st.integers(1, 10**9 - 1), st.integers(0, 9))
def test_a_factor_is_the_exact_number_that_stands_there(whole: int, decimals: int) -> None:
    digits = f"{whole:0{decimals + 1}d}"
    text = f"{digits[:-decimals]},{digits[-decimals:]}" if decimals else digits
    assert factor(text) == Fraction(whole, 10**decimals)


@pytest.mark.parametrize("text", ["", "0", "0,000", "1.000", "1,", ",5", "-1", "+1", " 1", "1e3", "NaN", "1" * 10, "١"])
def test_what_is_no_factor_is_none(text: str) -> None:
    assert factor(text) is None


def test_every_magnitude_has_its_factor() -> None:
    assert set(FACTOR_OF) == {*MAGNITUDES, "Pot"}
