"""Expected purchases in 365 days, probability alive and 12 months' CLV of every customer, by Clove."""

from typing import Any

import numpy as np
import pandas as pd

from clove.models import BgNbd, GammaGamma
from clove.models.history import PurchaseHistory
from clove.valuation.forecast import Expectation, Steps

MONTHS = np.arange(1.0, 13.0)


def prepare(summary: str, customers: int) -> dict[str, Any]:
    """Histories, fitted models, and the peers' months of 30 days."""
    frame = pd.read_parquet(summary).head(customers)
    history = PurchaseHistory.of(frame["frequency"], frame["recency"], frame["T"], frame["monetary_value"], unit="day")
    return {
        "history": history,
        "purchases": BgNbd.fit(history),
        "spend": GammaGamma.fit(history),
        "steps": Steps(MONTHS * 30, MONTHS / 12),
    }


def measured(state: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The public calls; 0.01 a month is 1.01 ** 12 - 1 a year."""
    purchases = state["purchases"].expected_purchases(state["history"], 365.0)
    value = Expectation.of(
        state["history"], state["purchases"], state["spend"], state["steps"], discount_rate=1.01**12 - 1
    )
    return purchases, value.probability_alive, value.clv


def facts(_: dict[str, Any], scores: tuple[np.ndarray, np.ndarray, np.ndarray]) -> dict[str, float]:
    """Totals, so that the sides can be held against each other."""
    purchases, alive, value = scores
    return {
        "purchases": float(purchases.sum()),
        "alive": float(alive.sum()),
        "clv": float(value.sum()),
        "unknown": int(np.isnan(value).sum()),
    }
