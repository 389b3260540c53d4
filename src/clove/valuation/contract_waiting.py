"""What a contract is worth that pays nothing now: it may pay again, it may leave, and it may be stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints

PARTS = ("subscription", "penalty", "recovery", "cost")
"""Of a value; cost counts against it."""

BLOCK = 1_024  # contracts whose mixtures are in memory at once


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """n contracts without payment and the months in which that may change; column j is the month after j more.

    In each month the contract costs its upkeep, then leaves, or pays again, or waits on.
    """

    pays: Floats  # (n, h) probability that payment comes back, of those still waiting
    leaves: Floats  # (n, h) probability that the contract ends instead
    upkeep: Floats  # (n,) cost of a month
    on_payment: Floats  # (4, n, h) PARTS of what a contract is worth that pays again in that month
    on_leaving: Floats  # (4, n, h) PARTS of what its end brings
    stops: Ints  # (n,) months after which it is stopped in any case; h if never
    on_stop: Floats  # (4, n) PARTS of what that brings


@dataclass(frozen=True, slots=True, eq=False)
class WaitingValue:
    """Expected discounted value by parts, and how much of it hangs on payment coming back; n contracts."""

    parts: Floats  # (4, n)
    total: Floats  # (n,)
    payment_weight: Floats  # (n,) discounted probability that it pays again

    @classmethod
    def of(cls, waiting: Waiting, monthly_rate: float) -> Self:
        """Forward over the months.

        Args:
            waiting: Contracts.
            monthly_rate: r; money of the first month counts in full, as in the decision about bad billing.
        """
        n, h = waiting.pays.shape
        parts, weight = np.zeros((len(PARTS), n)), np.zeros(n)
        here, back = np.ones(n), 1.0
        for j in range(h):
            stopped = waiting.stops == j
            parts += np.where(stopped, here * back * waiting.on_stop, 0.0)
            here = np.where(stopped, 0.0, here)
            parts[3] += here * back * waiting.upkeep
            leaving = here * waiting.leaves[:, j]
            paying = here * waiting.pays[:, j]
            parts += np.where(paying > 0, back * paying * waiting.on_payment[:, :, j], 0.0)
            parts += np.where(leaving > 0, back * leaving * waiting.on_leaving[:, :, j], 0.0)
            weight += back * paying
            here = here - leaving - paying
            back /= 1 + monthly_rate
        last = waiting.stops == h
        parts += np.where(last, here * back * waiting.on_stop, 0.0)
        return cls(parts, _net(parts), weight)


@dataclass(frozen=True, slots=True, eq=False)
class StopOutcomes:
    """What the stop of each of n contracts may bring; at most k points each."""

    money: Floats  # (n, k)
    chance: Floats  # (n, k) adding up to 1

    @classmethod
    def of(cls, certain: Floats, coins: Sequence[tuple[Floats, Floats]]) -> Self:
        """Certain money, and independent coins.

        Args:
            certain: Shape (n,).
            coins: What each brings, and the chance that it does, shape (n,) each.
        """
        money, chance = certain[:, None], np.ones((certain.size, 1))
        for amount, likely in coins:
            money = np.concatenate([money, money + amount[:, None]], axis=1)
            chance = np.concatenate([chance * (1 - likely)[:, None], chance * likely[:, None]], axis=1)
        return cls(money, chance)

    def take(self, rows: slice) -> Self:
        """Of some contracts."""
        return type(self)(self.money[rows], self.chance[rows])


def outcome_quantiles(
    waiting: Waiting, stops: StopOutcomes, monthly_rate: float, *, around: Floats, levels: Floats
) -> Floats:
    """Quantiles of what waiting contracts will bring, shape (n, l): a mixture over when they pay again, or are stopped.

    Args:
        waiting: n contracts.
        stops: What their stops may bring.
        monthly_rate: As for `WaitingValue`.
        around: Equally likely outcomes if they paid from now on, less what is expected then, shape (n, k); the same
            spread is taken for later months.
        levels: Probabilities, shape (l,).
    """
    n = waiting.pays.shape[0]
    found = np.full((n, levels.size), np.nan)
    for start in range(0, n, BLOCK):
        rows = slice(start, start + BLOCK)
        points, weights = _mixture(waiting, stops, monthly_rate, rows, around[rows])
        order = np.argsort(points, axis=1)
        reached = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
        ordered = np.take_along_axis(points, order, axis=1)
        known = np.isfinite(points).all(axis=1)
        for place, level in enumerate(levels):
            first = np.argmax(reached >= level * reached[:, -1:], axis=1)
            found[rows, place] = np.where(known, np.take_along_axis(ordered, first[:, None], axis=1)[:, 0], np.nan)
    return found


def _mixture(
    waiting: Waiting, ends: StopOutcomes, monthly_rate: float, rows: slice, around: Floats
) -> tuple[Floats, Floats]:
    """Points and their probabilities, both of shape (n, p)."""
    pays, leaves, upkeep = waiting.pays[rows], waiting.leaves[rows], waiting.upkeep[rows]
    stops, (n, h), k = waiting.stops[rows], pays.shape, around.shape[1]
    on_payment, on_leaving = (_net(part[:, rows]) for part in (waiting.on_payment, waiting.on_leaving))
    at_stop = ends.take(rows)
    stopped_at, stopped_with = np.zeros(n), np.zeros(n)
    values, shares = np.zeros((n, h, k)), np.zeros((n, h, k))
    lone, lone_shares = np.zeros((n, h)), np.zeros((n, h))
    back_at_stop = np.ones(n)
    here, back, spent = np.ones(n), 1.0, np.zeros(n)
    for j in range(h + 1):
        stopped = stops == j
        stopped_at = np.where(stopped, spent, stopped_at)
        stopped_with = np.where(stopped, here, stopped_with)
        back_at_stop = np.where(stopped, back, back_at_stop)
        here = np.where(stopped, 0.0, here)
        if j == h:
            break
        spent += np.where(here > 0, back * upkeep, 0.0)
        paying, leaving = here * pays[:, j], here * leaves[:, j]
        values[:, j] = np.where(paying > 0, back * on_payment[:, j] - spent, 0.0)[:, None] + back * around
        shares[:, j] = paying[:, None] / k
        ended = leaving > 0
        lone[:, j] = np.where(ended, back * on_leaving[:, j] - spent, 0.0)
        lone_shares[:, j] = leaving
        here = here - leaving - paying
        back /= 1 + monthly_rate
    stop_values = back_at_stop[:, None] * at_stop.money - stopped_at[:, None]
    return (
        np.concatenate([values.reshape(n, h * k), lone, stop_values], axis=1),
        np.concatenate([shares.reshape(n, h * k), lone_shares, stopped_with[:, None] * at_stop.chance], axis=1),
    )


def _net(parts: Floats) -> Floats:
    net: Floats = parts[0] + parts[1] + parts[2] - parts[3]
    return net
