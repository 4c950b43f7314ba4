"""How power was drawn: peaks, load factor and base load of a frame of intervals.

Power of an interval is its energy ÷ its length, in kW: the mean over a quarter hour, or over an hour where the meter
sends hours. Missing intervals are no zeros and count nowhere.
"""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from portal_lib.metering import frames
from portal_lib.metering.aggregates import aggregate
from portal_lib.metering.bands import BANDS

#: The share of hours that lies below the base load.
BASE_LOAD_PERCENTILE = 5


class Peak(NamedTuple):
    """The highest power and when it was drawn first."""

    kw: float
    at: datetime  # start of its interval, in Rome
    band: str


def peaks(frame: pd.DataFrame) -> dict[str, Peak]:
    """The peak of each band that has a value, and the highest of all as "total"."""
    kw = _kw(frame)
    codes = frames.codes(frame)
    found: dict[str, Peak] = {}
    for name, inside in [*((band, codes == code) for code, band in enumerate(BANDS)), ("total", codes >= 0)]:
        own = np.where(inside & ~np.isnan(kw), kw, -1.0)
        if len(own) and own.max() >= 0:
            place = int(own.argmax())
            found[name] = Peak(float(own[place]), frame.index[place].to_pydatetime(), BANDS[codes[place]])
    return found


def load_factor(frame: pd.DataFrame) -> float | None:
    """Mean power ÷ highest power, over the intervals that are known: 1 is a load that never changes.

    None without a value or without any energy.
    """
    kw = _kw(frame)
    known = ~np.isnan(kw)
    if not known.any() or not kw[known].max():
        return None
    minutes = frame["minutes"].to_numpy(dtype=np.float64)[known]
    mean = float((kw[known] * minutes).sum() / minutes.sum())
    return mean / float(kw[known].max())


def base_load(frame: pd.DataFrame) -> float | None:
    """What is drawn day and night: the 5th percentile of hourly power in kW, over days of which no interval is missing.

    A percentile rather than the lowest hour, so that one hour without current does not make it nothing. None
    without a whole day.
    """
    hours = aggregate(frame, "hour")
    if hours.empty:
        return None
    kwh = hours["kwh"].to_numpy(dtype=np.float64)
    days = frames.days(frames.seconds(hours))
    with_gap = np.unique(days[np.isnan(kwh)])
    whole = kwh[~np.isin(days, with_gap)]
    return float(np.percentile(whole, BASE_LOAD_PERCENTILE)) if len(whole) else None


def _kw(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    kwh: npt.NDArray[np.float64] = frame["kwh"].to_numpy(dtype=np.float64)
    minutes: npt.NDArray[np.float64] = frame["minutes"].to_numpy(dtype=np.float64)
    return kwh * 60.0 / minutes
