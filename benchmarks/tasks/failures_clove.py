"""Clove's answers to the failure cases. `python failures_clove.py CASES`; prints JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from clove.kernel.period import TimeUnit
from clove.models import BgNbd, GammaGamma
from clove.models.history import PurchaseHistory


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What it says, and what it found to be said about a fit."""
    x = np.array(case["x"], dtype=float)
    if case["kind"] == "spend":
        history = PurchaseHistory.of(x, (x > 0) * 1.0, np.full(x.size, 2.0), case["m"], unit="week")
        spend = GammaGamma.fit(history)
        findings = spend.evidence.findings if spend.evidence else ()
        return {"values": spend.expected_spend(history).tolist(), "findings": findings}
    history = PurchaseHistory.of(x, case["t_x"], case["T"], unit="week")
    model = BgNbd(**case["parameters"], unit=TimeUnit.WEEK)
    return {"values": model.expected_purchases(history, case["t"]).tolist()}


print(json.dumps([answer(case) for case in json.loads(Path(sys.argv[1]).read_text())]))
