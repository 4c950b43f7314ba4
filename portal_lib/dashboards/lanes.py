"""Lanes below a chart's bars: one for each band, and one for what is missing, estimated or corrected.

A band is told by its place and not by its colour alone; so is the quality of a reading, by its stroke. Days and months
have the lane of quality alone, since each of their bars has all bands.
"""

from collections.abc import Sequence
from typing import Any

import bqplot
import numpy as np
import numpy.typing as npt

from portal_lib.dashboards.figures import BAD, BAND_PAINT, MUTED, WARN
from portal_lib.dashboards.ticks import labelled
from portal_lib.dashboards.words import say
from portal_lib.language import Said
from portal_lib.metering.bands import BANDS
from portal_lib.metering.flags import DayFlag
from portal_lib.metering.series import Series

#: The part of the figure's height that all lanes take, or that of quality alone, and where each lies in it.
ROOM, ONE_LANE = 0.17, 0.06
_AT = (0.138, 0.102, 0.066, 0.024)
_QUALITY = Said("qual.", "qual.")


def lanes(
    of: Series, x: npt.NDArray[np.float64], step: float, x_scale: bqplot.Scale, *, bands: bool
) -> tuple[Sequence[bqplot.Mark], bqplot.Axis]:
    """Strokes under the intervals at ``x``, each ``step`` wide, and the axis that names them."""
    scale = bqplot.LinearScale(min=0.0, max=1.0)
    scales = {"x": x_scale, "y": scale}
    marks = [
        _lines([(of.band == code, _AT[code]) for code in range(len(BANDS))], x, step, scales, BAND_PAINT, 6)
    ] * bands
    estimated, corrected = ((of.flags & int(flag)) > 0 for flag in (DayFlag.ESTIMATED, DayFlag.CORRECTED))
    looks = [(of.incomplete, BAD, 6, "solid"), (estimated, WARN, 4, "dashed"), (corrected, MUTED, 4, "dotted")]
    marks += [
        _lines([(where, _AT[3])], x, step, scales, [paint], width, style)
        for where, paint, width, style in looks
        if where.any()
    ]
    names = {**(dict(zip(_AT, BANDS, strict=False)) if bands else {}), _AT[3]: say(_QUALITY)}
    axis = bqplot.Axis(scale=scale, orientation="vertical", grid_lines="none", **labelled(names, names.values()))
    return marks, axis


def _lines(
    lanes: Sequence[tuple[npt.NDArray[np.bool_], float]],
    x: npt.NDArray[np.float64],
    step: float,
    scales: dict[str, Any],
    colors: Sequence[str],
    width: float,
    style: str = "solid",
) -> bqplot.Lines:
    """For each lane, a horizontal stroke at its height for each run of intervals."""
    drawn = [_runs(where, x, step, height) for where, height in lanes]
    xs, ys = (np.full((len(drawn), max(len(one[0]) for one in drawn)), fill) for fill in (x[-1], np.nan))
    for row, (places, heights) in enumerate(drawn):
        xs[row, : len(places)], ys[row, : len(heights)] = places, heights
    look = {"colors": list(colors), "stroke_width": width, "line_style": style}
    return bqplot.Lines(x=xs, y=ys, scales=scales, **look)


def _runs(
    where: npt.NDArray[np.bool_], x: npt.NDArray[np.float64], step: float, height: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Start, end and gap of each run: a gap in y, not in x, is what breaks a line."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], where, [False])).astype(np.int8)))
    starts, ends = x[edges[::2]] - step / 2, x[edges[1::2] - 1] + step / 2
    places = np.column_stack((starts, ends, ends)).ravel()
    heights = np.tile((height, height, np.nan), len(starts))
    return places, heights
