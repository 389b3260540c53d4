"""The portfolio's end probability by months served: smooth where counts are few, as counted where they are many."""

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.models.tenure_shrinkage import cell_strength

REACH = 3  # months to each side that a month's neighbours lie within
TAIL_MONTHS = 12  # last observed months that tell the level beyond them
TAIL_ENDS = 20.0  # at least; more months are taken until there are as many
SPIKE = 3.0  # standard deviations, and
TIMES = 2.0  # times the other months' level, above which a month of the tail is a spike that will not come again


def pooled_curves(n: Floats, e: Floats, kinds: Ints) -> tuple[Floats, Floats]:
    """One curve for each kind of contract.

    A month's probability is shrunk to that of its neighbours, itself left out, by a beta-binomial whose strength comes
    from how well neighbours foretell each other: with many contracts the spike at the end of a clause stays as it is.
    Beyond the last month the level of the last observed ones is held, spikes left out.

    Args:
        n: Contract-months at risk, shape (s, m).
        e: Of those, ended, shape (s, m).
        kinds: Of each segment, shape (s,).

    Returns:
        Probabilities, and how many contract-months each of them rests on, both of shape (c, m + 1).
    """
    count = int(kinds.max()) + 1
    at_risk, ended = np.zeros((count, n.shape[1])), np.zeros((count, n.shape[1]))
    np.add.at(at_risk, kinds, n)
    np.add.at(ended, kinds, e)
    rate = ended.sum() / at_risk.sum()
    # a kind's level counts the portfolio's as one end
    levels = (ended.sum(axis=1) + 1) / (at_risk.sum(axis=1) + 1 / rate)
    tails, rests_on = np.array([_tail(*row) for row in zip(at_risk, ended, levels, strict=True)]).T
    seen = np.cumsum(at_risk[:, ::-1], axis=1)[:, ::-1] > 0
    usual = np.where(seen, levels[:, None], tails[:, None])
    near_n, near_e = _neighbours(at_risk), _neighbours(ended)
    smooth = (near_e + 1) / (near_n + 1 / usual)
    smooth = np.where(seen, smooth, usual)
    strength = cell_strength(at_risk, ended, smooth)
    curves = (ended + strength * smooth) / (at_risk + strength)
    size = at_risk + strength
    if n.shape[1] == 1:  # a constant
        return np.column_stack([curves, curves]), np.column_stack([size, size])
    return np.column_stack([curves, tails]), np.column_stack([size, rests_on])


def _neighbours(counts: Floats) -> Floats:
    """Sums of the months around each, nearer ones weighing more, shape (c, m)."""
    total = np.zeros_like(counts)
    for step in range(1, min(REACH, counts.shape[1] - 1) + 1):
        weight = 1 - step / (REACH + 1)
        total[:, step:] += weight * counts[:, :-step]
        total[:, :-step] += weight * counts[:, step:]
    return total


def _tail(n: Floats, e: Floats, level: float) -> tuple[float, float]:
    """What to hold beyond the last month that was observed, and the contract-months it rests on."""
    last = int(np.flatnonzero(n > 0).max(initial=-1)) + 1
    enough = np.flatnonzero(np.cumsum(e[:last][::-1]) >= TAIL_ENDS)
    months = max(TAIL_MONTHS, int(enough[0]) + 1 if enough.size else last)
    n, e = n[max(last - months, 0) : last], e[max(last - months, 0) : last]
    usual = ~_spikes(n, e)
    months_seen = n[usual].sum() + 1 / level
    return float((e[usual].sum() + 1) / months_seen), float(months_seen)


def _spikes(n: Floats, e: Floats) -> Bools:
    """Months far above all the others together, the farthest first."""
    found = np.zeros(n.size, dtype=np.bool_)
    while True:
        others_n, others_e = n[~found].sum() - n, e[~found].sum() - e
        expected = np.where(others_n > 0, others_e / np.where(others_n > 0, others_n, 1.0), np.inf) * n
        far = (e > TIMES * expected) & (e > expected + SPIKE * np.sqrt(np.maximum(expected, 1.0))) & ~found
        if not far.any():
            return found
        found[np.flatnonzero(far)[(e[far] / n[far]).argmax()]] = True
