"""Reading the store back: the curve of one supply point as a frame of intervals, and what is summed up from
it.

Everything is vectorised over whole days; a year of quarter hours takes a few milliseconds. Sums are made in
whole Wh and divided once at the end, so that the total of a year is the total of its days, to the last digit.
"""

from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal_lib.clock import ROME
from portal_lib.metering.bands import BANDS, band_codes
from portal_lib.metering.calendar import (
    DAY_START,
    FIRST_DAY,
    IntArray,
    axis,
    date_of,
    day_number,
    day_start,
    interval_minutes,
)
from portal_lib.metering.flows.reader import MAGNITUDES
from portal_lib.metering.tables import curve_day

Granularity = Literal["quarter_hour", "hour", "day"]

#: In a stored curve: no value for this interval.
MISSING = -(2**31)

_BAND = pd.CategoricalDtype(list(BANDS))

_STORED = sa.and_(
    curve_day.c.point_id == sa.bindparam("point"),
    curve_day.c.magnitude == sa.bindparam("magnitude"),
    curve_day.c.n > 0,
)
_BETWEEN = curve_day.c.day.between(sa.bindparam("first"), sa.bindparam("last"))
_DAYS = (
    sa.select(curve_day.c.day, curve_day.c.n, curve_day.c.flags, curve_day.c.curve)
    .where(_STORED, _BETWEEN)
    .order_by(curve_day.c.day)
)
_SPAN = sa.select(sa.func.min(curve_day.c.day), sa.func.max(curve_day.c.day)).where(_STORED)
_COUNT = sa.select(sa.func.count()).select_from(curve_day).where(_STORED, _BETWEEN)


def read(
    connection: Connection,
    point_id: int,
    first: date,
    last: date,
    magnitude: str = "Ea",
    *,
    october_4_from: date | None = None,
) -> pd.DataFrame:
    """The stored curve of one point, from one competence day to another, both included.

    One row for each interval of each stored day, in the resolution in which it was metered. The index,
    "instant", is each interval's start in Europe/Rome, strictly increasing: the day of 25 hours has both its
    02:00. Columns:

    - ``kwh``: energy of the interval, kWh (kvarh for reactive magnitudes); NaN where missing
    - ``band``: F1, F2 or F3, categorical
    - ``minutes``: length of the interval, 15 or 60
    - ``flags``: :class:`~portal_lib.metering.flags.DayFlag` of the day

    Days that are not stored, or cancelled, are not there. ``ValueError`` for an unknown magnitude.
    """
    rows = connection.execute(_DAYS, _parameters(point_id, magnitude, first, last)).all()
    days = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    counts = np.fromiter((row[1] for row in rows), dtype=np.int64, count=len(rows))
    flags = np.fromiter((row[2] for row in rows), dtype=np.int64, count=len(rows))
    stored = np.frombuffer(b"".join([row[3] for row in rows]), dtype="<i4")
    kwh = stored / 1000.0
    kwh[stored == MISSING] = np.nan
    codes = band_codes(days, counts, october_4_from=october_4_from)
    return pd.DataFrame(
        {
            "kwh": kwh,
            "band": pd.Categorical.from_codes(codes, dtype=_BAND, validate=False),
            "minutes": np.repeat(interval_minutes(days, counts), counts),
            "flags": np.repeat(flags, counts),
        },
        index=_instants(axis(days, counts)),
        copy=False,
    )


def span(connection: Connection, point_id: int, magnitude: str = "Ea") -> tuple[date, date] | None:
    """The first and the last day stored of a point; None where there is none."""
    first, last = connection.execute(_SPAN, _parameters(point_id, magnitude)).one()
    return None if first is None else (date_of(first), date_of(last))


def day_count(connection: Connection, point_id: int, first: date, last: date, magnitude: str = "Ea") -> int:
    """How many days of a point are stored between two days, both included; cancelled days don't count."""
    return int(connection.execute(_COUNT, _parameters(point_id, magnitude, first, last)).scalar_one())


def aggregate(frame: pd.DataFrame, granularity: Granularity) -> pd.DataFrame:
    """A frame as :func:`read` gives it, summed up.

    - "quarter_hour": as it is; what was metered by the hour stays so.
    - "hour": one row for each real hour, the same columns; NaN where any part of the hour is missing, and where the
      frame holds only some of its quarter hours.
    - "day": index Rome midnights; ``kwh``, ``F1``, ``F2``, ``F3``, ``flags`` of all intervals together, ``missing``
      intervals. Sums skip missing intervals: a day without any value sums to 0 with all its intervals
      missing.

    ``ValueError`` where the index is not strictly increasing, as when frames of several points were put
    together.
    """
    if granularity == "quarter_hour":
        return frame
    if not (frame.index.is_monotonic_increasing and frame.index.is_unique):
        raise ValueError("the instants of a curve are strictly increasing; is this one point and magnitude?")
    if granularity == "hour":
        return _by_hour(frame)
    if granularity == "day":
        return _by_day(frame)
    raise ValueError(f"granularity is quarter_hour, hour or day, not {granularity!r}")


def band_totals(frame: pd.DataFrame) -> pd.Series:
    """kWh of a frame of intervals in each band and in total, by F1, F2, F3, total; missing intervals are skipped."""
    energy, _ = _whole_wh(frame)
    bands = _sum_by(_codes(frame), energy, len(BANDS))
    return pd.Series([*bands, bands.sum()], index=[*BANDS, "total"], name="kwh") / 1000.0


def _by_hour(frame: pd.DataFrame) -> pd.DataFrame:
    seconds = _seconds(frame)
    hours = seconds - seconds % 3600  # Rome is whole hours from UTC, so its hours are UTC's
    firsts, groups = _groups(hours)
    energy, missing = _whole_wh(frame)
    minutes = _sum_by(groups, frame["minutes"].to_numpy(), len(firsts))
    gaps = _sum_by(groups, missing, len(firsts))
    kwh = _sum_by(groups, energy, len(firsts)) / 1000.0
    kwh[(gaps > 0) | (minutes != 60)] = np.nan
    return pd.DataFrame(
        {
            "kwh": kwh,
            "band": pd.Categorical.from_codes(_codes(frame)[firsts], dtype=_BAND),
            "minutes": np.full(len(firsts), 60, dtype=np.int64),
            "flags": _together(frame, firsts),
        },
        index=_instants(hours[firsts]),
    )


def _by_day(frame: pd.DataFrame) -> pd.DataFrame:
    days = np.searchsorted(DAY_START, _seconds(frame), side="right") - 1 + FIRST_DAY
    firsts, groups = _groups(days)
    energy, missing = _whole_wh(frame)
    in_bands = _sum_by(groups * len(BANDS) + _codes(frame), energy, len(firsts) * len(BANDS))
    in_bands = in_bands.reshape(-1, len(BANDS))
    return pd.DataFrame(
        {
            "kwh": in_bands.sum(axis=1) / 1000.0,
            **{band: in_bands[:, code] / 1000.0 for code, band in enumerate(BANDS)},
            "flags": _together(frame, firsts),
            "missing": _sum_by(groups, missing, len(firsts)).astype(np.int64),
        },
        index=_instants(day_start(days[firsts])),
    )


def _parameters(point_id: int, magnitude: str, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    if magnitude not in MAGNITUDES:
        raise ValueError(f"magnitudes are {', '.join(MAGNITUDES)}, not {magnitude!r}")
    parameters: dict[str, Any] = {"point": point_id, "magnitude": magnitude}
    if first is not None and last is not None:
        parameters |= {"first": day_number(first), "last": day_number(last)}
    return parameters


def _instants(seconds: IntArray) -> pd.DatetimeIndex:
    """UTC seconds as instants in Rome."""
    utc = pd.DatetimeIndex((seconds * 1_000_000).view("M8[us]"), name="instant")
    return utc.tz_localize("UTC").tz_convert(ROME)


def _seconds(frame: pd.DataFrame) -> IntArray:
    instants = frame.index
    if not isinstance(instants, pd.DatetimeIndex) or instants.tz is None:
        raise ValueError("a curve's index is instants with a time zone")
    return np.asarray(instants.as_unit("s").astype("int64"), dtype=np.int64)


def _codes(frame: pd.DataFrame) -> IntArray:
    return frame["band"].cat.set_categories(list(BANDS)).cat.codes.to_numpy().astype(np.int64)


def _whole_wh(frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Energy in whole Wh, 0 where missing, and where that is. Whole numbers add up exactly, kWh don't."""
    kwh = frame["kwh"].to_numpy(dtype=np.float64)
    missing = np.isnan(kwh)
    return np.rint(np.where(missing, 0.0, kwh) * 1000.0), missing


def _groups(keys: IntArray) -> tuple[IntArray, IntArray]:
    """For increasing keys: where each different one first stands, and for every place the number of its key."""
    starts = np.concatenate(([True], keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, dtype=np.bool_)
    return np.flatnonzero(starts), np.cumsum(starts) - 1


def _sum_by(groups: IntArray, values: npt.NDArray[Any], count: int) -> npt.NDArray[np.float64]:
    """Sums of values by group number; exact, since whole numbers below 2⁵³ are in a float64."""
    return np.bincount(groups, weights=values, minlength=count).astype(np.float64, copy=False)


def _together(frame: pd.DataFrame, firsts: IntArray) -> IntArray:
    """Every flag that any interval of a group has."""
    flags = frame["flags"].to_numpy().astype(np.int64)
    return np.bitwise_or.reduceat(flags, firsts) if len(firsts) else flags
