"""Shapley's fair shares of a sum that several players made together."""

import math

import numpy as np

from clove.kernel.arrays import Floats


def shapley_values(worth: Floats) -> Floats:
    """What each of k players adds, averaged over all orders in which they may come.

    Shapley (1953), "A value for n-person games", Contributions to the Theory of Games II, 307-317, eq. 13.

    Args:
        worth: Of every coalition, shape (2^k, n); in row c are the players whose bits are set in c.

    Returns:
        Shape (k, n); the shares of a column add up to worth of all less worth of nobody.

    >>> shapley_values(np.array([[0.0], [1.0], [2.0], [5.0]]))
    array([[2.],
           [3.]])
    """
    players = worth.shape[0].bit_length() - 1
    shares = np.zeros((players, worth.shape[1]))
    for coalition in range(worth.shape[0]):
        before = coalition.bit_count()
        for player in range(players):
            if not coalition >> player & 1:
                weight = 1 / (players * math.comb(players - 1, before))
                shares[player] += weight * (worth[coalition | 1 << player] - worth[coalition])
    return shares
