"""Transactions to one summary row per customer, by Clove."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

import clove
from clove.models.history import PurchaseHistory


def prepare(transactions: str, as_of: str) -> dict[str, Any]:
    """Hold the purchases as a pandas frame."""
    return {"frame": pd.read_parquet(transactions), "as_of": date.fromisoformat(as_of)}


def measured(state: dict[str, Any]) -> PurchaseHistory:
    """The public call."""
    return clove.purchase_history(
        state["frame"], customer="customer_id", time="time", amount="amount", as_of=state["as_of"]
    )


def facts(state: dict[str, Any], history: PurchaseHistory) -> dict[str, float]:
    """Sums that every side must agree on."""
    return {
        "rows": len(state["frame"]),
        "customers": len(history),
        "frequency": float(history.frequency.sum()),
        "recency": float(history.recency.sum()),
        "T": float(history.T.sum()),
        "monetary_value": float(np.nansum(history.monetary_value)),
    }
