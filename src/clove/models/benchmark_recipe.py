"""The CLV benchmark's own recipe: boosted trees on the log of what customers spent in a window that has passed."""

import json
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import ClassVar, Final, Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.documents import read_document
from clove.models.ranks import mid_ranks
from clove.models.trees import digest, expect_digest, grown

FEATURES = (
    "recency_days",
    "orders",
    "monetary_total",
    "monetary_avg",
    "monetary_max",
    "tenure_days",
    "purchase_velocity",
    "inter_purchase_days_avg",
    "inter_purchase_days_std",
    "unique_products",
    "cancellation_rate",
    "avg_quantity_per_item",
    "uk_customer",
    "acquisition_month",
    "acquisition_quarter",
    "purchased_in_q4",
    "weekend_purchase_ratio",
    "evening_purchase_ratio",
    "rfm_recency_score",
    "rfm_frequency_score",
    "rfm_monetary_score",
    "rfm_combined_score",
)
"""Columns of the features, in this order; `orders` is what the benchmark calls frequency."""

HYPER_PARAMETERS: Final = MappingProxyType(
    {
        "objective": "regression",
        "metric": "mae",
        "n_estimators": 300,
        "learning_rate": 0.05,
        "num_leaves": 31,
        "min_child_samples": 20,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 5,
        "reg_alpha": 0.1,
        "reg_lambda": 0.1,
        "random_state": 42,
    }
)
"""As published."""

REPEATABLE: Final = MappingProxyType(
    # one thread: sums in one order, and LightGBM's threads spin where the machine is shared
    {"num_threads": 1, "deterministic": True, "force_col_wise": True, "verbosity": -1}
)
"""What makes equal data give equal bytes; it changes no other choice."""

FOLDS = 5
FEWEST_ORDERS = 2  # of a customer whom the recipe forecasts by his features
FEWEST = 50  # such customers: a bag of 80 % of them is what two leaves of 20 need
ORDERS = FEATURES.index("orders")


@dataclass(frozen=True, slots=True)
class BenchmarkRecipe:
    """A fitted recipe: LightGBM on log(1 + target), read back as exp - 1, never below 0.

    Customers with fewer than two orders take no part in the fit and are forecast the median target of those who do.

    It is biased by design. Squared error on the log scale aims at the mean of the log, and exp of that lies near the
    median of money, far below its mean: totals come out too small. It is here to be compared with.

    Ke et al. (2017), "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS.
    """

    KIND: ClassVar[str] = "benchmark-recipe"
    TITLE: ClassVar[str] = "Benchmark recipe (LightGBM)"

    trees: str = field(repr=False)  # LightGBM's own text
    median: float  # target of the customers in the fit, for those who have bought once
    customers: int  # in the fit

    @classmethod
    def fit(cls, features: Floats, target: Floats) -> Self:
        """Boost on the customers with two orders or more.

        Args:
            features: Columns as in `FEATURES`, nan where unknown, shape (n, 22).
            target: What each spent in the window to be learnt, 0 where nothing, shape (n,).

        Raises:
            ArgumentRefused: Other shapes, a target below 0, or numbers that are none.
            NotEnoughData: Fewer than 50 customers with two orders.
        """
        import lightgbm

        table, spent = _checked(features), _checked_target(target, len(features))
        warm = _warm(table)
        if (count := int(warm.sum())) < FEWEST:
            raise NotEnoughData(
                f"{count} of {warm.size} customers have {FEWEST_ORDERS} orders or more, {FEWEST} are needed",
                where="BenchmarkRecipe.fit",
                remedy="Give more customers, or a longer history",
            )
        rounds = lightgbm.Dataset(
            table[warm],
            np.log1p(spent[warm]),
            feature_name=list(FEATURES),
            categorical_feature=[],
            params=dict(REPEATABLE),
        )
        booster = lightgbm.train({**HYPER_PARAMETERS, **REPEATABLE}, rounds)
        return cls(booster.model_to_string(), float(np.median(spent[warm])), count)

    def predict(self, features: Floats) -> Floats:
        """Spend in a window like the one that was learnt, shape (n,).

        Args:
            features: Columns as in `FEATURES`, shape (n, 22).
        """
        table = _checked(features)
        warm = _warm(table)
        forecast = np.full(warm.size, self.median)
        if warm.any():
            logs = np.asarray(grown(self.trees).predict(table[warm], num_threads=1), dtype=np.float64)
            forecast[warm] = np.maximum(np.expm1(logs), 0.0)
        return forecast

    def contributions(self, features: Floats) -> Floats:
        """What each feature adds to the log of a forecast, and the base at the end, shape (n, 23).

        Exact Shapley values of the trees (Lundberg & Lee 2017, NeurIPS); a row sums to log(1 + forecast) before it is
        held at 0. nan throughout for customers with one order, whom the trees do not forecast.
        """
        table = _checked(features)
        warm = _warm(table)
        parts = np.full((warm.size, len(FEATURES) + 1), np.nan)
        if warm.any():
            parts[warm] = np.asarray(grown(self.trees).predict(table[warm], pred_contrib=True, num_threads=1))
        return parts

    def importance(self, features: Floats) -> Floats:
        """Mean size of each feature's contribution over customers with two orders or more, shape (22,)."""
        parts = self.contributions(features)[_warm(_checked(features)), :-1]
        sizes: Floats = np.abs(parts).mean(axis=0) if parts.size else np.full(len(FEATURES), np.nan)
        return sizes

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": self.KIND, **asdict(self), "sha256": digest(self.trees)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The recipe that `to_json` wrote.

        Raises:
            ArgumentRefused: Not such a document, or its trees are damaged.
        """
        document = read_document(text, cls.KIND, (*(each.name for each in fields(cls)), "sha256"))
        recipe = cls(str(document["trees"]), float(document["median"]), int(document["customers"]))
        expect_digest(document["sha256"], recipe.trees, where=cls.KIND)
        return recipe


def cross_fitted(features: Floats, target: Floats, seed: int) -> Floats:
    """The recipe's forecast of every customer by trees that have not seen him, shape (n,).

    Five folds stratified by fifth of the target; each is forecast by a recipe fitted on the other four, which is what
    the benchmark's 80/20 split does for one of them. Note that the other four are of the very window that is judged:
    no forecast made at the time could have known them.

    Args:
        features: Columns as in `FEATURES`, shape (n, 22).
        target: What each spent in the window, shape (n,).
        seed: Of the folds.

    Raises:
        ArgumentRefused: As `BenchmarkRecipe.fit`.
        NotEnoughData: As `BenchmarkRecipe.fit`, of four folds.
    """
    table, spent = _checked(features), _checked_target(target, len(features))
    warm = _warm(table)
    # customers with one order take no part in a fit: no fold of theirs has to be kept apart
    fold = np.full(warm.size, FOLDS)
    fold[warm] = stratified_folds(spent[warm], seed)
    forecast = np.full(warm.size, np.median(spent[warm]) if warm.any() else np.nan)
    for each in range(FOLDS):
        judged = fold == each
        forecast[judged] = BenchmarkRecipe.fit(table[warm & ~judged], spent[warm & ~judged]).predict(table[judged])
    return forecast


def stratified_folds(target: Floats, seed: int) -> Ints:
    """A fold from 0 to 4 for each customer, each with its fair share of every fifth of the target, shape (n,).

    Fold 0 is the 20 % of an 80/20 split: it has n / 5 customers, rounded up.

    Args:
        target: Shape (n,). A customer's fold depends on his fifth, on no more of his target than that.
        seed: Same seed, same folds.
    """
    n = target.size
    # equal targets, such as the many zeros, are in one fifth
    fifth = np.floor(5 * (mid_ranks(target) - 0.5) / max(n, 1))
    shuffled = np.random.default_rng(seed).permutation(n)
    dealt = shuffled[np.argsort(fifth[shuffled], kind="stable")]
    folds = np.empty(n, np.int64)
    folds[dealt] = np.arange(n) % FOLDS
    return folds


def _warm(table: Floats) -> Bools:
    return table[:, ORDERS] >= FEWEST_ORDERS


def _checked(features: Floats) -> Floats:
    table = np.asarray(features, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(FEATURES):
        raise ArgumentRefused(
            f"features of shape {table.shape}",
            where="BenchmarkRecipe",
            remedy=f"Give one row per customer and {len(FEATURES)} columns, those of FEATURES",
        )
    if np.isinf(table).any() or np.isnan(table[:, ORDERS]).any():
        raise ArgumentRefused(
            "a feature that is infinite, or a customer without a number of orders",
            where="BenchmarkRecipe",
            remedy="Let what is not known be nan, and give the orders of every customer",
        )
    return table


def _checked_target(target: Floats, customers: int) -> Floats:
    spent = np.asarray(target, dtype=np.float64)
    if spent.shape != (customers,):
        raise ArgumentRefused(
            f"targets of shape {spent.shape} for {customers} customers",
            where="BenchmarkRecipe",
            remedy="Give one target per customer",
        )
    if not (np.isfinite(spent) & (spent >= 0)).all():
        raise ArgumentRefused(
            "a target below 0 or not finite", where="BenchmarkRecipe", remedy="Give the spend, 0 where there was none"
        )
    return spent
