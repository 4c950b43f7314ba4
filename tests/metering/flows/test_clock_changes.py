import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib.metering.flows.clock_changes import WRITTEN, Met, Misspelled, in_order


def met(dst: str, *numbers: int) -> Met:
    return Met(dst, tuple(f"E{n}" for n in numbers), [f"{dst}:{n}" for n in numbers])


@given(st.sampled_from([23, 24, 25]), st.randoms(use_true_random=False))
def test_elements_and_attributes_may_stand_in_any_order(hours: int, chance: object) -> None:
    expected = [f"{part.dst}:{name}" for part in WRITTEN[hours] for name in part.attributes]
    elements = []
    for part in WRITTEN[hours]:
        names = list(part.attributes)
        chance.shuffle(names)  # type: ignore[attr-defined]
        elements.append(Met(part.dst, tuple(names), [f"{part.dst}:{name}" for name in names]))
    chance.shuffle(elements)  # type: ignore[attr-defined]

    assert in_order(hours, elements) == expected
    assert len(expected) == hours * 4


def test_the_written_elements_fill_every_place_of_the_day_once() -> None:
    for hours, parts in WRITTEN.items():
        filled = [place for part in parts for place in range(*part.span.indices(1000))]
        assert sorted(filled) == list(range(hours * 4))


@pytest.mark.parametrize("dst", ["0", "2"])
def test_the_october_day_may_be_one_element_of_100(dst: str) -> None:
    assert in_order(25, [met(dst, *range(1, 101))]) == [f"{dst}:{n}" for n in range(1, 101)]


@pytest.mark.parametrize(
    ("hours", "elements"),
    [
        (24, [met("1", *range(1, 97))]),
        (24, [met("0", *range(1, 96))]),
        (24, [met("0", *range(1, 101))]),
        (24, [met("0", *range(2, 98))]),
        (24, [met("0", *range(1, 97)), met("0", *range(1, 97))]),
        (24, [met("2", *range(1, 13)), met("3", *range(9, 97))]),
        (24, []),
        (23, [met("0", *range(1, 97))]),
        (23, [met("0", *range(1, 9), *range(13, 97))]),
        (23, [met("1", *range(1, 93))]),
        (23, [met("1", *range(1, 97))]),
        (25, [met("0", *range(1, 97))]),
        (25, [met("2", *range(1, 13))]),
        (25, [met("3", *range(9, 97))]),
        (25, [met("2", *range(1, 13)), met("3", *range(13, 97))]),
        (25, [met("2", *range(1, 13)), met("2", *range(9, 97))]),
        (25, [met("2", *range(1, 101)), met("3", *range(9, 97))]),
        (25, [met("3", *range(1, 101))]),
        (25, [met("1", *range(1, 101))]),
    ],
)
def test_any_other_spelling_is_an_error(hours: int, elements: list[Met]) -> None:
    with pytest.raises(Misspelled):
        in_order(hours, elements)


def test_an_error_says_in_short_what_was_met_and_what_was_expected() -> None:
    with pytest.raises(Misspelled) as caught:
        in_order(23, [met("0", *range(1, 97))])
    assert caught.value.met == "Dst=0 (E1..E96)"
    assert caught.value.expected == "Dst=1 (E1..E8, E13..E96)"
