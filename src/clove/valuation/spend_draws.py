"""Draws from the predictive distribution of a customer's spend, given draws of the number of his purchases.

Given N = n purchases, total spend is a Gamma-Gamma compound, (gamma + x m) G(p n) / G(q + p x), with G(k) a gamma
variate of shape k. Each draw uses its own draw of the parameters, the same for every customer, so that totals over
customers carry the uncertainty they share.
"""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled
from clove.models.random_numbers import advance, log_gamma_variate, uniform

OTHER_STREAM = 0xD1B54A32D192ED03  # parts the numbers used here from those that made the counts


@compiled
def draw_spend(  # noqa: PLR0917 - compiled code takes no keywords
    counts: Floats,
    x: Floats,
    spent: Floats,
    keys: NDArray[np.uint64],
    scale: Floats,
    group: Ints,
    actual: Floats,
    phi: Floats,
    levels: Floats,
    quantiles: Floats,
    pit: Floats,
    totals: Floats,
) -> None:
    """Fill quantiles, randomised PIT and totals of a block of customers.

    Args:
        counts: Draws of the number of purchases, those of one draw of the parameters side by side, shape (n, c).
        x: Frequency, shape (n,), as are the five that follow.
        spent: Total spend of the repeat purchases.
        keys: Streams of random numbers.
        scale: Worth of one unit of spend.
        group: Row of `totals` that the customer is added to.
        actual: What came, in the unit of scale times spend; nan where it is not known.
        phi: Draws of (p, q, gamma, elasticity), shape (d, 4), d a divisor of c.
        levels: Probabilities of the quantiles, shape (l,).
        quantiles: Out, shape (n, l).
        pit: Out, shape (n,).
        totals: Out, added to, shape (k, c).
    """
    count = counts.shape[1]
    repeats = count // phi.shape[0]
    values = np.empty(count)
    for i in range(x.size):
        state = advance(keys[i] ^ np.uint64(OTHER_STREAM))
        tie = uniform(state)
        log_growth = math.log1p(x[i])
        positive = 0
        below = 0
        equal = 0
        for k in range(phi.shape[0]):
            p, q = phi[k, 0], phi[k, 1]
            log_scale = math.log(phi[k, 2] * math.exp(phi[k, 3] * log_growth) + spent[i])
            for j in range(k * repeats, (k + 1) * repeats):
                value = 0.0
                if counts[i, j] > 0.0:
                    own, state = log_gamma_variate(p * counts[i, j], state)
                    rate, state = log_gamma_variate(q + p * x[i], state)
                    value = scale[i] * math.exp(min(log_scale + own - rate, 700.0))
                    values[positive] = value
                    positive += 1
                    totals[group[i], j] += value
                below += value < actual[i]
                equal += value == actual[i]
        zeros = count - positive
        ordered = np.sort(values[:positive])
        for level in range(levels.size):
            rank = math.floor(levels[level] * count)
            quantiles[i, level] = 0.0 if rank < zeros else ordered[rank - zeros]
        pit[i] = (below + tie * (equal + 1.0)) / (count + 1.0) if actual[i] == actual[i] else math.nan
