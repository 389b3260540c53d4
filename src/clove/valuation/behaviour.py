"""How a customer has behaved, as the columns that `BoostedValue` learns from: what a purchase model does not see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats

# names of the feature table that are read
COLUMNS = (
    "recency_days",
    "orders",
    "frequency",
    "T",
    "monetary_total",
    "monetary_avg",
    "monetary_max",
    "monetary_value",
    "tenure_days",
    "inter_purchase_days_avg",
    "interval_cv",
    "unique_products",
    "cancellation_rate",
    "returned_amount",
    "avg_quantity_per_item",
    "weekend_purchase_ratio",
    "evening_purchase_ratio",
    "rfm_recency_score",
    "rfm_frequency_score",
    "rfm_monetary_score",
    "rfm_combined_score",
    "orders_30d",
    "orders_90d",
    "orders_180d",
    "revenue_30d",
    "revenue_90d",
    "revenue_180d",
)
# columns of the feature table that make groups of customers
GROUPS = ("country", "channel", "first_category", "acquisition_month")


def rate_of(group: str) -> str:
    """Name of the column for how often the others of a group come back."""
    return f"{group}_rate"


def spend_of(group: str) -> str:
    """Name of the column for what the others of a group spend per order."""
    return f"{group}_spend"


GROUP_COLUMNS = tuple(name for group in GROUPS for name in (rate_of(group), spend_of(group)))
# sizes: the line sees their logs
SIZES = (
    "frequency",
    "orders",
    "purchase_rate",
    "monetary_avg",
    "monetary_max",
    "monetary_total",
    "monetary_value",
    "unique_products",
    "avg_quantity_per_item",
    "orders_30d",
    "orders_90d",
    "orders_180d",
    "revenue_30d",
    "revenue_90d",
    "revenue_180d",
    "expected_purchases",
    "expected_spend",
    "expected_value",
)
SHARES = (
    "silence",
    "tenure",
    "cancellation_rate",
    "weekend_purchase_ratio",
    "evening_purchase_ratio",
    "probability_alive",
    "rfm_recency_score",
    "rfm_frequency_score",
    "rfm_monetary_score",
    "rfm_combined_score",
    "returned_share",
    "interval_cv",
    *GROUP_COLUMNS,
)
TREE_FEATURES = (*SIZES, *SHARES, "silence_in_intervals")
LINE_FEATURES = (*SIZES, *SHARES)
UNKNOWN_REGULARITY = 1.0  # interval_cv of a customer who bought at random


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What the purchase and spend models say of each customer, all of shape (n,)."""

    probability_alive: Floats
    expected_purchases: Floats  # over the window
    expected_spend: Floats  # per purchase
    expected_value: Floats  # over the window, before margin and discount
    active: Floats  # probability of a purchase in the window


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """Columns for the trees and the line. Times are shares of the customer's own age: a calendar does not repeat."""

    trees: Floats  # (n, len(TREE_FEATURES)), nan where unknown
    line: Floats  # (n, len(LINE_FEATURES)), finite

    @classmethod
    def of(cls, table: Mapping[str, Floats], judged: Judgement) -> Self:
        """From the columns of the feature table and those of the groups, each of shape (n,), nan where unknown."""
        age = np.maximum(table["T"], 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            interval = np.where(table["inter_purchase_days_avg"] > 0, table["inter_purchase_days_avg"], np.nan)
            returned = np.where(table["monetary_total"] > 0, table["returned_amount"] / table["monetary_total"], 0.0)
        known = {
            **table,
            "purchase_rate": table["frequency"] / age,
            "silence": table["recency_days"] / age,
            "tenure": table["tenure_days"] / age,
            "silence_in_intervals": table["recency_days"] / interval,
            "returned_share": returned,
            "probability_alive": judged.probability_alive,
            "expected_purchases": judged.expected_purchases,
            "expected_spend": judged.expected_spend,
            "expected_value": judged.expected_value,
        }
        logs = [np.log1p(np.maximum(np.nan_to_num(known[name]), 0.0)) for name in SIZES]
        regularity = np.nan_to_num(known["interval_cv"], nan=UNKNOWN_REGULARITY)
        shares = [regularity if name == "interval_cv" else np.nan_to_num(known[name]) for name in SHARES]
        return cls(
            np.column_stack([known[name] for name in TREE_FEATURES]),
            np.column_stack([*logs, *shares]),
        )
