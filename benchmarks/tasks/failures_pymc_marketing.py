"""pymc-marketing's answers to the failure cases. `python failures_pymc_marketing.py CASES`; prints JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
from pymc_marketing.clv import (
    BetaGeoBetaBinomModel,
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
)

MODELS = {"mbg-nbd": ModifiedBetaGeoModel, "pareto-nbd": ParetoNBDModel, "bg-bb": BetaGeoBetaBinomModel}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What it says; parameters are put in the place of a fit's where they are given."""
    x = np.array(case["x"], dtype=float)
    customers = np.arange(x.size)
    if case["kind"] == "spend":
        frame = pd.DataFrame({"customer_id": customers, "frequency": x, "monetary_value": case["m"]})
        spend = GammaGammaModel()
        spend.fit(data=frame[frame["frequency"] > 0], method="map", progressbar=False)
        return {"values": spend.expected_customer_spend(frame).to_numpy().ravel().tolist()}
    frame = pd.DataFrame({"customer_id": customers, "frequency": x, "recency": case["t_x"], "T": case["T"]})
    if case.get("model") == "bg-bb":
        frame = frame.astype({"frequency": int, "recency": int, "T": int})
    model = MODELS.get(case.get("model"), BetaGeoModel)()
    model.build_model(frame)
    model.idata = az.from_dict({name: np.array([[value]]) for name, value in case["parameters"].items()})
    values = model.expected_purchases(data=frame, future_t=case["t"])
    return {"values": values.to_numpy().ravel().tolist()}


print(json.dumps([answer(case) for case in json.loads(Path(sys.argv[1]).read_text())]))
