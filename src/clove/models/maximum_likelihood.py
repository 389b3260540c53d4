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
NEAR_WALL = 3.0  # log units; a summit of a sample this near to a wall need not be the highest of the whole
SUMMITS = 3  # carried from a sample to the next
CLOSE = 10.0  # points of log-likelihood
APART = 0.05  # log units between two summits
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

    def near(self, theta: Floats) -> bool:
        """Whether a parameter lies within `NEAR_WALL` of a wall."""
        return bool(((theta < self.low + NEAR_WALL) | (theta > self.high - NEAR_WALL)).any())

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
    """Climb from every start on the first objective, then on from each summit that may be the highest of the others.

    A sample may favour a summit that the whole does not, above all one at a wall. So up to `SUMMITS` of them are
    carried on while they lie within `CLOSE` points of the best, and where the highest of the whole lies near a wall,
    all starts are climbed again on the next larger sample.

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
    best = _highest(objectives, starts, walls)
    if len(objectives) > 1 and walls.near(best.theta):
        best = min(best, _highest(objectives[1:], [best.theta, *starts], walls), key=_ordered)
    theta, (value, gradient, hessian), customers = best.theta, best.end, objectives[-1][1]
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


@dataclass(frozen=True, slots=True, eq=False)
class Summit:
    """Where a climb ended."""

    theta: Floats  # (k,)
    height: float  # what was minimised, per customer: the lower the better
    end: Evaluation  # log-likelihood with its derivatives


def _highest(objectives: Sequence[tuple[Objective, float]], starts: Sequence[Floats], walls: Walls) -> Summit:
    """Of the last objective, by way of the others."""
    thetas = list(starts)
    summits: list[Summit] = []
    for objective, customers in objectives:
        found = sorted((_climb(objective, customers, theta, walls) for theta in thetas), key=_ordered)
        summits = []
        for summit in found:
            close = not summits or (summit.height - summits[0].height) * customers <= CLOSE
            new = all(np.abs(summit.theta - other.theta).max() > APART for other in summits)
            if close and new and len(summits) < SUMMITS:
                summits.append(summit)
        thetas = [summit.theta for summit in summits]
    return summits[0]


def _ordered(summit: Summit) -> float:
    return summit.height if np.isfinite(summit.height) else np.inf


def _climb(objective: Objective, customers: float, start: Floats, walls: Walls) -> Summit:
    """To where no step leads higher."""
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
    return Summit(found.at, found.evaluation[0], last[found.at.tobytes()])
