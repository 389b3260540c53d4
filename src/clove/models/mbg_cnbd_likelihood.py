"""Log-likelihood of the MBG/CNBD-k summed over customers, with its first two derivatives."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.compiled import compiled
from clove.models.history import PurchaseHistory
from clove.models.totals import total
from clove.models.trust_region import Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class ErlangLikelihood:
    """The data of a fit at one k, the gamma functions counted per distinct x.

    With R = r + k x and S the probability of no purchase between t_x and T, the likelihood of a customer is

        Gamma(R) alpha^r B(a, b + x) / (Gamma(r) B(a, b) (alpha + t_x)^R) (a + (b + x) S) / (a + b + x)

    times what does not depend on the parameters, which is the constant.
    """

    k: int
    constant: float  # of the times between purchases
    customers: float
    x_values: Floats  # (m,) distinct frequencies
    x_counts: Floats  # (m,)
    x: Floats  # (n,)
    t_x: Floats  # (n,)
    T: Floats  # (n,)
    weight: Floats  # (n,)

    @classmethod
    def of(cls, history: PurchaseHistory, weights: Floats, k: int) -> Self:
        """For n customers, each row standing for so many, shape (n,)."""
        x = history.frequency
        values, place = np.unique(x, return_inverse=True)
        counts = np.bincount(place.reshape(-1), weights, values.size).astype(np.float64)
        constant = total(weights, interval_terms(history, k))
        return cls(k, constant, float(weights.sum()), values, counts, x, history.recency, history.T, weights)

    def __call__(self, theta: Floats) -> Evaluation:
        """Value, gradient (4,) and Hessian (4, 4) at the logs of (r, alpha, a, b)."""
        from scipy.special import betaln, digamma, gammaln, polygamma

        parameters = np.exp(theta)
        r, alpha, a, b = parameters
        x, counts, n = self.x_values, self.x_counts, self.customers
        shape, flips = r + self.k * x, x + 1.0
        value, gradient, hessian = row_terms(self.x, self.t_x, self.T, self.weight, float(self.k), parameters)
        # B(a, b + x) / (a + b + x) = B(a, b + x + 1) / (b + x)
        value += counts @ (gammaln(shape) + betaln(a, b + flips) - np.log(b + x))
        value += n * (r * math.log(alpha) - gammaln(r) - betaln(a, b)) + self.constant
        both = n * digamma(a + b) - counts @ digamma(a + b + flips)
        gradient[0] += counts @ digamma(shape) + n * (math.log(alpha) - digamma(r))
        gradient[1] += n * r / alpha
        gradient[2] += both
        gradient[3] += both + counts @ (digamma(b + flips) - 1 / (b + x)) - n * digamma(b)
        bend = n * polygamma(1, a + b) - counts @ polygamma(1, a + b + flips)
        hessian[0, 0] += counts @ polygamma(1, shape) - n * polygamma(1, r)
        hessian[0, 1] += n / alpha
        hessian[1, 1] -= n * r / alpha**2
        hessian[2, 2] += bend
        hessian[2, 3] += bend
        hessian[3, 3] += bend + counts @ (polygamma(1, b + flips) + (b + x) ** -2) - n * polygamma(1, b)
        hessian = np.triu(hessian) + np.triu(hessian, 1).T
        gradient *= parameters
        return float(value), gradient, hessian * np.outer(parameters, parameters) + np.diag(gradient)


def interval_terms(history: PurchaseHistory, k: int) -> Floats:
    """What the times between purchases add to each customer's log-likelihood, shape (n,); that of k alone if unknown.

    (k - 1) times the sum of their logs, less log Gamma(k) for each.
    """
    logs = 0.0 if history.log_intervals is None else (k - 1) * history.log_intervals
    terms: Floats = logs - history.frequency * math.lgamma(k)
    return terms


@compiled
def row_terms(  # noqa: PLR0917 - compiled code takes no keywords
    x: Floats, t_x: Floats, T: Floats, weight: Floats, k: float, parameters: Floats
) -> tuple[float, Floats, Floats]:
    """What depends on x, t_x and T together: log(a + (b + x) S) - R log(alpha + t_x), weighted and summed.

    Returns:
        Value, gradient (4,) and the upper triangle of the Hessian (4, 4), in (r, alpha, a, b).
    """
    r, alpha, a, b = parameters[0], parameters[1], parameters[2], parameters[3]
    value = 0.0
    gradient = np.zeros(4)
    hessian = np.zeros((4, 4))
    tilt = np.empty(4)
    for i in range(x.size):
        R = r + k * x[i]
        age, last = alpha + T[i], alpha + t_x[i]
        u = (T[i] - t_x[i]) / age
        # S = (last / age)^R q, q the sum of k positive terms, with their derivatives in r and alpha
        term, harmonic, squares = 1.0, 0.0, 0.0
        q = q_r = q_rr = q_t = q_tt = q_rt = 0.0
        for j in range(int(k)):
            q += term
            q_r += term * harmonic
            q_rr += term * (harmonic * harmonic - squares)
            q_t -= term * j
            q_tt += term * j * (j + 1.0)
            q_rt -= term * j * harmonic
            term *= u * (R + j) / (j + 1.0)
            harmonic += 1.0 / (R + j)
            squares += 1.0 / (R + j) ** 2
        ratio = math.log1p((T[i] - t_x[i]) / last)
        s_r = q_r / q - ratio
        s_t = q_t / q / age - R * (1.0 / age - 1.0 / last)
        s_rr = q_rr / q - (q_r / q) ** 2
        s_rt = (q_rt - q_r * q_t / q) / q / age - (1.0 / age - 1.0 / last)
        s_tt = (q_tt / q - (q_t / q) ** 2) / age**2 + R * (1.0 / age**2 - 1.0 / last**2)

        stayed = b + x[i]
        log_stayed = math.log(stayed) + math.log(q) - R * ratio  # log((b + x) S)
        odds = math.log(a) - log_stayed  # of having dropped out after the last purchase
        small = math.exp(-abs(odds))
        gone = (1.0 if odds >= 0.0 else small) / (1.0 + small)
        here = (small if odds >= 0.0 else 1.0) / (1.0 + small)
        w = weight[i]
        log_last = math.log(last)
        value += w * (log_stayed + max(odds, 0.0) + math.log1p(small) - R * log_last)
        gradient[0] += w * (here * s_r - log_last)
        gradient[1] += w * (here * s_t - R / last)
        gradient[2] += w * gone / a
        gradient[3] += w * here / stayed
        tilt[0], tilt[1], tilt[2], tilt[3] = -s_r, -s_t, 1.0 / a, -1.0 / stayed
        spread = w * gone * here
        for row in range(4):
            for column in range(row, 4):
                hessian[row, column] += spread * tilt[row] * tilt[column]
        hessian[0, 0] += w * here * s_rr
        hessian[0, 1] += w * (here * s_rt - 1.0 / last)
        hessian[1, 1] += w * (here * s_tt + R / last**2)
        hessian[2, 2] -= w * gone / a**2
        hessian[3, 3] -= w * here / stayed**2
    return value, gradient, hessian
