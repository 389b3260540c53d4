"""Where a curve over prices is highest, and where it crosses 0: many curves at once, from a first look at each."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from clove.kernel.arrays import Floats, Ints

ROUNDS = 5  # of looking closer
CLOSER = 9  # prices looked at in a round; the range shrinks by a quarter of that and more
NARROW = 1e-10  # of a price
CLOSE = 1e-9  # of a price, that a root's value may be from 0
CROSSINGS = 100

Values: TypeAlias = Callable[[Floats, Ints], Floats]
"""From prices, shape (j, m), of some curves, shape (j,), to their values, shape (j, m)."""


def highest(value_of: Callable[[Floats], Floats], price: Floats, value: Floats) -> tuple[Floats, Floats]:
    """The best price of each curve, and its value: the best seen, looked at closer from round to round.

    A curve with several peaks has the one that the first look shows highest. Near a peak a curve is flat, so that the
    value is exact long before the price is.

    Args:
        value_of: Curves, shape (n, j) to (n, j).
        price: First look, rising, shape (n, m).
        value: There, shape (n, m).

    Returns:
        Shape (n,) each.
    """
    rows = np.arange(price.shape[0])
    steps = np.linspace(0.0, 1.0, CLOSER)
    for _ in range(ROUNDS):
        best = value.argmax(axis=1)
        low = price[rows, np.maximum(best - 1, 0)]
        high = price[rows, np.minimum(best + 1, price.shape[1] - 1)]
        # the best so far stays among them, and a bound stays itself
        middle = price[rows, best]
        price = np.concatenate(
            [
                low[:, None] + (middle - low)[:, None] * steps[:-1],
                middle[:, None],
                high[:, None] - (high - middle)[:, None] * steps[-2::-1],
            ],
            axis=1,
        )
        value = value_of(price)
    best = value.argmax(axis=1)
    return price[rows, best], value[rows, best]


def root(value_of: Values, price: Floats, value: Floats) -> Floats:
    """The lowest price at which each curve crosses 0, shape (n,); nan where the first look shows no crossing.

    Between two prices with values of opposite sign, by the Illinois rule (Dowell & Jarratt 1971, BIT 11, 168-174).

    Args:
        value_of: Curves.
        price: First look, rising, shape (n, m).
        value: There, shape (n, m).
    """
    crosses = (value[:, :-1] < 0) != (value[:, 1:] < 0)
    found = np.full(price.shape[0], np.nan)
    rows = np.flatnonzero(crosses.any(axis=1))
    first = crosses[rows].argmax(axis=1)
    a, b = price[rows, first], price[rows, first + 1]
    at_a, at_b = value[rows, first], value[rows, first + 1]
    for _ in range(CROSSINGS):
        if not rows.size:
            break
        tried = a - at_a * (b - a) / (at_b - at_a)
        there = value_of(tried[:, None], rows)[:, 0]
        arrived = (np.abs(there) <= CLOSE * tried) | (np.abs(b - a) <= NARROW * tried)
        found[rows[arrived]] = tried[arrived]
        left = (there < 0) != (at_b < 0)  # the root lies between the newest and b: b stays, else a stays at half weight
        at_a = np.where(left, at_b, at_a / 2)
        a = np.where(left, b, a)
        b, at_b = tried, there
        rows, a, b, at_a, at_b = (part[~arrived] for part in (rows, a, b, at_a, at_b))
    found[rows] = b
    return found
