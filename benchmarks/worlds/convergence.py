"""Many small worlds of one model, easy and unkind. `python worlds/convergence.py FOLDER MODEL` prints a path as JSON.

Eight designs, each with several seeds and with 60, 500 or 3,000 customers (the Pareto/NBD, which takes a peer long,
with 60 or 500). Then short histories of 5,000 and 12,000 customers, of which a sample may mislead a fit.
Rates are per grain (hour or day); what the
fits get is in the design's unit.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import behaviours
import numpy as np

SIZES = {"bg-nbd": (60, 500, 3_000), "mbg-nbd": (60, 500, 3_000), "pareto-nbd": (60, 500), "bg-bb": (60, 500, 3_000)}
SEEDS = {"bg-nbd": 12, "mbg-nbd": 6, "pareto-nbd": 2, "bg-bb": 3}  # per design, the sizes in turn
LARGE = {"bg-nbd": (5_000, 12_000), "mbg-nbd": (5_000, 12_000)}  # customers of worlds whose samples may mislead
MISLEADING = "short histories, weeks"
WEEK = 7.0
GRAINS = {"hour": 1.0, "day": 1.0, "week": WEEK}  # in a unit


@dataclass(frozen=True, slots=True)
class Design:
    """Ages in grains, and the parameters of the purchases and of the dropout."""

    name: str
    unit: str
    youngest: int
    oldest: int
    buying: tuple[float, float]  # r and alpha; or alpha and beta of an opportunity
    leaving: tuple[float, float]  # a and b, or gamma and delta
    mortality: tuple[float, float]  # s and beta


CONTINUOUS = (
    Design("as CDNOW, weeks", "week", 189, 272, (0.243, 30.9), (0.793, 2.426), (0.606, 81.7)),
    Design("nobody drops out, days", "day", 30, 400, (0.8, 40.0), (1e-3, 10.0), (1e-3, 1e3)),
    Design("most drop out, days", "day", 100, 400, (1.0, 15.0), (4.0, 1.0), (3.0, 20.0)),
    Design("heavy heterogeneity, days", "day", 200, 730, (0.06, 3.0), (0.2, 1.0), (0.15, 30.0)),
    Design("all buy at one rate, days", "day", 60, 365, (200.0, 6_000.0), (1.0, 8.0), (1.0, 300.0)),
    Design("hours", "hour", 24, 2_000, (0.5, 150.0), (0.8, 4.0), (0.7, 900.0)),
    Design("short histories, weeks", "week", 7, 35, (0.9, 20.0), (0.5, 3.0), (0.5, 30.0)),
    Design("heavy buyers for years, days", "day", 700, 2_500, (2.0, 6.0), (0.3, 40.0), (0.5, 900.0)),
)
NOT_USED = (1.0, 1.0)
DISCRETE = (
    Design("as the donations", "opportunity", 6, 6, (1.20, 0.75), (0.66, 2.78), NOT_USED),
    Design("nobody drops out", "opportunity", 4, 24, (1.0, 2.0), (1e-3, 10.0), NOT_USED),
    Design("most drop out", "opportunity", 6, 20, (2.0, 2.0), (4.0, 2.0), NOT_USED),
    Design("heavy heterogeneity", "opportunity", 10, 24, (0.1, 0.3), (0.1, 0.8), NOT_USED),
    Design("all buy alike", "opportunity", 6, 24, (300.0, 700.0), (1.0, 12.0), NOT_USED),
    Design("rare buyers", "opportunity", 10, 30, (0.5, 12.0), (0.7, 8.0), NOT_USED),
    Design("few opportunities", "opportunity", 2, 4, (1.0, 1.5), (0.6, 2.0), NOT_USED),
    Design("a year of weeks", "opportunity", 40, 52, (1.2, 2.0), (0.5, 15.0), NOT_USED),
)


def worlds(model: str) -> list[dict[str, Any]]:
    """Every design with every seed."""
    designs = DISCRETE if model == "bg-bb" else CONTINUOUS
    sizes = SIZES[model]
    small = [
        _world(model, design, seed, sizes[seed % len(sizes)]) for design in designs for seed in range(SEEDS[model])
    ]
    short = [design for design in designs if design.name == MISLEADING]
    return small + [
        _world(model, design, SEEDS[model], customers) for design in short for customers in LARGE.get(model, ())
    ]


def _world(model: str, design: Design, seed: int, customers: int) -> dict[str, Any]:
    behaviour, names = _BEHAVIOURS[model]
    truth = (*design.buying, *(design.mortality if model == "pareto-nbd" else design.leaving))
    columns = {"x": np.zeros(1)}
    attempt = 0
    while not columns["x"].any():  # where nobody has bought twice there is nothing to fit
        random = np.random.default_rng([seed, attempt])
        ages = random.integers(design.youngest, design.oldest + 1, customers)
        columns = behaviour(random, ages, **dict(zip(names, truth, strict=True)))
        attempt += 1
    grains = GRAINS.get(design.unit, 1.0)
    return {
        "name": f"{design.name}, {customers:,} customers, seed {seed}",
        "unit": design.unit,
        "x": columns["x"].tolist(),
        "t_x": (columns["t_x"] / grains).tolist(),
        "T": (columns["T"] / grains).tolist(),
    }


_BEHAVIOURS = {
    "bg-nbd": (behaviours.bg_nbd, ("r", "alpha", "a", "b")),
    "mbg-nbd": (behaviours.mbg_nbd, ("r", "alpha", "a", "b")),
    "pareto-nbd": (behaviours.pareto_nbd, ("r", "alpha", "s", "beta")),
    "bg-bb": (behaviours.bg_bb, ("alpha", "beta", "gamma", "delta")),
}

if __name__ == "__main__":
    folder, model = Path(sys.argv[1]), sys.argv[2]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"convergence-{model}.json"
    path.write_text(json.dumps(worlds(model)))
    print(json.dumps({model: str(path)}))
