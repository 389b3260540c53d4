"""Draws from the predictive distribution of a customer's spend.

From a purchase model: given N = n purchases, total spend is a Gamma-Gamma compound, (gamma + x m) G(p n) / G(q + p x),
with G(k) a gamma variate of shape k. From the boosted value: nothing, or an amount times one of equally likely ratios.
Each draw uses its own draw of what all customers share, so that totals over customers carry that uncertainty.
"""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled
from clove.models.random_numbers import advance, log_gamma_variate, shuffle, uniform

# part the streams of numbers from each other and from those that made the counts
SPEND_STREAM = 0xD1B54A32D192ED03
BOOSTED_STREAM = 0x8CB92BA72F3D8DD7
TIE_STREAM = 0xABC98388FB8FAC03


@compiled
def draw_spend(  # noqa: PLR0917 - compiled code takes no keywords
    counts: Floats,
    x: Floats,
    spent: Floats,
    keys: NDArray[np.uint64],
    scale: Floats,
    phi: Floats,
    factors: Floats,
    values: Floats,
) -> None:
    """Spend of a block of customers by the purchase model.

    Args:
        counts: Draws of the number of purchases, those of one draw of the parameters side by side, shape (n, c).
        x: Frequency, shape (n,), as are the three that follow.
        spent: Total spend of the repeat purchases.
        keys: Streams of random numbers.
        scale: Worth of one unit of spend.
        phi: Draws of (p, q, gamma, elasticity), shape (d, 4), d a divisor of c.
        factors: What all customers share in each draw, shape (d,).
        values: Out, its first c columns, shape (n, c or more).
    """
    repeats = counts.shape[1] // phi.shape[0]
    for i in range(x.size):
        state = keys[i] ^ np.uint64(SPEND_STREAM)
        log_growth = math.log1p(x[i])
        for k in range(phi.shape[0]):
            p, q = phi[k, 0], phi[k, 1]
            log_scale = math.log(phi[k, 2] * math.exp(phi[k, 3] * log_growth) + spent[i])
            for j in range(k * repeats, (k + 1) * repeats):
                values[i, j] = 0.0
                if counts[i, j] > 0.0:
                    own, state = log_gamma_variate(p * counts[i, j], state)
                    rate, state = log_gamma_variate(q + p * x[i], state)
                    values[i, j] = scale[i] * factors[k] * math.exp(min(log_scale + own - rate, 700.0))


@compiled
def draw_boosted(  # noqa: PLR0917 - compiled code takes no keywords
    amount: Floats,
    active: Floats,
    ratios: Floats,
    keys: NDArray[np.uint64],
    scale: Floats,
    factors: Floats,
    repeats: int,
    values: Floats,
) -> None:
    """Spend of a block of customers by the boosted value, by inversion of stratified uniforms.

    Args:
        amount: Expected spend if there is any, shape (n,), as are the next, the fourth and the fifth.
        active: Probability of any.
        ratios: Equally likely ratios of spend to amount, ascending, shape (n, r).
        keys: Streams of random numbers.
        scale: Worth of one unit of spend.
        factors: What all customers share in each draw, shape (d,).
        repeats: Draws for each of them.
        values: Out, its last d * repeats columns, shape (n, d * repeats or more).
    """
    count = factors.size * repeats
    first = values.shape[1] - count
    order = np.empty(count, np.int64)
    for i in range(amount.size):
        state = shuffle(order, keys[i] ^ np.uint64(BOOSTED_STREAM))
        nothing = 1.0 - active[i]
        for j in range(count):
            state = advance(state)
            above = (order[j] + uniform(state)) / count - nothing
            values[i, first + j] = 0.0
            if above > 0.0:
                place = min(int(above / active[i] * ratios.shape[1]), ratios.shape[1] - 1)
                values[i, first + j] = scale[i] * amount[i] * ratios[i, place] * factors[j // repeats]


@compiled
def summarise(  # noqa: PLR0917 - compiled code takes no keywords
    values: Floats,
    keys: NDArray[np.uint64],
    group: Ints,
    actual: Floats,
    levels: Floats,
    quantiles: Floats,
    pit: Floats,
    totals: Floats,
) -> None:
    """Fill quantiles, randomised PIT and totals of a block of customers.

    Args:
        values: Draws, shape (n, c).
        keys: Streams of random numbers, shape (n,), as are the two that follow.
        group: Row of `totals` that the customer is added to.
        actual: What came, in the unit of the values; nan where it is not known.
        levels: Probabilities of the quantiles, shape (l,).
        quantiles: Out, shape (n, l).
        pit: Out, shape (n,).
        totals: Out, added to, shape (k, c).
    """
    count = values.shape[1]
    positives = np.empty(count)
    for i in range(values.shape[0]):
        tie = uniform(advance(keys[i] ^ np.uint64(TIE_STREAM)))
        positive = 0
        below = 0
        equal = 0
        for j in range(count):
            value = values[i, j]
            if value > 0.0:
                positives[positive] = value
                positive += 1
                totals[group[i], j] += value
            below += value < actual[i]
            equal += value == actual[i]
        zeros = count - positive
        ordered = np.sort(positives[:positive])
        for level in range(levels.size):
            rank = math.floor(levels[level] * count)
            quantiles[i, level] = 0.0 if rank < zeros else ordered[rank - zeros]
        pit[i] = (below + tie * (equal + 1.0)) / (count + 1.0) if actual[i] == actual[i] else math.nan
