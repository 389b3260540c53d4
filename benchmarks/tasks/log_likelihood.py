"""The BG/NBD log-likelihood that each side's parameters reach, by one formula that belongs to none of them.

Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284, equation 6, in logs.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln


def prepare(summary: str, customers: int, parameters: dict[str, dict[str, float]]) -> dict[str, Any]:
    """The summaries of the first customers, and what each side has fitted."""
    return {"frame": pd.read_parquet(summary).head(customers), "parameters": parameters}


def measured(state: dict[str, Any]) -> dict[str, float]:
    """The sum over all customers, per side."""
    frame = state["frame"]
    x, t_x, T = (frame[name].to_numpy() for name in ("frequency", "recency", "T"))
    return {side: _total(x, t_x, T, **fitted) for side, fitted in state["parameters"].items()}


def facts(_: dict[str, Any], totals: dict[str, float]) -> dict[str, float]:
    """The totals themselves."""
    return totals


def _total(x: np.ndarray, t_x: np.ndarray, T: np.ndarray, *, r: float, alpha: float, a: float, b: float) -> float:
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + T)
    repeat = x > 0
    dropped = np.full(x.shape, -np.inf)
    dropped[repeat] = betaln(a + 1, b + x[repeat] - 1) - (r + x[repeat]) * np.log(alpha + t_x[repeat])
    return float((common + np.logaddexp(alive, dropped)).sum())
