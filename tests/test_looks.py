"""One visual language: whatever accent a supplier sets, text stays readable and bands told apart, in light and dark."""

import base64
import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_lib import looks
from portal_lib.settings import BadSettings, Settings, load_settings

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)

#: How colours reach who lacks one kind of cone, on linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "ordinary": np.eye(3),
    "no red": np.array([[0.1522, 1.0525, -0.2048], [0.1145, 0.7862, 0.0992], [-0.0038, -0.0481, 1.0519]]),
    "no green": np.array([[0.3673, 0.8606, -0.2279], [0.2800, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9688]]),
    "no blue": np.array([[1.2555, -0.0767, -0.1787], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6913, 0.3039]]),
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, eyes: np.ndarray) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(eyes @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def declared(css: str) -> dict[str, str]:
    return dict(re.findall(r"--p-([\w-]+): ([^;]+(?:;base64,[^;]+)?);", css))


def test_contrast_is_that_of_wcag():
    assert looks.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert looks.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(COLOURS)
def test_text_stays_readable_whatever_the_suppliers_accent(accent):
    for dark in (False, True):
        paint = looks.palette(accent, dark=dark)
        for ground in ("page", "surface", "surface-strong"):
            for ink in ("text", "muted", "accent", "accent-strong", "good", "warn", "bad"):
                assert looks.contrast(paint[ink], paint[ground]) >= looks.TEXT, (ink, ground)
        for state in ("accent", "good", "warn", "bad"):
            for ink in (paint[state], paint["text"], paint["muted"]):
                assert looks.contrast(ink, paint[f"{state}-soft"]) >= looks.TEXT, state
        assert looks.contrast(paint["on-accent"], paint["accent"]) >= looks.TEXT
        assert looks.contrast(paint["on-accent"], paint["accent-strong"]) >= looks.TEXT
        assert looks.contrast("#ffffff", paint["header"]) >= looks.TEXT


@pytest.mark.parametrize("dark", [False, True])
def test_controls_focus_and_bands_stand_out_from_every_ground(dark):
    paint = looks.palette("#0b5d7a", dark=dark)
    for ground in ("page", "surface"):
        for mark in ("input", "focus", "band-f1", "band-f2", "band-f3"):
            assert looks.contrast(paint[mark], paint[ground]) >= looks.GRAPHIC, (mark, ground)


@pytest.mark.parametrize("eyes", EYES.values(), ids=list(EYES))
@pytest.mark.parametrize("bands", [looks.BAND_COLOURS, looks.BAND_COLOURS_DARK], ids=["light", "dark"])
def test_bands_are_told_apart_by_colour_blind_readers(bands, eyes):
    for one, other in combinations(bands.values(), 2):
        assert np.linalg.norm(lab(one, eyes) - lab(other, eyes)) >= 25  # 2.3 is what an eye just notices


def test_an_accent_that_is_readable_as_it_is_stays_as_it_is():
    assert looks.palette("#0b5d7a")["accent"] == "#0b5d7a"
    assert looks.palette("#ffe600")["accent"] != "#ffe600"


def test_every_property_that_the_style_sheet_uses_is_defined():
    css = (looks._LOGO.parent / "portal.css").read_text()
    used = set(re.findall(r"var\(--p-([\w-]+)", css))
    assert used and used <= set(declared(looks.variables(Settings())))


def test_light_and_dark_define_the_same_colours():
    light, dark = looks.variables(Settings()).split("@media")
    assert set(declared(dark)) == set(looks.palette("#0b5d7a", dark=True))
    assert set(declared(dark)) <= set(declared(light))


def test_the_bands_of_charts_are_those_of_the_pages():
    light = declared(looks.variables(Settings()).split("@media")[0])
    assert {band: light[f"band-{band.lower()}"] for band in looks.BAND_COLOURS} == dict(looks.BAND_COLOURS)
    assert looks.BAND_PAINT["F1"] == f"var(--p-band-f1, {looks.BAND_COLOURS['F1']})"


def test_a_supplier_sets_its_own_logo(tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"a picture")
    shown = looks.variables(Settings(logo=logo))
    assert f'url("data:image/png;base64,{base64.b64encode(b"a picture").decode()}")' in shown


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("logo.gif", b"x", "none of"),
        ("logo.svg", None, "No such file"),
        ("logo.svg", b"x" * (looks.LARGEST_LOGO + 1), "64 KiB"),
    ],
)
def test_a_logo_that_does_not_fit_is_refused_with_a_sentence(tmp_path, name, content, reason):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(looks.UnfitLogo, match=reason):
        looks.variables(Settings(logo=tmp_path / name))


@pytest.mark.parametrize("accent", ["red", "#12345", "#12345g", "#0b5d7a; } body { display: none"])
def test_an_accent_that_is_no_colour_is_refused_by_name(accent, monkeypatch):
    monkeypatch.setenv("PORTAL_ACCENT", accent)
    with pytest.raises(BadSettings, match="accent"):
        load_settings()
