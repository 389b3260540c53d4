"""Log-likelihood of the BG/BB summed over customers, with its first two derivatives."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.bg_bb_moments import slopes_of_sum
from clove.models.bg_bb_series import sum_rules
from clove.models.compiled import compiled
from clove.models.history import PurchaseHistory
from clove.models.rising_factorials import log_rising_ratio
from clove.models.trust_region import Evaluation

HISTORIES_PER_KEY = 2.0**62  # a triple of whole numbers is one integer below that


def distinct_histories(history: PurchaseHistory) -> tuple[Ints, Ints]:
    """Row of one member of each distinct (x, t_x, T), shape (k,), and the kind of each customer, shape (n,)."""
    if not len(history):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    width = float(history.T.max()) + 1.0
    if width**3 < HISTORIES_PER_KEY:
        x, t_x, n = (column.astype(np.int64) for column in (history.frequency, history.recency, history.T))
        _, rows, kind = np.unique((n * int(width) + t_x) * int(width) + x, return_index=True, return_inverse=True)
    else:
        columns = np.column_stack([history.T, history.recency, history.frequency])
        _, rows, kind = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    return rows.astype(np.int64), kind.reshape(-1).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class BgBbLikelihood:
    """The data of a fit: each kind of history once, with the customers it stands for.

    Fader, Hardie & Shang (2010), eq. 6.
    """

    x: Floats  # (k,)
    t_x: Floats  # (k,)
    n: Floats  # (k,)
    weights: Floats  # (k,)
    rules: Floats  # of `sum_rules`

    @classmethod
    def of(cls, history: PurchaseHistory, weights: Floats) -> Self:
        """Count equal histories.

        Args:
            history: In whole opportunities.
            weights: Customers that each row stands for, shape (n,).
        """
        rows, kind = distinct_histories(history)
        return cls(
            history.frequency[rows],
            history.recency[rows],
            history.T[rows],
            np.bincount(kind, weights, minlength=rows.size).astype(np.float64),
            sum_rules(),
        )

    def __call__(self, theta: Floats) -> Evaluation:
        """Value, gradient (4,) and Hessian (4, 4) at the logs of (alpha, beta, gamma, delta)."""
        parameters = np.exp(theta)
        alpha, beta, gamma, delta = parameters
        longest = int(self.n.max()) + 1
        i = np.arange(longest, dtype=np.float64)
        # sums of 1 / (z + i) and of their squares over i < j, for every j that occurs
        table = np.zeros((5, 2, longest + 1))
        for row, z in enumerate((alpha, beta, alpha + beta, delta, gamma + delta)):
            np.cumsum(1.0 / (z + i), out=table[row, 0, 1:])
            np.cumsum((z + i) ** -2.0, out=table[row, 1, 1:])
        value, gradient, hessian = evaluate(self.x, self.t_x, self.n, self.weights, parameters, table, self.rules)
        gradient *= parameters
        return float(value), gradient, hessian * np.outer(parameters, parameters) + np.diag(gradient)


@compiled
def evaluate(  # noqa: PLR0917 - compiled code takes no keywords
    x: Floats, t_x: Floats, n: Floats, weights: Floats, parameters: Floats, table: Floats, rules: Floats
) -> tuple[float, Floats, Floats]:
    """Sum of the log-likelihoods, gradient (4,) and Hessian (4, 4) in the parameters themselves.

    Args:
        x: Frequency, shape (k,), as are the three that follow.
        t_x: Recency.
        n: Opportunities.
        weights: Customers of this history.
        parameters: (alpha, beta, gamma, delta).
        table: Sums over i < j of 1 / (z + i), and of its square, for z = alpha, beta, alpha + beta, delta,
            gamma + delta, shape (5, 2, j).
        rules: Of `sum_rules`.
    """
    alpha, beta, gamma, delta = parameters[0], parameters[1], parameters[2], parameters[3]
    value = 0.0
    gradient = np.zeros(4)
    hessian = np.zeros((4, 4))
    moments = np.empty(19)
    slope = np.empty(4)
    for row in range(x.size):
        w = weights[row]
        i, t, y = int(x[row]), int(t_x[row]), int(t_x[row] - x[row])
        # of having bought like this and left right after the last purchase
        value -= w * (log_rising_ratio(beta, alpha, y) + log_rising_ratio(alpha, beta + y, x[row]))
        value -= w * (log_rising_ratio(delta, gamma, t) + math.log1p((delta + t) / gamma))
        slope[0] = table[0, 0, i] - table[2, 0, t]
        slope[1] = table[1, 0, y] - table[2, 0, t]
        slope[2] = 1.0 / gamma - table[4, 0, t + 1]
        slope[3] = table[3, 0, t] - table[4, 0, t + 1]
        hessian[0, 0] += w * (table[2, 1, t] - table[0, 1, i])
        hessian[0, 1] += w * table[2, 1, t]
        hessian[1, 1] += w * (table[2, 1, t] - table[1, 1, y])
        hessian[2, 2] += w * (table[4, 1, t + 1] - gamma**-2.0)
        hessian[2, 3] += w * table[4, 1, t + 1]
        hessian[3, 3] += w * (table[4, 1, t + 1] - table[3, 1, t])
        # relative to that: of having left later, or not yet
        value += w * slopes_of_sum(moments, x[row], t, int(n[row]), parameters, table, rules)
        entry = 5
        for j in range(4):
            gradient[j] += w * (slope[j] + moments[1 + j])
            for k in range(j, 4):
                hessian[j, k] += w * (moments[entry] - moments[1 + j] * moments[1 + k])
                entry += 1
        hessian[0, 0] += w * moments[15]
        hessian[0, 1] += w * moments[15]
        hessian[1, 1] += w * (moments[15] - moments[16])
        hessian[2, 2] += w * moments[17]
        hessian[2, 3] += w * moments[17]
        hessian[3, 3] += w * (moments[17] - moments[18])
    for j in range(4):
        for k in range(j):
            hessian[j, k] = hessian[k, j]
    return value, gradient, hessian
