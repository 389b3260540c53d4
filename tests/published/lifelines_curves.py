"""Hard sets of lifetimes, and what lifelines says of them.

`python lifelines_curves.py` in an environment with lifelines 0.30 (not among Clove's) writes `lifelines_curves.json`.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).with_suffix(".json")
HORIZON = 5.0


def hard_sets():
    """Columns of lifetimes by name: duration, ended, entry, weights."""
    rng = np.random.default_rng(20)
    n = 61

    def rows(duration, ended, entry=None, weights=None):
        size = len(duration)
        return {
            "duration": np.asarray(duration, dtype=float),
            "ended": np.asarray(ended, dtype=bool),
            "entry": np.zeros(size) if entry is None else np.asarray(entry, dtype=float),
            "weights": np.ones(size) if weights is None else np.asarray(weights, dtype=float),
        }

    # half of those who come late do so at once, lest all at risk end early: lifelines refuses that
    months = rng.integers(1, 40, n)
    continuous = rng.exponential(8, n) + 0.01
    late = rng.uniform(0, 0.9, n) * continuous * (rng.random(n) < 0.5)
    return {
        "months with ties": rows(months, rng.random(n) < 0.4),
        "ends and censoring at one time": rows([6, 6, 6, 6, 7, 7, 8, 8], [1, 0, 1, 0, 0, 1, 1, 0]),
        "nobody ends": rows(months, np.zeros(n)),
        "everybody ends": rows(months, np.ones(n)),
        "an end at time 0": rows([0, 0, 1, 4, 4, 6], [1, 0, 1, 1, 0, 0]),
        "the longest ends": rows([5, 6, 6, 9], [1, 1, 0, 1]),
        "one contract": rows([6], [1]),
        "continuous": rows(continuous, rng.random(n) < 0.7),
        "one in a thousand ends": rows(np.tile(continuous, 5), rng.random(5 * n) < 0.001),
        "left truncation": rows(continuous, rng.random(n) < 0.6, late),
        "left truncation in months": rows(
            months, rng.random(n) < 0.5, rng.integers(0, 40, n) % months * (rng.random(n) < 0.5)
        ),
        "weights": rows(months, rng.random(n) < 0.3, None, rng.integers(1, 9, n)),
        "weights and left truncation": rows(
            months, rng.random(n) < 0.3, rng.integers(0, 9, n) % months * (rng.random(n) < 0.5), rng.integers(1, 9, n)
        ),
    }


def answers(columns):
    """Of lifelines' KaplanMeierFitter: the curve with both intervals, the median, the mean up to `HORIZON`."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    arguments = (columns["duration"], columns["ended"])
    others = {"entry": columns["entry"] if columns["entry"].any() else None, "weights": columns["weights"]}
    fitted = {share: KaplanMeierFitter(alpha=1 - share).fit(*arguments, **others) for share in (0.8, 0.95)}
    curve = fitted[0.95].survival_function_.iloc[:, 0]
    bands = {
        str(share): fit.confidence_interval_survival_function_.to_numpy().T.round(13).tolist()
        for share, fit in fitted.items()
    }
    median = float(fitted[0.95].median_survival_time_)
    return {
        "time": curve.index.to_numpy().tolist(),
        "survival": curve.round(13).tolist(),
        "interval": bands,
        "median": median if math.isfinite(median) else None,
        "mean": float(restricted_mean_survival_time(fitted[0.95], t=HORIZON)),
    }


if __name__ == "__main__":
    import lifelines

    told = {"lifelines": lifelines.__version__, "sets": {name: answers(rows) for name, rows in hard_sets().items()}}
    ANSWERS.write_text(json.dumps(told, separators=(",", ":")) + "\n")
    sys.stdout.write(f"{ANSWERS.stat().st_size} bytes\n")
