"""Verdict, best price and break-even of many segments, one after the other with SciPy's scalar searches."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from clove.decisions.price_table import price_table

MONTHS = np.arange(60)
DISCOUNT = 1.12 ** (-(MONTHS + 1) / 12)


def prepare(segments: int) -> dict[str, Any]:
    """The same segments as Clove's, as plain columns."""
    rows = price_table().take(np.arange(segments) % len(price_table()))
    travel = (5.0 + np.arange(segments) % 97) * 3.5 / rows.rand
    return {
        "fee": rows.list_price,
        "cost": rows.monthly_cost,
        "upfront": rows.cac_marketing
        + rows.cac_sales
        + rows.cac_call_centre
        + rows.base_labour
        + travel
        + rows.hardware,
        "collected": rows.collected_share,
        "penalty_collected": rows.penalty_share,
        "clause": rows.clause,
        "churn": rows.monthly_churn,
        "alpha": rows.alpha,
        "beta": rows.beta * np.linspace(1.0, 6.0, segments),
        "rand": rows.rand,
    }


def _parts(state: dict[str, Any], i: int, price: float) -> np.ndarray:
    """Discounted net cash of each month."""
    q = state["churn"][i] * (price / state["fee"][i]) ** 0.5
    lives = (1 - q) ** (MONTHS + 1)
    monthly = price * state["collected"][i] + 0.036 / 12 * 0.72 * (10 * 0.9 - 3) * price - state["cost"][i]
    penalty = state["penalty_collected"][i] * 0.75 * price * np.maximum(state["clause"][i] - MONTHS, 0)
    return DISCOUNT * (lives * monthly + lives / (1 - q) * q * penalty)


def measured(state: dict[str, Any]) -> np.ndarray:
    """Value at list price, best price, break-even and verdict, shape (n, 4)."""
    found = np.empty((state["fee"].size, 4))
    for i, listed in enumerate(state["fee"]):
        upfront = state["upfront"][i]

        def ltv(price: float, i: int = i, upfront: float = upfront) -> float:
            return float(_parts(state, i, price).sum() - upfront)

        def loss(price: float, i: int = i, ltv: Callable[[float], float] = ltv) -> float:
            return -state["alpha"][i] * float(np.exp(-state["beta"][i] * price * state["rand"][i])) * ltv(price)

        low, high = 0.7 * listed, 1.3 * listed
        best = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6 * listed}).x
        crosses = (ltv(low) < 0) != (ltv(high) < 0)
        back = np.cumsum(_parts(state, i, listed)) >= upfront
        worth = ltv(listed)
        proceeds = worth >= 0.1 * upfront and back[: state["clause"][i]].any()
        found[i] = worth, best, brentq(ltv, low, high) if crosses else np.nan, proceeds
    return found


def facts(state: dict[str, Any], found: np.ndarray) -> dict[str, float]:
    """Sums, so that the sides can be held against each other."""
    listed = state["fee"]
    return {
        "ltv": float((found[:, 0] / listed).sum()),
        "optimum": float((found[:, 1] / listed).sum()),
        "break_even": float(np.nansum(found[:, 2] / listed)),
        "proceed": int(found[:, 3].sum()),
    }
