"""How a forecast did against what came."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.ranks import rank_correlation

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of a forecast, in the unit of what was forecast."""

    mae: float  # of the median
    rmse: float  # of the mean
    spearman: float | None  # of the mean; None where forecasts or outcomes are all alike
    total_bias: float  # sum of the means / sum of what came - 1; nan where nothing came

    @classmethod
    def of(cls, mean: Floats, median: Floats, actual: Floats) -> Self:
        """Judge means and medians, both of shape (n,), against what came."""
        correlation = rank_correlation(mean, actual)
        total = float(actual.sum())
        return cls(
            float(np.abs(median - actual).mean()),
            float(np.sqrt(((mean - actual) ** 2).mean())),
            None if np.isnan(correlation) else correlation,
            float(mean.sum()) / total - 1 if total else float("nan"),
        )


def tenths(forecast: Floats, actual: Floats) -> tuple[Floats, Floats]:
    """Mean forecast and mean outcome by tenth of the forecast, lowest first, each of shape (10,).

    Ties are broken by position; a tenth without customers is nan.
    """
    order = np.argsort(forecast, kind="stable")
    parts = np.array_split(order, TENTHS)
    means = [
        [float(values[part].mean()) if part.size else float("nan") for part in parts] for values in (forecast, actual)
    ]
    return np.array(means[0]), np.array(means[1])


def top_share(value: Floats, share: float = 0.1) -> float:
    """Part of the total that the customers with the highest values hold; nan where the total is 0."""
    count = max(round(share * value.size), 1)
    total = float(value.sum())
    return float(np.sort(value)[-count:].sum()) / total if total > 0 else float("nan")
