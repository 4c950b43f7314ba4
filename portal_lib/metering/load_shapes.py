"""Points by the shape of their load, whatever its size: offices, shops, street lamps, what never rests.

A shape is the mean power of the 24 hours of a working day and of the 24 of a free day (Saturdays, Sundays), divided by
the mean of all 48. Points of like shape are put together by k-means, which begins with shapes far apart and so gives
the same groups each time.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]

#: The columns of a shape: w00 to w23 on working days, f00 to f23 on free ones.
HOURS = [f"{kind}{hour:02d}" for kind in "wf" for hour in range(24)]

_ROUNDS = 100
#: Squared distances below this are rounding.
_ALIKE = 1e-12


def shapes(hours: pd.DataFrame) -> pd.DataFrame:
    """The shape of each point, by POD, one column for each of :data:`HOURS`.

    ``hours`` is as ``StaffDoor.fleet(…, "hour")`` gives it: index Rome instants, columns ``pod`` and ``kwh``; missing
    hours count nowhere. Points without any energy, or without a value for one of the 48 hours, are left out.
    """
    index = pd.DatetimeIndex(hours.index)
    kinds = np.where(index.day_of_week < 5, 0, 24) + index.hour
    means = hours["kwh"].groupby([hours["pod"], kinds], observed=True).mean().unstack()
    means = means.reindex(columns=range(48)).dropna()
    means.columns = pd.Index(HOURS)
    means.index = pd.Index(means.index.astype(str), name="pod")
    whole = means.mean(axis=1)
    return means[whole > 0].div(whole[whole > 0], axis=0)


def groups(found: pd.DataFrame, count: int = 4) -> pd.Series:
    """The group of each point, 1 to ``count``, the largest first; fewer where there are fewer different shapes."""
    points = found.to_numpy(dtype=np.float64)
    if not len(points):
        return pd.Series([], index=found.index, name="group", dtype="int64")
    centres = _far_apart(points, count)
    nearest = np.zeros(len(points), dtype=np.int64)
    for _ in range(_ROUNDS):
        before, nearest = nearest, _distances(points, centres).argmin(axis=1)
        taken = np.unique(nearest)
        centres = np.stack([points[nearest == one].mean(axis=0) for one in taken])
        nearest = np.searchsorted(taken, nearest)
        if (before == nearest).all():
            break
    sizes = np.bincount(nearest, minlength=1)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(1, len(sizes) + 1)
    return pd.Series(rank[nearest], index=found.index, name="group", dtype="int64")


def _far_apart(points: FloatArray, count: int) -> FloatArray:
    """Points to begin with: the most usual one, then each time the one farthest from all before."""
    chosen = [int(np.abs(points - np.median(points, axis=0)).sum(axis=1).argmin())]
    while len(chosen) < min(count, len(points)):
        away = _distances(points, points[chosen]).min(axis=1)
        if away.max() <= _ALIKE:
            break
        chosen.append(int(away.argmax()))
    return points[chosen]


def _distances(points: FloatArray, centres: FloatArray) -> FloatArray:
    found: FloatArray = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return found
