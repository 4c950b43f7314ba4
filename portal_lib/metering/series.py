"""A load summed up to what a chart has room for: quarter hours, hours, days or months, each saying how complete it is.

The rules are those of :mod:`portal_lib.metering.aggregates`, so that a chart and an export of the same range agree: an
hour of one point is known where all of it is, a day or a month is the sum of what is known of it. Of several points
together an interval is the sum of those that are known, and says how many are not.
"""

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from portal_lib.metering import frames
from portal_lib.metering.aggregates import first_days
from portal_lib.metering.bands import BANDS
from portal_lib.metering.calendar import IntArray, day_start
from portal_lib.metering.loads import COLUMNS, FloatArray, Load

Detail = Literal["quarter_hour", "hour", "day", "month"]
DETAILS: tuple[Detail, ...] = get_args(Detail)


@dataclass(frozen=True)
class Series:
    """One value for each interval, in the order of time.

    ``starts`` are UTC seconds, ``minutes`` lengths; ``kwh`` is NaN where unknown. ``bands`` has a row for each interval
    and a column for each band. ``band`` is the place in ``BANDS`` of an interval of hours, −1 of days and months.
    ``owed`` and ``known`` count quarter hours of all points; ``flags`` are of everything in the interval together.
    """

    detail: Detail
    starts: IntArray
    minutes: IntArray
    kwh: FloatArray
    bands: FloatArray
    band: IntArray
    owed: IntArray
    known: IntArray
    flags: IntArray

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def kw(self) -> FloatArray:
        """Mean power of each interval."""
        return self.kwh * 60 / np.maximum(self.minutes, 1)

    @property
    def incomplete(self) -> npt.NDArray[np.bool_]:
        """Where something that is owed is not known."""
        return self.known < self.owed

    @property
    def index(self) -> pd.DatetimeIndex:
        """The intervals' starts as instants in Rome."""
        return frames.instants(self.starts)

    def between(self, first: int, last: int) -> "Series":
        """The intervals from one place to another, the last not included."""
        parts = {one.name: getattr(self, one.name) for one in fields(self)}
        return Series(**{name: part if name == "detail" else part[first:last] for name, part in parts.items()})


def series(load: Load, detail: Detail) -> Series:
    """A load in one detail, from the first to the last day that has a reading of it; ``ValueError`` for any other."""
    if detail not in DETAILS:
        raise ValueError(f"details are {', '.join(DETAILS)}, not {detail!r}")
    rows = np.flatnonzero(load.stored)
    chosen = slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)
    return _short(load, chosen, detail) if detail in ("quarter_hour", "hour") else _long(load, chosen, detail)


def _short(load: Load, rows: slice, detail: Detail) -> Series:
    exists, wh, known = load.exists[rows], load.wh[rows], load.known[rows].astype(np.int64)
    owed = np.where(exists, load.owed[rows][:, None], 0)
    by_hour = (-1, COLUMNS // 4, 4)
    hourly = np.repeat(load.minutes[rows] == 60, COLUMNS).reshape(exists.shape)
    if detail == "hour":
        hourly = np.ones_like(hourly)
    first_quarter = np.arange(COLUMNS) % 4 == 0

    def summed(values: npt.NDArray[np.float64] | IntArray) -> npt.NDArray[np.float64]:
        hours = np.repeat(values.reshape(by_hour).sum(axis=2), 4, axis=1)
        return np.where(hourly, hours, values).astype(np.float64)

    keep = exists & (~hourly | first_quarter)
    energy, values, due = summed(wh)[keep], summed(known)[keep], summed(owed)[keep]
    alone = len(load.points) <= 1
    kwh = np.where((values < due) if alone else (values == 0), np.nan, energy / 1000)
    band = load.bands[rows][keep].astype(np.int64)
    in_bands = np.where(band[:, None] == np.arange(len(BANDS)), np.nan_to_num(kwh)[:, None], 0.0)
    return Series(
        detail,
        load.starts[rows][keep],
        np.where(hourly, 60, 15)[keep],
        kwh,
        in_bands,
        band,
        due.astype(np.int64),
        values.astype(np.int64),
        np.broadcast_to(load.flags[rows][:, None], exists.shape)[keep],
    )


def _long(load: Load, rows: slice, detail: Detail) -> Series:
    days, exists = load.days[rows], load.exists[rows]
    per_day = np.stack(
        [np.where(load.bands[rows] == code, load.wh[rows], 0.0).sum(axis=1) for code in range(len(BANDS))], axis=1
    )
    periods = first_days(days, "month") if detail == "month" else days
    turns = np.flatnonzero(np.concatenate(([True], periods[1:] != periods[:-1]))) if len(days) else days

    def summed(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        return np.add.reduceat(values, turns, axis=0) if len(days) else values

    in_bands = np.asarray(summed(per_day), dtype=np.float64) / 1000
    known = np.asarray(summed(load.known[rows].sum(axis=1)), dtype=np.int64)
    flags = np.bitwise_or.reduceat(load.flags[rows], turns) if len(days) else load.flags[rows]
    wh = np.asarray(summed(per_day.sum(axis=1)), dtype=np.float64)
    return Series(
        detail,
        day_start(days[turns] if detail == "day" else np.maximum(periods[turns], days[turns])),
        np.asarray(summed(exists.sum(axis=1) * 15), dtype=np.int64),
        np.where(known > 0, wh / 1000, np.nan),
        in_bands,
        np.full(len(turns), -1, dtype=np.int64),
        np.asarray(summed(exists.sum(axis=1) * load.owed[rows]), dtype=np.int64),
        known,
        flags,
    )
