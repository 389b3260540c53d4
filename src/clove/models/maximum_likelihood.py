"""Newton's way to a maximum of a smooth log-likelihood, from several starts, with soft walls at infinity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from clove.kernel.arrays import Bools, Floats
from clove.kernel.errors import DidNotConverge
from clove.models.trust_region import Evaluation, minimise

Objective: TypeAlias = Callable[[Floats], Evaluation]
"""Log-likelihood, gradient (k,) and Hessian (k, k) with respect to the logs of the parameters."""

WALL_STIFFNESS = 10.0  # per customer and squared log unit: one log unit behind a wall costs more than any fit gains
AT_WALL = 1e-2  # log units; an optimum this near to a wall, or behind it, is a boundary fit
GRADIENT = 1e-8  # per customer; on a slope towards a wall, all that is left to gain is that times the way
ACCEPTABLE_GRADIENT = 1e-4  # where rounding stops the optimiser earlier than that


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """Where a parameter, in logs, has left the range in which data could tell it from infinity or zero."""

    low: Floats  # (k,)
    high: Floats  # (k,)

    def touched(self, theta: Floats) -> Bools:
        """Which parameters lie at or behind a wall, shape (k,)."""
        return (theta < self.low + AT_WALL) | (theta > self.high - AT_WALL)

    def excess(self, theta: Floats) -> Floats:
        """Signed distance behind a wall, shape (k,); 0 inside."""
        return np.minimum(theta - self.low, 0.0) + np.maximum(theta - self.high, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Independent normal distributions of the logs of the parameters."""

    centre: Floats  # (k,)
    precision: Floats  # (k,); 0 says nothing of a parameter


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the log-likelihood is highest."""

    theta: Floats  # (k,) logs of the parameters
    log_likelihood: float  # without the prior
    hessian: Floats  # (k, k) of log-likelihood and prior, in logs
    at_wall: Bools  # (k,)

    def covariance(self) -> Floats:
        """Inverse observed information of the logs, shape (k, k).

        A parameter at a wall is held there (variance 0). A direction that the data say next to nothing about gets
        a standard deviation of `FLAT` log units instead of an infinite one.
        """
        free = ~self.at_wall
        covariance = np.zeros_like(self.hessian)
        if free.any():
            values, vectors = np.linalg.eigh(-self.hessian[np.ix_(free, free)])
            covariance[np.ix_(free, free)] = (vectors / np.maximum(values, FLAT**-2)) @ vectors.T
        return covariance


FLAT = 1.0  # log units


def maximise(
    objectives: Sequence[tuple[Objective, float]],
    starts: Sequence[Floats],
    walls: Walls,
    *,
    model: str,
    prior: Prior | None = None,
) -> Optimum:
    """Climb from every start on the first objective, then on from the best one through the others.

    Args:
        objectives: (log-likelihood, number of customers) of growing samples of the data, the whole last.
        starts: Logs of the parameters, each of shape (k,).
        walls: Soft walls in logs.
        model: Name for the refusal.
        prior: Added to the log-likelihood of the whole, and to that of a sample in proportion.

    Raises:
        DidNotConverge: The gradient at the end is not that of an optimum.
    """
    whole = objectives[-1][1]
    if prior is not None:
        objectives = [
            (_with_prior(objective, prior, customers / whole), customers) for objective, customers in objectives
        ]
    first, rest = objectives[0], objectives[1:]
    climbs = [_climb(*first, start, walls) for start in starts]
    theta, _, at_end = min(climbs, key=lambda found: found[1] if np.isfinite(found[1]) else np.inf)
    for objective, customers in rest:
        theta, _, at_end = _climb(objective, customers, theta, walls)
    (value, gradient, hessian), customers = at_end, objectives[-1][1]
    steepness = np.abs(gradient / customers - WALL_STIFFNESS * walls.excess(theta)).max()
    if not (np.isfinite(value) and steepness <= ACCEPTABLE_GRADIENT):
        raise DidNotConverge(
            f"the {model} fit stopped on a slope of {steepness:.2g} per customer at {np.exp(theta)}",
            remedy="Check the histories for one extreme customer, or report the data as a defect",
        )
    if prior is not None:
        value -= _log_density(prior, theta)
    return Optimum(theta, value, hessian, walls.touched(theta))


def _with_prior(objective: Objective, prior: Prior, share: float) -> Objective:
    def evaluate(theta: Floats) -> Evaluation:
        value, gradient, hessian = objective(theta)
        pull = share * prior.precision
        off = theta - prior.centre
        return value + share * _log_density(prior, theta), gradient - pull * off, hessian - np.diag(pull)

    return evaluate


def _log_density(prior: Prior, theta: Floats) -> float:
    return -0.5 * float(prior.precision @ (theta - prior.centre) ** 2)


def _climb(objective: Objective, customers: float, start: Floats, walls: Walls) -> tuple[Floats, float, Evaluation]:
    """Where the climb ends, what was minimised there, and the log-likelihood with its derivatives."""
    last: dict[bytes, Evaluation] = {}

    def loss(theta: Floats) -> Evaluation:
        last[theta.tobytes()] = value, gradient, hessian = objective(theta)
        excess = walls.excess(theta)
        return (
            0.5 * WALL_STIFFNESS * float(excess @ excess) - value / customers,
            WALL_STIFFNESS * excess - gradient / customers,
            np.diag(WALL_STIFFNESS * (excess != 0.0)) - hessian / customers,
        )

    found = minimise(loss, start, GRADIENT)
    return found.at, found.evaluation[0], last[found.at.tobytes()]
