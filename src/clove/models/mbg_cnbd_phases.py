"""How many purchases a living MBG/CNBD-k customer will make, from the phases of his intervals: positive terms only.

An Erlang-k interval is k phases, which pass as a Poisson process of rate lambda ~ Gamma(r, alpha); each k-th event is a
purchase. A customer who is alive at T has passed j < k phases since his last purchase, with probability

    w_j = (R)_j / j! u^j / sum over all j,   R = r + k x,   u = (T - t_x) / (alpha + T),

and the phases of the next t units are K_j ~ NB(R + j, s / (1 + s)), s = t / (alpha + T). He would make
N = floor((j + K_j) / k) purchases if he never left, and survives n of them with mu_n = B(a, beta + n) / B(a, beta).
"""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled

LONGEST_SERIES = 1e6  # phases; above that the sum is taken as an integral
FARTHEST = 1e5  # times alpha + T; a horizon beyond, of a customer of less than that shape, would take too long
LEAST_SHAPE = 30.0  # of R, from which so many phases leave every place within an interval equally likely
BIG = 1e200  # sums are scaled down before they reach the largest number
NOTHING = 1e-300  # of a mass of 1 or more; smaller numbers stand still at the smallest one instead of falling to 0


@compiled
def phases_passed(R: float, u: float, k: int, passed: Floats) -> float:
    """The probabilities of 0, ..., k - 1 phases since the last purchase, given alive, into `passed`, shape (k,).

    Returns:
        Sum of the k terms (R)_j / j! u^j, from 1 up: what Erlang-k silence is more likely by than exponential silence.
    """
    term = 1.0
    total = 0.0
    for j in range(k):
        passed[j] = term
        total += term
        term *= u * (R + j) / (j + 1.0)
    for j in range(k):
        passed[j] /= total
    return total


@compiled
def patience(R: Floats, u: Floats, k: int) -> Floats:
    """Log of that sum for each customer, shape (n,); R and u as in `expected_if_alive`."""
    out = np.empty(R.size)
    passed = np.empty(k)
    for i in range(R.size):
        out[i] = math.log(phases_passed(R[i], u[i], k, passed))
    return out


@compiled
def phases_passed_by_each(R: Floats, u: Floats, k: int) -> Floats:
    """The probabilities of 0, ..., k - 1 phases since the last purchase, given alive, shape (n, k)."""
    out = np.empty((R.size, k))
    for i in range(R.size):
        phases_passed(R[i], u[i], k, out[i])
    return out


@compiled
def series(R: float, s: float, passed: Floats, a: float, beta: float) -> float:
    """E[purchases | alive]: over all m, P(m phases since the last purchase) (mu_0 + ... + mu_{floor(m / k) - 1}).

    The probabilities come by their recurrence from that of no phase in t, whatever it is, and are divided by their
    sum, which is 1: so neither its rounding matters nor that it may be too small for a number.
    """
    k = passed.size
    weights = np.empty(k)  # of m phases since the last purchase, j of them before T
    scale = 1.0
    for j in range(k):
        weights[j] = passed[j] * scale
        scale /= 1.0 + s
    mean = k + R * s
    mass = 0.0
    total = 0.0
    survival = 1.0  # mu_n
    made = 0.0  # expected purchases where n were possible
    n = 0.0
    m = 0
    place = 0  # m % k
    while True:
        open_to = min(k, m + 1)
        here = 0.0
        for j in range(open_to):
            here += weights[j]
        mass += here
        total += here * made
        step = s * (R + m) / (1.0 + s)
        # past the mean the rest is at most geometric, and nobody makes more purchases than there are phases
        if m > mean and n > 0.0:
            ratio = max(step / (m + 2.0 - k), s / (1.0 + s))
            if ratio < 1.0:
                rest = here * ratio / (1.0 - ratio)
                gain = rest * (made + survival * (1.0 + 1.0 / (1.0 - ratio)))
                if here < NOTHING or (rest <= 1e-17 * mass and gain <= 1e-17 * total):
                    return total / mass
        for j in range(open_to):
            weights[j] *= step / (m + 1.0 - j)
        m += 1
        place += 1
        if place == k:
            place = 0
            made += survival
            survival *= (beta + n) / (a + beta + n)
            n += 1.0
        if here > BIG:
            mass /= BIG
            total /= BIG
            weights /= BIG


@compiled
def gain(p: float, R: float, s: float, passed: Floats) -> float:
    """E[1 - (1 - p)^N] / p, where so many phases are to come that the interval they end in is equally far in any phase.

    With v^k = 1 - p, E[v^(k N)] = E[v^M] (v^0 + v^-1 + ... + v^-(k - 1)) / k for M phases since the last purchase.
    """
    if p > 0.5:  # nobody stays that long
        return 1.0 / p
    k = passed.size
    lost = -math.log1p(-p) / k  # -log v
    places = 0.0
    paid = 0.0
    slowed = math.log1p(-s * math.expm1(-lost))
    for j in range(k):
        places += math.expm1(lost * j)
        paid += passed[j] * math.expm1(-lost * j - (R + j) * slowed)
    return -math.expm1(math.log1p(max(paid, -1.0)) + math.log1p(places / k)) / p


@compiled
def integral(R: float, s: float, passed: Floats, a: float, beta: float) -> float:
    """E[purchases | alive] over p ~ Beta(a, beta), by the double-exponential rule, halving the step to standstill."""
    log_beta = math.lgamma(a) + math.lgamma(beta) - math.lgamma(a + beta)
    # beyond these the density's own factor is below 1e-320
    left = math.asinh(740.0 / a / math.pi) + 1.0
    right = math.asinh(740.0 / beta / math.pi) + 1.0
    # below it the gain is that of p = 0, and p itself may be no number
    smallest = 1e-15 / (R * s)
    before = -1.0
    step = 0.125
    found = 0.0
    for _ in range(14):
        mass = 0.0
        total = 0.0
        for i in range(int((left + right) / step) + 1):
            place = -left + i * step
            w = math.pi * math.sinh(place)
            fall = math.log1p(math.exp(-abs(w)))
            log_p, log_q = min(w, 0.0) - fall, -max(w, 0.0) - fall
            density = math.exp(a * log_p + beta * log_q - log_beta) * math.pi * math.cosh(place)
            mass += density
            total += density * gain(max(math.exp(log_p), smallest), R, s, passed)
        # the mass is 1: dividing by its own quadrature cancels the rounding of the beta function
        found = total / mass
        if abs(found - before) <= 1e-13 * found:
            return found
        before = found
        step *= 0.5
    return found


@compiled
def _phases(R: float, s: float) -> float:
    """How many phases a sum has to visit."""
    return R * s + 12.0 * math.sqrt(R * s * (1.0 + s)) + 45.0 * (1.0 + s)


@compiled
def expected_if_alive(  # noqa: PLR0917 - compiled code takes no keywords
    R: Floats, u: Floats, s: Floats, k: int, a: float, beta: Floats
) -> Floats:
    """E[purchases | alive] for each customer or group.

    Args:
        R: r + k x, shape (n,).
        u: (T - t_x) / (alpha + T), shape (n,).
        s: t / (alpha + T), shape (n, m), one column per horizon.
        k: Phases of an interval.
        a: First parameter of the dropout probability.
        beta: The second, b + the purchases after which the customer has stayed, shape (n,).

    Returns:
        Shape (n, m).
    """
    out = np.empty(s.shape)
    passed = np.empty(k)
    for i in range(R.size):
        phases_passed(R[i], u[i], k, passed)
        for h in range(s.shape[1]):
            if s[i, h] <= 0.0:
                out[i, h] = 0.0
            elif _phases(R[i], s[i, h]) < LONGEST_SERIES or R[i] < LEAST_SHAPE:
                out[i, h] = series(R[i], s[i, h], passed, a, beta[i])
            else:
                out[i, h] = integral(R[i], s[i, h], passed, a, beta[i])
    return out


@compiled
def no_purchase_if_alive(R: Floats, u: Floats, s: Floats, k: int) -> Floats:
    """P(no purchase in t | alive), shape (n,): the k phases are not yet full.

    Args:
        R: r + k x, shape (n,), as are the two that follow.
        u: (T - t_x) / (alpha + T).
        s: t / (alpha + T).
        k: Phases of an interval.
    """
    out = np.empty(R.size)
    passed = np.empty(k)
    for i in range(R.size):
        now = phases_passed(R[i], u[i], k, passed)
        later = phases_passed(R[i], (u[i] + s[i]) / (1.0 + s[i]), k, passed)
        out[i] = math.exp(-R[i] * math.log1p(s[i])) * (later / now)
    return out
