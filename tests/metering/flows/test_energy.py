import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering.exceptions import FinerThanWattHours, NotEnergy, TooMuchEnergy
from portal_lib.metering.flows import energy
from portal_lib.metering.flows.energy import NotWattHours, WattHours, watt_hours
from portal_lib.metering.flows.pdo_writing import decimal_comma

whole_wh = st.integers(0, 2**31 - 1)


@given(whole_wh)
def test_what_is_written_is_read_back(wh: int) -> None:
    assert watt_hours(decimal_comma(wh)) == wh


@given(whole_wh, st.integers(0, 4))
def test_zeros_after_the_third_decimal_say_nothing_new(wh: int, zeros: int) -> None:
    assert watt_hours(decimal_comma(wh) + "0" * zeros) == wh


@pytest.mark.parametrize(("text", "wh"), [("0,08", 80), ("0,1", 100), ("7", 7000), ("007,5", 7500), ("0,000", 0)])
def test_fewer_decimals_are_read_as_written(text: str, wh: int) -> None:
    assert watt_hours(text) == wh


@pytest.mark.parametrize(
    "text",
    [
        "0.100",
        "1.234,567",
        "NaN",
        "nan",
        "inf",
        "1e9",
        "-0,1",
        "+0,1",
        "",
        " ",
        ",5",
        "5,",
        "0,1 ",
        "0,1\n",
        "٣,٥",
        "0x1F",
        "1_000",
        "0,1,2",
        "1 234,5",
        "²",
        "1" * 5000,
    ],
)
def test_what_is_no_plain_decimal_comma_number_is_refused(text: str) -> None:
    with pytest.raises(NotWattHours) as caught:
        watt_hours(text)
    assert caught.value.refusal is NotEnergy


def test_finer_than_a_watt_hour_is_refused_by_its_own_name() -> None:
    with pytest.raises(NotWattHours) as caught:
        watt_hours("0,1234")
    assert caught.value.refusal is FinerThanWattHours


@pytest.mark.parametrize("text", ["2147483,648", "999999999999"])
def test_what_the_store_cannot_hold_is_refused_by_its_own_name(text: str) -> None:
    with pytest.raises(NotWattHours) as caught:
        watt_hours(text)
    assert caught.value.refusal is TooMuchEnergy


@given(st.text(alphabet="0123456789,.-+eE NaN", max_size=12))
def test_whatever_is_read_is_exactly_what_a_careful_reader_reads(text: str) -> None:
    try:
        wh = watt_hours(text)
    except NotWattHours:
        return
    assert Decimal(wh) == Decimal(text.replace(",", ".")) * 1000


def test_a_curve_is_little_endian_int32_in_order() -> None:
    assert WattHours().curve(["0,001", "0,258", "1"]) == struct.pack("<3i", 1, 258, 1000)


def test_the_memory_of_texts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "_REMEMBERED", 10)
    memory = WattHours()
    assert [memory[f"0,{number:03d}"] for number in range(100)] == list(range(100))
    assert len(memory) <= 10


def test_the_first_wrong_text_is_found() -> None:
    assert WattHours().first_wrong(["0,1", "0.1", "x"]) == 1
    assert WattHours().first_wrong(["0,1", "0,2"]) == 2
