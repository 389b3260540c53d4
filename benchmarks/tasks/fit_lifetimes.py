"""BG/NBD by maximum likelihood, by lifetimes."""

import pandas as pd
from lifetimes import BetaGeoFitter


def prepare(summary: str, customers: int) -> pd.DataFrame:
    """The summaries of the first customers."""
    return pd.read_parquet(summary).head(customers)


def measured(summary: pd.DataFrame) -> BetaGeoFitter:
    """The public call."""
    return BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"])


def facts(_: pd.DataFrame, model: BetaGeoFitter) -> dict[str, float]:
    """The parameters."""
    return {name: float(model.params_[name]) for name in ("r", "alpha", "a", "b")}
