"""A model by maximum likelihood, by lifetimes."""

from typing import Any

import numpy as np
import pandas as pd
from lifetimes import BetaGeoBetaBinomFitter, BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

FITTERS = {
    "bg-nbd": BetaGeoFitter,
    "mbg-nbd": ModifiedBetaGeoFitter,
    "pareto-nbd": ParetoNBDFitter,
    "bg-bb": BetaGeoBetaBinomFitter,
}
SEED = 0
DISCRETE = ["frequency", "recency", "T"]


def prepare(summary: str, customers: int = 0, model: str = "bg-nbd") -> dict[str, Any]:
    """The summaries of the first customers, or of all."""
    return {"frame": pd.read_parquet(summary).head(customers or None), "model": model}


def measured(state: dict[str, Any]) -> Any:  # noqa: ANN401 - any of the fitters
    """The public call; the discrete model on counts of equal histories, as its documentation has it."""
    frame = state["frame"]
    # its Pareto/NBD begins at random, and takes several times as long from one start as from another
    np.random.seed(SEED)  # noqa: NPY002 - the stream that lifetimes draws from
    fitter = FITTERS[state["model"]]()
    if state["model"] != "bg-bb":
        return fitter.fit(frame["frequency"], frame["recency"], frame["T"])
    if "customers" not in frame:
        frame = frame.groupby(DISCRETE).size().rename("customers").reset_index()
    return fitter.fit(frame["frequency"], frame["recency"], frame["T"], frame["customers"])


def facts(_: dict[str, Any], model: Any) -> dict[str, float]:  # noqa: ANN401 - any of the fitters
    """The parameters."""
    return {str(name): float(value) for name, value in model.params_.items()}
