"""The rows of an export: one for each interval, day or month of each point, in whole Wh (varh) until it is written."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from portal_lib.clock import ROME
from portal_lib.dashboards import italian
from portal_lib.exports.asked import Asked, Style
from portal_lib.exports.pieces import Piece, months, readings
from portal_lib.metering.bands import BANDS
from portal_lib.metering.flags import DayFlag
from portal_lib.visitor import Door

_QUALITY: dict[Style, tuple[tuple[DayFlag, str], ...]] = {
    "it": (
        (DayFlag.ESTIMATED, "stimato"),
        (DayFlag.NOT_VALIDATED, "non validato"),
        (DayFlag.CORRECTED, "rettificato"),
        (DayFlag.CUSTOMER_EXPORT, "da esportazione del cliente"),
    ),
    "iso": (
        (DayFlag.ESTIMATED, "estimated"),
        (DayFlag.NOT_VALIDATED, "not_validated"),
        (DayFlag.CORRECTED, "corrected"),
        (DayFlag.CUSTOMER_EXPORT, "customer_export"),
    ),
}
_MEASURED: dict[Style, str] = {"it": "misurato", "iso": "measured"}


class Cells(NamedTuple):
    """One row: texts as they are, energies in whole Wh (varh) or None, counts or None."""

    texts: tuple[str, ...]  # POD, then when, and of intervals minutes and band
    energies: tuple[int | None, ...]
    counts: tuple[int | None, ...]
    quality: str


def heads(asked: Asked) -> tuple[str, ...]:
    """The columns' names: Italian for people, machine names for programs."""
    unit = asked.unit
    if asked.step in ("quarto", "ora"):
        if asked.style == "iso":
            return ("pod", "start", "minutes", "band", unit.lower(), "quality")
        return ("POD", "Giorno", "Ora di inizio", "Minuti", "Fascia", unit, "Qualità")
    energies = (unit, *(f"{unit} {band}" for band in BANDS))
    if asked.style == "iso":
        names = [name.lower().replace(" ", "_") for name in energies]
        if asked.step == "giorno":
            return ("pod", "day", *names, "missing_intervals", "quality")
        return ("pod", "month", *names, "days", "expected_days", "missing_intervals", "quality")
    if asked.step == "giorno":
        return ("POD", "Giorno", *energies, "Intervalli mancanti", "Qualità")
    return ("POD", "Mese", *energies, "Giorni con letture", "Giorni attesi", "Intervalli mancanti", "Qualità")


def rows(door: Door, asked: Asked, piece: Piece) -> Iterator[Cells]:
    """The rows of one piece, in the order of time."""
    if asked.step == "mese":
        return _months(door, asked, piece)
    frame = readings(door, asked, piece)
    return _intervals(asked, piece, frame) if asked.step in ("quarto", "ora") else _days(asked, piece, frame)


def _intervals(asked: Asked, piece: Piece, frame: pd.DataFrame) -> Iterator[Cells]:
    if frame.empty:
        return
    qualities = _qualities(frame, asked.style)
    for when, minutes, band, wh, quality in zip(
        _instants(pd.DatetimeIndex(frame.index), asked.style),
        map(str, frame["minutes"].tolist()),
        frame["band"].tolist(),
        _whole(frame["kwh"]),
        qualities,
        strict=True,
    ):
        yield Cells((piece.pod, *when, minutes, band), (wh,), (), quality)


def _days(asked: Asked, piece: Piece, frame: pd.DataFrame) -> Iterator[Cells]:
    energies = zip(*(_whole(frame[column]) for column in ("kwh", *BANDS)), strict=True)
    for stamp, wh, missing, quality in zip(
        pd.DatetimeIndex(frame.index), energies, frame["missing"].tolist(), _qualities(frame, asked.style), strict=True
    ):
        yield Cells((piece.pod, _day(stamp.date(), asked.style)), wh, (missing,), quality)


def _months(door: Door, asked: Asked, piece: Piece) -> Iterator[Cells]:
    for month in months(door, asked, piece):
        name = f"{month.first:%Y-%m}" if asked.style == "iso" else f"{month.first:%m/%Y}"
        energies = tuple(None if kwh is None else round(kwh * 1000) for kwh in (month.total, *month.bands))
        yield Cells(
            (piece.pod, name),
            energies,
            (month.days, month.expected, month.missing),
            quality(month.flags, asked.style),
        )


@lru_cache(maxsize=512)
def quality(flags: int, style: Style) -> str:
    """How a day's values came to be, in words."""
    words = [word for flag, word in _QUALITY[style] if flags & flag]
    if not flags & DayFlag.ESTIMATED:
        words.insert(0, _MEASURED[style])
    return ("+" if style == "iso" else ", ").join(words)


def _qualities(frame: pd.DataFrame, style: Style) -> Iterator[str]:
    return (quality(flags, style) for flags in frame["flags"].tolist())


def _whole(kwh: "pd.Series[float]") -> Sequence[int | None]:
    """Whole Wh; None where the value is missing."""
    values = kwh.to_numpy(dtype=np.float64) * 1000
    gaps = np.isnan(values)
    if not gaps.any():
        whole: list[int | None] = np.rint(values).astype(np.int64).tolist()
        return whole
    return [None if gap else round(value) for value, gap in zip(values.tolist(), gaps.tolist(), strict=True)]


def _instants(index: pd.DatetimeIndex, style: Style) -> Sequence[tuple[str, ...]]:
    """When each interval starts: ISO 8601 with its offset, or day and hour as an Italian reads them."""
    seconds = index.as_unit("s").asi8
    step = int(seconds[1] - seconds[0]) if len(seconds) > 1 else 3600
    if int(seconds[-1] - seconds[0]) == step * (len(seconds) - 1):
        return _even(int(seconds[0]), step, len(seconds), style)
    return [_when(stamp.to_pydatetime(), style) for stamp in index]


@lru_cache(maxsize=48)
def _even(first: int, step: int, count: int, style: Style) -> Sequence[tuple[str, ...]]:
    """Points share their months: what a month's instants are called is found once."""
    return [_when(datetime.fromtimestamp(first + place * step, ROME), style) for place in range(count)]


def _when(instant: datetime, style: Style) -> tuple[str, ...]:
    if style == "iso":
        return (instant.isoformat(),)
    return (italian.day(instant), italian.hour(instant))


def whens_of(frame: pd.DataFrame, style: Style, form: str) -> Sequence[str]:
    """When each interval starts and how many minutes it lasts, put into ``form``."""
    minutes = frame["minutes"].to_numpy()
    seconds = pd.DatetimeIndex(frame.index).as_unit("s").asi8
    step = int(minutes[0]) * 60
    if int(seconds[-1] - seconds[0]) == step * (len(seconds) - 1) and bool((minutes == minutes[0]).all()):
        return _even_whens(int(seconds[0]), step, len(seconds), style, form)
    names = _instants(pd.DatetimeIndex(frame.index), style)
    return [form.format(*when, length) for when, length in zip(names, minutes.tolist(), strict=True)]


@lru_cache(maxsize=6)
def _even_whens(first: int, step: int, count: int, style: Style, form: str) -> Sequence[str]:
    """Points share their years: what a year's instants are called is found once."""
    minutes = step // 60
    return [
        form.format(*_when(datetime.fromtimestamp(first + place * step, ROME), style), minutes)
        for place in range(count)
    ]


def _day(day: date, style: Style) -> str:
    return day.isoformat() if style == "iso" else italian.day(day)


def fixed_columns(asked: Asked) -> dict[str, Any]:
    """What is the same for the whole export, for whoever writes it with a head of its own."""
    return {
        "magnitude": asked.magnitude,
        "unit": asked.unit,
        "from": asked.first.isoformat(),
        "to": asked.end.isoformat(),
        "step": asked.step,
    }
