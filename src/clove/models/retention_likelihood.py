"""Log-likelihood of beta-discrete-Weibull lifetimes from renewals by period, with its first two derivatives."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.retention_series import hazard_slopes
from clove.models.survivors import Survivors
from clove.models.trust_region import Evaluation

PAIRS = ((4, 5, 6), (5, 7, 8), (6, 8, 9))  # columns of `hazard_slopes` in which the second derivatives stand


@dataclass(frozen=True, slots=True, eq=False)
class RetentionLikelihood:
    """The data of a fit, each period once.

    A lifetime is a row of renewals, so that its likelihood is the product of their chances: whoever came late or is
    still there counts in the periods that were watched. For one cohort from its start it is that of Fader & Hardie
    (2007), appendix B.
    """

    period: Floats  # (k,) 1, 2, …
    ended: Floats  # (k,)
    stayed: Floats  # (k,)
    free: int  # parameters that are fitted: 2 leaves c at 1

    @classmethod
    def of(cls, survivors: Survivors, free: int) -> "RetentionLikelihood":
        """Leave out periods in which nobody was there."""
        some = survivors.at_risk > 0
        stayed = survivors.at_risk - survivors.ended
        return cls(np.flatnonzero(some).astype(np.float64) + 1.0, survivors.ended[some], stayed[some], free)

    def __call__(self, theta: Floats) -> Evaluation:
        """Value, gradient (k,) and Hessian (k, k), by the logs of gamma and delta, and of c where it is free."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            parameters = np.exp(theta)
            c = float(parameters[2]) if self.free > 2 else 1.0
            slopes = hazard_slopes(self.period, float(parameters[0]), float(parameters[1]), c)
            hazard = slopes[:, 0]
            odds = 1.0 / np.expm1(hazard)  # of an end
            some = self.ended > 0
            ends = np.where(some, self.ended * np.log(-np.expm1(-hazard)), 0.0)
            first = np.where(some, self.ended * odds, 0.0) - self.stayed
            second = np.where(some, -self.ended * odds * (1.0 + odds), 0.0)
            at = slopes[:, 1 : 1 + self.free]
            bends = np.array([[first @ slopes[:, column] for column in row[: self.free]] for row in PAIRS[: self.free]])
            gradient = parameters * (first @ at)
            hessian = (bends + (at.T * second) @ at) * np.outer(parameters, parameters) + np.diag(gradient)
        return float(ends.sum() - self.stayed @ hazard), gradient, hessian
