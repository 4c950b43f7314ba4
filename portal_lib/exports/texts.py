"""An export as text, a chunk at a time: CSV for Italian spreadsheets, CSV for programs, JSON.

- CSV ``it``: UTF-8 with byte order mark, semicolons, CR LF, decimal comma, days as ``dd/mm/yyyy``.
- CSV ``iso``: UTF-8, commas, LF, decimal point, instants as ISO 8601 with their offset.
- JSON: one object with ``columns`` and ``data``, as pandas reads it; nothing is a float that was not metered.

An empty cell (JSON: null) is a value that is missing, never a zero.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from portal_lib.exports.asked import Asked
from portal_lib.exports.pieces import Piece, readings, stretches
from portal_lib.exports.rows import Cells, fixed_columns, heads, quality, rows, whens_of
from portal_lib.metering.bands import BANDS
from portal_lib.visitor import Door

#: Characters that are put together before they are handed on.
_CHUNK = 128 * 1024


@dataclass(frozen=True)
class _Form:
    """How a row of an interval is put together: what stands before, between and after its values."""

    pod: str
    when: str  # of day and hour or of the instant, and the minutes
    band: str
    point: str
    missing: str
    quality: str


_FORMS = {
    "it": _Form("{};", "{};{};{};", "{};", ",", "", ";{}\r\n"),
    "iso": _Form("{},", "{},{},", "{},", ".", "", ",{}\n"),
    "json": _Form('["{}", ', '"{}", {}, ', '"{}", ', ".", "null", ', "{}"],\n'),
}


def csv(door: Door, asked: Asked, wanted: Iterable[Piece]) -> Iterator[str]:
    """The export as CSV. Nothing needs quoting: PODs, numbers and our own words are all there is."""
    separator, end, point = (";", "\r\n", ",") if asked.style == "it" else (",", "\n", ".")
    yield ("\ufeff" if asked.style == "it" else "") + separator.join(heads(asked)) + end

    def line(row: Cells) -> str:
        energies = ["" if wh is None else thousandth(wh, point) for wh in row.energies]
        counts = ["" if count is None else str(count) for count in row.counts]
        return separator.join((*row.texts, *energies, *counts, row.quality)) + end

    yield from _together(door, asked, wanted, line, asked.style)


def as_json(
    door: Door, asked: Asked, wanted: Iterable[Piece], *, pages: int, next_page: str | None = None
) -> Iterator[str]:
    """The export as one JSON object; ``next_page`` is the address of the page that follows."""
    paging = {"page": asked.page, "pages": pages, "next": next_page} if asked.page is not None else {}
    head = json.dumps({**fixed_columns(asked), **paging, "columns": heads(asked)}, ensure_ascii=False)
    yield head[:-1] + ', "data": [\n'

    def line(row: Cells) -> str:
        texts = [f'"{text}"' for text in row.texts]
        energies = ["null" if wh is None else thousandth(wh, ".") for wh in row.energies]
        counts = ["null" if count is None else str(count) for count in row.counts]
        return f'[{", ".join((*texts, *energies, *counts))}, "{row.quality}"],\n'

    held = ""
    for chunk in _together(door, asked, wanted, line, "json"):
        yield held
        held = chunk
    # The last row has no comma after it.
    yield held.removesuffix(",\n") + "\n]}\n"


def thousandth(wh: int, point: str) -> str:
    """Whole Wh as kWh, by digits: nothing is rounded."""
    whole, rest = divmod(abs(wh), 1000)
    return f"{'-' if wh < 0 else ''}{whole}{point}{rest:03d}"


def _together(
    door: Door, asked: Asked, wanted: Iterable[Piece], line: Callable[[Cells], str], form: str
) -> Iterator[str]:
    held: list[str] = []
    size = 0
    for piece in stretches(wanted):
        if asked.step in ("quarto", "ora"):
            text = _intervals(asked, piece, readings(door, asked, piece), form)
        else:
            text = "".join(map(line, rows(door, asked, piece)))
        held.append(text)
        size += len(text)
        if size >= _CHUNK:
            yield "".join(held)
            held, size = [], 0
    if size:
        yield "".join(held)


def _intervals(asked: Asked, piece: Piece, frame: pd.DataFrame, form: str) -> str:
    """The rows of intervals: the bulk of every long export, so each is one string put together once."""
    if frame.empty:
        return ""
    written = _FORMS[form]
    pod, point, missing = written.pod.format(piece.pod), written.point, written.missing
    whens = whens_of(frame, asked.style, written.when)
    band_codes = frame["band"].cat.codes.to_numpy()
    bands = np.array([written.band.format(band) for band in BANDS], dtype=object)[band_codes]
    ends = [written.quality.format(quality(flags, asked.style)) for flags in frame["flags"].tolist()]
    wh = np.rint(np.nan_to_num(frame["kwh"].to_numpy(dtype=np.float64), nan=0.0) * 1000).astype(np.int64)
    whole, rest = np.divmod(wh, 1000)  # a curve has no energy below zero
    values = [f"{kwh}{point}{part:03d}" for kwh, part in zip(whole.tolist(), rest.tolist(), strict=True)]
    for place in np.flatnonzero(np.isnan(frame["kwh"].to_numpy(dtype=np.float64))).tolist():
        values[place] = missing
    return "".join(
        [f"{pod}{when}{band}{value}{end}" for when, band, value, end in zip(whens, bands, values, ends, strict=True)]
    )
