"""Log-likelihood of the Pareto/NBD summed over customers, with its first two derivatives."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.effects import Design
from clove.models.history import PurchaseHistory
from clove.models.trust_region import Evaluation

UPPER = np.triu_indices(4)


@dataclass(frozen=True, slots=True, eq=False)
class ParetoNbdLikelihood:
    """The data of a fit. Gamma functions are counted once per distinct x, one-time buyers once per distinct T."""

    x_values: Floats  # (k,) distinct frequencies
    x_counts: Floats  # (k,) customers of each
    x: Floats  # (n,) rows with a weight each, as are the three that follow
    t_x: Floats
    T: Floats
    weight: Floats
    design: Design  # of the covariates; without an effect where there are none

    @classmethod
    def of(cls, history: PurchaseHistory, weights: Floats, design: Design) -> Self:
        """Count what can be counted.

        Args:
            history: Of n customers.
            weights: Customers that each row stands for, shape (n,).
            design: Of the covariates of these customers.
        """
        x, t_x, T, weight = history.frequency, history.recency, history.T, weights
        x_values, x_counts = _counted(x, weight)
        if not design.slots:
            once = x == 0
            T_once, counts_once = _counted(T[once], weight[once])
            nothing = np.zeros(T_once.size)
            x, t_x = np.concatenate([x[~once], nothing]), np.concatenate([t_x[~once], nothing])
            T = np.concatenate([T[~once], T_once])
            weight = np.concatenate([weight[~once], counts_once])
        return cls(x_values, x_counts, x, t_x, T, weight, design)

    def __call__(self, theta: Floats) -> Evaluation:
        """Value, gradient (4 + e,) and Hessian at the logs of (r, alpha, s, beta) and the e effects."""
        value, gradient, hessian = self._moments_of_lifetimes(theta)
        rate_value, slope, bend = self._counted_terms(float(np.exp(theta[0])))
        gradient[0] += slope
        hessian[0, 0] += bend
        return value + rate_value, gradient, hessian

    def _counted_terms(self, r: float) -> tuple[float, float, float]:
        """Log of Gamma(r + x) / Gamma(r), with its first two derivatives in ln r."""
        from scipy.special import digamma, gammaln, polygamma

        values, counts, n = self.x_values, self.x_counts, self.x_counts.sum()
        slope = r * float(counts @ digamma(r + values) - n * digamma(r))
        bend = r * r * float(counts @ polygamma(1, r + values) - n * polygamma(1, r))
        return float(counts @ gammaln(r + values) - n * gammaln(r)), slope, slope + bend

    def _moments_of_lifetimes(self, theta: Floats) -> Evaluation:
        """All that depends on t_x and T."""
        from clove.models.pareto_nbd_slopes import slopes_by_row, summed_slopes

        if not self.design.slots:
            total = summed_slopes(self.x, self.t_x, self.T, self.weight, np.exp(theta))
            return float(total[0]), total[1:5], _symmetric(total[5:])
        parameters = np.concatenate([np.exp(theta[:4]), theta[4:]])
        own = slopes_by_row(self.x, self.t_x, self.T, np.stack(self.design.rows(parameters)))
        own *= self.weight[:, None]
        return self.design.gathered(float(own[:, 0].sum()), own[:, 1:5], _symmetric(own[:, 5:]))


def _counted(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Distinct values, and the weight of each."""
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.bincount(place, weights, distinct.size).astype(np.float64)


def _symmetric(upper: Floats) -> Floats:
    """From upper triangles, shape (..., 10), to whole matrices, shape (..., 4, 4)."""
    whole = np.empty((*upper.shape[:-1], 4, 4))
    whole[..., UPPER[0], UPPER[1]] = upper
    whole[..., UPPER[1], UPPER[0]] = upper
    return whole
