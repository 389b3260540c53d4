"""lifetimes' fit of each small world, from its own start and from others. `python … WORLDS MODEL`; prints JSON."""

import json
import statistics
import sys
import time
from pathlib import Path
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
# logs of the parameters on its own time scale; the Pareto/NBD takes the parameters themselves
STARTS = {
    "bg-nbd": [[0.0, 0.0, 0.0, 0.0], [-1.0, 0.0, -1.0, 1.0], [1.0, 1.0, -3.0, 1.0]],
    "mbg-nbd": [[0.0, 0.0, 0.0, 0.0], [-1.0, 0.0, -1.0, 1.0], [1.0, 1.0, -3.0, 1.0]],
    "pareto-nbd": [[3.0, 3.0, 0.05, 5.0]],
    "bg-bb": [[0.5, 1.0, -1.0, 1.0], [1.0, 1.0, -3.0, 1.0]],
}
LONG_ENOUGH, MOST_CALLS = 0.1, 5  # seconds, calls


def columns(world: dict[str, Any], model: str) -> list[pd.Series]:
    """What `fit` takes; counts of equal histories for the discrete model."""
    frame = pd.DataFrame({name: world[name] for name in ("x", "t_x", "T")})
    if model == "bg-bb":
        frame = frame.groupby(["x", "t_x", "T"]).size().rename("customers").reset_index()
    return [frame[name] for name in frame]


def attempt(data: list[pd.Series], model: str, start: list[float] | None) -> dict[str, Any]:
    """One fit, or why there is none."""
    np.random.seed(0)  # noqa: NPY002 - the stream that lifetimes draws its own start from
    begin = time.perf_counter()
    try:
        fit = FITTERS[model]().fit(*data, **({} if start is None else {"initial_params": np.array(start)}))
    except Exception as reason:  # noqa: BLE001 - whatever it ends with is counted
        lines = [line for line in str(reason).splitlines() if line.strip()]
        return {"parameters": None, "failed": f"{type(reason).__name__}: {lines[0].strip() if lines else ''}"}
    seconds = time.perf_counter() - begin
    found = {str(name): float(value) for name, value in fit.params_.items()}
    if not all(np.isfinite(value) and value > 0 for value in found.values()):
        return {"parameters": None, "failed": f"parameters {list(found.values())}"}
    return {"parameters": found, "failed": "", "seconds": seconds}


def fitted(world: dict[str, Any], model: str) -> dict[str, Any]:
    """The plain call, repeated for its time, and the parameters from every other start that led somewhere."""
    data = columns(world, model)
    plain = attempt(data, model, None)
    times = [plain["seconds"]] if plain["parameters"] else []
    while times and sum(times) < LONG_ENOUGH and len(times) < MOST_CALLS:
        times.append(attempt(data, model, None)["seconds"])
    others = [attempt(data, model, start)["parameters"] for start in STARTS[model]]
    return {
        **plain,
        "seconds": statistics.median(times) if times else 0.0,
        "others": [found for found in others if found],
    }


model = sys.argv[2]
worlds = json.loads(Path(sys.argv[1]).read_text())
attempt(columns(worlds[0], model), model, None)
print(json.dumps({"fits": [fitted(world, model) for world in worlds]}))
