"""The columns of the feature table that tell how a customer has behaved, as a season leaves them."""

import re
from datetime import timedelta

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Floats
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.behaviour import COLUMNS
from clove.valuation.season import Ahead
from clove.workflows.group_columns import group_columns
from clove.workflows.summary import floats

WITHIN = re.compile(r"_(\d+)d$")  # of a figure of the last so many days


def behaviour_columns(
    features: pa.Table, history: PurchaseHistory, purchases: PurchaseModel, ahead: Ahead
) -> dict[str, Floats]:
    """Each of shape (n,), nan where unknown: lengths of time by the season's clock, recent figures per ordinary days.

    So a customer who bought as usual looks as usual, in a busy month and in a quiet one.

    Args:
        features: Of all customers known by the date from which `ahead` counts, n rows.
        history: Of the same, in the clock of `ahead`.
        purchases: Fitted to it.
        ahead: Whose season it is.
    """
    table = {name: floats(features, name) for name in COLUMNS} | group_columns(features, history, purchases)
    if not ahead.season.known:
        return table
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.where(table["tenure_days"] > 0, history.recency / table["tenure_days"], 1.0)
    table |= {
        "T": history.T,
        "tenure_days": history.recency,
        "recency_days": history.T - history.recency,
        "inter_purchase_days_avg": table["inter_purchase_days_avg"] * stretch,
    }
    for name in COLUMNS:
        if (found := WITHIN.search(name)) is not None:
            days = int(found[1])
            worth = ahead.season.elapsed(ahead.as_of - timedelta(days=days), ahead.as_of)
            table[name] = table[name] * (days / worth)
    return table
