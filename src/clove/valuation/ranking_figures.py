"""Figures that depend on an order of customers, for many weightings of the same customers at once; compiled.

Ties are never broken: customers with equal forecasts share their ranks, their piece of the Lorenz curve and their
part of the highest tenth, which is the mean over all orders that they could stand in. Weights lie customer by
customer, so that a step through the order reads what lies together.
"""

import math

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled

CORRELATION, CONCENTRATION, HIGHEST_TENTH = 0, 1, 2
TENTH = 0.1


def tied(values: Floats) -> tuple[Ints, Ints]:
    """Positions by ascending value, shape (n,), and where each run of equal values ends, shape (g,)."""
    order = np.argsort(values, kind="stable").astype(np.int64)
    ordered = values[order]
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, values.size).astype(np.int64)
    return order, ends if values.size else ends[:0]


@compiled
def weighted_sums(weights: Floats, columns: Floats) -> Floats:
    """Sum of each column under each weighting, shape (c, b). Not by BLAS, whose threads would change the last bit.

    Args:
        weights: Shape (n, b).
        columns: Shape (n, c).
    """
    sums = np.zeros((columns.shape[1], weights.shape[1]))
    for i in range(weights.shape[0]):
        for c in range(columns.shape[1]):
            factor = columns[i, c]
            if factor != 0.0:
                for b in range(weights.shape[1]):
                    sums[c, b] += weights[i, b] * factor
    return sums


@compiled
def centred_ranks(weights: Floats, order: Ints, ends: Ints) -> Floats:
    """Mid-ranks less their mean, as if each customer stood there as often as his weight, shape (n, b).

    Args:
        weights: Shape (n, b).
        order: As `tied` gives it, shape (n,).
        ends: As `tied` gives it, shape (g,).
    """
    ranks = np.empty(weights.shape)
    half = np.zeros(weights.shape[1])
    for i in range(weights.shape[0]):
        half += weights[i]
    half /= 2.0
    before = np.zeros(weights.shape[1])
    start = 0
    for end in ends:
        mass = np.zeros(weights.shape[1])
        for place in range(start, end):
            mass += weights[order[place]]
        for place in range(start, end):
            ranks[order[place]] = before + mass / 2.0 - half
        before += mass
        start = end
    return ranks


@compiled
def ranking_figures(  # noqa: PLR0917 - compiled code takes no keywords
    weights: Floats, order: Ints, ends: Ints, actual: Floats, actual_ranks: Floats, totals: Floats, money: Floats
) -> Floats:
    """Rank correlation with what came, concentration of what came, and its part in the highest tenth, shape (3, b).

    Concentration is the Gini coefficient of what came along the order: 0 where the order knows nothing.

    Args:
        weights: Shape (n, b).
        order: Of the forecast, as `tied` gives it, shape (n,).
        ends: The same, shape (g,).
        actual: What came, shape (n,).
        actual_ranks: Its `centred_ranks` under the same weights, shape (n, b).
        totals: Sum of the weights, shape (b,).
        money: Weighted sum of what came, shape (b,).
    """
    count = weights.shape[1]
    own, theirs, both = np.zeros(count), np.zeros(count), np.zeros(count)
    before, came, area, highest = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    mass, brought, ranked = np.zeros(count), np.zeros(count), np.zeros(count)
    start = 0
    for end in ends:
        mass[:] = 0.0
        brought[:] = 0.0
        ranked[:] = 0.0
        for place in range(start, end):
            i = order[place]
            for b in range(count):
                w = weights[i, b]
                with_rank = w * actual_ranks[i, b]
                mass[b] += w
                brought[b] += w * actual[i]
                ranked[b] += with_rank
                theirs[b] += with_rank * actual_ranks[i, b]
        for b in range(count):
            rank = before[b] + (mass[b] - totals[b]) / 2.0
            own[b] += mass[b] * rank * rank
            both[b] += rank * ranked[b]
            area[b] += mass[b] * (came[b] + brought[b] / 2.0)
            before[b] += mass[b]
            came[b] += brought[b]
            over = before[b] - (1.0 - TENTH) * totals[b]  # of this group, above the border of the highest tenth
            if over > 0.0 and mass[b] > 0.0:
                highest[b] += brought[b] * min(over / mass[b], 1.0)
        start = end
    figures = np.full((3, count), math.nan)
    for b in range(count):
        if own[b] > 0.0 and theirs[b] > 0.0:
            figures[CORRELATION, b] = both[b] / math.sqrt(own[b] * theirs[b])
        if money[b] > 0.0:
            figures[CONCENTRATION, b] = 1.0 - 2.0 * area[b] / (totals[b] * money[b])
            figures[HIGHEST_TENTH, b] = highest[b] / (TENTH * money[b])
    return figures


@compiled
def tenth_sums(weights: Floats, tenth: Ints, actual: Floats, tenths: int) -> tuple[Floats, Floats]:
    """Customers of each tenth and what they brought, each of shape (tenths, b).

    Args:
        weights: Shape (n, b).
        tenth: Of each customer, shape (n,).
        actual: What came, shape (n,).
        tenths: How many there are.
    """
    customers = np.zeros((tenths, weights.shape[1]))
    money = np.zeros((tenths, weights.shape[1]))
    for i in range(weights.shape[0]):
        place = tenth[i]
        for b in range(weights.shape[1]):
            customers[place, b] += weights[i, b]
            money[place, b] += weights[i, b] * actual[i]
    return customers, money


@compiled
def distances_from_uniform(weights: Floats, order: Ints, values: Floats, totals: Floats) -> Floats:
    """Kolmogorov and Smirnov's distance of weighted values in [0, 1] from the uniform distribution, shape (b,).

    Args:
        weights: Shape (n, b).
        order: Positions by ascending value, shape (n,).
        values: Shape (n,).
        totals: Sum of the weights, shape (b,).
    """
    count = weights.shape[1]
    before, largest = np.zeros(count), np.zeros(count)
    share = 1.0 / totals
    for i in order:
        for b in range(count):
            after = before[b] + weights[i, b] * share[b]
            # where a customer is not drawn there is no step, and the distance is no larger than the largest
            largest[b] = max(largest[b], abs(before[b] - values[i]), abs(after - values[i]))
            before[b] = after
    for b in range(count):
        if not totals[b] > 0.0:
            largest[b] = math.nan
    return largest
