import re
from collections.abc import Mapping
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib import looks
from portal_lib.reporting import figures
from portal_lib.reporting.figures import Bar

bands = st.dictionaries(st.sampled_from(["F1", "F2", "F3", "F0"]), st.integers(0, 10**12), max_size=4)
labels = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=20)
many_bars = st.lists(st.tuples(labels, bands), max_size=40)


def boxes(figure: figures.Figure, side: str) -> Mapping[str, float]:
    """The length of all boxes of each colour, along one side, the legend's aside."""
    found: dict[str, float] = {}
    for box in ElementTree.fromstring(figure.svg).iter("{http://www.w3.org/2000/svg}rect"):  # noqa: S314
        fill = box.get("fill", "")
        if not fill.startswith("url(") and (box.get("width"), box.get("height")) != ("11.00", "11.00"):
            found[fill] = found.get(fill, 0.0) + float(box.get(side, "0"))
    return found


@pytest.mark.parametrize("draw", [figures.lying, figures.standing])
@given(many_bars)
def test_whatever_is_drawn_is_well_formed_and_within_the_picture(draw: object, bars: list[Bar]) -> None:
    figure = (figures.lying if draw is figures.lying else figures.standing)(bars, "c", "it")
    root = ElementTree.fromstring(figure.svg)  # noqa: S314
    _, _, wide, high = map(float, root.get("viewBox", "").split())
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y = float(box.get("x", "")), float(box.get("y", ""))
        assert x >= -0.1 and x + float(box.get("width", "")) <= wide + 0.1
        assert y >= -0.1 and y + float(box.get("height", "")) <= high + 0.1


@pytest.mark.parametrize(("draw", "side"), [(figures.lying, "width"), (figures.standing, "height")])
def test_lengths_are_in_the_proportion_of_the_energies(draw: object, side: str) -> None:
    bars: list[Bar] = [("a", {"F1": 1_000, "F2": 3_000}), ("b", {"F1": 2_000})]
    figure = (figures.lying if draw is figures.lying else figures.standing)(bars, "c", "it")
    found = boxes(figure, side)
    assert found[looks.BAND_COLOURS["F1"]] == pytest.approx(found[looks.BAND_COLOURS["F2"]], abs=0.05)


def test_the_words_say_every_bar_up_to_a_dozen_and_then_how_many_more() -> None:
    bars: list[Bar] = [(f"p{number}", {"F1": 1_000 * number}) for number in range(20)]
    alt = figures.lying(bars, "c", "it").alt
    assert len(re.findall(r"p\d+: ", alt)) == 12
    assert alt.endswith("seguono altre 8 barre, le stesse della tabella")
    assert figures.lying([], "c", "en").alt == "No value is known in the period."


def test_two_bands_differ_by_more_than_their_colour() -> None:
    figure = figures.lying([("a", {"F1": 1, "F2": 1, "F3": 1})], "c", "it")
    assert "url(#F2)" in figure.svg and "url(#F3)" in figure.svg
    assert {"F1", "F2", "F3"} <= set(re.findall(r">(F\d)<", figure.svg))
