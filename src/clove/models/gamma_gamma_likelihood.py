"""Log-likelihood of the Gamma-Gamma summed over customers, with its first two derivatives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.maximum_likelihood import Walls
from clove.models.totals import total
from clove.models.trust_region import Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class GammaGammaLikelihood:
    """The data of a fit. Fader & Hardie (2013), eq. 1a, with gamma_i = gamma (1 + x)^elasticity.

    The gamma functions depend on x only and are computed once for each value that occurs.
    """

    x: Floats  # (n,), all > 0
    m: Floats  # (n,) mean spend, all > 0
    weight: Floats  # (n,)
    customers: float
    x_values: Floats  # (k,)
    x_counts: Floats  # (k,)

    @classmethod
    def of(cls, x: Floats, m: Floats, weights: Floats | None = None) -> Self:
        """Count what can be counted.

        Args:
            x: Frequency, shape (n,).
            m: Mean spend, shape (n,).
            weights: How many customers each row stands for, shape (n,); one if left out.
        """
        weight = np.ones(x.size) if weights is None else weights
        values, index = np.unique(x, return_inverse=True)
        counts = np.bincount(index.reshape(-1), weight, values.size).astype(np.float64)
        return cls(x, m, weight, float(weight.sum()), values, counts)

    def __call__(self, theta: Floats) -> Evaluation:
        """Value, gradient (4,) and Hessian (4, 4) at (log p, log q, log gamma, elasticity)."""
        from scipy.special import digamma, gammaln, polygamma

        p, q = np.exp(theta[:2])
        values, counts, n = self.x_values, self.x_counts, self.customers
        x, weight = self.x, self.weight
        log_growth = np.log1p(x)
        log_scale = theta[2] + theta[3] * log_growth
        log_total = np.log(x * self.m)
        log_sum = np.logaddexp(log_scale, log_total)
        share = np.exp(log_scale - log_sum)  # of what all customers teach, against the customer's own spend
        shape = p * x + q

        value = float(counts @ (gammaln(p * values + q) - gammaln(p * values))) - n * gammaln(q)
        value += total(weight, q * log_scale + p * x * log_total - shape * log_sum - np.log(self.m))

        psi, psi_own = digamma(p * values + q), digamma(p * values)
        tri, tri_own = polygamma(1, p * values + q), polygamma(1, p * values)
        by_scale = weight * (q - shape * share)
        bend = -weight * shape * share * (1 - share)
        purchases, of_all = weight * x, weight * share
        gradient = np.array(
            [
                (counts * values) @ (psi - psi_own) + total(purchases, log_total - log_sum),
                counts @ psi - n * digamma(q) + total(weight, log_scale - log_sum),
                by_scale.sum(),
                total(by_scale, log_growth),
            ]
        )
        hessian = np.zeros((4, 4))
        hessian[0, 0] = (counts * values**2) @ (tri - tri_own)
        hessian[0, 1] = (counts * values) @ tri
        hessian[0, 2] = -total(purchases, share)
        hessian[0, 3] = -total(purchases, share * log_growth)
        hessian[1, 1] = counts @ tri - n * polygamma(1, q)
        hessian[1, 2] = n - of_all.sum()
        hessian[1, 3] = total(weight - of_all, log_growth)
        hessian[2, 2] = bend.sum()
        hessian[2, 3] = total(bend, log_growth)
        hessian[3, 3] = total(bend, log_growth**2)
        hessian = np.triu(hessian) + np.triu(hessian, 1).T

        to_logs = np.array([p, q, 1.0, 1.0])
        gradient *= to_logs
        hessian *= np.outer(to_logs, to_logs)
        hessian[0, 0] += gradient[0]
        hessian[1, 1] += gradient[1]
        return value, gradient, hessian


class Chart(Protocol):
    """Coordinates of a fit: which of the four parameters move, and how."""

    def expand(self, free: Floats) -> tuple[Floats, Floats, Floats]:
        """Parameters (4,) from coordinates (k,), their Jacobian (4, k), and their second derivatives (4, k)."""

    def starts(self) -> list[Floats]:
        """Where to begin, each (k,)."""

    def walls(self) -> Walls:
        """Soft walls of the coordinates."""


@dataclass(frozen=True, slots=True)
class Plain:
    """log p, log q, log gamma; spend does not depend on frequency."""

    typical: float  # mean spend

    def expand(self, free: Floats) -> tuple[Floats, Floats, Floats]:
        """See `Chart`."""
        return np.append(free, 0.0), np.eye(4, 3), np.zeros((4, 3))

    def starts(self) -> list[Floats]:
        """See `Chart`."""
        return [np.log([p, q, self.typical * max(q - 1, 0.5) / p]) for p, q in SHAPES]

    def walls(self) -> Walls:
        """See `Chart`."""
        return Walls(np.log([1e-3, 1e-2, 1e-8 * self.typical]), np.log([1e4, 1e4, 1e8 * self.typical]))


@dataclass(frozen=True, slots=True)
class Elastic:
    """log p, log q, log gamma, elasticity."""

    typical: float

    def expand(self, free: Floats) -> tuple[Floats, Floats, Floats]:
        """See `Chart`."""
        return free, np.eye(4), np.zeros((4, 4))

    def starts(self) -> list[Floats]:
        """See `Chart`."""
        return [np.append(start, 0.0) for start in Plain(self.typical).starts()]

    def walls(self) -> Walls:
        """See `Chart`."""
        plain = Plain(self.typical).walls()
        return Walls(np.append(plain.low, -3.0), np.append(plain.high, 3.0))


@dataclass(frozen=True, slots=True)
class Tied:
    """log p and log (q - 1); gamma follows from the observed mean spend, p gamma / (q - 1)."""

    typical: float

    def expand(self, free: Floats) -> tuple[Floats, Floats, Floats]:
        """See `Chart`."""
        log_q = np.logaddexp(0.0, free[1])
        slope = np.exp(free[1] - log_q)
        jacobian = np.array([[1.0, 0.0], [0.0, slope], [-1.0, 1.0], [0.0, 0.0]])
        bend = np.zeros((4, 2))
        bend[1, 1] = slope * (1 - slope)
        return np.array([free[0], log_q, np.log(self.typical) + free[1] - free[0], 0.0]), jacobian, bend

    def starts(self) -> list[Floats]:
        """See `Chart`."""
        return [np.log([p, max(q - 1, 0.2)]) for p, q in SHAPES]

    def walls(self) -> Walls:
        """See `Chart`."""
        return Walls(np.log([1e-3, 1e-3]), np.log([1e4, 1e4]))


SHAPES = ((6.0, 4.0), (2.0, 1.5), (1.0, 10.0), (60.0, 3.0))


def in_chart(likelihood: GammaGammaLikelihood, chart: Chart) -> Callable[[Floats], Evaluation]:
    """The log-likelihood as a function of a chart's coordinates, by the chain rule."""

    def evaluate(free: Floats) -> Evaluation:
        theta, jacobian, bend = chart.expand(free)
        value, gradient, hessian = likelihood(theta)
        return value, jacobian.T @ gradient, jacobian.T @ hessian @ jacobian + np.diag(bend.T @ gradient)

    return evaluate
