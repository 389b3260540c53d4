"""The feature table's columns as the arrays that the science knows."""

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Floats, Labels
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory


def history_of(features: pa.Table) -> PurchaseHistory:
    """The buy-till-you-die summary of a feature table, in days; valid by construction of its SQL."""
    return PurchaseHistory(
        labels(features, "customer_id"),
        floats(features, "frequency"),
        floats(features, "recency"),
        floats(features, "T"),
        floats(features, "monetary_value"),
        TimeUnit.DAY,
        floats(features, "log_intervals"),
    )


def floats(table: pa.Table, column: str) -> Floats:
    """A column as float64, null as nan, shape (n,)."""
    values: Floats = table[column].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values)


def labels(table: pa.Table, column: str) -> Labels:
    """A text column, shape (n,)."""
    texts: Labels = table[column].to_numpy(zero_copy_only=False)
    return texts
