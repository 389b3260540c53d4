"""Clove's fit of each small world. `python convergence_clove.py WORLDS MODEL`; prints JSON."""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from clove import models
from clove.kernel.errors import CloveError
from clove.models.history import PurchaseHistory

CLASSES = {"bg-nbd": "BgNbd", "mbg-nbd": "MbgNbd", "pareto-nbd": "ParetoNbd", "bg-bb": "BgBb"}
LONG_ENOUGH, MOST_CALLS = 0.1, 5  # seconds, calls


def fitted(world: dict[str, Any], model: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the models
    """Parameters, what was found to be said of the fit, and the median time of a few calls; or the refusal."""
    history = PurchaseHistory.of(world["x"], world["t_x"], world["T"], unit=world["unit"])
    times: list[float] = []
    fit = None
    while not times or (sum(times) < LONG_ENOUGH and len(times) < MOST_CALLS):
        start = time.perf_counter()
        try:
            fit = model.fit(history)
        except CloveError as refusal:
            return {"parameters": None, "failed": str(refusal), "findings": [], "seconds": 0.0}
        times.append(time.perf_counter() - start)
    return {
        "parameters": {name: float(getattr(fit, name)) for name in model.NAMES},
        "failed": "",
        "findings": list(fit.evidence.findings),
        "seconds": statistics.median(times),
    }


model = getattr(models, CLASSES[sys.argv[2]])
worlds = json.loads(Path(sys.argv[1]).read_text())
fitted(worlds[0], model)  # compiles
print(json.dumps({"fits": [fitted(world, model) for world in worlds]}))
