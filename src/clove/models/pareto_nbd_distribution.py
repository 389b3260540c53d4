"""How many purchases a living Pareto/NBD customer will make: every probability a sum of positive parts.

With a = alpha + T, b = beta + T and R = r + x, the n-th of a customer who is alive now is

    P(N = n) = w_n { (a / (a + t))^R (t / (a + t))^n (b / (b + t))^s                                       stays
                   + integral of s / (b + w) (b / (b + w))^s (a / (a + w))^R (w / (a + w))^n over w to t } leaves at w

with w_n = Gamma(R + n) / (Gamma(R) n!). Fader & Hardie (2014), "Deriving the Conditional PMF of the Pareto/NBD Model",
give it as differences of hypergeometric functions.

In u = ln w the log of the integrand is concave, and analytic in |Im u| < pi. It is integrated from its peak, or from t
where the peak lies beyond, to both sides until nothing is left. Where the horizon is ordinary, one set of nodes in
v = ln(1 + w / min(a, b)), where the integrand has no singularity at w = 0, serves all n.
"""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.pareto_nbd_lifetime import DEEP, NODES_16, STEEPEST, WEIGHTS_16, gauss_legendre, gone, silence
from clove.models.rising_factorials import log_rising_ratio

LONGEST = 2.5  # a panel in u
SHARED_NODES, SHARED_WEIGHTS = gauss_legendre(40)
SHARED_LENGTH, SHARED_STEEP = 2.0, 20.0  # ordinary: ln(1 + t / min(a, b)), and the fall of the factors without n
SHARED_MOST = 40  # purchases


@compiled
def log_ways(R: float, n: float) -> float:
    """Log of Gamma(R + n) / (Gamma(R) n!), to full precision."""
    if n < 1.0:
        return 0.0
    return math.log(R) + log_rising_ratio(2.0, R - 1.0, n - 1.0)


@compiled
def log_ways_of_each(R: float, n: Floats) -> Floats:
    """The same for n of shape (k,)."""
    out = np.empty(n.size)
    for i in range(n.size):
        out[i] = log_ways(R, n[i])
    return out


@compiled
def leaves_after(R: float, s: float, a: float, b: float, t: float, n: float) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """The integral times w_n, for n above 0."""
    # the peak of w^(n+1) (a + w)^-(R+n) (b + w)^-(s+1): the positive root of a quadratic equation
    linear = (1.0 - R) * b + (n - s) * a
    root = math.sqrt(linear * linear + 4.0 * (R + s) * (n + 1.0) * a * b)
    peak = (linear + root) / (2.0 * (R + s)) if linear > 0.0 else 2.0 * (n + 1.0) * a * b / (root - linear)
    peak = min(peak, t)
    of_a, of_b = peak / (a + peak), peak / (b + peak)
    top = log_ways(R, n) + math.log(s) + n * math.log(of_a) - R * math.log1p(peak / a)
    top += math.log(of_b) - s * math.log1p(peak / b)
    reach = math.log(t / peak)
    total = 0.0
    for side in (-1.0, 1.0):
        done = 0.0  # distance from the peak
        fallen = 0.0
        while side < 0.0 or done < reach:
            width = LONGEST if side < 0.0 else min(LONGEST, reach - done)
            while True:
                d = side * (done + width)
                growth = math.expm1(d)
                fall = (R + n) * math.log1p(of_a * growth) + (s + 1.0) * math.log1p(of_b * growth) - (n + 1.0) * d
                if abs(fall - fallen) <= STEEPEST:
                    break
                width *= max(0.9 * STEEPEST / abs(fall - fallen), 0.1)
            panel = 0.0
            for i in range(16):
                d = side * (done + width * NODES_16[i])
                growth = math.expm1(d)
                panel += WEIGHTS_16[i] * math.exp(
                    (n + 1.0) * d - (R + n) * math.log1p(of_a * growth) - (s + 1.0) * math.log1p(of_b * growth)
                )
            total += width * panel
            done += width
            fallen = fall
            if fallen > DEEP:
                break
    return math.exp(top) * total


@compiled
def _add_leaving(R: float, s: float, a: float, b: float, t: float, row: Floats) -> None:  # noqa: PLR0917 - compiled code takes no keywords
    """Add the integrals for n = 1, 2, ... to `row` by one set of nodes."""
    near, far = min(a, b), max(a, b)
    length = math.log1p(t / near)
    share = near / far
    for i in range(SHARED_NODES.size):
        v = length * SHARED_NODES[i]
        growth = math.expm1(v)
        to_far = math.log1p(share * growth)
        to_a, to_b = (v, to_far) if a <= b else (to_far, v)
        of_a = -math.expm1(-to_a)  # w / (a + w)
        # dw = (near + w) dv
        jacobian = 1.0 if b <= a else share * math.exp(v - to_far)
        term = SHARED_WEIGHTS[i] * length * s * jacobian * math.exp(-R * to_a - s * to_b)
        for n in range(1, row.size):
            term *= of_a * ((R + n - 1.0) / n)
            row[n] += term


@compiled
def purchase_distribution_if_alive(  # noqa: PLR0917 - compiled code takes no keywords
    R: Floats, s: float, a: Floats, b: Floats, t: float, most: int
) -> Floats:
    """P(0, 1, ..., most purchases in t) of customers who are alive now.

    Args:
        R: r + x, shape (n,).
        s: Shape of the dropout rate.
        a: alpha + T, shape (n,).
        b: beta + T, shape (n,).
        t: Horizon.
        most: Largest number of purchases.

    Returns:
        Shape (n, most + 1).
    """
    out = np.zeros((R.size, most + 1))
    for i in range(R.size):
        row = out[i]
        if t <= 0.0:
            row[0] = 1.0
            continue
        stay = -silence(R[i], s, a[i], b[i], 0.0, t)
        row[0] = math.exp(stay) + gone(R[i], s, a[i], b[i], 0.0, t)
        length = math.log1p(t / min(a[i], b[i]))
        shared = most <= SHARED_MOST and length <= SHARED_LENGTH and -stay <= SHARED_STEEP
        if shared:
            _add_leaving(R[i], s, a[i], b[i], t, row)
        log_share = -math.log1p(a[i] / t)
        for n in range(1, most + 1):
            if not shared:
                row[n] = leaves_after(R[i], s, a[i], b[i], t, float(n))
            row[n] += math.exp(stay + n * log_share + log_ways(R[i], float(n)))
    return out
