"""Customers of each model, simulated without any of the packages that are compared, as the summaries that fits take.

Time runs in whole grains (days or hours) from the first purchase; purchases of one grain are one occasion and those of
the first purchase's grain belong to it, as in any summary of real orders.
"""

from collections.abc import Callable

import numpy as np

Columns = dict[str, np.ndarray]
Behaviour = Callable[..., Columns]


def bg_nbd(random: np.random.Generator, T: np.ndarray, *, r: float, alpha: float, a: float, b: float) -> Columns:
    """A customer may leave after each repeat purchase."""
    rate, leaves = random.gamma(r, 1 / alpha, T.size), random.beta(a, b, T.size)
    return _counted(random, rate, T, T, _purchases_until(random, leaves))


def mbg_nbd(random: np.random.Generator, T: np.ndarray, *, r: float, alpha: float, a: float, b: float) -> Columns:
    """A customer may also leave after the first purchase."""
    rate, leaves = random.gamma(r, 1 / alpha, T.size), random.beta(a, b, T.size)
    return _counted(random, rate, T, T, _purchases_until(random, leaves) - 1)


def pareto_nbd(random: np.random.Generator, T: np.ndarray, *, r: float, alpha: float, s: float, beta: float) -> Columns:
    """A customer lives for an exponential time."""
    rate, mortality = random.gamma(r, 1 / alpha, T.size), random.gamma(s, 1 / beta, T.size)
    life = random.exponential(1 / np.maximum(mortality, 1e-300))
    return _counted(random, rate, T, np.minimum(T, life), np.full(T.size, np.inf))


def bg_bb(
    random: np.random.Generator, T: np.ndarray, *, alpha: float, beta: float, gamma: float, delta: float
) -> Columns:
    """A customer may leave before each of T opportunities, and buys at most once at each."""
    buys, leaves = random.beta(alpha, beta, T.size), random.beta(gamma, delta, T.size)
    alive_for = _purchases_until(random, leaves) - 1
    columns = {"x": np.zeros(T.size), "t_x": np.zeros(T.size), "T": T.astype(np.float64)}
    for opportunity in range(1, int(T.max()) + 1):
        bought = (opportunity <= np.minimum(T, alive_for)) & (random.random(T.size) < buys)
        columns["x"] += bought
        columns["t_x"][bought] = opportunity
    return columns


def _purchases_until(random: np.random.Generator, leaves: np.ndarray) -> np.ndarray:
    """Number of the trial at which a customer leaves, infinity for one who hardly ever would."""
    return np.where(leaves > 1e-12, random.geometric(np.clip(leaves, 1e-12, 1.0)), np.inf)


def _counted(
    random: np.random.Generator, rate: np.ndarray, T: np.ndarray, active: np.ndarray, most: np.ndarray
) -> Columns:
    """Purchases at these rates while active, the first `most` of them; given their number their times are uniform."""
    made = random.poisson(rate * active)
    owner = np.repeat(np.arange(T.size), made)
    time = random.random(owner.size) * active[owner]
    order = np.lexsort((time, owner))
    grain = np.floor(time[order])
    nth = np.arange(owner.size) - (np.cumsum(made) - made)[owner]
    kept = (nth < most[owner]) & (grain > 0)
    pairs = np.unique(np.column_stack([owner[kept], grain[kept]]), axis=0)
    customer = pairs[:, 0].astype(np.int64)
    x = np.bincount(customer, minlength=T.size).astype(np.float64)
    last = np.zeros(T.size)
    np.maximum.at(last, customer, pairs[:, 1])
    return {"x": x, "t_x": last, "T": T.astype(np.float64)}
