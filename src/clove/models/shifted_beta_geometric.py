"""The shifted-beta-geometric: every customer renews with a probability of his own, the same at each renewal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.evidence import Evidence
from clove.models.maximum_likelihood import Walls
from clove.models.retention_model import RetentionModel
from clove.models.survivors import Survivors, to_survivors

ALIKE = 1e3  # from here on alpha says that customers do not differ
POLARISED = 1e-3  # below, they end at once or never
LOW, HIGH = 1e-5, 1e5  # walls of the first parameter
LOWEST_ODDS, HIGHEST_ODDS = 1e-6, 1e18  # of the second relative to it


@dataclass(frozen=True, slots=True, repr=False)
class ShiftedBetaGeometric(RetentionModel):
    """A fitted sBG: probability to end at each renewal ~ Beta(alpha, beta).

    Retention rises with every renewal because those who end easily are gone, not because anybody becomes more loyal.
    Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76-90; equation numbers below are theirs.

    >>> high_end = ShiftedBetaGeometric.fit([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> high_end
    ShiftedBetaGeometric(alpha=0.6681, beta=3.806)
    >>> high_end.survival([12]).round(3).tolist()
    [0.378]
    """

    KIND: ClassVar[str] = "shifted-beta-geometric"
    TITLE: ClassVar[str] = "sBG"
    NAMES: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    alpha: float
    beta: float
    evidence: Evidence | None = None  # None where the parameters were given, not fitted

    def __post_init__(self) -> None:
        self.check_parameters()

    @classmethod
    def fit(cls, survivors: Survivors | Sequence[float] | Floats) -> Self:
        """Maximum likelihood (eq. B3), by Newton steps from several starts.

        Args:
            survivors: Of several cohorts, or the counts of one: at the start, after one period, after two, …

        Raises:
            NotEnoughData: Nobody has ended, or only one period was watched.
            DidNotConverge: No optimum was reached; never returns a poor fit.
        """
        counts = to_survivors(survivors)
        parameters, log_likelihood, covariance = cls.climb(counts, _space)
        alpha, beta = parameters.tolist()
        findings = boundary_findings(alpha, beta, cls.NAMES)
        return cls(alpha, beta, Evidence.of(round(counts.customers), log_likelihood, covariance, findings))

    @staticmethod
    def shapes(parameters: Floats) -> Floats:
        """With c = 1, shape (d, 3)."""
        return np.column_stack([parameters, np.ones(parameters.shape[0])])


def _space(counts: Survivors) -> tuple[list[Floats], Walls]:
    """Starts with the data's own mean, from customers who differ much to ones alike; walls about them."""
    odds = renewal_odds(counts)
    return [np.log([alpha, odds]) for alpha in (0.1, 0.7, 3.0, 30.0)], Walls(
        np.log([LOW, LOWEST_ODDS]), np.log([HIGH, HIGHEST_ODDS])
    )


def renewal_odds(counts: Survivors) -> float:
    """Renewals per end, held off 0 and infinity."""
    ends = counts.ended.sum()
    return float(np.clip((counts.at_risk.sum() - ends) / ends, 1e-3, 1e9))


def boundary_findings(first: float, second: float, names: tuple[str, ...]) -> tuple[str, ...]:
    """What it means that the parameters of the beta have run off towards infinity or zero."""
    both = " and ".join(names[:2])
    if min(first, second) > ALIKE or first + second > ALIKE * max(1.0, second / first):
        what = f"All customers seem to share one probability to end ({both} run to infinity)"
    elif max(first, second) < POLARISED:
        what = f"Customers end at once or never ({both} run to zero)"
    elif first < POLARISED:
        what = f"Nobody seems to end any more after a while ({names[0]} runs to zero)"
    elif second < POLARISED:
        what = f"Hardly anybody renews for the first time ({names[1]} runs to zero)"
    else:
        return ()
    return (f"{what}; intervals take that as certain.",)
