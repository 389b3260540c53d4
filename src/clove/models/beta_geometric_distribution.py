"""How many purchases a living BG/NBD or MBG/NBD customer will make: every term positive, none lost to rounding."""

import math

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled

SLOW = 0.999  # ratio of terms from which the sum of the upper tail is long, and the tail itself far from small


@compiled
def _tail(log_weight: float, R: float, z: float, most: int, log_weights: Floats) -> float:
    """P(K > most): by the sum of what lies above, or, where that is nearly all, by what is left of 1.

    Args:
        log_weight: log P(K = most + 1).
        R: Shape of K.
        z: Its probability.
        most: Largest count that does not belong to the tail.
        log_weights: log P(K = 0, ..., most), shape (most + 1,).
    """
    if z * (R + most + 1.0) / (most + 2.0) >= SLOW or z >= SLOW:
        return max(1.0 - float(np.exp(log_weights).sum()), 0.0)
    term = 1.0
    rest = 0.0
    above = most + 1.0
    while True:
        rest += term
        ratio = z * (R + above) / (above + 1.0)
        bound = max(ratio, z)
        if term * bound / (1.0 - bound) <= 1e-17 * rest:
            return math.exp(min(log_weight + math.log(rest), 0.0))
        term *= ratio
        above += 1.0


@compiled
def purchase_distribution_if_alive(R: Floats, s: Floats, a: Floats, beta: Floats, most: int) -> Floats:
    """P(N = 0, 1, ..., most | alive) for each customer.

    With K ~ NB(R, s / (1 + s)) the purchases that he would make if he never left,

        P(N = n) = mu_{n-1} (P(K = n) + P(K > n) a / (a + beta + n - 1)),   n > 0.

    P(K > n) is summed from above, from where it is small, by P(K > n) = P(K > n + 1) + P(K = n + 1).

    Args:
        R: r + x, shape (n,), as are the three that follow.
        s: t / (alpha + T).
        a: First parameter of the dropout probability.
        beta: The second, b + the purchases after which the customer has stayed.
        most: Largest count.

    Returns:
        Shape (n, most + 1).
    """
    out = np.empty((R.size, most + 1))
    for i in range(R.size):
        log_z = -math.log1p(1.0 / s[i]) if s[i] > 0.0 else -math.inf
        log_none = R[i] * math.log1p(s[i])
        if s[i] <= 0.0:
            out[i, :] = 0.0
            out[i, 0] = 1.0
            continue
        # P(K = j) in logs by its recurrence
        log_weight = -log_none
        for j in range(most + 1):
            out[i, j] = log_weight
            log_weight += log_z + math.log((R[i] + j) / (j + 1.0))
        tail = _tail(log_weight, R[i], s[i] / (1.0 + s[i]), most, out[i])
        # from above to below: the tail grows by positive terms
        for n in range(most, -1, -1):
            weight = math.exp(out[i, n])
            leaves = a[i] / (a[i] + (beta[i] + (n - 1.0))) if n > 0 else 0.0
            out[i, n] = weight + tail * leaves
            tail += weight
        log_survival = 0.0
        survival = 1.0  # mu_{n-1}
        for n in range(1, most + 1):
            out[i, n] *= survival
            log_survival += math.log((beta[i] + (n - 1.0)) / (a[i] + (beta[i] + (n - 1.0))))
            survival = math.exp(log_survival)
    return out
