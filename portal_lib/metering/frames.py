"""The frame in which readings are handed on: what its index and columns are, and whole Wh out of and into it.

Index "instant": each interval's start in Europe/Rome, strictly increasing. Columns ``kwh`` (kvarh for reactive
magnitudes; NaN where missing), ``band`` (F1, F2, F3, categorical), ``minutes`` (15 or 60) and ``flags``
(:class:`~portal_lib.metering.flags.DayFlag` of the day).
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from portal_lib.clock import ROME
from portal_lib.metering.bands import BANDS
from portal_lib.metering.calendar import DAY_START, FIRST_DAY, IntArray

BAND = pd.CategoricalDtype(list(BANDS))

_INSTANT = pd.DatetimeTZDtype("us", ROME)
_MICROSECONDS = 1_000_000


def instants(seconds: IntArray) -> pd.DatetimeIndex:
    """UTC seconds as instants in Rome."""
    return pd.DatetimeIndex(pd.array(seconds * _MICROSECONDS, dtype=_INSTANT), name="instant", copy=False)


def even_instants(first: int, step: int, count: int) -> pd.DatetimeIndex:
    """Instants in Rome that lie ``step`` seconds apart, from the UTC second ``first`` on."""
    return _even_instants(first, step, count).view()


@lru_cache(maxsize=8)
def _even_instants(first: int, step: int, count: int) -> pd.DatetimeIndex:
    """The curves of a page, or of the fleet, are mostly of one and the same range: they share its instants."""
    begin, step = first * _MICROSECONDS, step * _MICROSECONDS
    row = np.arange(begin, begin + count * step, step, dtype=np.int64)
    return pd.DatetimeIndex(pd.array(row, dtype=_INSTANT), name="instant", copy=False)


def categories(codes: npt.NDArray[np.int8]) -> pd.Categorical:
    """Places in ``BANDS`` as bands; nobody looks whether they are some."""
    return pd.Categorical.from_codes(codes, dtype=BAND, validate=False)


def seconds(frame: pd.DataFrame) -> IntArray:
    """UTC seconds of each interval's start; ``ValueError`` where the index is no instants of one curve."""
    found = frame.index
    if not isinstance(found, pd.DatetimeIndex) or found.tz is None:
        raise ValueError("a curve's index is instants with a time zone")
    if not (found.is_monotonic_increasing and found.is_unique):
        raise ValueError("the instants of a curve are strictly increasing; is this one point and magnitude?")
    return np.asarray(found.as_unit("s").astype("int64"), dtype=np.int64)


def days(at: IntArray) -> IntArray:
    """The local day, as a day number, in which each of these UTC seconds lies."""
    return np.searchsorted(DAY_START, at, side="right") - 1 + FIRST_DAY


def codes(frame: pd.DataFrame) -> IntArray:
    """The place of each interval's band in ``BANDS``."""
    return frame["band"].cat.set_categories(list(BANDS)).cat.codes.to_numpy().astype(np.int64)


def whole_wh(frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Energy in whole Wh, 0 where missing, and where that is. Whole numbers add up exactly, kWh don't."""
    kwh = frame["kwh"].to_numpy(dtype=np.float64)
    missing = np.isnan(kwh)
    return np.rint(np.where(missing, 0.0, kwh) * 1000.0), missing
