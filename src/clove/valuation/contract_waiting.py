"""What a contract is worth that pays nothing now: it may pay again, it may leave, and it may be stopped."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints

PARTS = ("subscription", "penalty", "recovery", "cost")
"""Of a value; cost counts against it."""


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
        return cls(parts, parts[0] + parts[1] + parts[2] - parts[3], weight)
