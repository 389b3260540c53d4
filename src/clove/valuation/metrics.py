"""The measures by which forecasts are judged: what each is, and which way it is better."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from clove.kernel.arrays import Floats


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure."""

    key: str  # its name in documents
    title: str  # for people
    form: Literal["money", "share", "number"]
    goal: Literal["low", "high", "near", "none"]  # none: it describes and does not judge
    words: str  # what it is, without a final full stop
    target: float = 0.0  # of a measure that is best near something

    @property
    def is_ratio(self) -> bool:
        """Whether two forecasters are compared by a ratio; where a measure is best near something, none is."""
        return self.goal != "near"

    def loss(self, values: Floats) -> Floats:
        """How bad values are: lower is better."""
        match self.goal:
            case "high":
                return -values
            case "near":
                return np.asarray(np.abs(values - self.target))
            case _:
                return values


METRICS = (
    Metric("mae", "MAE", "money", "low", "mean absolute error of the median, or of the mean where there is no median"),
    Metric("rmse", "RMSE", "money", "low", "root of the mean squared error of the mean: a few large errors rule it"),
    Metric("mape", "MAPE", "share", "low", "mean absolute error in per cent of what came, where anything came"),
    Metric("spearman", "Spearman", "number", "high", "rank correlation of the mean with what came; 1 is perfect"),
    Metric("gini", "Gini", "number", "high", "normalised: how well the mean sorts customers by money; 1 is perfect"),
    Metric("lift", "Top-tenth lift", "number", "high", "money of the tenth with the highest mean, in tenths of all"),
    Metric("total_bias", "Total bias", "share", "near", "sum of the means over the sum of what came, less 1"),
    Metric("pinball_10", "Pinball 10", "money", "low", "quantile loss of P10"),
    Metric("pinball_50", "Pinball 50", "money", "low", "quantile loss of P50: half its mean absolute error"),
    Metric("pinball_90", "Pinball 90", "money", "low", "quantile loss of P90"),
    Metric("central_80", "Central 80%", "share", "near", "share of outcomes in the central 80% of the forecast", 0.8),
    Metric("pit_distance", "PIT distance", "number", "low", "Kolmogorov and Smirnov's, from an honest forecast"),
    Metric("above_p90", "Above P90", "share", "near", "share of outcomes in the highest tenth of the forecast", 0.1),
    Metric("width", "Interval width", "money", "none", "mean of P90 less P10"),
)
PLACE = {metric.key: place for place, metric in enumerate(METRICS)}
OF_DISTRIBUTIONS = frozenset(
    {"pinball_10", "pinball_50", "pinball_90", "central_80", "pit_distance", "above_p90", "width"}
)
