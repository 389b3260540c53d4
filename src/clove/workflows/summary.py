"""The feature table's columns as the arrays that the science knows."""

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Floats, Labels
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory
from clove.valuation.season import Season


def history_of(features: pa.Table, season: Season | None = None) -> PurchaseHistory:
    """The buy-till-you-die summary of a feature table, in days; valid by construction of its SQL.

    Args:
        features: As of a date.
        season: In whose clock the days are counted; by the calendar if left out.
    """
    recency, age, gaps = (floats(features, name) for name in ("recency", "T", "log_intervals"))
    if season is not None and season.known:
        first = features["first_purchase"].cast(pa.int32()).to_numpy().astype(np.float64)
        begun, last, now = (season.reading(first + days) for days in (0.0, recency, age))
        # only the sum of the logs of a customer's intervals is known: all are taken to stretch as their whole does
        again = recency > 0
        stretch = np.log(np.where(again, (last - begun) / np.where(again, recency, 1.0), 1.0))
        recency, age, gaps = last - begun, now - begun, gaps + floats(features, "frequency") * stretch
    return PurchaseHistory(
        labels(features, "customer_id"),
        floats(features, "frequency"),
        recency,
        age,
        floats(features, "monetary_value"),
        TimeUnit.DAY,
        gaps,
    )


def floats(table: pa.Table, column: str) -> Floats:
    """A column as float64, null as nan, shape (n,)."""
    values: Floats = table[column].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values)


def labels(table: pa.Table, column: str) -> Labels:
    """A text column, shape (n,)."""
    texts: Labels = table[column].to_numpy(zero_copy_only=False)
    return texts
