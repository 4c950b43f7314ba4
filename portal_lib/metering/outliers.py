"""Days that are out of line with a point's own past: a pump that ran all night, a meter that counts double.

Each day is held against the same weekday of the weeks before. Medians are used throughout, so that a strange day makes
neither itself nor those after it look normal.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

#: As many weeks before are looked at; so many of them must be there for a day to be judged.
WEEKS, AT_LEAST = 8, 4

#: The median absolute deviation of normally distributed values, times this, is their standard deviation.
_TO_DEVIATIONS = 1.4826

#: No point is so regular that less than this share of its usual use would be strange.
_LEAST_SPREAD = 0.02


def outliers(days: pd.DataFrame, *, above: float = 5.0) -> pd.DataFrame:
    """The days of each point that deviate from its own past, the strangest first.

    ``days`` is as ``StaffDoor.fleet(…, "day")`` gives it: index the Rome midnight, columns ``pod``, ``kwh`` and
    ``missing``; days with missing intervals are neither judged nor held against. The result has ``pod``, ``day``,
    ``kwh``, ``expected`` (median of the same weekday in the eight weeks before) and ``score``: how many standard
    deviations, estimated from those weeks, the day lies away; those of more than ``above``, either way.
    """
    found = [_of_point(str(pod), own, above) for pod, own in days.groupby("pod", observed=True)]
    columns = ["pod", "day", "kwh", "expected", "score"]
    table = pd.concat(found) if found else pd.DataFrame(columns=columns)
    order = table["score"].abs().sort_values(ascending=False).index
    return table.loc[order, columns].reset_index(drop=True)


def _of_point(pod: str, own: pd.DataFrame, above: float) -> pd.DataFrame:
    at = pd.DatetimeIndex(own.index).tz_localize(None).normalize()
    whole = own["kwh"].where(own["missing"] == 0).to_numpy(dtype=np.float64)
    every = pd.date_range(at.min(), at.max(), freq="D") if len(at) else at
    kwh = pd.Series(whole, index=at).reindex(every).to_numpy(dtype=np.float64)
    past = np.full((WEEKS, len(kwh)), np.nan)
    for week in range(1, WEEKS + 1):
        past[week - 1, 7 * week :] = kwh[: len(kwh) - 7 * week] if len(kwh) > 7 * week else []
    enough = (~np.isnan(past)).sum(axis=0) >= AT_LEAST
    expected = _median(past, enough)
    spread = _TO_DEVIATIONS * _median(np.abs(past - expected), enough)
    spread = np.maximum(spread, _LEAST_SPREAD * np.abs(expected))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (kwh - expected) / spread
    strange = np.flatnonzero(np.abs(score) > above)
    return pd.DataFrame(
        {
            "pod": pod,
            "day": every[strange].date,
            "kwh": kwh[strange],
            "expected": expected[strange],
            "score": score[strange],
        },
        index=pd.RangeIndex(0) if not len(strange) else [f"{pod}/{place}" for place in strange],
    )


def _median(values: npt.NDArray[np.float64], where: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    found = np.full(values.shape[1], np.nan)
    if where.any():
        found[where] = np.nanmedian(values[:, where], axis=0)
    return found
