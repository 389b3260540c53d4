"""How sure a mean is when several of its rows are of one customer."""

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints

FEWEST = 2  # customers of whom a spread can be told


def clustered_error(values: Floats, customers: NDArray[np.uint64] | Ints) -> float:
    """Standard error of the mean, with customers and not their rows as the draws; inf for one customer alone.

    Liang & Zeger (1986), "Longitudinal data analysis using generalized linear models", Biometrika 73(1), 13-22.

    Args:
        values: Shape (n,).
        customers: Who each is of, shape (n,).
    """
    _, member = np.unique(customers, return_inverse=True)
    sums = np.bincount(member, values - values.mean())
    if sums.size < FEWEST:
        return float("inf")
    return float(np.sqrt(sums.size / (sums.size - 1) * (sums**2).sum()) / values.size)
