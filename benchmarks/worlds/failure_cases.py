"""Inputs on which the peers are known to fail, with the right answers where arithmetic alone decides them.

`python worlds/failure_cases.py OUT CDNOW_MASTER` writes a JSON list of cases. Kinds:
    purchases   expected purchases in t units of histories (x, t_x, T) under given parameters of a `model`, which is
                the BG/NBD where none is named
    penalised   the same, under the parameters of a fit of those histories with a penalty of 0.01
    spend       Gamma-Gamma: fit (x, m), then the expected spend of each customer and of one without repeat purchase
"""

import json
import sys
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}  # weeks; Fader, Hardie & Lee (2005), table 2
WEEKS = 39.0
DIGITS = 120
STEP = mpmath.mpf(10) ** -40  # beside a removable singularity; the error is of this size
SINGULAR = [(1.0, 2.426), (0.793, 1.0), (1.0, 1.0), (0.5, 0.5), (0.3, 0.7), (1.0 + 1e-12, 2.426)]


def expected_purchases(x: float, t_x: float, T: float, t: float, **model: float) -> float:
    """Equation 10 with 120 digits, a hair beside the point where it has no value."""
    with mpmath.workdps(DIGITS):
        r, alpha = mpmath.mpf(model["r"]), mpmath.mpf(model["alpha"])
        a, b = mpmath.mpf(model["a"]) + STEP, mpmath.mpf(model["b"]) + STEP
        series = mpmath.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
        alive = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * series
        odds = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x > 0 else mpmath.mpf(0)
        return float((a + b + x - 1) / (a - 1) * alive / (1 + odds))


def heavy_buyers() -> dict[str, Any]:
    """Histories of up to 1,200 purchases in 39 weeks, the published CDNOW parameters."""
    x = np.arange(0.0, 1201.0, 4.0)
    t_x = np.where(x > 0, 38.8, 0.0)
    return _case("heavy buyers: 0 to 1,200 purchases in 39 weeks", CDNOW, x, t_x, np.full_like(x, 38.86))


def singular_points() -> list[dict[str, Any]]:
    """Where equation 10 divides by nothing."""
    x, t_x, T = np.array([0.0, 1.0, 2.0, 7.0]), np.array([0.0, 10.0, 30.43, 35.0]), np.full(4, 38.86)
    return [_case(f"a = {a:.13g}, b = {b:g}", {**CDNOW, "a": a, "b": b}, x, t_x, T) for a, b in SINGULAR]


def cdnow(master: Path) -> dict[str, Any]:
    """All of CDNOW, 39 weeks of calibration."""
    from cdnow import histories  # the file beside this one; found when this runs as a script

    case = {
        "name": "CDNOW, all 23,570 customers, parameters of a fit with penalty 0.01",
        "kind": "penalised",
        "t": WEEKS,
        **{name: column.tolist() for name, column in histories(master).items()},
    }
    return {**case, "reference": None}


def heavy_tail(p: float, q: float, seed: int = 7, customers: int = 4_000) -> dict[str, Any]:
    """Spend so unequal that its mean over customers is infinite (q < 1); the last one has no repeat purchase."""
    random = np.random.default_rng(seed)
    x = random.integers(1, 6, customers)
    rate = random.gamma(q, 1 / 30.0, customers)
    mean = random.gamma(p * x) / (x * rate)
    columns = {"x": [*x.tolist(), 0], "m": [*mean.tolist(), 0.0]}
    return {"name": f"Gamma-Gamma fit, true p = {p:g}, q = {q:g}", "kind": "spend", **columns, "reference": None}


def _case(name: str, model: dict[str, float], x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> dict[str, Any]:
    columns = {"x": x.tolist(), "t_x": t_x.tolist(), "T": T.tolist()}
    reference = [expected_purchases(*row, WEEKS, **model) for row in zip(*columns.values(), strict=True)]
    return {"name": name, "kind": "purchases", "parameters": model, "t": WEEKS, **columns, "reference": reference}


if __name__ == "__main__":
    import failure_cases_family  # the file beside this one; found when this runs as a script

    master = Path(sys.argv[2])
    cases = [
        *([cdnow(master)] if master.exists() else []),
        heavy_buyers(),
        *singular_points(),
        *failure_cases_family.cases(),
        heavy_tail(2.0, 0.8),
        heavy_tail(0.4, 0.4),
    ]
    Path(sys.argv[1]).write_text(json.dumps(cases))
