"""Draws of the number of purchases that a BG/BB customer will make.

Given the parameters, one uniform says whether he is still there, and for how many of the next opportunities: he is
there at the j-th with probability P(there) S_j, so that the largest j with P(there) S_j above the uniform is drawn by
inversion. The uniforms are stratified, one from each of as many equal parts as there are draws, in an order of the
customer's own. His purchases at those opportunities are binomial, with a purchase probability drawn from its posterior
Beta(A, B).
"""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.models.bg_bb_series import evidence
from clove.models.compiled import compiled
from clove.models.random_numbers import advance, log_gamma_variate, shuffle, uniform
from clove.models.rising_factorials import log_rising_ratio

FEW = 64.0  # coins thrown one by one
LARGEST_LOG = 700.0


@compiled
def probability_variate(A: float, B: float, state: np.uint64) -> tuple[float, float, np.uint64]:
    """A Beta(A, B) variate, 1 less it without cancellation, and the state after it."""
    one, state = log_gamma_variate(A, state)
    other, state = log_gamma_variate(B, state)
    odds = max(min(one - other, LARGEST_LOG), -LARGEST_LOG)
    return 1.0 / (1.0 + math.exp(-odds)), 1.0 / (1.0 + math.exp(odds)), state


@compiled
def binomial(count: float, p: float, q: float, state: np.uint64) -> tuple[float, np.uint64]:
    """Successes among `count` coins of probability p = 1 - q, and the state after them.

    Many coins are halved by drawing their median uniform. Devroye (1986), Non-Uniform Random Variate Generation, X.4.3.
    """
    found = 0.0
    while count > FEW:
        rank = math.floor(0.5 * (count + 1.0))
        below, above, state = probability_variate(rank, count + 1.0 - rank, state)
        if below <= p:
            found += rank
            count -= rank
            p, q = max(p - below, 0.0) / above, min(q / above, 1.0)
        else:
            count = rank - 1.0
            p, q = min(p / below, 1.0), max(below - p, 0.0) / below
    for _ in range(int(count)):
        state = advance(state)
        found += uniform(state) < p
    return found, state


@compiled
def stays(v: float, g: float, D: float, h: float) -> float:
    """The largest j <= h, whole, with S_j > v."""
    limit = -math.log(v)
    if log_rising_ratio(D, g, h) < limit:
        return h
    low, high = 0.0, h
    while high - low > 1.0:
        middle = math.floor(0.5 * (low + high))
        if middle <= low or middle >= high:  # numbers this large lie further apart than 1
            break
        if log_rising_ratio(D, g, middle) < limit:
            low = middle
        else:
            high = middle
    return low


@compiled
def draw_counts(  # noqa: PLR0917 - compiled code takes no keywords
    x: Floats,
    t_x: Floats,
    n: Floats,
    members: Ints,
    starts: Ints,
    keys: NDArray[np.uint64],
    theta: Floats,
    horizons: Floats,
    repeats: int,
    rules: Floats,
    counts: Floats,
) -> None:
    """Fill `counts`; customers of one history share P(there).

    Args:
        x: Frequency of each kind of history, shape (k,), as are the two that follow.
        t_x: Recency.
        n: Opportunities so far.
        members: Customers in order of their kind, shape (n,).
        starts: Where in `members` each kind begins, and the end of the last, shape (k + 1,).
        keys: Streams of random numbers, shape (n,).
        theta: Draws of (alpha, beta, gamma, delta), shape (d, 4).
        horizons: Opportunities ahead in each draw, shape (d,).
        repeats: Draws per parameter draw.
        rules: Of `sum_rules`.
        counts: Out, shape (n, d * repeats).
    """
    draws = theta.shape[0]
    order = np.empty(draws * repeats, np.int64)
    there = np.empty(draws)
    for kind in range(x.size):
        for k in range(draws):
            parts = evidence(x[kind], t_x[kind], n[kind], theta[k], rules)
            there[k] = 1.0 / (1.0 + math.exp(min(parts[1] - parts[2], LARGEST_LOG)))
        for member in range(starts[kind], starts[kind + 1]):
            i = members[member]
            state = shuffle(order, keys[i])
            for k in range(draws):
                A, B = theta[k, 0] + x[kind], theta[k, 1] + (n[kind] - x[kind])
                whole = math.floor(horizons[k])
                for j in range(repeats):
                    column = k * repeats + j
                    state = advance(state)
                    u = (order[column] + uniform(state)) / order.size
                    counts[i, column] = 0.0
                    if u >= there[k]:
                        continue
                    state = advance(state)
                    ahead = whole + (uniform(state) < horizons[k] - whole)
                    stay = stays(u / there[k], theta[k, 2], theta[k, 3] + n[kind], ahead)
                    p, q, state = probability_variate(A, B, state)
                    counts[i, column], state = binomial(stay, p, q, state)
