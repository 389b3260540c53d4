"""The likelihood of spells without payment, with gradient and Hessian, where a chance is cut at 1."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Bools, Floats
from clove.models.trust_region import Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class ResumptionLikelihood:
    """Of cells with the log chance eta = rows @ theta + offset, cut at 0: each spell-month resumes or does not.

    Where nobody stayed away, the logarithm of a chance that is cut at 1 has a kink. There alone it is rounded over
    `width`: -width * log(1 + exp(-eta / width)) lies at most 0.7 widths below, and has derivatives everywhere.
    All of it is concave, so that a summit is the summit.
    """

    rows: Floats  # (k, p)
    offset: Floats  # (k,)
    resumed: Floats  # (k,)
    stayed_away: Floats  # (k,)
    centre: Floats  # (p,) of a normal prior
    precision: Floats  # (p,); 0 for none
    width: float  # of the rounding

    def __call__(self, theta: Floats) -> Evaluation:
        """Minus log-likelihood and log prior per spell-month; infinite where some stayed away from a certainty."""
        eta = self.rows @ theta + self.offset
        some = self.stayed_away > 0
        if (eta[some] >= 0).any():
            return np.inf, np.full(theta.size, np.nan), np.full((theta.size, theta.size), np.nan)
        value, slope, bend = self._open(eta)
        edge = -eta[~some] / self.width
        all_came = self.resumed[~some]
        below = np.exp(-np.logaddexp(0.0, -edge))
        value[~some] = -self.width * all_came * np.logaddexp(0.0, edge)
        slope[~some] = all_came * below
        bend[~some] = -all_came * below * (1.0 - below) / self.width
        off = theta - self.centre
        scale = 1.0 / float(self.resumed.sum() + self.stayed_away.sum())
        return (
            scale * (0.5 * float(self.precision @ off**2) - float(value.sum())),
            scale * (self.precision * off - self.rows.T @ slope),
            scale * (np.diag(self.precision) - (self.rows.T * bend) @ self.rows),
        )

    def information(self, theta: Floats) -> Floats:
        """Minus the Hessian of log-likelihood and log prior without the rounding, shape (p, p)."""
        _, _, bend = self._open(self.rows @ theta + self.offset)
        information: Floats = np.diag(self.precision) - (self.rows.T * bend) @ self.rows
        return information

    def log_likelihood(self, theta: Floats) -> float:
        """Without rounding and prior."""
        value, _, _ = self._open(self.rows @ theta + self.offset)
        return float(value.sum())

    def certain(self, theta: Floats) -> Bools:
        """Cells whose chance is cut at 1, shape (k,)."""
        cut: Bools = self.rows @ theta + self.offset >= -self.width
        return cut

    def _open(self, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood of each cell with two derivatives in eta, each of shape (k,); flat where it is cut."""
        free = np.where(eta < 0, eta, -1.0)
        odds = 1.0 / np.expm1(-free)
        value = np.where(eta < 0, self.resumed * free + self.stayed_away * np.log(-np.expm1(free)), 0.0)
        slope = np.where(eta < 0, self.resumed - self.stayed_away * odds, 0.0)
        bend = np.where(eta < 0, -self.stayed_away * odds * (1.0 + odds), 0.0)
        return value, slope, bend
