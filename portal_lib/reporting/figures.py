"""The figures of printed reports: stacked bars of energy per band, as SVG, each with words that say the same.

Bands are told apart by colour, by a pattern and by their place in the stack, never by colour alone; the table beside a
figure holds its numbers. The colours are the portal's (:mod:`portal_lib.looks`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from portal_lib import looks
from portal_lib.language import Language, Said
from portal_lib.metering.bands import BANDS
from portal_lib.reporting import words

FONT = "Source Sans Pro"

#: One bar: its label, and the energy of each band in Wh; ``F0`` where the meter tells no bands apart.
Bar = tuple[str, Mapping[str, int]]

_WIDTH = 640.0  # in the points of a page's width
_ROW, _HIGH = 17.0, 150.0
_INK, _MUTED, _LINE = "#17262f", "#4a5a66", "#cdd6dd"
_COLOURS: Mapping[str, str] = {**looks.BAND_COLOURS, "F0": "#6b7780"}
_ORDER = (*BANDS, "F0")

_NO_BARS = Said("Nessun valore noto nel periodo.", "No value is known in the period.")
_STACKED = Said(
    "Barre impilate per fascia, in kWh. {bars}",
    "Stacked bars per band, in kWh. {bars}",
)
_ONE = Said("{label}: {total} kWh ({parts})", "{label}: {total} kWh ({parts})")
_MORE = Said("; seguono altre {count} barre, le stesse della tabella", "; {count} more bars follow, those of the table")

#: So many bars are read out one by one.
_SPOKEN_BARS = 12


@dataclass(frozen=True)
class Figure:
    """A picture and what it says to who does not see it."""

    svg: str
    alt: str
    caption: str


def lying(bars: Sequence[Bar], caption: str, language: Language) -> Figure:
    """One horizontal bar for each label, such as a POD."""
    labels = 132.0
    height = _ROW * len(bars) + 44
    unit, step, most = _scale(max((sum(parts.values()) for _, parts in bars), default=0))
    per_wh = (_WIDTH - labels - 60) / most
    drawn = _grid_lying(unit, step, most, per_wh, labels, height, language)
    for row, (label, parts) in enumerate(bars):
        top = 24 + row * _ROW
        drawn.append(_text(labels - 6, top + 11, label, "end"))
        left = labels
        for band in _ORDER:
            if wide := parts.get(band, 0) * per_wh:
                drawn.append(_box(left, top + 2, wide, _ROW - 5, band))
                left += wide
        drawn.append(_text(left + 4, top + 11, words.number(sum(parts.values()) / unit, 1, language), "start", _MUTED))
    return Figure(_svg(height, drawn, bars, labels, unit), _alt(bars, language), caption)


def standing(bars: Sequence[Bar], caption: str, language: Language) -> Figure:
    """One vertical bar for each label, such as a day or a month."""
    left, bottom = 46.0, 24 + _HIGH
    unit, step, most = _scale(max((sum(parts.values()) for _, parts in bars), default=0))
    per_wh = _HIGH / most
    drawn = []
    for number in range(round(most / step) + 1):
        here = bottom - number * step * per_wh
        drawn.append(f'<line x1="{left}" x2="{_WIDTH}" y1="{here:.2f}" y2="{here:.2f}" stroke="{_LINE}"/>')
        drawn.append(_text(left - 5, here + 3.5, words.number(number * step / unit, None, language), "end", _MUTED))
    wide = (_WIDTH - left) / max(1, len(bars))
    for place, (label, parts) in enumerate(bars):
        x, y = left + place * wide, bottom
        for band in _ORDER:
            if high := parts.get(band, 0) * per_wh:
                y -= high
                drawn.append(_box(x + wide * 0.12, y, wide * 0.76, high, band))
        drawn.append(_text(x + wide / 2, bottom + 13, label, "middle", _MUTED))
    return Figure(_svg(bottom + 22, drawn, bars, left, unit), _alt(bars, language), caption)


def _scale(most: int) -> tuple[int, float, float]:
    """What one on the axis is in Wh (kWh or MWh), the distance of its lines, and where it ends."""
    unit = 1_000_000 if most >= 20_000_000 else 1000
    if most <= 0:
        return unit, unit, unit
    rough = most / unit / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough) * unit
    return unit, step, step * ceil(most / step)


def _grid_lying(
    unit: int, step: float, most: float, per_wh: float, labels: float, height: float, language: Language
) -> list[str]:
    drawn = []
    for number in range(round(most / step) + 1):
        here = labels + number * step * per_wh
        drawn.append(f'<line x1="{here:.2f}" x2="{here:.2f}" y1="22" y2="{height - 18}" stroke="{_LINE}"/>')
        drawn.append(_text(here, height - 6, words.number(number * step / unit, None, language), "middle", _MUTED))
    return drawn


def _box(x: float, y: float, wide: float, high: float, band: str) -> str:
    shape = f'x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{high:.2f}"'
    plain = f'<rect {shape} fill="{_COLOURS[band]}"/>'
    return plain + (f'<rect {shape} fill="url(#{band})"/>' if band in ("F2", "F3") else "")


def _text(x: float, y: float, text: str, anchor: str, ink: str = _INK) -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="{ink}">{escape(text)}</text>'


def _svg(height: float, drawn: Sequence[str], bars: Sequence[Bar], left: float, unit: int) -> str:
    shown = [band for band in _ORDER if any(parts.get(band) for _, parts in bars)]
    legend = [_text(left, 11, "MWh" if unit > 1000 else "kWh", "start", _MUTED)]
    for place, band in enumerate(shown):
        x = left + 44 + place * 48
        legend += [_box(x, 2, 11, 11, band), _text(x + 16, 11, band, "start")]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" '
        f'font-family="{FONT}" font-size="10">'
        '<defs><pattern id="F2" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line x1="0" y1="0" x2="0" y2="4" stroke="#ffffff" stroke-opacity="0.45" stroke-width="1.4"/></pattern>'
        '<pattern id="F3" width="4" height="4" patternUnits="userSpaceOnUse">'
        '<circle cx="2" cy="2" r="0.8" fill="#ffffff" fill-opacity="0.6"/></pattern></defs>'
        f"{''.join(drawn)}{''.join(legend)}</svg>"
    )


def _alt(bars: Sequence[Bar], language: Language) -> str:
    if not bars:
        return _NO_BARS.say(language)
    told = [
        _ONE.say(
            language,
            label=label,
            total=words.number(sum(parts.values()) / 1000, 0, language),
            parts=", ".join(f"{band} {words.number(wh / 1000, 0, language)}" for band, wh in parts.items()),
        )
        for label, parts in bars[:_SPOKEN_BARS]
    ]
    more = len(bars) - len(told)
    return _STACKED.say(language, bars="; ".join(told)) + (_MORE.say(language, count=more) if more else "")
