"""The beta-discrete-Weibull: every customer renews with a probability of his own, which rises or falls as he stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.evidence import Evidence
from clove.models.maximum_likelihood import Walls
from clove.models.retention_model import RetentionModel
from clove.models.shifted_beta_geometric import (
    HIGH,
    HIGHEST_ODDS,
    LOW,
    LOWEST_ODDS,
    boundary_findings,
    renewal_odds,
)
from clove.models.survivors import Survivors, to_survivors

LOWEST_C, HIGHEST_C = 0.05, 10.0  # walls
AT_WALL = 1.02  # factor


@dataclass(frozen=True, slots=True, repr=False)
class BetaDiscreteWeibull(RetentionModel):
    """A fitted BdW: S(t) = (1 - theta)^(t^c) with theta ~ Beta(gamma, delta); c above 1, and ends grow likelier.

    With c = 1 it is the shifted-beta-geometric. Above 1 the retention of a cohort may fall at first, until those who
    end easily are gone. Fader, Hardie, Liu, Davin & Steenburgh (2018), Journal of Interactive Marketing 43, 1-16.

    >>> BetaDiscreteWeibull.fit([1000, 869, 743, 653, 593])
    BetaDiscreteWeibull(gamma=0.2593, delta=1.723, c=1.584)
    """

    KIND: ClassVar[str] = "beta-discrete-weibull"
    TITLE: ClassVar[str] = "BdW"
    NAMES: ClassVar[tuple[str, ...]] = ("gamma", "delta", "c")

    gamma: float
    delta: float
    c: float
    evidence: Evidence | None = None  # None where the parameters were given, not fitted

    def __post_init__(self) -> None:
        self.check_parameters()

    @classmethod
    def fit(cls, survivors: Survivors | Sequence[float] | Floats) -> Self:
        """Maximum likelihood, by Newton steps from several starts.

        Args:
            survivors: Of several cohorts, or the counts of one: at the start, after one period, after two, …

        Raises:
            NotEnoughData: Nobody has ended, or fewer than three periods were watched.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        counts = to_survivors(survivors)
        parameters, log_likelihood, covariance = cls.climb(counts, _space)
        gamma, delta, c = parameters.tolist()
        findings = boundary_findings(gamma, delta, cls.NAMES)
        if not LOWEST_C * AT_WALL < c < HIGHEST_C / AT_WALL:
            findings += (f"How ends depend on the time stayed runs off: c stopped at {c:.3g}.",)
        return cls(gamma, delta, c, Evidence.of(round(counts.customers), log_likelihood, covariance, findings))

    @staticmethod
    def shapes(parameters: Floats) -> Floats:
        """As they are, shape (d, 3)."""
        return parameters


def _space(counts: Survivors) -> tuple[list[Floats], Walls]:
    """Starts from customers who differ much to ones alike, with ends that grow rarer and likelier; walls about them."""
    odds = renewal_odds(counts)
    pairs = ((0.1, 1.0), (0.3, 1.6), (0.7, 1.0), (1.0, 0.7), (3.0, 1.2), (30.0, 0.8), (30.0, 1.5))
    starts = [np.log([gamma, odds, c]) for gamma, c in pairs]
    return starts, Walls(np.log([LOW, LOWEST_ODDS, LOWEST_C]), np.log([HIGH, HIGHEST_ODDS, HIGHEST_C]))
