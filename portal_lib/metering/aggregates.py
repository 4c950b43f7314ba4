"""What is summed up from a frame of intervals: hours, days, weeks, months, years and bands.

Sums are made in whole Wh and divided once at the end, so that the total of a year is the total of its days, to the last
digit. Energy is never lost and never counted twice: an interval lies in one hour, one local day, one week, and so on.
"""

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from portal_lib.metering import frames
from portal_lib.metering.bands import BANDS
from portal_lib.metering.calendar import IntArray, day_start

Granularity = Literal["quarter_hour", "hour", "day", "week", "month", "year"]

#: The periods of whole local days.
Period = Literal["day", "week", "month", "year"]


def aggregate(frame: pd.DataFrame, granularity: Granularity) -> pd.DataFrame:
    """A frame as :func:`portal_lib.metering.curves.read` gives it, summed up.

    - "quarter_hour": as it is; what was metered by the hour stays so.
    - "hour": one row for each real hour, the same columns; NaN where any part of the hour is missing, and where the
      frame holds only some of its quarter hours.
    - "day", "week" (ISO: from Monday), "month", "year": index the Rome midnight with which the period begins, one row
      for each that has a day in the frame; ``kwh``, ``F1``, ``F2``, ``F3``, ``flags`` of all intervals together,
      ``missing`` intervals. Sums skip missing intervals: a day without any value sums to 0 with all its intervals
      missing; a day that is not in the frame counts nowhere (see :mod:`portal_lib.metering.coverage`).

    ``ValueError`` where the index is not strictly increasing, as when frames of several points were put
    together.
    """
    if granularity not in get_args(Granularity):
        raise ValueError(f"granularity is one of {', '.join(get_args(Granularity))}, not {granularity!r}")
    if granularity == "quarter_hour":
        return frame
    starts = frames.seconds(frame)
    return _by_hour(frame, starts) if granularity == "hour" else _by_period(frame, starts, granularity)


def band_totals(frame: pd.DataFrame) -> pd.Series:
    """kWh of a frame of intervals in each band and in total, by F1, F2, F3, total; missing intervals are skipped."""
    energy, _ = frames.whole_wh(frame)
    bands = _sum_by(frames.codes(frame), energy, len(BANDS))
    return pd.Series([*bands, bands.sum()], index=[*BANDS, "total"], name="kwh") / 1000.0


def first_days(days: IntArray, period: Period) -> IntArray:
    """The first day of the day, ISO week, month or year that each day number lies in."""
    if period == "day":
        return days
    if period == "week":
        return days - (days + 3) % 7  # 1970-01-01 was a Thursday
    dates = days.astype("datetime64[D]").astype("datetime64[M]" if period == "month" else "datetime64[Y]")
    return dates.astype("datetime64[D]").astype(np.int64)


def _by_hour(frame: pd.DataFrame, starts: IntArray) -> pd.DataFrame:
    hours = starts - starts % 3600  # Rome is whole hours from UTC, so its hours are UTC's
    firsts, groups = _groups(hours)
    energy, missing = frames.whole_wh(frame)
    minutes = _sum_by(groups, frame["minutes"].to_numpy(), len(firsts))
    gaps = _sum_by(groups, missing, len(firsts))
    kwh = _sum_by(groups, energy, len(firsts)) / 1000.0
    kwh[(gaps > 0) | (minutes != 60)] = np.nan
    return pd.DataFrame(
        {
            "kwh": kwh,
            "band": frames.categories(frames.codes(frame)[firsts].astype(np.int8)),
            "minutes": np.full(len(firsts), 60, dtype=np.int64),
            "flags": _together(frame, firsts),
        },
        index=frames.instants(hours[firsts]),
    )


def _by_period(frame: pd.DataFrame, starts: IntArray, period: Period) -> pd.DataFrame:
    periods = first_days(frames.days(starts), period)
    firsts, groups = _groups(periods)
    energy, missing = frames.whole_wh(frame)
    in_bands = _sum_by(groups * len(BANDS) + frames.codes(frame), energy, len(firsts) * len(BANDS))
    in_bands = in_bands.reshape(-1, len(BANDS))
    return pd.DataFrame(
        {
            "kwh": in_bands.sum(axis=1) / 1000.0,
            **{band: in_bands[:, code] / 1000.0 for code, band in enumerate(BANDS)},
            "flags": _together(frame, firsts),
            "missing": _sum_by(groups, missing, len(firsts)).astype(np.int64),
        },
        index=frames.instants(day_start(periods[firsts])),
    )


def _groups(keys: IntArray) -> tuple[IntArray, IntArray]:
    """For increasing keys: where each different one first stands, and for every place the number of its key."""
    starts = np.concatenate(([True], keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, dtype=np.bool_)
    return np.flatnonzero(starts), np.cumsum(starts) - 1


def _sum_by(groups: IntArray, values: npt.NDArray[Any], count: int) -> npt.NDArray[np.float64]:
    """Sums of values by group number; exact, since whole numbers below 2⁵³ are in a float64."""
    return np.bincount(groups, weights=values, minlength=count).astype(np.float64, copy=False)


def _together(frame: pd.DataFrame, firsts: IntArray) -> npt.NDArray[np.int64]:
    """Every flag that any interval of a group has."""
    flags = frame["flags"].to_numpy().astype(np.int64, copy=False)
    return np.bitwise_or.reduceat(flags, firsts) if len(firsts) else flags
