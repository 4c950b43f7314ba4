"""A long series cut down to what a screen can show: of each column of pixels the lowest and the highest value.

Peaks and gaps stay where they are, which sampling and averaging don't grant. What comes out is for drawing only: sums
and means of it are wrong.
"""

import numpy as np
import numpy.typing as npt

from portal_lib.metering.calendar import IntArray


def min_max(values: npt.NDArray[np.float64], columns: int) -> IntArray:
    """Places of the values to draw, in order: of ``columns`` even parts each one's lowest, highest and first gap (NaN).

    All places where there are no more than twice as many values as columns.
    """
    count = len(values)
    if columns < 1:
        raise ValueError("a chart has at least one column")
    if count <= 2 * columns:
        return np.arange(count)
    width = -(-count // columns)
    padded = np.full(width * -(-count // width), np.nan)
    padded[:count] = values
    table = padded.reshape(-1, width)
    begins = np.arange(len(table)) * width
    gaps = np.isnan(table)
    lowest = np.where(gaps, np.inf, table).argmin(axis=1) + begins
    highest = np.where(gaps, -np.inf, table).argmax(axis=1) + begins
    chosen = np.concatenate((lowest, highest, (gaps.argmax(axis=1) + begins)[gaps.any(axis=1)], [0, count - 1]))
    return np.unique(chosen[chosen < count])
