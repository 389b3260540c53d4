"""The same log-likelihood where each customer has parameters of his own, moved by covariates."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.effects import Design
from clove.models.history import PurchaseHistory
from clove.models.totals import total
from clove.models.trust_region import Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class CovariateLikelihood:
    """Row by row, so that every customer may differ; several times as slow as counting."""

    first: int  # 1 where the first purchase may already be the last, else 0
    history: PurchaseHistory
    weight: Floats  # (n,)
    design: Design

    @classmethod
    def of(cls, history: PurchaseHistory, weights: Floats, design: Design, *, first: int) -> Self:
        """For n customers and the covariates in the design."""
        return cls(first, history, weights, design)

    def __call__(self, theta: Floats) -> Evaluation:
        """Value, gradient (4 + e,) and Hessian at the logs of (r, alpha, a, b) and the effects."""
        from scipy.special import betaln, digamma, gammaln, polygamma

        plain = 4
        rows = self.design.rows(np.concatenate([np.exp(theta[:plain]), theta[plain:]]))
        x, t_x, T = self.history.frequency, self.history.recency, self.history.T
        r, alpha, a, b = (np.broadcast_to(values, x.shape) for values in rows)
        flips = x + self.first
        shape, age, last = r + x, alpha + T, alpha + t_x
        ratio = np.log1p((T - t_x) / last)
        leavable = flips > 0
        stayed = np.where(leavable, b + (flips - 1.0), 1.0)
        log_odds = np.where(leavable, np.log(a) - np.log(stayed) + shape * ratio, -np.inf)
        small = np.exp(-np.abs(log_odds))
        gone = np.where(log_odds >= 0, 1.0, small) / (1 + small)

        value = gammaln(shape) - gammaln(r) + r * np.log(alpha) - shape * np.log(age)
        value += betaln(a, b + flips) - betaln(a, b) + np.maximum(log_odds, 0) + np.log1p(small)

        slopes = np.stack([ratio, shape * (1 / age - 1 / last), 1 / a, -1 / stayed], axis=1)
        gradient = slopes * gone[:, None]
        hessian = np.einsum("ni,nj,n->nij", slopes, slopes, gone * (1 - gone))
        gradient[:, 0] += digamma(shape) - digamma(r) + np.log(alpha / age)
        gradient[:, 1] += r / alpha - shape / age
        both = digamma(a + b) - digamma(a + b + flips)
        gradient[:, 2] += both
        gradient[:, 3] += both + digamma(b + flips) - digamma(b)
        cross = gone * (1 / age - 1 / last) + 1 / alpha - 1 / age
        hessian[:, 0, 0] += polygamma(1, shape) - polygamma(1, r)
        hessian[:, 0, 1] += cross
        hessian[:, 1, 0] += cross
        hessian[:, 1, 1] += gone * shape * (last**-2 - age**-2) - r / alpha**2 + shape / age**2
        bend = polygamma(1, a + b) - polygamma(1, a + b + flips)
        hessian[:, 2, 2] += bend - gone / a**2
        hessian[:, 2, 3] += bend
        hessian[:, 3, 2] += bend
        hessian[:, 3, 3] += bend + polygamma(1, b + flips) - polygamma(1, b) + gone * stayed**-2

        # to the logs of each customer's own parameters, then to what they share
        own = np.stack([r, alpha, a, b], axis=1)
        gradient *= own
        hessian *= own[:, :, None] * own[:, None, :]
        places = np.arange(plain)
        hessian[:, places, places] += gradient
        weight = self.weight
        return self.design.gathered(total(weight, value), gradient * weight[:, None], hessian * weight[:, None, None])
