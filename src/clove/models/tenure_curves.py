"""The portfolio's end probability by months served: smooth where counts are few, as counted where they are many."""

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.models.tenure_shrinkage import cell_strength

REACH = 3  # months to each side that a month's neighbours lie within
TAIL_MONTHS = 12  # last observed months that tell the level beyond them
TAIL_ENDS = 20.0  # at least; more months are taken until there are as many
SPIKE = 4.0  # standard deviations by chance, and
TIMES = 2.0  # times what its neighbours say, above which a month is a spike


def pooled_curves(n: Floats, e: Floats, kinds: Ints) -> tuple[Floats, Floats]:
    """One curve for each kind of contract.

    A month's probability is shrunk to that of its neighbours, itself left out, by a beta-binomial whose strength comes
    from how well neighbours foretell each other. A month far above them, such as the end of a clause, is a spike: it
    is believed as counted and is nobody's neighbour. Beyond the last month the level of the last ones is held, without
    spikes.

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
    seen = np.cumsum(at_risk[:, ::-1], axis=1)[:, ::-1] > 0
    spikes = np.zeros(at_risk.shape, dtype=np.bool_)
    while True:
        tails, rests_on = np.array([_tail(*row) for row in zip(at_risk, ended, spikes, levels, strict=True)]).T
        smooth = _smooth(at_risk, ended, spikes, np.where(seen, levels[:, None], tails[:, None]))
        expected = at_risk * smooth
        far = (ended > TIMES * expected) & (ended > expected + SPIKE * np.sqrt(np.maximum(expected, 1.0)))
        if not (far & ~spikes).any():
            break
        spikes |= far
    smooth = np.where(seen, smooth, tails[:, None])
    strength = np.where(spikes, 1 / smooth, cell_strength(at_risk[~spikes], ended[~spikes], smooth[~spikes]))
    curves = (ended + strength * smooth) / (at_risk + strength)
    size = at_risk + strength
    if n.shape[1] == 1:  # a constant
        return np.column_stack([curves, curves]), np.column_stack([size, size])
    return np.column_stack([curves, tails]), np.column_stack([size, rests_on])


def _smooth(n: Floats, e: Floats, spikes: Bools, usual: Floats) -> Floats:
    """What the neighbours of each month say, beside one end at what is usual, shape (c, m)."""
    near_n, near_e = _neighbours(np.where(spikes, 0.0, n)), _neighbours(np.where(spikes, 0.0, e))
    smooth: Floats = (near_e + 1) / (near_n + 1 / usual)
    return smooth


def _neighbours(counts: Floats) -> Floats:
    """Sums of the months around each, nearer ones weighing more, shape (c, m)."""
    total = np.zeros_like(counts)
    for step in range(1, min(REACH, counts.shape[1] - 1) + 1):
        weight = 1 - step / (REACH + 1)
        total[:, step:] += weight * counts[:, :-step]
        total[:, :-step] += weight * counts[:, step:]
    return total


def _tail(n: Floats, e: Floats, spikes: Bools, level: float) -> tuple[float, float]:
    """What to hold beyond the last month that was observed, and the contract-months it rests on."""
    last = int(np.flatnonzero(n > 0).max(initial=-1)) + 1
    n, e = np.where(spikes, 0.0, n)[:last], np.where(spikes, 0.0, e)[:last]
    enough = np.flatnonzero(np.cumsum(e[::-1]) >= TAIL_ENDS)
    first = max(last - max(TAIL_MONTHS, int(enough[0]) + 1 if enough.size else last), 0)
    months = n[first:].sum() + 1 / level
    return float((e[first:].sum() + 1) / months), float(months)
