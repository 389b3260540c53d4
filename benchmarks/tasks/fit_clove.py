"""A model by maximum likelihood, by Clove; standard errors and the check of the optimum are part of the call."""

from typing import Any

import numpy as np
import pandas as pd

from clove import models
from clove.models.history import PurchaseHistory

CLASSES = {"bg-nbd": "BgNbd", "mbg-nbd": "MbgNbd", "pareto-nbd": "ParetoNbd", "bg-bb": "BgBb"}


def prepare(summary: str, customers: int = 0, model: str = "bg-nbd", unit: str = "day") -> dict[str, Any]:
    """The summaries of the first customers, or of all, and how many people each stands for where the file says so."""
    frame = pd.read_parquet(summary).head(customers or None)
    spend = frame.get("monetary_value")
    history = PurchaseHistory.of(frame["frequency"], frame["recency"], frame["T"], spend, unit=unit)
    counts = frame["customers"].to_numpy(np.float64) if "customers" in frame else None
    return {"history": history, "counts": counts, "model": getattr(models, CLASSES[model])}


def measured(state: dict[str, Any]) -> Any:  # noqa: ANN401 - any of the models
    """The public call."""
    if state["counts"] is None:
        return state["model"].fit(state["history"])
    return state["model"].fit(state["history"], weights=state["counts"])


def facts(_: dict[str, Any], model: Any) -> dict[str, float]:  # noqa: ANN401 - any of the models
    """The parameters."""
    return {name: float(getattr(model, name)) for name in model.NAMES}
