"""The portal's one visual language: colours, type and spacing, as CSS custom properties and as Python values.

The Hub's pages, the notebook pages and the reports all take them from here. A supplier sets its own accent, name and
logo; every other colour is derived, and an accent that would be too pale or too dark to read is moved until text in it
and on it keeps the contrast of WCAG 2.1 AA (4.5 for text, 3 for controls and bands) in light and in dark.
"""

import base64
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from portal_lib.refused import Refused
from portal_lib.settings import Settings

#: What text must keep against what it stands on, and what a control, a band or a focus ring must.
TEXT, GRAPHIC = 4.5, 3.0

#: The bands on light ground, for bqplot, matplotlib and typst. Told apart by lightness as well as by hue, also by who
#: sees no red, no green or no blue; always beside their letter, never by colour alone.
BAND_COLOURS: Mapping[str, str] = {"F1": "#8c1d40", "F2": "#c97a00", "F3": "#2f86c1"}
#: The same on dark ground.
BAND_COLOURS_DARK: Mapping[str, str] = {"F1": "#d9568c", "F2": "#ffd27a", "F3": "#4c9fe0"}
#: What a chart in the browser paints with: it follows the page from light to dark.
BAND_PAINT: Mapping[str, str] = {band: f"var(--p-band-{band.lower()}, {paint})" for band, paint in BAND_COLOURS.items()}

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", Arial, sans-serif'

#: Sizes of type in rem, a scale of 1.2 from the small print to a page's title.
STEPS: Mapping[str, float] = {"-1": 0.875, "0": 1.0, "1": 1.2, "2": 1.44, "3": 1.75, "4": 2.1}
#: Distances in rem.
SPACES: Mapping[str, float] = {"1": 0.25, "2": 0.5, "3": 0.75, "4": 1.0, "5": 1.5, "6": 2.0, "7": 3.0}

_LIGHT = {
    "page": "#f4f6f8", "surface": "#ffffff", "surface-strong": "#e9eff3", "text": "#17262f", "muted": "#4a5a66",
    "line": "#cdd6dd", "input": "#73838f", "good": "#1c6a41", "warn": "#8a5200", "bad": "#a3211f", "focus": "#b86200",
}  # fmt: skip
_DARK = {
    "page": "#10171c", "surface": "#18222a", "surface-strong": "#22303a", "text": "#e8eef2", "muted": "#a9b8c3",
    "line": "#35454f", "input": "#8193a0", "good": "#7fd3a2", "warn": "#f0b95a", "bad": "#ff9d96", "focus": "#ffb347",
}  # fmt: skip

_LOGO = Path(__file__).parents[1] / "hub_config" / "static" / "logo.svg"
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
#: The logo travels inside the style sheet, so that no page needs to know where another lies.
LARGEST_LOGO = 64 * 1024


class UnfitLogo(Refused):
    it = "Il logo {file} non è utilizzabile: {reason}. Correggi l'impostazione logo e riprova."
    en = "The logo {file} can't be used: {reason}. Correct the setting logo and try again."


def variables(settings: Settings) -> str:
    """The style sheet that defines every ``--p-…`` property, light and dark, for this supplier.

    :class:`UnfitLogo` where the supplier's logo can't be read, is larger than 64 KiB, or is no SVG, PNG or WebP.
    """
    constant = {
        "font": FONT,
        **{f"step-{step}": f"{size:g}rem" for step, size in STEPS.items()},
        **{f"space-{space}": f"{size:g}rem" for space, size in SPACES.items()},
        "logo": f'url("{logo_address(settings)}")',
        "radius": "8px",
    }
    light = {**palette(settings.accent), **constant}
    dark = palette(settings.accent, dark=True)
    return (
        f":root {{ color-scheme: light dark; {_declared(light)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_declared(dark)} }} }}\n"
    )


def logo_address(settings: Settings) -> str:
    """The supplier's logo, or the portal's own, as a ``data:`` address. Raises :class:`UnfitLogo`."""
    return _logo_address(settings.logo or _LOGO)


@functools.cache
def palette(accent: str, *, dark: bool = False) -> Mapping[str, str]:
    """The colours by name (without ``--p-``), derived from the supplier's accent ``#rrggbb``."""
    base = _DARK if dark else _LIGHT
    grounds = (base["page"], base["surface"], base["surface-strong"])
    away = "#ffffff" if dark else "#000000"
    readable = until_readable(accent, away, grounds, TEXT + 0.4)
    on_accent = max(("#ffffff", base["page"] if dark else base["text"]), key=lambda ink: contrast(ink, readable))
    bands = BAND_COLOURS_DARK if dark else BAND_COLOURS
    return {
        **base,
        "accent": readable,
        "accent-strong": mixed(readable, away, 0.25),
        "accent-soft": mixed(base["surface"], readable, 0.1),
        "on-accent": on_accent,
        "bad-strong": mixed(base["bad"], away, 0.25),
        "header": until_readable(accent, "#000000", ("#ffffff",), 9.0),
        **{f"{state}-soft": mixed(base["surface"], base[state], 0.08) for state in ("good", "warn", "bad")},
        **{f"band-{band.lower()}": paint for band, paint in bands.items()},
    }


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb``, from 1 to 21, as WCAG 2.1 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.1)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mixed(one: str, other: str, share: float) -> str:
    """A colour with ``share`` (0 to 1) of the other in it."""
    parts = (a + (b - a) * share for a, b in zip(_parts(one), _parts(other), strict=True))
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def until_readable(colour: str, towards: str, grounds: Sequence[str], least: float) -> str:
    """The colour itself, or as much of ``towards`` in it as it needs to stand out from every ground."""
    steps = (mixed(colour, towards, step / 50) for step in range(51))
    return next(
        (step for step in steps if all(contrast(step, ground) >= least for ground in grounds)),
        towards,
    )


def _parts(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def _declared(values: Mapping[str, str]) -> str:
    return " ".join(f"--p-{name}: {value};" for name, value in values.items())


@functools.cache
def _logo_address(file: Path) -> str:
    kind = _LOGO_TYPES.get(file.suffix.lower())
    if kind is None:
        raise UnfitLogo(file=file, reason=f"it is none of {', '.join(_LOGO_TYPES)}")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UnfitLogo(file=file, reason=error.strerror or "it can't be read") from None
    if len(content) > LARGEST_LOGO:
        raise UnfitLogo(file=file, reason=f"it is larger than {LARGEST_LOGO // 1024} KiB")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
