"""The fast way reads what the careful way reads, or leaves it alone."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering.exceptions import FlowRefused
from portal_lib.metering.flows import safe_xml
from portal_lib.metering.flows.energy import NotWattHours, watt_hours
from portal_lib.metering.flows.quarters import quarters

NAMES = [f"E{number}" for number in range(1, 97)]


def tag(values: list[str], *, dst: str = 'Dst="0" ', name: str = "Ea", end: str = ">") -> str:
    return f"<{name} {dst}" + " ".join(f'{n}="{v}"' for n, v in zip(NAMES, values, strict=True)) + end


def carefully(start: str) -> bytes | None:
    """What the general way makes of a normal day; None where it would refuse it, or it is no normal day."""
    pairs = safe_xml.attributes(start)
    values = dict(zip(pairs[0::2], pairs[1::2], strict=True))
    if values.pop("Dst", "0") != "0" or set(values) != set(NAMES):
        return None
    try:
        return struct.pack("<96i", *(watt_hours(values[name]) for name in NAMES))
    except NotWattHours:
        return None


def is_a_tag(text: str) -> bool:
    """Whether a parser would show this text as one start tag; nothing else is ever asked about."""
    shown: list[str] = []

    class Seen:
        def start(self, path: list[str], tag: str) -> None:
            shown.append(tag)

        def end(self, path: list[str], text: str) -> None: ...

    try:
        safe_xml.parse(io.BytesIO((text + f"</{text[1:4].strip()}>").encode()), "day.xml", Seen())
    except FlowRefused:
        return False
    return shown == [text]


def plain(energies: list[int]) -> list[str]:
    return [f"{energy // 1000},{energy % 1000:03d}" for energy in energies]


days = st.lists(st.integers(0, 9_999_999), min_size=96, max_size=96)


@given(st.lists(st.tuples(days, st.sampled_from(["Ea", "Er", "Erc", "Eri"]), st.booleans()), min_size=1, max_size=4))
def test_plain_days_are_all_read_at_once(several: list[tuple[list[int], str, bool]]) -> None:
    tags = [tag(plain(day), name=name, dst='Dst="0" ' if dst else "") for day, name, dst in several]
    assert quarters(tags) == [struct.pack("<96i", *day) for day, _, _ in several]


letters = st.one_of(st.sampled_from(list("0123456789,.- \"'=<>&;E/\t")), st.characters(codec="utf-8"))


@given(days, st.integers(0, 1500), st.integers(0, 3), st.text(letters, max_size=4), st.booleans())
def test_whatever_is_changed_the_fast_way_agrees_or_leaves_it(
    day: list[int], at: int, cut: int, put: str, dst: bool
) -> None:
    start = tag(plain(day), dst='Dst="0" ' if dst else "")
    at %= len(start)
    changed = start[:at] + put + start[at + cut :]
    other = tag(plain([7] * 96))
    fast, untouched = quarters([changed, other])
    assert untouched == (struct.pack("<96i", *[7] * 96) if changed.isascii() else None)
    if fast is not None and is_a_tag(changed):
        assert fast == carefully(changed)


@pytest.mark.parametrize(
    "start",
    [
        tag(plain([1] * 96), dst='Dst="1" '),
        tag(plain([1] * 96), dst='Dst="" '),
        tag(plain([1] * 96), dst="Dst='0' "),
        tag(plain([1] * 96), dst='Dsx="0" '),
        tag(plain([1] * 96), end=" E97='1'>"),
        tag(plain([1] * 96), end="/>"),
        tag(plain([1] * 96)).replace(' E5="', " E5='").replace('" E6', "' E6"),
        tag(["0,0010", *plain([1] * 95)]),
        tag(["10000,000", *plain([1] * 95)]),
        tag(["1", *plain([1] * 95)]),
        tag(["0.001", *plain([1] * 95)]),
        tag(["-0,001", *plain([1] * 95)]),
        tag(["0,0\u0661", *plain([1] * 95)]),
        tag(["", *plain([1] * 95)]),
        tag(plain([1] * 96)).replace(" E2=", " E0=").replace(" E3=", " E2="),
    ],
)
def test_what_is_otherwise_is_left_to_the_careful_way(start: str) -> None:
    assert quarters([start]) == [None]


def test_no_days_are_no_days() -> None:
    assert quarters([]) == []
