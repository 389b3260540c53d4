"""Quantiles of a few hundred draws, compiled: by counting, which is faster than to sort them."""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled

HALVINGS = 40  # of the range, after which draws that are still together are sorted


@compiled
def quantile(values: Floats, level: float) -> float:
    """Between the two nearest order statistics, as `numpy.quantile` has it; nan where a value is.

    Args:
        values: Shape (d,).
        level: In [0, 1].
    """
    low, high = values[0], values[0]
    known = True
    for j in range(values.size):
        known &= not math.isnan(values[j])
        low, high = min(low, values[j]), max(high, values[j])
    if not known:
        return math.nan
    place = level * (values.size - 1)
    rank = int(place)
    below, within = 0, values.size  # how many lie below `low`, and below `high`
    for _ in range(HALVINGS):
        middle = low + 0.5 * (high - low)
        count = 0
        for j in range(values.size):
            count += values[j] < middle
        if count <= rank:
            low, below = middle, count
        else:
            high, within = middle, count
        if within - below <= 1:
            break
    if within - below > 1:  # ties, or draws of very different sizes
        ordered = np.sort(values)
        at, after = float(ordered[rank]), float(ordered[min(rank + 1, values.size - 1)])
        return at + (place - rank) * (after - at)
    # what is at that rank is the only draw between the two, and so the least from `low` on
    at = math.inf
    for j in range(values.size):
        at = min(at, values[j] if values[j] >= low else math.inf)
    after = math.inf
    for j in range(values.size):
        after = min(after, values[j] if values[j] > at else math.inf)
    return at if after == math.inf else at + (place - rank) * (after - at)
