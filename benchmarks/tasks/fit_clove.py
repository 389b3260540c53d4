"""BG/NBD by maximum likelihood, by Clove; standard errors and the check of the optimum are part of the call."""

import pandas as pd

from clove.models import BgNbd
from clove.models.history import PurchaseHistory


def prepare(summary: str, customers: int) -> PurchaseHistory:
    """The summaries of the first customers."""
    frame = pd.read_parquet(summary).head(customers)
    return PurchaseHistory.of(frame["frequency"], frame["recency"], frame["T"], frame["monetary_value"], unit="day")


def measured(history: PurchaseHistory) -> BgNbd:
    """The public call."""
    return BgNbd.fit(history)


def facts(_: PurchaseHistory, model: BgNbd) -> dict[str, float]:
    """The parameters."""
    return {"r": model.r, "alpha": model.alpha, "a": model.a, "b": model.b}
