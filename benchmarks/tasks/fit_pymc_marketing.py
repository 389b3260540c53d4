"""A model, the mode of the posterior under the default priors, by pymc-marketing."""

from typing import Any

import numpy as np
import pandas as pd
from pymc_marketing.clv import BetaGeoBetaBinomModel, BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel

MODELS = {
    "bg-nbd": (BetaGeoModel, ("r", "alpha", "a", "b")),
    "mbg-nbd": (ModifiedBetaGeoModel, ("r", "alpha", "a", "b")),
    "pareto-nbd": (ParetoNBDModel, ("r", "alpha", "s", "beta")),
    "bg-bb": (BetaGeoBetaBinomModel, ("alpha", "beta", "gamma", "delta")),
}


def prepare(summary: str, customers: int = 0, model: str = "bg-nbd") -> dict[str, Any]:
    """The summaries of the first customers, or of all, one row for each: it takes no counts."""
    frame = pd.read_parquet(summary).head(customers or None)
    if "customers" in frame:
        frame = frame.loc[frame.index.repeat(frame["customers"].astype(int))].drop(columns="customers")
        frame = frame.assign(customer_id=np.arange(len(frame)))
    if model == "bg-bb":
        frame = frame.astype({"frequency": int, "recency": int, "T": int})
    return {"frame": frame, "model": model}


def measured(state: dict[str, Any]) -> Any:  # noqa: ANN401 - any of the models
    """The public call; its fast method, no sampling."""
    model = MODELS[state["model"]][0]()
    model.fit(data=state["frame"], method="map", progressbar=False)
    return model


def facts(state: dict[str, Any], model: Any) -> dict[str, float]:  # noqa: ANN401 - any of the models
    """The parameters."""
    return {name: float(model.fit_result[name].to_numpy().item()) for name in MODELS[state["model"]][1]}
