"""Expected purchases in 365 days, probability alive and 12 months' CLV of every customer, by lifetimes."""

from typing import Any

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter


def prepare(summary: str, customers: int) -> dict[str, Any]:
    """Summaries and fitted models."""
    frame = pd.read_parquet(summary).head(customers)
    repeat = frame[frame["frequency"] > 0]
    return {
        "frame": frame,
        "purchases": BetaGeoFitter().fit(frame["frequency"], frame["recency"], frame["T"]),
        "spend": GammaGammaFitter().fit(repeat["frequency"], repeat["monetary_value"]),
    }


def measured(state: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The public calls."""
    frame, model = state["frame"], state["purchases"]
    x, t_x, T = frame["frequency"], frame["recency"], frame["T"]
    purchases = model.conditional_expected_number_of_purchases_up_to_time(365, x, t_x, T)
    alive = model.conditional_probability_alive(x, t_x, T)
    value = state["spend"].customer_lifetime_value(
        model, x, t_x, T, frame["monetary_value"], time=12, discount_rate=0.01, freq="D"
    )
    return np.asarray(purchases), np.asarray(alive), np.asarray(value)


def facts(_: dict[str, Any], scores: tuple[np.ndarray, np.ndarray, np.ndarray]) -> dict[str, float]:
    """Totals, so that the sides can be held against each other."""
    purchases, alive, value = scores
    return {
        "purchases": float(purchases.sum()),
        "alive": float(alive.sum()),
        "clv": float(value.sum()),
        "unknown": int(np.isnan(value).sum()),
    }
