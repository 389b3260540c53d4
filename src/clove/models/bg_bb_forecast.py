"""What a BG/BB customer who is still there does in the opportunities to come.

After n opportunities with x purchases his purchase probability is Beta(A, B) with A = alpha + x and B = beta + n - x,
and his dropout probability Beta(g, D) with g = gamma and D = delta + n: a new customer of other parameters. He is there
at the j-th opportunity to come with probability S_j = (D)_j / (g + D)_j. Nothing below subtracts two like numbers.
"""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.bg_bb_series import sum_left
from clove.models.compiled import compiled
from clove.models.rising_factorials import log_rising_ratio, sum_of_inverses

SINGLY = 16.0  # terms added one by one before the closed form, which wants D large
WALKED = 4096.0  # opportunities looked at one by one for the next purchase
NEVER = 2.0**40  # opportunities; a next purchase beyond is none
RESCALE = 1e200


@compiled
def expected_stay(g: float, D: float, h: float) -> float:
    """Sum of S_j over 1 <= j <= h, h whole. Its closed form (eq. 13) divides by g - 1 without harm at g = 1."""
    total = 0.0
    there = 1.0
    while h >= 1.0 and D < SINGLY:
        there *= D / (g + D)
        total += there
        D += 1.0
        h -= 1.0
    if h <= 0.0:
        return total
    c = g - 1.0
    if c == 0.0:
        return total + there * D * sum_of_inverses(D + 1.0, h)
    return total + there * D * (-math.expm1(-log_rising_ratio(D + 1.0, c, h)) / c)


@compiled
def stay_curves(n: Floats, horizons: Floats, gamma: float, delta: float) -> Floats:
    """Opportunities to come at which a customer who is there after n is there still, expected, shape (k, m).

    Args:
        n: Opportunities so far, shape (k,).
        horizons: Opportunities ahead, shape (m,); between two whole numbers the curve is straight.
        gamma: First parameter of the dropout probability.
        delta: Second.
    """
    out = np.empty((n.size, horizons.size))
    for i in range(n.size):
        D = delta + n[i]
        for j in range(horizons.size):
            whole = math.floor(horizons[j])
            out[i, j] = expected_stay(gamma, D, whole)
            if horizons[j] > whole:
                out[i, j] += (horizons[j] - whole) * math.exp(-log_rising_ratio(D, gamma, whole + 1.0))
    return out


@compiled
def silence(A: float, B: float, g: float, D: float, h: float, rules: Floats) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """P(no purchase at the next h opportunities | there), h whole: gone by then, or there and not buying."""
    if h <= 0.0:
        return 1.0
    still_there = math.exp(-log_rising_ratio(B, A, h) - log_rising_ratio(D, g, h))
    return sum_left(A, B, g, D, h, rules) / (1.0 + D / g) + still_there


@compiled
def silences(x: Floats, n: Floats, horizons: Floats, parameters: Floats, rules: Floats) -> Floats:
    """P(no purchase in the horizon | there at n), shape (k,); straight between whole horizons.

    Args:
        x: Frequency, shape (k,), as are the two that follow.
        n: Opportunities so far.
        horizons: Opportunities ahead.
        parameters: (alpha, beta, gamma, delta).
        rules: Of `sum_rules`.
    """
    out = np.empty(x.size)
    for i in range(x.size):
        A, B, D = parameters[0] + x[i], parameters[1] + (n[i] - x[i]), parameters[3] + n[i]
        whole = math.floor(horizons[i])
        part = horizons[i] - whole
        out[i] = (1.0 - part) * silence(A, B, parameters[2], D, whole, rules)
        if part > 0.0:
            out[i] += part * silence(A, B, parameters[2], D, whole + 1.0, rules)
    return out


@compiled
def next_purchases(x: Floats, n: Floats, wanted: Floats, parameters: Floats, rules: Floats) -> Floats:
    """Opportunities until a purchase is as probable as wanted, given there at n, shape (k,); inf where it never is.

    Args:
        x: Frequency, shape (k,), as are the two that follow.
        n: Opportunities so far.
        wanted: Probability.
        parameters: (alpha, beta, gamma, delta).
        rules: Of `sum_rules`.
    """
    out = np.full(x.size, math.inf)
    for i in range(x.size):
        A, B, g, D = parameters[0] + x[i], parameters[1] + (n[i] - x[i]), parameters[2], parameters[3] + n[i]
        bought = 0.0  # P(a purchase by now)
        waiting = 1.0  # P(there, and no purchase yet)
        h = 0.0
        while h < WALKED:
            waiting *= (D + h) / (g + D + h)
            bought += waiting * (A / (A + B + h))
            waiting *= (B + h) / (A + B + h)
            h += 1.0
            if bought >= wanted[i]:
                out[i] = h
                break
            if bought + waiting < wanted[i]:
                break
        if h < WALKED or out[i] < math.inf:
            continue
        low, high = h, 2.0 * h
        while high <= NEVER and 1.0 - silence(A, B, g, D, high, rules) < wanted[i]:
            low, high = high, 2.0 * high
        if high > NEVER:
            continue
        while high - low > 1.0:
            middle = math.floor(0.5 * (low + high))
            if 1.0 - silence(A, B, g, D, middle, rules) < wanted[i]:
                low = middle
            else:
                high = middle
        out[i] = high
    return out


@compiled
def chance_of(k: float, A: float, B: float, g: float, D: float, h: float) -> float:  # noqa: PLR0917 - compiled code takes no keywords
    """P(k purchases at the next h opportunities | there), h whole: eq. 7 at these parameters."""
    if k > h:
        return 0.0
    scale = -log_rising_ratio(D, g, k) - math.log1p((D + k) / g) - log_rising_ratio(A, B, k)
    total = 0.0
    term = 1.0
    for i in range(int(h - k)):
        total += term
        silent = float(i)
        j = k + silent
        term *= (j + 1.0) / (silent + 1.0) * ((B + silent) / (A + B + j)) * ((D + j) / (g + 1.0 + D + j))
        if term > RESCALE:
            term /= RESCALE
            total /= RESCALE
            scale += math.log(RESCALE)
    total += term * (1.0 + (D + h) / g)
    return math.exp(scale + math.log(total))


@compiled
def distributions(x: Floats, n: Floats, horizon: float, most: int, parameters: Floats) -> Floats:
    """P(0, ..., most purchases in the horizon | there at n), shape (k, most + 1); a mixture between whole horizons.

    Args:
        x: Frequency, shape (k,).
        n: Opportunities so far, shape (k,).
        horizon: Opportunities ahead.
        most: Largest number of purchases.
        parameters: (alpha, beta, gamma, delta).
    """
    out = np.zeros((x.size, most + 1))
    whole = math.floor(horizon)
    part = horizon - whole
    for i in range(x.size):
        A, B, D = parameters[0] + x[i], parameters[1] + (n[i] - x[i]), parameters[3] + n[i]
        for k in range(most + 1):
            out[i, k] = (1.0 - part) * chance_of(float(k), A, B, parameters[2], D, whole)
            if part > 0.0:
                out[i, k] += part * chance_of(float(k), A, B, parameters[2], D, whole + 1.0)
    return out
