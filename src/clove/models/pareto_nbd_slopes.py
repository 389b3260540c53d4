"""One Pareto/NBD customer's log-likelihood with its first two derivatives, from the moments of one integral.

But for a factor in x and r, the likelihood (Schmittlein, Morrison & Colombo 1987, before anything is integrated in
closed form) is the sum of two positive parts,

    A = alpha^r beta^s (alpha + T)^-R (beta + T)^-s                                             still there
    I = alpha^r beta^s integral from t_x to T of s (beta + tau)^-(s+1) (alpha + tau)^-R dtau    gone at tau

with R = r + x. The derivatives of ln(A + I) are means, variances and covariances of those of the logs of its parts,
each weighted by its share. Those of a moment tau are linear in

    ln(alpha + tau), ln(beta + tau), 1 / (alpha + tau), 1 / (beta + tau),

so the first two moments of these four, gathered while the integral is taken, give all.
"""

import math
from typing import TypeAlias

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.pareto_nbd_lifetime import DEEP, LONGEST, STEEPEST, gauss_legendre

# ten digits: five nodes while a panel is as short as this in v, and the exponent changes by no more than that
SHORT_5, GENTLE_5 = 0.8, 2.0
SHORT_6, GENTLE_6 = 1.2, 3.0
GENTLE_8 = 5.0
NODES_5, WEIGHTS_5 = gauss_legendre(5)
NODES_6, WEIGHTS_6 = gauss_legendre(6)
NODES_8, WEIGHTS_8 = gauss_legendre(8)
NODES_12, WEIGHTS_12 = gauss_legendre(12)

Slopes: TypeAlias = tuple[
    float, float, float, float, float, float, float, float, float, float, float, float, float, float, float
]
"""Value; gradient in the logs of (r, alpha, s, beta); upper triangle of the Hessian, row by row."""
Moments: TypeAlias = Slopes
"""Of order 0, 1 and 2."""


@compiled
def rule(width: float, change: float) -> tuple[Floats, Floats]:
    """Nodes and weights that give ten digits on such a panel."""
    if width <= SHORT_5 and change <= GENTLE_5:
        return NODES_5, WEIGHTS_5
    if width <= SHORT_6 and change <= GENTLE_6:
        return NODES_6, WEIGHTS_6
    if change <= GENTLE_8:
        return NODES_8, WEIGHTS_8
    return NODES_12, WEIGHTS_12


@compiled
def moments(length: float, share: float, fast: float, slow: float) -> Moments:
    """Integral over v up to `length` of exp(-fast n - slow f), and of its products with n, f, p, q and their products.

    Relative to the last purchase, n = v and f are the logs of the nearer and the farther of alpha + tau and beta + tau,
    p and q their inverses; `share` is nearer / farther at the last purchase.
    """
    rest = 1.0 - share
    m = mn = mf = mp = mq = mnn = mnf = mnp = mnq = mff = mfp = mfq = mpp = mpq = mqq = 0.0
    left = 0.0
    at_left = 0.0
    lowest = 0.0
    while left < length:
        width = min(length - left, LONGEST)
        while True:
            v = left + width
            rise = fast * v + slow * math.log(rest + share * math.exp(v)) - at_left
            if abs(rise) <= STEEPEST:
                break
            width *= max(0.9 * STEEPEST / abs(rise), 0.1)
        nodes, weights = rule(width, abs(rise))
        for i in range(nodes.size):
            n = left + width * nodes[i]
            growth = math.exp(n)
            of_far = rest + share * growth
            f = math.log(of_far)
            w = width * weights[i] * math.exp(-fast * n - slow * f)
            p = 1.0 / growth
            q = 1.0 / of_far
            m += w
            wn, wf, wp, wq = w * n, w * f, w * p, w * q
            mn += wn
            mf += wf
            mp += wp
            mq += wq
            mnn += wn * n
            mnf += wn * f
            mnp += wn * p
            mnq += wn * q
            mff += wf * f
            mfp += wf * p
            mfq += wf * q
            mpp += wp * p
            mpq += wp * q
            mqq += wq * q
        left += width
        at_left += rise
        lowest = min(lowest, at_left)
        if at_left - lowest > DEEP and rise > 0.0:
            break
    return m, mn, mf, mp, mq, mnn, mnf, mnp, mnq, mff, mfp, mfq, mpp, mpq, mqq


@compiled
def slopes(x: float, t_x: float, T: float, r: float, alpha: float, s: float, beta: float) -> Slopes:  # noqa: PLR0915, PLR0917 - one formula, and compiled code takes no keywords
    """ln(A + I) of one customer with its derivatives, to ten digits."""
    R = r + x
    alpha_last, beta_last = alpha + t_x, beta + t_x
    swapped = beta < alpha
    near, far = (beta_last, alpha_last) if swapped else (alpha_last, beta_last)
    share = near / far
    if swapped:
        fast, slow, factor = s, R, s
    else:
        fast, slow, factor = R - 1.0, s + 1.0, s * share
    found = moments(math.log1p((T - t_x) / near), share, fast, slow)
    m, mn, mf, mp, mq, mnn, mnf, mnp, mnq, mff, mfp, mfq, mpp, mpq, mqq = found

    # what both parts share
    log_alpha, log_beta = math.log1p(t_x / alpha), math.log1p(t_x / beta)
    base = -r * log_alpha - s * log_beta - x * math.log(alpha_last)
    # still here
    end_alpha, end_beta = math.log1p((T - t_x) / alpha_last), math.log1p((T - t_x) / beta_last)
    here = -R * end_alpha - s * end_beta
    a, b = alpha / (alpha + T), beta / (beta + T)
    hr = -r * (log_alpha + end_alpha)
    ha = r - R * a
    hs = -s * (log_beta + end_beta)
    hb = s - s * b
    if m == 0.0:
        return (
            base + here,
            hr, ha, hs, hb,
            hr, r * (1.0 - a), 0.0, 0.0,
            -R * a * (1.0 - a), 0.0, 0.0,
            hs, s * (1.0 - b),
            -s * b * (1.0 - b),
        )  # fmt: skip

    log_gone = math.log(factor * m)
    top = max(log_gone, here)
    stays, goes = math.exp(here - top), math.exp(log_gone - top)
    mass = stays + goes
    value = base + top + math.log(mass)
    stays, goes = stays / mass, goes / mass

    # gone: means and covariances of the four, named by parameter from here on
    by = 1.0 / m
    mn, mf, mp, mq = mn * by, mf * by, mp * by, mq * by
    vnn, vff, vpp, vqq = mnn * by - mn * mn, mff * by - mf * mf, mpp * by - mp * mp, mqq * by - mq * mq
    vnf, vnp, vnq = mnf * by - mn * mf, mnp * by - mn * mp, mnq * by - mn * mq
    vfp, vfq, vpq = mfp * by - mf * mp, mfq * by - mf * mq, mpq * by - mp * mq
    if swapped:
        la, lb, ia, ib, iaa, ibb = mf, mn, mq, mp, mqq * by, mpp * by
        vrr, vra, vrs, vrb = vff, vfq, vnf, vfp
        vaa, vas, vab = vqq, vnq, vpq
        vss, vsb, vbb = vnn, vnp, vpp
    else:
        la, lb, ia, ib, iaa, ibb = mn, mf, mp, mq, mpp * by, mqq * by
        vrr, vra, vrs, vrb = vnn, vnp, vnf, vnq
        vaa, vas, vab = vpp, vfp, vpq
        vss, vsb, vbb = vff, vfq, vqq
    to_alpha, to_beta = alpha / alpha_last, beta / beta_last
    kr, ka, ks, kb = -r, -R * to_alpha, -s, -(s + 1.0) * to_beta
    gr = -r * (log_alpha + la)
    ga = r + ka * ia
    gs = 1.0 - s * (log_beta + lb)
    gb = s + kb * ib

    dr, da, ds, db = gr - hr, ga - ha, gs - hs, gb - hb
    both = goes * stays
    return (
        value,
        goes * gr + stays * hr,
        goes * ga + stays * ha,
        goes * gs + stays * hs,
        goes * gb + stays * hb,
        goes * (kr * kr * vrr + gr) + stays * hr + both * dr * dr,
        goes * (kr * ka * vra + r * (1.0 - to_alpha * ia)) + stays * r * (1.0 - a) + both * dr * da,
        goes * kr * ks * vrs + both * dr * ds,
        goes * kr * kb * vrb + both * dr * db,
        goes * (ka * ka * vaa + ka * (ia - to_alpha * iaa)) - stays * R * a * (1.0 - a) + both * da * da,
        goes * ka * ks * vas + both * da * ds,
        goes * ka * kb * vab + both * da * db,
        goes * (ks * ks * vss + gs - 1.0) + stays * hs + both * ds * ds,
        goes * (ks * kb * vsb + s * (1.0 - to_beta * ib)) + stays * s * (1.0 - b) + both * ds * db,
        goes * (kb * kb * vbb + kb * (ib - to_beta * ibb)) - stays * s * b * (1.0 - b) + both * db * db,
    )


@compiled
def summed_slopes(x: Floats, t_x: Floats, T: Floats, weight: Floats, parameters: Floats) -> Floats:
    """Over customers, each as often as his weight, shape (15,)."""
    r, alpha, s, beta = parameters[0], parameters[1], parameters[2], parameters[3]
    total = np.zeros(15)
    for i in range(x.size):
        own = slopes(x[i], t_x[i], T[i], r, alpha, s, beta)
        for k in range(15):
            total[k] += weight[i] * own[k]
    return total


@compiled
def slopes_by_row(x: Floats, t_x: Floats, T: Floats, rows: Floats) -> Floats:
    """Of each customer under parameters of his own, rows of shape (4, n), shape (n, 15)."""
    found = np.empty((x.size, 15))
    for i in range(x.size):
        own = slopes(x[i], t_x[i], T[i], rows[0, i], rows[1, i], rows[2, i], rows[3, i])
        for k in range(15):
            found[i, k] = own[k]
    return found
