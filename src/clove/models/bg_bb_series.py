"""The sums over the opportunity at which a BG/BB customer may have left: positive terms, however long the silence.

With A = alpha + x, B = beta + t_x - x, D = delta + t_x and g = gamma, the chance to have left after k silent
opportunities falls, relative to that of having left at once, as

    rho_k = (B)_k (D)_k / ((A + B)_k (g + 1 + D)_k),   (z)_k = z (z + 1) ... (z + k - 1).

The first terms are added one by one. Later ones vary slowly: a block from k to 2 k is summed by Gauss's rule for sums
(twelve points and weights that are exact for every polynomial of degree 23 over the whole numbers of the block), so
that 10^5 opportunities cost as little as a few hundred. A sum ends early where the bound on its rest is below rounding.
"""

import math
from functools import cache

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.rising_factorials import log_rising_ratio

SINGLY = 256  # terms that are added one by one; at the start of a block the terms' poles are as far as it is long
POINTS = 12  # of the rule for a block
SHORTEST_BLOCK = 16
LONGEST_BLOCK = 2.0**45
NOTHING = 1e-17  # relative to the sum


@cache
def sum_rules() -> Floats:
    """Points and weights of Gauss's rule for the sum over 0, 1, ..., L - 1, with L = 16, 32, 64, ..., shape (r, 2, 12).

    The orthogonal polynomials are Chebyshev's of a discrete variable; Golub & Welsch (1969), Math. Comp. 23, 221-230.
    """
    j = np.arange(1.0, POINTS)
    rules = []
    length = float(SHORTEST_BLOCK)
    while length <= LONGEST_BLOCK:
        beside = 0.5 * j * np.sqrt((length - j) * (length + j) / (4.0 * j * j - 1.0))
        points, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
        rules.append(np.stack([points + 0.5 * (length - 1.0), length * vectors[0] ** 2]))
        length *= 2.0
    return np.stack(rules)


@compiled
def sum_left(A: float, B: float, g: float, D: float, m: float, rules: Floats) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """Sum of rho_k over 0 <= k < m; relative error below 1e-13."""
    total = 0.0
    rho = 1.0
    k = 0.0
    while k < min(m, SINGLY):
        total += rho
        rho *= (B + k) * (D + k) / ((A + B + k) * (g + 1.0 + D + k))
        k += 1.0
        if rest_is_nothing(rho, total, A, B, g, D, k):
            return total
    if k >= m:
        return total
    log_rho = math.log(rho)
    while k < m:
        size, rule = block(k, m)
        for i in range(size):
            at = k - SINGLY + (rules[rule, 0, i] if rule >= 0 else i)
            log_term = log_rho - log_rising_ratio(B + SINGLY, A, at) - log_rising_ratio(D + SINGLY, g + 1.0, at)
            rho = math.exp(log_term)
            total += rho * (rules[rule, 1, i] if rule >= 0 else 1.0)
        k += SHORTEST_BLOCK * 2.0**rule if rule >= 0 else size
        if rest_is_nothing(rho, total, A, B, g, D, k):
            break
    return total


@compiled
def block(k: float, m: float) -> tuple[int, int]:
    """Points of the block that begins at k, and its rule; -1 where it is so short that each term stands for itself."""
    room = min(k, m - k)
    if room < SHORTEST_BLOCK:
        return int(room), -1
    rule = 0
    while SHORTEST_BLOCK * 2.0 ** (rule + 1) <= room:
        rule += 1
    return POINTS, rule


@compiled
def rest_is_nothing(rho: float, total: float, A: float, B: float, g: float, D: float, k: float) -> bool:  # noqa: PLR0917 - compiled code takes no keywords
    """Whether all terms from k on are below rounding: two bounds on their sum, one from each of the two ratios."""
    least = NOTHING * total
    return rho * (A + B + k - 1.0) <= least * (A - 1.0) or rho * (g + D + k) <= least * g


@compiled
def evidence(x: float, t_x: float, n: float, parameters: Floats, rules: Floats) -> tuple[float, float, float]:
    """Logs of the three parts of a customer's likelihood (eq. 6).

    Returns:
        Log of the chance to have made these purchases and to have left right after the last; of the sum over all
        opportunities at which he may have left, relative to that (-inf where he was never silent); and of the chance
        to be still there, relative to that.
    """
    alpha, beta, gamma, delta = parameters[0], parameters[1], parameters[2], parameters[3]
    y, m = t_x - x, n - t_x
    A, B, D = alpha + x, beta + y, delta + t_x
    first = -log_rising_ratio(beta, alpha, y) - log_rising_ratio(alpha, B, x) - log_rising_ratio(delta, gamma, t_x)
    first -= math.log1p(D / gamma)
    if m <= 0.0:
        return first, -math.inf, math.log1p(D / gamma)
    stayed = math.log1p((D + m) / gamma) - log_rising_ratio(B, A, m) - log_rising_ratio(D, gamma + 1.0, m)
    return first, math.log(sum_left(A, B, gamma, D, m, rules)), stayed


@compiled
def judge(x: Floats, t_x: Floats, n: Floats, parameters: Floats, rules: Floats) -> Floats:
    """Log-likelihood, P(gone before T) and P(there at T) of each history, shape (k, 3).

    Args:
        x: Frequency, shape (k,), as are the two that follow.
        t_x: Recency.
        n: Opportunities.
        parameters: (alpha, beta, gamma, delta).
        rules: Of `sum_rules`.
    """
    out = np.empty((x.size, 3))
    for i in range(x.size):
        first, left, stayed = evidence(x[i], t_x[i], n[i], parameters, rules)
        high, low = max(left, stayed), min(left, stayed)
        ratio = math.exp(low - high)
        out[i, 0] = first + high + math.log1p(ratio)
        likely, unlikely = 1.0 / (1.0 + ratio), ratio / (1.0 + ratio)
        out[i, 1] = likely if left > stayed else unlikely
        out[i, 2] = unlikely if left > stayed else likely
    return out
