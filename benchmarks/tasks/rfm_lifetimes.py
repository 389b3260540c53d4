"""Transactions to one summary row per customer, by lifetimes."""

from typing import Any

import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data


def prepare(transactions: str, as_of: str) -> dict[str, Any]:
    """Hold the purchases as a pandas frame."""
    return {"frame": pd.read_parquet(transactions), "as_of": as_of}


def measured(state: dict[str, Any]) -> pd.DataFrame:
    """The public call."""
    return summary_data_from_transaction_data(
        state["frame"], "customer_id", "time", "amount", observation_period_end=state["as_of"]
    )


def facts(state: dict[str, Any], summary: pd.DataFrame) -> dict[str, float]:
    """Sums that every side must agree on."""
    repeat = summary["frequency"] > 0
    return {
        "rows": len(state["frame"]),
        "customers": len(summary),
        "frequency": float(summary["frequency"].sum()),
        "recency": float(summary["recency"].sum()),
        "T": float(summary["T"].sum()),
        "monetary_value": float(summary.loc[repeat, "monetary_value"].sum()),
    }
