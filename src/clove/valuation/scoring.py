"""Every measure of every forecaster on the same customers, and on the same resamples of them."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.valuation.accuracy import TENTHS
from clove.valuation.bootstrap import RESAMPLES, weights_in_chunks
from clove.valuation.judged import Judged
from clove.valuation.metrics import METRICS, OF_DISTRIBUTIONS, PLACE
from clove.valuation.ranking_figures import (
    CONCENTRATION,
    CORRELATION,
    HIGHEST_TENTH,
    centred_ranks,
    distances_from_uniform,
    ranking_figures,
    tenth_sums,
    tied,
    weighted_sums,
)

LEVELS = (0.1, 0.5, 0.9)
ROUNDING = 1e-12
ONE_NUMBER = "this forecast is one number, not a distribution"
NOTHING_CAME = "nobody brought anything"
ALL_ALIKE = "this forecast is the same for all, so it ranks nobody"
CAME_ALIKE = "everybody brought the same, so there is no order to find"
NOBODY = "no customer is in this group"


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One forecaster on n customers; the first row of samples is the sample itself, the others are resamples."""

    customers: int
    samples: Floats  # (1 + b, m), measures in the order of METRICS; nan where one does not exist
    reasons: dict[str, str]  # why a measure does not exist, by key
    tenth_forecast: Floats  # (10,) mean of the means, tenths of customers by mean, lowest first; nan for an empty one
    tenth_actual: Floats  # (1 + b, 10) mean of what came, tenths as they are in the sample itself

    def sample(self, key: str) -> Floats:
        """One measure, shape (1 + b,)."""
        column: Floats = self.samples[:, PLACE[key]]
        return column


def score(
    forecasts: Mapping[str, Judged], actual: Floats, keys: NDArray[np.uint64], resamples: int = RESAMPLES
) -> dict[str, Scored]:
    """Judge forecasters of the same customers.

    Args:
        forecasts: By name, each of n customers.
        actual: What came, 0 or more, shape (n,).
        keys: Stream of each customer, by which he is drawn, shape (n,).
        resamples: How often customers are drawn anew.
    """
    plans = {name: _Plan.of(judged, actual) for name, judged in forecasts.items()}
    parts: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in forecasts}
    by_actual = tied(actual)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for weights in weights_in_chunks(keys, resamples):
            shared = _Shared.of(weights, actual, by_actual)
            for name, part in zip(plans, pool.map(shared.measure, plans.values()), strict=True):
                parts[name].append(part)
    return {
        name: Scored(
            actual.size,
            np.concatenate([samples for samples, _ in parts[name]], axis=1).T,
            _reasons(judged, actual),
            plans[name].tenth_forecast,
            np.concatenate([tenths for _, tenths in parts[name]], axis=1).T,
        )
        for name, judged in forecasts.items()
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What of a forecaster does not depend on the weights."""

    columns: Floats  # (n, c) whose weighted sums the plain measures are made of
    tenth: Ints  # (n,) tenth of each customer by mean
    tenth_forecast: Floats  # (10,)
    order: tuple[Ints, Ints]  # by mean
    pit: tuple[Ints, Floats] | None  # order and values

    @classmethod
    def of(cls, judged: Judged, actual: Floats) -> "_Plan":
        tenth = np.empty(actual.size, np.int64)
        for place, members in enumerate(np.array_split(np.argsort(judged.mean, kind="stable"), TENTHS)):
            tenth[members] = place
        sizes = np.bincount(tenth, minlength=TENTHS).astype(np.float64)
        pit = None if judged.pit is None else (np.argsort(judged.pit, kind="stable").astype(np.int64), judged.pit)
        return cls(
            _columns(judged, actual),
            tenth,
            _divide(np.bincount(tenth, judged.mean, minlength=TENTHS).astype(np.float64), sizes),
            tied(judged.mean),
            pit,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """What all forecasters have in common under some weightings of the customers."""

    weights: Floats  # (n, b)
    actual: Floats  # (n,)
    actual_ranks: Floats  # (n, b)
    totals: Floats  # (b,) weights
    money: Floats  # (b,) that came
    perfect: Floats  # (b,) concentration of what came along its own order, the most that a forecast can reach

    @classmethod
    def of(cls, weights: Floats, actual: Floats, by_actual: tuple[Ints, Ints]) -> "_Shared":
        totals, money = weighted_sums(weights, np.column_stack([np.ones(actual.size), actual]))
        ranks = centred_ranks(weights, *by_actual)
        reached = ranking_figures(weights, *by_actual, actual, ranks, totals, money)[CONCENTRATION]
        # what rounding leaves where everybody brought the same is no order
        return cls(weights, actual, ranks, totals, money, np.where(reached > ROUNDING, reached, np.nan))

    def measure(self, plan: _Plan) -> tuple[Floats, Floats]:
        """Measures in the order of METRICS, shape (m, b), and what came to each tenth, shape (10, b)."""
        absolute, squared, came, relative, mean, *rest = weighted_sums(self.weights, plan.columns)
        ranking = ranking_figures(self.weights, *plan.order, self.actual, self.actual_ranks, self.totals, self.money)
        found = dict.fromkeys(PLACE, np.full(self.totals.size, np.nan))
        found |= {
            "mae": _divide(absolute, self.totals),
            "rmse": np.sqrt(_divide(squared, self.totals)),
            "mape": _divide(relative, came),
            "spearman": ranking[CORRELATION],
            "gini": _divide(ranking[CONCENTRATION], self.perfect),
            "lift": ranking[HIGHEST_TENTH],
            "total_bias": _divide(mean, self.money) - 1,
        }
        if plan.pit is not None:
            names = ("pinball_10", "pinball_50", "pinball_90", "central_80", "above_p90", "width")
            found |= {name: _divide(sums, self.totals) for name, sums in zip(names, rest, strict=True)}
            found["pit_distance"] = distances_from_uniform(self.weights, *plan.pit, self.totals)
        customers, money = tenth_sums(self.weights, plan.tenth, self.actual, TENTHS)
        return np.stack([found[metric.key] for metric in METRICS]), _divide(money, customers)


def _columns(judged: Judged, actual: Floats) -> Floats:
    error = np.abs(judged.point - actual)
    came = actual > 0
    columns = [
        error,
        (judged.mean - actual) ** 2,
        came.astype(np.float64),
        np.where(came, error / np.where(came, actual, 1.0), 0.0),
        judged.mean,
    ]
    if judged.p10 is not None and judged.p50 is not None and judged.p90 is not None and judged.pit is not None:
        for level, quantile in zip(LEVELS, (judged.p10, judged.p50, judged.p90), strict=True):
            columns.append(np.maximum(level * (actual - quantile), (level - 1) * (actual - quantile)))
        central = (judged.pit >= LEVELS[0]) & (judged.pit <= LEVELS[-1])
        columns += [central.astype(np.float64), (judged.pit > LEVELS[-1]).astype(np.float64), judged.p90 - judged.p10]
    return np.column_stack(columns)


def _divide(one: Floats, other: Floats) -> Floats:
    """Quotients, nan where the divisor is 0 or unknown."""
    there = np.isfinite(other) & (other != 0)
    return np.where(there, one / np.where(there, other, 1.0), np.nan)


def _reasons(judged: Judged, actual: Floats) -> dict[str, str]:
    if not actual.size:
        return dict.fromkeys(PLACE, NOBODY)
    reasons: dict[str, str] = {}
    if judged.pit is None:
        reasons |= dict.fromkeys(OF_DISTRIBUTIONS, ONE_NUMBER)
    if np.ptp(judged.mean) == 0:
        reasons["spearman"] = ALL_ALIKE
    if np.ptp(actual) == 0:
        reasons |= dict.fromkeys(("spearman", "gini"), CAME_ALIKE)
    if not actual.any():
        reasons |= dict.fromkeys(("mape", "lift", "gini", "total_bias", "spearman"), NOTHING_CAME)
    return reasons
