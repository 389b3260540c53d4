"""Clove's answers to the failure cases. `python failures_clove.py CASES`; prints JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from clove.kernel.period import TimeUnit
from clove.models import BgBb, BgNbd, GammaGamma, MbgNbd, ParetoNbd
from clove.models.history import PurchaseHistory

MODELS = {model.KIND: model for model in (BgNbd, MbgNbd, ParetoNbd, BgBb)}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What it says, and what it found to be said about a fit."""
    x = np.array(case["x"], dtype=float)
    if case["kind"] == "spend":
        history = PurchaseHistory.of(x, (x > 0) * 1.0, np.full(x.size, 2.0), case["m"], unit="week")
        spend = GammaGamma.fit(history)
        findings = spend.evidence.findings if spend.evidence else ()
        return {"values": spend.expected_spend(history).tolist(), "findings": findings}
    kind = case.get("model", BgNbd.KIND)
    unit = TimeUnit.OPPORTUNITY if kind == BgBb.KIND else TimeUnit.WEEK
    history = PurchaseHistory.of(x, case["t_x"], case["T"], unit=unit)
    model = MODELS[kind](**case["parameters"], unit=unit)
    return {"values": model.expected_purchases(history, case["t"]).tolist()}


print(json.dumps([answer(case) for case in json.loads(Path(sys.argv[1]).read_text())]))
