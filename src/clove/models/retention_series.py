"""Survival under the beta-discrete-Weibull, its slopes and its sums, to full precision however long the lifetimes.

With y = delta + t^c, the survivor function B(gamma, y) / B(gamma, delta) is a ratio of four gamma functions, whose logs
would lose ten digits in their differences. Here every log is a sum of terms of one sign: the first by recurrence, the
rest by `rising_factorials`. With c = 1 it is the shifted-beta-geometric.
"""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.bg_bb_series import SHORTEST_BLOCK, SINGLY, block
from clove.models.compiled import compiled
from clove.models.rising_factorials import NEAR, log_rising_ratio, sum_of_inverse_squares, sum_of_inverses

FARTHEST = 2.0**45  # periods that are added up; beyond, the sum is an integral
NOTHING = 1e-16  # relative to the sum
HUGE = 1e300  # a power of time beyond which nobody is left
SLOPES = 10  # the log and its derivatives, in the order of `hazard_slopes`


@compiled
def cumulative_hazard(x: float, step: float, gamma: float) -> float:
    """-log of B(gamma, x + step) / B(gamma, x); relative error below 1e-10 from 1e-6 to 1e9, mostly about 1e-15.

    Args:
        x: Above 0.
        step: From 0 up.
        gamma: Above 0.
    """
    total = 0.0
    while x < NEAR:
        total -= math.log1p(-gamma / (x + gamma) * (step / (x + step)))
        x += 1.0
    return total + log_rising_ratio(x, step, gamma)


@compiled
def digamma_rise(z: float, h: float) -> float:
    """digamma(z + h) - digamma(z), z above 0 and h from 0 up."""
    total = 0.0
    while z < NEAR:
        total += h / (z * (z + h))
        z += 1.0
    return total + sum_of_inverses(z, h)


@compiled
def trigamma_fall(z: float, h: float) -> float:
    """trigamma(z) - trigamma(z + h), z above 0 and h from 0 up."""
    total = 0.0
    while z < NEAR:
        both = z * (z + h)
        total += h * (2.0 * z + h) / (both * both)
        z += 1.0
    return total + sum_of_inverse_squares(z, h)


@compiled
def trigamma(z: float) -> float:
    """The second derivative of log gamma, z above 0."""
    total = 0.0
    while z < NEAR:
        total += 1.0 / (z * z)
        z += 1.0
    q = 1.0 / (z * z)
    tail = 1.0 / 6.0 - q * (1.0 / 30.0 - q * (1.0 / 42.0 - q * (1.0 / 30.0 - q * 5.0 / 66.0)))
    return total + 1.0 / z + 0.5 * q + q / z * tail


@compiled
def hazard_slopes(periods: Floats, gamma: float, delta: float, c: float) -> Floats:
    """-log of the retention rate of each period, and its first two derivatives, shape (k, 10).

    In the order: itself; by gamma, delta, c; twice by gamma, gamma and delta, gamma and c, twice by delta, delta and c,
    twice by c.

    Args:
        periods: 1, 2, …, shape (k,).
        gamma: Above 0, as are delta and c.
        delta: Of the beta.
        c: Of the Weibull.
    """
    out = np.empty((periods.size, SLOPES))
    for i in range(periods.size):
        t = periods[i]
        log_before = math.log(t - 1.0) if t > 1.0 else 0.0
        log_after = math.log(t)
        before, after = (t - 1.0) ** c if t > 1.0 else 0.0, t**c
        slope_before, slope_after = before * log_before, after * log_after
        x, step = delta + before, after - before
        y = x + step
        rise_before, rise_after = digamma_rise(x, gamma), digamma_rise(y, gamma)
        fall_before, fall_after = trigamma_fall(x, gamma), trigamma_fall(y, gamma)
        both = -trigamma_fall(x + gamma, step)
        out[i, 0] = cumulative_hazard(x, step, gamma)
        out[i, 1] = digamma_rise(x + gamma, step)
        out[i, 2] = rise_after - rise_before
        out[i, 3] = rise_after * slope_after - rise_before * slope_before
        out[i, 4] = both
        out[i, 5] = both
        out[i, 6] = trigamma(y + gamma) * slope_after - trigamma(x + gamma) * slope_before
        out[i, 7] = fall_before - fall_after
        out[i, 8] = fall_before * slope_before - fall_after * slope_after
        out[i, 9] = (rise_after * log_after - fall_after * slope_after) * slope_after
        out[i, 9] -= (rise_before * log_before - fall_before * slope_before) * slope_before
    return out


@compiled
def log_survivals(start: Floats, ahead: Floats, parameters: Floats, out: Floats) -> None:
    """Log of P(there after `start` + `ahead` periods | there after `start`).

    Args:
        start: Shape (m,), from 0 up.
        ahead: Shape (m,), from 0 up.
        parameters: (gamma, delta, c) of each draw, shape (d, 3).
        out: Shape (d, m).
    """
    for i in range(parameters.shape[0]):
        gamma, delta, c = parameters[i, 0], parameters[i, 1], parameters[i, 2]
        for j in range(start.size):
            out[i, j] = -_hazard_ahead(start[j], ahead[j], gamma, delta, c)


@compiled
def residual_lifetimes(  # noqa: PLR0917 - compiled code takes no keywords
    renewals: Floats, parameters: Floats, discount: float, horizon: float, rules: Floats, out: Floats
) -> None:
    """Sum over the next periods of P(there after them), the first whole, each later one worth less.

    Args:
        renewals: So far, shape (n,).
        parameters: (gamma, delta, c) of each draw, shape (d, 3).
        discount: Per period, from 0 up.
        horizon: Periods ahead, perhaps infinite.
        rules: Of `sum_rules`.
        out: Shape (d, n).
    """
    rate = math.log1p(discount)
    for i in range(parameters.shape[0]):
        for j in range(renewals.size):
            gamma, delta, c = parameters[i, 0], parameters[i, 1], parameters[i, 2]
            out[i, j] = _residual(renewals[j], gamma, delta, c, rate, horizon, rules)


@compiled
def _residual(  # noqa: PLR0917 - compiled code takes no keywords
    start: float, gamma: float, delta: float, c: float, rate: float, horizon: float, rules: Floats
) -> float:
    if rate == 0.0 and horizon == math.inf and c * gamma <= 1.0:
        return math.inf
    total, term, k = 0.0, 1.0, 0.0
    while k < min(horizon, SINGLY):
        term = _worth(start, k, gamma, delta, c, rate)
        total += term
        k += 1.0
    while k < horizon:
        rest = _rest(start + k, term, gamma, delta, c, rate)
        if rest <= NOTHING * total:
            break
        if k >= FARTHEST:
            total += rest
            break
        size, rule = block(k, horizon)
        for i in range(size):
            at = k + (rules[rule, 0, i] if rule >= 0 else i)
            total += _worth(start, at, gamma, delta, c, rate) * (rules[rule, 1, i] if rule >= 0 else 1.0)
        k += SHORTEST_BLOCK * 2.0**rule if rule >= 0 else size
        term = _worth(start, k - 1.0, gamma, delta, c, rate)
    return total


@compiled
def _worth(start: float, k: float, gamma: float, delta: float, c: float, rate: float) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """P(there k + 1 periods ahead), discounted over k."""
    return math.exp(-_hazard_ahead(start, k + 1.0, gamma, delta, c) - rate * k)


@compiled
def _hazard_ahead(start: float, ahead: float, gamma: float, delta: float, c: float) -> float:
    """-log of P(there after `start` + `ahead` periods | there after `start`)."""
    if ahead == 0.0:
        return 0.0
    before, after = start**c, (start + ahead) ** c
    return cumulative_hazard(delta + before, after - before, gamma) if after < HUGE else math.inf


@compiled
def _rest(t: float, term: float, gamma: float, delta: float, c: float, rate: float) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """About the sum of all terms after that of period t: it falls there like a power of t, and by the discount."""
    after = t**c
    if after >= HUGE or term == 0.0:
        return 0.0
    falls = c * after * digamma_rise(delta + after, gamma) - 1.0 + rate * t
    return t * term / falls if falls > 0.0 else math.inf
