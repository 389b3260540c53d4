"""The log-likelihood that each side's parameters reach, by formulas that belong to none of them.

Ratios of gamma functions are sums of logs here, because parameters that run to infinity, as those of an unbounded fit
do, leave a difference of two large log-gammas nothing but noise. The Pareto/NBD's integral over the unknown end of a
lifetime is taken as it stands, by the tanh-sinh rule, without the published hypergeometric functions.

BG/NBD: Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284, equation 6. MBG/NBD: Batislam, Denizel &
Filiztekin (2007), IJRM 24(3), 201-209. Pareto/NBD: Schmittlein, Morrison & Colombo (1987), Management Science 33(1),
1-24. BG/BB: Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108, equation 6.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Formula = Callable[..., np.ndarray]
CHUNK = 4_000  # customers at once
STEP, REACH = 1 / 24, 4.5  # of the tanh-sinh rule


def prepare(
    summary: str, parameters: dict[str, dict[str, float]], customers: int = 0, model: str = "bg-nbd"
) -> dict[str, Any]:
    """The summaries of the first customers, or of all, and what each side has fitted."""
    return {"frame": pd.read_parquet(summary).head(customers or None), "parameters": parameters, "model": model}


def measured(state: dict[str, Any]) -> dict[str, float]:
    """The sum over all customers, per side."""
    frame = state["frame"]
    columns = [frame[name].to_numpy() for name in ("frequency", "recency", "T")]
    people = frame["customers"].to_numpy() if "customers" in frame else np.ones(len(frame))
    formula = FORMULAS[state.get("model", "bg-nbd")]
    return {side: float(people @ formula(*columns, **fitted)) for side, fitted in state["parameters"].items()}


def facts(_: dict[str, Any], totals: dict[str, float]) -> dict[str, float]:
    """The totals themselves."""
    return totals


def bg_nbd(x: np.ndarray, t_x: np.ndarray, T: np.ndarray, *, r: float, alpha: float, a: float, b: float) -> np.ndarray:
    """Gone after the last purchase, or not yet."""
    repeat = x > 0
    before = np.where(repeat, x - 1, 0)
    alive = _rising(b, x) - _rising(a + b, x) + _silence(x, T, r, alpha)
    gone = np.log(a) + _rising(b, before) - _rising(a + b, x) + _silence(x, t_x, r, alpha)
    return _rising(r, x) + np.logaddexp(alive, np.where(repeat, gone, -np.inf))


def mbg_nbd(x: np.ndarray, t_x: np.ndarray, T: np.ndarray, *, r: float, alpha: float, a: float, b: float) -> np.ndarray:
    """The same with a chance to leave after the first purchase as well."""
    alive = _rising(b, x + 1) - _rising(a + b, x + 1) + _silence(x, T, r, alpha)
    gone = np.log(a) + _rising(b, x) - _rising(a + b, x + 1) + _silence(x, t_x, r, alpha)
    return _rising(r, x) + np.logaddexp(alive, gone)


def pareto_nbd(
    x: np.ndarray, t_x: np.ndarray, T: np.ndarray, *, r: float, alpha: float, s: float, beta: float
) -> np.ndarray:
    """Alive to T, or gone at some time between the last purchase and T."""
    node = np.arange(-REACH, REACH + STEP / 2, STEP)
    lever = np.pi / 2 * np.sinh(node)
    # part of the span that lies before a node, and the log of a node's weight; both precise at either end
    share = 1 / (1 + np.exp(-2 * lever))
    weight = np.log(STEP * np.pi / 2 * np.cosh(node)) - 2 * np.logaddexp(lever, -lever) + np.log(2)
    alive = _silence(x, T, r, alpha) - s * np.log1p(T / beta)
    gone = np.full(x.shape, -np.inf)
    for start in range(0, x.size, CHUNK):
        rows = slice(start, start + CHUNK)
        span = (T - t_x)[rows, None]
        end = t_x[rows, None] + span * share
        leaving = np.log(s / beta) - (s + 1) * np.log1p(end / beta)
        terms = _silence(x[rows, None], end, r, alpha) + leaving + weight
        with np.errstate(divide="ignore"):
            gone[rows] = np.logaddexp.reduce(terms, axis=1) + np.log(span[:, 0])
    return _rising(r, x) + np.logaddexp(alive, gone)


def bg_bb(
    x: np.ndarray, t_x: np.ndarray, T: np.ndarray, *, alpha: float, beta: float, gamma: float, delta: float
) -> np.ndarray:
    """Alive at the last opportunity, or gone before one of those since the last purchase."""

    def bought(opportunities: np.ndarray) -> np.ndarray:
        return _rising(alpha, x) + _rising(beta, opportunities - x) - _rising(alpha + beta, opportunities)

    total = bought(T) + _rising(delta, T) - _rising(gamma + delta, T)
    for late in range(int((T - t_x).max())):
        end = np.minimum(t_x + late, T)
        gone = np.log(gamma) + _rising(delta, end) - _rising(gamma + delta, end + 1)
        total = np.logaddexp(total, np.where(t_x + late < T, bought(end) + gone, -np.inf))
    return total


def _rising(base: float, count: np.ndarray) -> np.ndarray:
    """Log of base (base + 1) ... (base + count - 1)."""
    steps = np.log(base + np.arange(int(count.max(initial=0))))
    return np.concatenate([[0.0], np.cumsum(steps)])[count.astype(np.int64)]


def _silence(x: np.ndarray, time: np.ndarray, r: float, alpha: float) -> np.ndarray:
    """Log of alpha^r / (alpha + time)^(r + x)."""
    return -r * np.log1p(time / alpha) - x * np.log(alpha + time)


FORMULAS: dict[str, Formula] = {"bg-nbd": bg_nbd, "mbg-nbd": mbg_nbd, "pareto-nbd": pareto_nbd, "bg-bb": bg_bb}
