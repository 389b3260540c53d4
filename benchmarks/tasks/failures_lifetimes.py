"""lifetimes' answers to the failure cases. `python failures_lifetimes.py CASES`; prints JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lifetimes import (
    BetaGeoBetaBinomFitter,
    BetaGeoFitter,
    GammaGammaFitter,
    ModifiedBetaGeoFitter,
    ParetoNBDFitter,
)

FITTERS = {"mbg-nbd": ModifiedBetaGeoFitter, "pareto-nbd": ParetoNBDFitter, "bg-bb": BetaGeoBetaBinomFitter}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What it says, and the parameters it found where it had to fit."""
    x = np.array(case["x"], dtype=float)
    if case["kind"] == "spend":
        m, repeat = np.array(case["m"]), x > 0
        spend = GammaGammaFitter().fit(x[repeat], m[repeat])
        return {"values": spend.conditional_expected_average_profit(pd.Series(x), pd.Series(m)).tolist()}
    t_x, T = np.array(case["t_x"]), np.array(case["T"])
    model = FITTERS.get(case.get("model"), BetaGeoFitter)(penalizer_coef=0.01)
    if case["kind"] == "penalised":
        model.fit(x, t_x, T)
    else:
        model.params_ = pd.Series(case["parameters"])
    values = model.conditional_expected_number_of_purchases_up_to_time(case["t"], x, t_x, T)
    return {"values": np.asarray(values).tolist(), "parameters": {k: float(v) for k, v in model.params_.items()}}


print(json.dumps([answer(case) for case in json.loads(Path(sys.argv[1]).read_text())]))
