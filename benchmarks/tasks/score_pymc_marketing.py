"""Expected purchases in 365 days, probability alive and 12 months' CLV of every customer, by pymc-marketing."""

from typing import Any

import numpy as np
import pandas as pd
from pymc_marketing.clv import BetaGeoModel, GammaGammaModel


def prepare(summary: str, customers: int) -> dict[str, Any]:
    """Summaries and models fitted by its fast method."""
    frame = pd.read_parquet(summary).head(customers)
    purchases, spend = BetaGeoModel(), GammaGammaModel()
    purchases.fit(data=frame, method="map", progressbar=False)
    spend.fit(data=frame[frame["frequency"] > 0], method="map", progressbar=False)
    return {"frame": frame, "purchases": purchases, "spend": spend}


def measured(state: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The public calls."""
    frame, model = state["frame"], state["purchases"]
    purchases = model.expected_purchases(data=frame, future_t=365)
    alive = model.expected_probability_alive(data=frame)
    value = state["spend"].expected_customer_lifetime_value(
        model, frame, future_t=12, discount_rate=0.01, time_unit="D"
    )
    return purchases.to_numpy().ravel(), alive.to_numpy().ravel(), value.to_numpy().ravel()


def facts(_: dict[str, Any], scores: tuple[np.ndarray, np.ndarray, np.ndarray]) -> dict[str, float]:
    """Totals, so that the sides can be held against each other."""
    purchases, alive, value = scores
    return {
        "purchases": float(purchases.sum()),
        "alive": float(alive.sum()),
        "clv": float(value.sum()),
        "unknown": int(np.isnan(value).sum()),
    }
