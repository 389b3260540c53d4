"""The measures of the CLV benchmark, by its own definitions, so that figures stand beside the published ones."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.valuation.accuracy import Score

DECILES = 10


@dataclass(frozen=True, slots=True)
class Decile:
    """Customers by tenth of the forecast, the lowest being 1."""

    decile: int
    customers: int
    mean_actual: float | None
    mean_predicted: float | None  # None where the tenth is empty
    total_actual: float


@dataclass(frozen=True, slots=True)
class BenchmarkScores:
    """One forecast against what came; None is what cannot be known."""

    customers: int
    mae: float
    rmse: float
    mape: float | None  # over customers who spent anything
    spearman: float | None
    top_share: float | None  # part of what came that the highest decile brought
    lift: float | None  # that part in tenths: 5.33 where it is 53.3 %
    total_bias: float | None  # sum of the forecasts over the sum of what came, less 1
    deciles: tuple[Decile, ...]  # empty where the forecast is the same for all

    @classmethod
    def of(cls, forecast: Floats, actual: Floats) -> Self:
        """Judge one number per customer.

        Args:
            forecast: Shape (n,), n at least 1.
            actual: Spend in the window, shape (n,).
        """
        score = Score.of(forecast, forecast, actual)
        came, total = actual > 0, float(actual.sum())
        tells = bool(np.ptp(forecast) > 0)  # who forecasts the same for all has no highest decile
        deciles = _deciles(forecast, actual) if tells else ()
        share = deciles[-1].total_actual / total if tells and total else None
        return cls(
            actual.size,
            score.mae,
            score.rmse,
            float((np.abs(forecast - actual)[came] / actual[came]).mean()) if came.any() else None,
            score.spearman,
            share,
            None if share is None else DECILES * share,
            score.total_bias if total else None,
            deciles,
        )


def decile_of(forecast: Floats) -> Ints:
    """Decile of each customer from 1 to 10, cut at the linearly interpolated quantiles of the ranks, shape (n,).

    Of 563 customers the deciles 1, 5 and 10 so hold 57 and the others 56, as published. Ties go by position.
    """
    rank = np.empty(forecast.size, np.int64)
    rank[np.argsort(forecast, kind="stable")] = np.arange(forecast.size)
    deciles: Ints = np.maximum(-(-DECILES * rank // max(forecast.size - 1, 1)), 1)
    return deciles


def _deciles(forecast: Floats, actual: Floats) -> tuple[Decile, ...]:
    place = decile_of(forecast) - 1
    counts = np.bincount(place, minlength=DECILES)
    brought = np.bincount(place, actual, minlength=DECILES)
    foreseen = np.bincount(place, forecast, minlength=DECILES)
    return tuple(
        Decile(
            number,
            int(count),
            float(came) / count if count else None,
            float(seen) / count if count else None,
            float(came),
        )
        for number, count, came, seen in zip(range(1, DECILES + 1), counts.tolist(), brought, foreseen, strict=True)
    )
