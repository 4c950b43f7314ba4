"""The load-duration curve: for how many hours the load was above a power.

It says what to contract, and what never rests.
"""

from collections.abc import Sequence

import bqplot
import ipywidgets as widgets
import numpy as np

from portal_lib.dashboards import quality
from portal_lib.dashboards.figures import ACCENT, BAD, figure, plain_axis, value_axis
from portal_lib.dashboards.needs_curves import needs_curves
from portal_lib.dashboards.part import Twin, links, part
from portal_lib.dashboards.ticks import nice_ticks
from portal_lib.dashboards.view import View
from portal_lib.dashboards.words import number, say, share
from portal_lib.language import Said
from portal_lib.metering.profiles import duration

#: Points of the line: more than a screen has room for would not be seen.
_POINTS = 500
#: The shares of the hours for which the table tells the power.
SHARES = (0.0, 0.01, 0.02, 0.05, *(tenth / 10 for tenth in range(1, 10)), 0.95, 0.99, 1.0)

_TITLE = Said("Curva di durata", "Load duration")
_AXIS = Said("kW (media oraria)", "kW (hourly mean)")
_HOURS = Said("ore, dalla più alta", "hours, from the highest")
_SUMMARY = Said(
    "{range}: {hours} ore note. Massimo {high} kW, metà delle ore sopra {median} kW, minimo {low} kW."
    "{contracted} {complete}",
    "{range}: {hours} known hours. Highest {high} kW, half of the hours above {median} kW, lowest {low} kW."
    "{contracted} {complete}",
)
_OVER = Said(
    " Sopra la potenza impegnata ({kw} kW): {hours} ore.", " Above the contracted power ({kw} kW): {hours} hours."
)
_HEADS = (
    Said("Ore", "Hours"),
    Said("Quota delle ore", "Share of hours"),
    Said("Almeno kW", "At least kW"),
)


@needs_curves(_TITLE)
def load_duration(view: View) -> Sequence[widgets.Widget]:
    """Hourly means from the highest to the lowest."""
    found = duration(view.load)
    kw, count = found.kw, len(found.kw)
    places = np.unique(np.linspace(0, max(count - 1, 0), min(count, _POINTS)).round().astype(np.int64))
    contracted = view.curves[0].contracted_kw if len(view.curves) == 1 else None
    high = float(kw[0]) if count else 0.0
    ticks = [tick for tick in nice_ticks(float(count)) if tick <= count * 1.02]
    x_scale = bqplot.LinearScale(min=0.0, max=float(max(count, 1)))
    y_scale, y_axis = value_axis(max(high, contracted if contracted and contracted < 1.7 * high else 0.0), say(_AXIS))
    scales = {"x": x_scale, "y": y_scale}
    marks = [
        bqplot.Lines(
            x=places + 0.5, y=kw[places], scales=scales, colors=[ACCENT], stroke_width=2, fill="bottom",
            fill_opacities=[0.15], fill_colors=[ACCENT],
        )
    ]  # fmt: skip
    over = ""
    if contracted is not None:
        over = say(_OVER, kw=number(contracted, 1), hours=number(int((kw > contracted).sum())))
        if contracted < 1.7 * high:
            line = [contracted, contracted]
            marks.append(
                bqplot.Lines(
                    x=[0.0, float(count)], y=line, scales=scales, colors=[BAD], line_style="dashed", stroke_width=1.5
                )
            )
    axis = plain_axis(x_scale, ticks, [number(tick) for tick in ticks], label=say(_HOURS), label_offset="2.4em")
    said = say(
        _SUMMARY, range=view.range, hours=number(count), high=number(high, 2),
        median=number(float(np.median(kw)) if count else None, 2), low=number(float(kw[-1]) if count else None, 2),
        contracted=over, complete=quality.completeness(view),
    )  # fmt: skip
    at = [min(round(part_of * count), count) or 1 for part_of in SHARES] if count else []
    rows = [[number(n), share(of), number(float(kw[n - 1]), 3)] for of, n in zip(SHARES, at, strict=False)]
    title = say(_TITLE)
    twin = Twin(f"{title}, {view.range}", [say(head) for head in _HEADS], rows)
    return part(title, [figure(marks, [axis, y_axis])], said, twin, files=links(view, detail="hour"))
