"""How value is spread over the customers: counted once, for the picture and for the table beside it."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Floats, Ints

STEPS = np.array([1.0, 2.0, 5.0])
SMALLEST = 0.01  # below this an amount is nothing to a reader
MOST_BINS = 16
CURVE_POINTS = 201  # of the concentration curve, however many customers there are


@dataclass(frozen=True, slots=True, eq=False)
class ValueBins:
    """Customers by expected value; edges run 1, 2, 5, 10, 20, 50, … because value spans orders of magnitude."""

    edges: Floats  # (k+1,)
    counts: Ints  # (k,) value in [edge, next edge)
    below: int  # under the first edge
    nothing: bool  # the first edge is the smallest amount, so that `below` means nothing at all
    unknown: int

    @classmethod
    def of(cls, clv: Floats) -> "ValueBins":
        """Count values of shape (n,)."""
        values = clv[np.isfinite(clv)]
        unknown = int(clv.size - values.size)
        positive = values[values >= SMALLEST]
        if not positive.size:
            return cls(np.array([1.0, 2.0]), np.zeros(1, np.int64), int(values.size), nothing=True, unknown=unknown)
        ladder = _ladder(float(positive.min()), float(positive.max()))
        nothing = ladder.size - 1 <= MOST_BINS
        edges = ladder[-(MOST_BINS + 1) :]
        counts = np.histogram(positive, bins=np.append(edges[:-1], np.inf))[0].astype(np.int64)
        return cls(edges, counts, int(values.size - counts.sum()), nothing=nothing, unknown=unknown)


def _ladder(low: float, high: float) -> Floats:
    """1-2-5 steps from at or below `low` to above `high`, at least one step long."""
    first, last = int(np.floor(np.log10(low))), int(np.floor(np.log10(high))) + 1
    steps = (STEPS * 10.0 ** np.arange(first, last + 1)[:, None]).ravel()
    start = max(int(np.searchsorted(steps, low, side="right")) - 1, 0)
    stop = int(np.searchsorted(steps, high, side="right"))
    rungs: Floats = steps[start : stop + 1]
    return rungs


@dataclass(frozen=True, slots=True, eq=False)
class Concentration:
    """Share of all value held by the most valuable share of customers, from none to all of them."""

    customers: Floats  # (m,) rising from 0 to 1
    value: Floats  # (m,)

    @classmethod
    def of(cls, clv: Floats) -> "Concentration | None":
        """The curve of values of shape (n,); none where the values add up to nothing."""
        values = np.sort(clv[np.isfinite(clv)])[::-1]
        if not values.size or values.sum() <= 0:
            return None
        running = np.concatenate([[0.0], np.cumsum(values)])
        taken = np.unique(np.linspace(0, values.size, min(values.size + 1, CURVE_POINTS)).round().astype(np.int64))
        return cls(taken / values.size, running[taken] / running[-1])

    def held_by(self, share: float) -> float:
        """Share of value held by that share of customers."""
        return float(np.interp(share, self.customers, self.value))

    def holders_of(self, share: float) -> float:
        """Share of customers that holds that share of value."""
        return float(np.interp(share, self.value, self.customers))
