"""Expected purchases of a living BG/NBD or MBG/NBD customer without a singularity or a cancellation.

The published form (Fader, Hardie & Lee 2005, eq. 10) divides by a - 1 and calls a hypergeometric function that has no
value at a + b = 1 and x = 0. Both are removable. With K, the purchases that a customer would make if he never left,
negative binomial (R = r + x, z = t / (alpha + T + t)), and mu_j the chance to survive j purchases,

    E[purchases in t | alive] = sum_{j >= 0} mu_j P(K > j),   mu_j = B(a, beta + j) / B(a, beta),

every term of which is positive. Where the series is long, the same expectation is taken as an integral over the
dropout probability p ~ Beta(a, beta) by the double-exponential rule:

    E = integral of (1 - (1 + p s)^-R) / p,   s = t / (alpha + T).
"""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled

LONGEST_SERIES = 4000.0  # terms
SMALLEST_LOG = 690.0  # exp(-this) is still a normal number


@compiled
def series(R: float, s: float, a: float, beta: float) -> float:
    """Sum of mu_j P(K > j); relative error below 1e-12 within `LONGEST_SERIES` terms."""
    log_none = R * math.log1p(s)
    z = s / (1.0 + s)
    weight = math.exp(-log_none)  # P(K = j)
    tail = -math.expm1(-log_none)  # P(K > j)
    survival = 1.0  # mu_j
    total = 0.0
    j = 0.0
    while True:
        term = survival * tail
        total += term
        survival *= (beta + j) / (a + beta + j)
        weight *= z * (R + j) / (j + 1.0)
        j += 1.0
        tail -= weight
        ratio = max(z * (R + j) / (j + 1.0), z)
        # past the mode the tail is at most geometric; where the difference has only rounding left, that bound is closer
        if ratio < 1.0:
            rest = weight * ratio / (1.0 - ratio)
            tail = min(tail, rest)
            if survival * rest * (1.0 + 1.0 / (1.0 - ratio)) <= 1e-17 * total or tail <= 0.0:
                break
        elif tail <= 0.0:
            break
    return total


@compiled
def integral(R: float, s: float, a: float, beta: float) -> float:
    """The expectation over p by the double-exponential rule, halving the step until it stands still."""
    log_beta = math.lgamma(a) + math.lgamma(beta) - math.lgamma(a + beta)
    # beyond these the density's own factor is below 1e-320
    left = math.asinh(740.0 / a / math.pi) + 1.0
    right = math.asinh(740.0 / beta / math.pi) + 1.0
    before = -1.0
    step = 0.125
    found = 0.0
    for _ in range(14):
        mass = 0.0
        total = 0.0
        count = int((left + right) / step) + 1
        for i in range(count):
            u = -left + i * step
            w = math.pi * math.sinh(u)
            if w > 0.0:
                log_q = -w - math.log1p(math.exp(-w))
                log_p = -math.log1p(math.exp(-w))
            else:
                log_p = w - math.log1p(math.exp(w))
                log_q = -math.log1p(math.exp(w))
            density = math.exp(a * log_p + beta * log_q - log_beta) * math.pi * math.cosh(u)
            p = math.exp(log_p)
            ps = p * s
            # (1 - (1 + p s)^-R) / p, whose limit at p = 0 is R s
            gain = R * s if ps < 1e-300 else -math.expm1(-R * math.log1p(ps)) / p
            mass += density
            total += density * gain
        # the mass is 1: dividing by its own quadrature cancels the rounding of the beta function
        found = total / mass
        if abs(found - before) <= 1e-13 * found:
            return found
        before = found
        step *= 0.5
    return found


@compiled
def expected_if_alive(R: Floats, s: Floats, a: Floats, beta: Floats) -> Floats:
    """E[purchases | alive] for each customer or group.

    Args:
        R: r + x, shape (n,).
        s: t / (alpha + T), shape (n, m), one column per horizon.
        a: First parameter of the dropout probability, shape (n,).
        beta: The second, b + the purchases after which the customer has stayed, shape (n,).

    Returns:
        Shape (n, m).
    """
    n, m = s.shape
    out = np.empty((n, m))
    for i in range(n):
        for k in range(m):
            spread = R[i] * s[i, k] * (1.0 + s[i, k])
            terms = R[i] * s[i, k] + 12.0 * math.sqrt(spread) + 45.0 * (1.0 + s[i, k])
            if s[i, k] <= 0.0:
                out[i, k] = 0.0
            elif terms < LONGEST_SERIES and R[i] * math.log1p(s[i, k]) < SMALLEST_LOG:
                out[i, k] = series(R[i], s[i, k], a[i], beta[i])
            else:
                out[i, k] = integral(R[i], s[i, k], a[i], beta[i])
    return out
