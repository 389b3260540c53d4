"""How near the boosted value's distribution came to what came: the score by which its trees are tuned."""

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.boosted_value import Outlook


def ranked_probability(outlook: Outlook, ratios: Floats, came: Floats) -> Floats:
    """Continuous ranked probability score of each customer, in money, shape (n,); lower is better.

    The forecast is nothing with probability 1 - a, else m times one of k equally likely ratios, so that

        CRPS = E|X - y| - E|X - X'| / 2

    has a closed form in sums over the ratios. Gneiting & Raftery (2007), JASA 102, 359-378, eq. 21.

    Args:
        outlook: Of n customers.
        ratios: Ascending in each band, shape (b, k).
        came: What came, shape (n,).
    """
    k = ratios.shape[1]
    scale = outlook.expected / outlook.active
    apart = 2 * (ratios @ (2 * np.arange(1, k + 1) - k - 1.0)) / k**2  # E|R - R'| of each band
    score = np.empty(came.size)
    for band, ordered in enumerate(ratios):
        rows = np.flatnonzero(outlook.band == band)
        a, m, y = outlook.active[rows], scale[rows], came[rows]
        target = y / m
        below = np.searchsorted(ordered, target, side="right")
        sums = np.concatenate([[0.0], np.cumsum(ordered)])
        missed = ((2 * below - k) * target + sums[-1] - 2 * sums[below]) / k  # E|R - y / m|
        score[rows] = (1 - a) * y + a * m * missed - m * (a**2 * apart[band] / 2 + a * (1 - a) * sums[-1] / k)
    return score
