"""How many purchases a living customer of the beta-geometric family will make: no term is lost to rounding.

A purchase is the last of k phases, which pass as a Poisson process; k = 1 but for regular buyers. Of a living customer
j < k phases may have passed since his last purchase, and K_j ~ NB(R + j, s / (1 + s)) will in the time to come. So he
could make N = floor((j + K_j) / k) purchases if he never left, and survives n of them with mu_n.
"""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled

BIG = 1e200  # probabilities in units of the first are scaled down before they reach the largest number
LOG_BIG = math.log(BIG)
NOTHING = 1e-300  # of a mass of 1 or more; smaller numbers stand still at the smallest one instead of falling to 0


@compiled
def _possible(R: float, s: float, passed: Floats, possible: Floats) -> float:
    """P(N = 0, 1, ..., most) into `possible`, shape (most + 1,), and P(N > most) returned.

    The probabilities of m phases since the last purchase come by their recurrence, in units of that of none. What lies
    above is summed up to its end, or, where that is far and the rest not small, is what is left of P(m > 0).
    """
    k = passed.size
    weights = np.empty(k)  # of m phases since the last purchase, j of them before now
    scale = 1.0
    for j in range(k):
        weights[j] = passed[j] * scale
        scale /= 1.0 + s
    possible[:] = 0.0
    most_phases = k * possible.size
    mean = k + R * s
    far = most_phases <= mean + s
    none = weights[0]  # m = 0
    log_unit = -R * math.log1p(s)
    above: float = 0.0
    m = 0
    here = 1.0
    while (m < most_phases or not far) and (m <= mean or here >= NOTHING):
        open_to = min(k, m + 1)
        here = 0.0
        for j in range(open_to):
            here += weights[j]
        step = s * (R + m) / (1.0 + s)
        if m < most_phases:
            possible[m // k] += here if m > 0 else 0.0
        else:
            above += here
            ratio = max(step / (m + 2.0 - k), s / (1.0 + s))
            if m > mean and ratio < 1.0 and here * ratio / (1.0 - ratio) <= 1e-17 * above:
                break
        for j in range(open_to):
            weights[j] *= step / (m + 1.0 - j)
        m += 1
        if here > BIG:
            log_unit += LOG_BIG
            none /= BIG
            above /= BIG
            possible /= BIG
            weights /= BIG
    if far:
        half = math.exp(0.5 * log_unit)  # the unit itself may be no number
        possible *= half
        possible *= half
        some = 0.0
        for j in range(1, k):
            some += passed[j]
        some -= passed[0] * math.expm1(-R * math.log1p(s))
        above = max(some - float(possible.sum()), 0.0)
        possible[0] += none * half * half
        return above
    possible[0] += none
    mass = float(possible.sum()) + above  # 1, but for the rounding of the unit
    possible /= mass
    above /= mass
    return above


@compiled
def purchase_distribution_if_alive(  # noqa: PLR0917 - compiled code takes no keywords
    R: Floats, s: Floats, passed: Floats, a: Floats, beta: Floats, most: int
) -> Floats:
    """P(0, 1, ..., most purchases | alive) for each customer.

    n were possible and he stayed, or more were and he left after the n-th:

        P(n) = mu_{n-1} (P(N = n) + P(N > n) a / (a + beta + n - 1)),   n > 0.

    P(N > n) is added up from above, from where it is small.

    Args:
        R: Shape of the rate, r + the phases of x purchases, shape (n,).
        s: t / (alpha + T), shape (n,).
        passed: Probabilities of 0, ..., k - 1 phases since the last purchase, shape (n, k).
        a: First parameter of the dropout probability, shape (n,).
        beta: The second, b + the purchases after which the customer has stayed, shape (n,).
        most: Largest count.

    Returns:
        Shape (n, most + 1).
    """
    out = np.empty((R.size, most + 1))
    for i in range(R.size):
        tail = _possible(R[i], s[i], passed[i], out[i])
        for n in range(most, 0, -1):
            here = out[i, n]
            out[i, n] = here + tail * (a[i] / (a[i] + (beta[i] + (n - 1.0))))
            tail += here
        survival = 1.0  # mu_{n-1}
        for n in range(1, most + 1):
            out[i, n] *= survival
            stayed = beta[i] + (n - 1.0)
            survival *= stayed / (a[i] + stayed)
    return out
