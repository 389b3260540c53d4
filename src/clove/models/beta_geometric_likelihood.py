"""Log-likelihood of the BG/NBD and the MBG/NBD summed over customers, with its first two derivatives."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.history import PurchaseHistory
from clove.models.totals import total
from clove.models.trust_region import Evaluation

LARGEST_TABLE = 4_000_000  # entries of a counting table; above that, rows are kept one by one
CHUNK = 8_192  # rows per pass: temporaries stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class BetaGeometricLikelihood:
    """The data of a fit, with everything that does not depend on the parameters counted once.

    Fader, Hardie & Lee (2005), eq. 6; Batislam, Denizel & Filiztekin (2007). A sum over customers needs the gamma
    functions only per distinct x, and BG/NBD customers without a repeat purchase, whom no dropout can have touched,
    only per distinct T.
    """

    first: int  # 1 where the first purchase may already be the last (MBG/NBD), else 0
    customers: float
    x_values: Floats  # (k,) distinct frequencies
    x_counts: Floats  # (k,)
    T_once: Floats  # (m,) ages of customers who cannot have left
    counts_once: Floats  # (m,)
    x: Floats  # (n,) the others
    t_x: Floats  # (n,)
    T: Floats  # (n,)
    weight: Floats  # (n,)
    x_index: Ints  # (n,) position of x in x_values

    @classmethod
    def of(cls, history: PurchaseHistory, weights: Floats, *, first: int) -> Self:
        """Count what can be counted.

        Args:
            history: Of n customers.
            weights: Customers that each row stands for, shape (n,).
            first: 1 where the first purchase may already be the last, else 0.
        """
        leavable = history.frequency + first > 0
        x_values, x_counts = _counted(history.frequency, weights)
        T_once, counts_once = _counted(history.T[~leavable], weights[~leavable])
        x = history.frequency[leavable]
        return cls(
            first,
            float(weights.sum()),
            x_values,
            x_counts,
            T_once,
            counts_once,
            x,
            history.recency[leavable],
            history.T[leavable],
            weights[leavable],
            np.searchsorted(x_values, x),
        )

    def __call__(self, theta: Floats) -> Evaluation:
        """Value, gradient (4,) and Hessian (4, 4) at the logs of (r, alpha, a, b)."""
        parameters = np.exp(theta)
        value, gradient, hessian = (
            counted + single
            for counted, single in zip(self._counted_terms(parameters), self._single_terms(parameters), strict=True)
        )
        hessian = np.triu(hessian) + np.triu(hessian, 1).T
        gradient *= parameters
        return float(value), gradient, hessian * np.outer(parameters, parameters) + np.diag(gradient)

    def _counted_terms(self, parameters: Floats) -> tuple[Floats, Floats, Floats]:
        """What depends on x alone, and on T alone where x = 0; upper triangle of the Hessian."""
        from scipy.special import digamma, gammaln, polygamma

        r, alpha, a, b = parameters
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        values, counts, n = self.x_values, self.x_counts, self.customers
        flips = values + self.first  # purchases after which the customer may have left
        value = counts @ (gammaln(r + values) + gammaln(b + flips) - gammaln(a + b + flips))
        value += n * (gammaln(a + b) - gammaln(b) - gammaln(r) + r * np.log(alpha))
        gradient[0] = counts @ digamma(r + values) + n * (np.log(alpha) - digamma(r))
        gradient[1] = n * r / alpha
        gradient[2] = n * digamma(a + b) - counts @ digamma(a + b + flips)
        gradient[3] = gradient[2] + counts @ digamma(b + flips) - n * digamma(b)
        hessian[0, 0] = counts @ polygamma(1, r + values) - n * polygamma(1, r)
        hessian[0, 1] = n / alpha
        hessian[1, 1] = -n * r / alpha**2
        hessian[2, 2] = hessian[2, 3] = n * polygamma(1, a + b) - counts @ polygamma(1, a + b + flips)
        hessian[3, 3] = hessian[2, 2] + counts @ polygamma(1, b + flips) - n * polygamma(1, b)

        age = alpha + self.T_once
        log_age = np.log(age)
        total_log, total_inverse = total(self.counts_once, log_age), total(self.counts_once, 1 / age)
        value -= r * total_log
        gradient[0] -= total_log
        gradient[1] -= r * total_inverse
        hessian[0, 1] -= total_inverse
        hessian[1, 1] += r * total(self.counts_once, age**-2)
        return value, gradient, hessian

    def _single_terms(self, parameters: Floats) -> tuple[Floats, Floats, Floats]:
        """What depends on x, t_x and T together; upper triangle of the Hessian."""
        r, alpha, a, b = parameters
        value, gradient, hessian = np.zeros(()), np.zeros(4), np.zeros((4, 4))
        # log of a / (b + flips - 1), and its slope in b; never asked for where there was no flip
        with np.errstate(divide="ignore", invalid="ignore"):
            stayed = b + (self.x_values + (self.first - 1))
            log_odds_table = np.log(a) - np.log(stayed)
            slope_table = -1 / stayed
        for start in range(0, self.x.size, CHUNK):
            rows = slice(start, start + CHUNK)
            index = self.x_index[rows]
            weight = self.weight[rows]
            shape = r + self.x[rows]
            age, last = alpha + self.T[rows], alpha + self.t_x[rows]
            by_age, by_last = 1 / age, 1 / last
            log_age = np.log(age)
            ratio = np.log(age * by_last)
            log_odds = log_odds_table[index] + shape * ratio  # of having dropped out after the last purchase
            small = np.exp(-np.abs(log_odds))
            value += total(weight, np.maximum(log_odds, 0) + np.log1p(small) - shape * log_age)
            gone = np.where(log_odds >= 0, 1.0, small) / (1 + small)
            dropped = weight * gone
            slopes = np.stack([ratio, shape * (by_age - by_last), np.full(shape.size, 1 / a), slope_table[index]])
            shape_by_age = weight * shape * by_age
            gradient += np.einsum("in,n->i", slopes, dropped)
            gradient[0] -= total(weight, log_age)
            gradient[1] -= shape_by_age.sum()
            hessian += np.einsum("in,jn->ij", slopes * (dropped * (1 - gone)), slopes)
            hessian[0, 1] += total(dropped, by_age - by_last) - total(weight, by_age)
            hessian[1, 1] += total(dropped, shape * (by_last**2 - by_age**2)) + total(shape_by_age, by_age)
            hessian[2, 2] -= dropped.sum() / a**2
            hessian[3, 3] += total(dropped, slopes[3] ** 2)
        return value, gradient, hessian


def _counted(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Distinct values and the weight of each; by counting where they are small whole numbers."""
    if values.size and values.max() < min(LARGEST_TABLE, 64 * values.size + 1024):
        whole = values.astype(np.int64)
        if (whole == values).all():
            counts = np.bincount(whole, weights).astype(np.float64)
            found = np.flatnonzero(counts)
            return found.astype(np.float64), counts[found]
    distinct, index = np.unique(values, return_inverse=True)
    return distinct, np.bincount(index, weights, distinct.size).astype(np.float64)
