"""Who forecasts in the CLV benchmark: its own three models, and Clove."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.kernel.arrays import Bools, Floats
from clove.kernel.period import TimeUnit
from clove.models.benchmark_recipe import FEATURES, BenchmarkRecipe
from clove.models.bg_nbd import BgNbd
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_models import purchase_model
from clove.models.spend import choose_spend_model
from clove.valuation.forecast import Distribution, Expectation, Steps
from clove.valuation.season import Ahead
from clove.workflows.holdout import judge_old_forecasts
from clove.workflows.summary import floats, history_of, labels

BASELINE_DAYS = 365.0  # as published, though the window has 374
SEED = 1  # of Clove's draws


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What is known, what came, and who trains; arrays of shape (n,), all customers of the observation window."""

    engine: LocalEngine
    as_of: date  # last day of the observation window
    days: int  # of the prediction window, which begins on the next
    features: pa.Table
    target: Floats  # spend in the prediction window; only that of training customers may be learnt from
    training: Bools
    test: Bools  # both have two orders or more; no customer is in both


@dataclass(frozen=True, slots=True, eq=False)
class BenchmarkForecast:
    """One number for each of the test customers."""

    key: str  # of the published model it stands beside, or "clove-…"
    model: str
    spend: Floats


Contestant = Callable[[Setting], tuple[BenchmarkForecast, ...]]
"""Says what it expects of the test customers; raises `NotEnoughData` or `DidNotConverge` where it cannot."""


def naive_mean(setting: Setting) -> tuple[BenchmarkForecast, ...]:
    """The mean target of the training customers for everybody: it has seen the judged window."""
    mean = float(setting.target[setting.training].mean())
    return (BenchmarkForecast("naive-mean", "Naive mean", np.full(int(setting.test.sum()), mean)),)


def counted_by_invoices(setting: Setting) -> tuple[BenchmarkForecast, ...]:
    """BG/NBD + Gamma-Gamma with frequency = invoices - 1, fitted on the training customers, by maximum likelihood."""
    table = setting.features
    # not by `PurchaseHistory.of`, which refuses two invoices on one day as two occasions: here they count as such
    history = PurchaseHistory(
        labels(table, "customer_id"),
        floats(table, "orders") - 1,
        floats(table, "tenure_days"),
        floats(table, "tenure_days") + floats(table, "recency_days"),
        floats(table, "monetary_avg"),
        TimeUnit.DAY,
    )
    known, judged = history.take(setting.training), history.take(setting.test)
    purchases = BgNbd.fit(known).expected_purchases(judged, BASELINE_DAYS)
    return (
        BenchmarkForecast("bg-nbd", "BG/NBD + Gamma-Gamma", purchases * GammaGamma.fit(known).expected_spend(judged)),
    )


def recipe(setting: Setting) -> tuple[BenchmarkForecast, ...]:
    """The benchmark's LightGBM, fitted on what the training customers spent in the judged window."""
    columns = benchmark_columns(setting.features)
    fitted = BenchmarkRecipe.fit(columns[setting.training], setting.target[setting.training])
    return (BenchmarkForecast(BenchmarkRecipe.KIND, "LightGBM, 22 features", fitted.predict(columns[setting.test])),)


def clove(setting: Setting) -> tuple[BenchmarkForecast, ...]:
    """What `clove value` would have said, on the whole base, from the observation window alone."""
    record = judge_old_forecasts(setting.engine, setting.features, setting.as_of, horizon_days=setting.days, seed=SEED)
    ahead = Ahead(setting.as_of, record.season.season)
    history = history_of(setting.features, ahead.season)
    purchases, spend = purchase_model(record.choice.chosen).fit(history), choose_spend_model(history).model
    judged, days = history.take(setting.test), float(setting.days)
    test = setting.features.filter(pa.array(setting.test))
    boost = record.trained.boost(test, judged, purchases, spend, days, ahead=ahead)
    horizon = ahead.units(days)
    steps = Steps(np.array([horizon]), np.array([days / 365.25]))
    expected = Expectation.of(judged, purchases, spend, steps, boost=boost)
    drawn = Distribution.of(
        judged,
        purchases,
        spend,
        horizon,
        seed=SEED,
        common=record.common,
        widening=record.widening,
        boost=boost,
    )
    stands_on = f"{purchases.TITLE} + Gamma-Gamma{'' if boost is None else ', boosted value'}"
    return (
        BenchmarkForecast("clove-mean", f"Clove, mean ({stands_on})", expected.clv),
        BenchmarkForecast("clove-median", "Clove, median", drawn.p50),
    )


CONTESTANTS: tuple[tuple[str, str, Contestant], ...] = (
    ("naive-mean", "Naive mean", naive_mean),
    ("bg-nbd", "BG/NBD + Gamma-Gamma", counted_by_invoices),
    (BenchmarkRecipe.KIND, "LightGBM, 22 features", recipe),
    ("clove", "Clove", clove),
)
"""Key, name for people, and the contestant; in the order of the tables."""


def benchmark_columns(features: pa.Table) -> Floats:
    """The 22 features as the benchmark's recipe takes them, shape (n, 22).

    Its cancellation rate is 0 for everybody, because it drops cancellations before it counts.
    """
    columns = np.column_stack([floats(features, name) for name in FEATURES])
    columns[:, FEATURES.index("cancellation_rate")] = 0.0
    return columns
