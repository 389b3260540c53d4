"""Draws of the number of purchases that an MBG/CNBD-k customer will make.

As for the BG/NBD: P(N >= n) = P(alive) P(N_0 >= n) mu_{n-1}, with N_0 the purchases of a customer who never leaves, is
inverted at stratified uniforms, one from each of as many equal parts as there are draws, in the customer's own order.
"""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.mbg_cnbd_phases import phases_passed
from clove.models.random_numbers import advance, log_gamma_variate, normal, poisson, shuffle, uniform

SMALLEST_LOG = 690.0  # exp(-this) is still a normal number
FARTHEST = 1e5  # times alpha + T; beyond, counting up to the uniform would take too long


@compiled
def _inverted(  # noqa: PLR0917 - compiled code takes no keywords
    u: float, alive: float, R: float, s: float, a: float, beta: float, weights: Floats
) -> float:
    """The largest n with P(N >= n) > u; `weights` of j phases before T and none after, shape (k,), are used up."""
    k = weights.size
    survival = alive  # P(alive) mu_n
    tail = 1.0  # P(N_0 > n), after the loop over the phases of the n-th
    n = 0.0
    m = 0
    while True:
        gone = 0.0
        for _ in range(k):
            open_to = min(k, m + 1)
            step = s * (R + m) / (1.0 + s)
            for j in range(open_to):
                gone += weights[j]
                weights[j] *= step / (m + 1.0 - j)
            m += 1
        tail -= gone
        if survival * tail <= u or (gone < 1e-17 and m > k + R * s):  # the rest of the tail is rounding
            return n
        survival *= (beta + n) / (a + beta + n)
        n += 1.0


@compiled
def _followed(  # noqa: PLR0917 - compiled code takes no keywords
    R: float, s: float, a: float, beta: float, passed: Floats, state: np.uint64
) -> tuple[float, np.uint64]:
    """Purchases of a living customer with several hundred, or a very long time, to come: rate, phases, dropout."""
    state = advance(state)
    rest = uniform(state)
    j = 0
    while j < passed.size - 1 and rest >= passed[j]:
        rest -= passed[j]
        j += 1
    log_rate, state = log_gamma_variate(R + j, state)
    mean = math.exp(log_rate) * s
    if s > FARTHEST:  # few phases may come in a time however long
        phases, state = poisson(mean, state)
    else:
        deviate, state = normal(state)
        phases = max(math.floor(mean + math.sqrt(mean) * deviate + 0.5), 0.0)
    log_a, state = log_gamma_variate(a, state)
    log_b, state = log_gamma_variate(beta, state)
    log_stay = -math.log1p(math.exp(min(log_a - log_b, 700.0)))
    state = advance(state)
    until_gone = 1.0 + math.floor(math.log(uniform(state)) / log_stay) if log_stay < 0.0 else math.inf
    return min(math.floor((j + phases) / passed.size), until_gone), state


@compiled
def draw_counts(  # noqa: PLR0917 - compiled code takes no keywords
    x: Floats,
    t_x: Floats,
    T: Floats,
    keys: NDArray[np.uint64],
    theta: Floats,
    k: int,
    horizons: Floats,
    repeats: int,
    counts: Floats,
) -> None:
    """Fill `counts` of a block of customers.

    Args:
        x: Frequency, shape (n,), as are the three that follow.
        t_x: Recency.
        T: Age.
        keys: Streams of random numbers.
        theta: Draws of (r, alpha, a, b), shape (d, 4).
        k: Phases of an interval.
        horizons: Units ahead in each draw, shape (d,).
        repeats: Draws per parameter draw.
        counts: Out, shape (n, d * repeats).
    """
    count = theta.shape[0] * repeats
    order = np.empty(count, np.int64)
    passed, weights = np.empty(k), np.empty(k)
    for i in range(x.size):
        state = shuffle(order, keys[i])
        for d in range(theta.shape[0]):
            r, alpha, a, b = theta[d, 0], theta[d, 1], theta[d, 2], theta[d, 3]
            R = r + k * x[i]
            beta = b + (x[i] + 1.0)
            more = phases_passed(R, (T[i] - t_x[i]) / (alpha + T[i]), k, passed)
            odds = math.log(a / (b + x[i])) + R * math.log1p((T[i] - t_x[i]) / (alpha + t_x[i])) - math.log(more)
            alive = 1.0 / (1.0 + math.exp(min(odds, 700.0)))
            s = horizons[d] / (alpha + T[i])
            log_none = R * math.log1p(s)
            for j in range(repeats):
                place = d * repeats + j
                state = advance(state)
                u = (order[place] + uniform(state)) / count
                if u >= alive:
                    counts[i, place] = 0.0
                elif log_none < SMALLEST_LOG and s <= FARTHEST:
                    scale = math.exp(-log_none)
                    for phase in range(k):
                        weights[phase] = passed[phase] * scale
                        scale /= 1.0 + s
                    counts[i, place] = _inverted(u, alive, R, s, a, beta, weights)
                else:
                    counts[i, place], state = _followed(R, s, a, beta, passed, state)
