"""Draws of the number of purchases that a BG/NBD or MBG/NBD customer will make.

Given the parameters, the number N in t units has a closed form. With K ~ NB(r + x, t / (alpha + T + t)) the purchases
a customer would make if he never left and mu_j the chance to survive j of them,

    P(N >= n) = P(alive) P(K >= n) mu_{n-1},

so N is drawn by inversion of stratified uniforms: one from each of as many equal parts as there are draws, in an order
of the customer's own. (A common order would let the customers' luck move together, and the interval of a total would be
an accident of the seed.)
"""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.random_numbers import advance, log_gamma_variate, normal, poisson, shuffle, uniform

SMALLEST_LOG = 690.0  # exp(-this) is still a normal number
FARTHEST = 1e5  # times alpha + T; beyond, counting up to the uniform would take too long


@compiled
def purchases(  # noqa: PLR0917 - compiled code takes no keywords
    u: float, alive: float, R: float, s: float, a: float, beta: float, state: np.uint64
) -> tuple[float, np.uint64]:
    """Number of purchases whose exceedance probability is u: the largest n with P(N >= n) > u."""
    if u >= alive:
        return 0.0, state
    log_none = R * math.log1p(s)
    z = s / (1.0 + s)
    if log_none < SMALLEST_LOG and s <= FARTHEST:
        weight = math.exp(-log_none)
        tail = -math.expm1(-log_none)  # P(K > n)
        survival = alive  # P(alive) mu_n
        n = 0.0
        while survival * tail > u:
            survival *= (beta + n) / (a + beta + n)
            weight *= z * (R + n) / (n + 1.0)
            n += 1.0
            tail -= weight
            if weight < 1e-17 and n > R * s:  # the rest of the tail is rounding
                break
        return n, state
    # several hundred purchases, or a very long time, to come: draw rate and dropout, count with a normal or a Poisson
    log_rate, state = log_gamma_variate(R, state)
    mean = math.exp(log_rate) * s
    if s > FARTHEST:  # few purchases may come in a time however long
        potential, state = poisson(mean, state)
    else:
        deviate, state = normal(state)
        potential = max(math.floor(mean + math.sqrt(mean) * deviate + 0.5), 0.0)
    log_a, state = log_gamma_variate(a, state)
    log_b, state = log_gamma_variate(beta, state)
    log_stay = -math.log1p(math.exp(min(log_a - log_b, 700.0)))
    state = advance(state)
    until_gone = 1.0 + math.floor(math.log(uniform(state)) / log_stay) if log_stay < 0.0 else math.inf
    return min(potential, until_gone), state


@compiled
def draw_counts(  # noqa: PLR0917 - compiled code takes no keywords
    x: Floats,
    t_x: Floats,
    T: Floats,
    keys: NDArray[np.uint64],
    theta: Floats,
    horizons: Floats,
    first: float,
    repeats: int,
    counts: Floats,
) -> None:
    """Fill `counts` of a block of customers.

    Args:
        x: Frequency, shape (n,), as are the three that follow.
        t_x: Recency.
        T: Age.
        keys: Streams of random numbers.
        theta: Draws of (r, alpha, a, b), shape (d, 4, m): m is 1, or n where each customer has his own.
        horizons: Units ahead in each draw, shape (d,).
        first: 1 where the first purchase may already be the last, else 0.
        repeats: Draws per parameter draw.
        counts: Out, shape (n, d * repeats).
    """
    draws = theta.shape[0]
    count = draws * repeats
    order = np.empty(count, np.int64)
    own = theta.shape[2] > 1
    for i in range(x.size):
        state = shuffle(order, keys[i])
        flips = x[i] + first  # purchases after which the customer has stayed
        row = i if own else 0
        for k in range(draws):
            r, alpha, a, b = theta[k, 0, row], theta[k, 1, row], theta[k, 2, row], theta[k, 3, row]
            R = r + x[i]
            alive = 1.0
            if flips > 0.0:
                odds = math.log(a / (b + (flips - 1.0))) + R * math.log1p((T[i] - t_x[i]) / (alpha + t_x[i]))
                alive = 1.0 / (1.0 + math.exp(min(odds, 700.0)))
            s = horizons[k] / (alpha + T[i])
            for j in range(repeats):
                state = advance(state)
                u = (order[k * repeats + j] + uniform(state)) / count
                counts[i, k * repeats + j], state = purchases(u, alive, R, s, a, b + flips, state)
