"""Draws from the predictive distribution of a BG/NBD customer's spend.

Given the parameters, the number of purchases N in t units has a closed form. With K ~ NB(r + x, t / (alpha + T + t))
the purchases a customer would make if he never left and mu_j the chance to survive j of them,

    P(N >= n) = P(alive) P(K >= n) mu_{n-1},

so N is drawn by inversion of stratified uniforms: one from each of as many equal parts as there are draws, in an order
of the customer's own. (A common order would let the customers' luck move together, and the interval of a total would be
an accident of the seed.) Given N = n, total spend is a Gamma-Gamma compound,
(gamma + x m) G(p n) / G(q + p x), with G(k) a gamma variate of shape k. Each draw uses its own draw of the
parameters, the same for every customer, so that totals over customers carry the uncertainty they share.
"""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled

UNIT = 1.0 / 9007199254740992.0  # 2^-53
SMALLEST_LOG = 690.0  # exp(-this) is still a normal number


@compiled
def advance(state: np.uint64) -> np.uint64:
    """Next state of SplitMix64."""
    return state + np.uint64(0x9E3779B97F4A7C15)


@compiled
def uniform(state: np.uint64) -> float:
    """The state's number in (0, 1)."""
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (float(z >> np.uint64(11)) + 0.5) * UNIT


@compiled
def normal(state: np.uint64) -> tuple[float, np.uint64]:
    """Standard normal by Box and Muller, and the state after it."""
    state = advance(state)
    first = uniform(state)
    state = advance(state)
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * uniform(state)), state


@compiled
def log_gamma_variate(shape: float, state: np.uint64) -> tuple[float, np.uint64]:
    """Log of a gamma variate. Marsaglia & Tsang (2000), ACM TOMS 26(3), 363-372."""
    boost = 0.0
    if shape < 1.0:
        state = advance(state)
        boost = math.log(uniform(state)) / shape
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        z, state = normal(state)
        v = 1.0 + c * z
        if v > 0.0:
            log_v = 3.0 * math.log(v)
            state = advance(state)
            if math.log(uniform(state)) < 0.5 * z * z + d - d * math.exp(log_v) + d * log_v:
                return math.log(d) + log_v + boost, state


@compiled
def purchases(  # noqa: PLR0917 - compiled code takes no keywords
    u: float, alive: float, R: float, s: float, a: float, beta: float, state: np.uint64
) -> tuple[float, np.uint64]:
    """Number of purchases whose exceedance probability is u: the largest n with P(N >= n) > u."""
    if u >= alive:
        return 0.0, state
    log_none = R * math.log1p(s)
    z = s / (1.0 + s)
    if log_none < SMALLEST_LOG:
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
    # several hundred purchases to come: draw rate and dropout, and count with a normal in place of the Poisson
    log_rate, state = log_gamma_variate(R, state)
    mean = math.exp(log_rate) * s
    deviate, state = normal(state)
    potential = max(math.floor(mean + math.sqrt(mean) * deviate + 0.5), 0.0)
    log_a, state = log_gamma_variate(a, state)
    log_b, state = log_gamma_variate(beta, state)
    log_stay = -math.log1p(math.exp(min(log_a - log_b, 700.0)))
    state = advance(state)
    until_gone = 1.0 + math.floor(math.log(uniform(state)) / log_stay) if log_stay < 0.0 else math.inf
    return min(potential, until_gone), state


@compiled
def shuffle(order: Ints, state: np.uint64) -> np.uint64:
    """A random order of 0, 1, ... in place. Fisher and Yates."""
    for j in range(order.size):
        order[j] = j
    for j in range(order.size - 1, 0, -1):
        state = advance(state)
        k = int(uniform(state) * (j + 1))
        order[j], order[k] = order[k], order[j]
    return state


@compiled
def draw_block(  # noqa: PLR0917 - compiled code takes no keywords
    x: Floats,
    t_x: Floats,
    T: Floats,
    spent: Floats,
    keys: NDArray[np.uint64],
    scale: Floats,
    group: Ints,
    actual: Floats,
    theta: Floats,
    phi: Floats,
    common: Floats,
    repeats: int,
    horizon: float,
    levels: Floats,
    quantiles: Floats,
    pit: Floats,
    totals: Floats,
) -> None:
    """Fill quantiles, randomised PIT and totals of a block of customers.

    Args:
        x: Frequency, shape (n,), as are the seven that follow.
        t_x: Recency.
        T: Age.
        spent: Total spend of the repeat purchases.
        keys: Streams of random numbers.
        scale: Worth of one unit of spend.
        group: Row of `totals` that the customer is added to.
        actual: What came, in the unit of scale times spend; nan where it is not known.
        theta: Draws of (r, alpha, a, b), shape (d, 4).
        phi: Draws of (p, q, gamma, elasticity), shape (d, 4).
        common: Draws of the factor by which all customers' rates of purchase differ, shape (d,).
        repeats: Draws per parameter draw.
        horizon: Units ahead.
        levels: Probabilities of the quantiles, shape (l,).
        quantiles: Out, shape (n, l).
        pit: Out, shape (n,).
        totals: Out, added to, shape (k, d * repeats).
    """
    count = theta.shape[0] * repeats
    values = np.empty(count)
    order = np.empty(count, np.int64)
    for i in range(x.size):
        state = keys[i]
        state = advance(state)
        tie = uniform(state)
        state = shuffle(order, state)
        log_growth = math.log1p(x[i])
        positive = 0
        below = 0
        equal = 0
        for k in range(theta.shape[0]):
            r, alpha, a, b = theta[k, 0], theta[k, 1], theta[k, 2], theta[k, 3]
            p, q = phi[k, 0], phi[k, 1]
            R = r + x[i]
            alive = 1.0
            if x[i] > 0.0:
                odds = math.log(a / (b + x[i] - 1.0)) + R * math.log1p((T[i] - t_x[i]) / (alpha + t_x[i]))
                alive = 1.0 / (1.0 + math.exp(min(odds, 700.0)))
            s = common[k] * horizon / (alpha + T[i])
            log_scale = math.log(phi[k, 2] * math.exp(phi[k, 3] * log_growth) + spent[i])
            for j in range(repeats):
                state = advance(state)
                u = (order[k * repeats + j] + uniform(state)) / count
                n, state = purchases(u, alive, R, s, a, b + x[i], state)
                value = 0.0
                if n > 0.0:
                    own, state = log_gamma_variate(p * n, state)
                    rate, state = log_gamma_variate(q + p * x[i], state)
                    value = scale[i] * math.exp(min(log_scale + own - rate, 700.0))
                    values[positive] = value
                    positive += 1
                    totals[group[i], k * repeats + j] += value
                below += value < actual[i]
                equal += value == actual[i]
        zeros = count - positive
        ordered = np.sort(values[:positive])
        for level in range(levels.size):
            rank = math.floor(levels[level] * count)
            quantiles[i, level] = 0.0 if rank < zeros else ordered[rank - zeros]
        pit[i] = (below + tie * (equal + 1.0)) / (count + 1.0) if actual[i] == actual[i] else math.nan
