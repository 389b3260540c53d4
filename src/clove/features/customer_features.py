"""Every customer as a row of features, as of a date."""

from datetime import date

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql

BENCHMARK_FEATURES = (
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
"""The 22 features of the CLV benchmark; its `frequency`, a number of invoices, is `orders` here."""


def customer_features(engine: LocalEngine, as_of: date) -> pa.Table:
    """One row per customer with a purchase up to `as_of`, that day included, in the order of customer_id.

    Holds the buy-till-you-die summary in days, the benchmark's features, recent windows, returns and the
    regularity of intervals; `customer_features.sql` defines each. A feature whose source column the file
    lacks is null.
    """
    return engine.table(feature_sql("customer_features"), {"as_of": as_of})
