"""How the lifetime values of contracts are spread, on both sides of zero: counted once, for picture and table."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints

STEPS = (1.0, 2.0, 5.0, 10.0)
MOST_BINS = 20
TAIL = 0.005  # share of contracts on each side that the first and the last bin take in, so that a few stretch no scale


@dataclass(frozen=True, slots=True, eq=False)
class LtvBins:
    """Contracts by lifetime value in equal bins, of which zero is an edge."""

    edges: Floats  # (k+1,) multiples of a step of 1, 2 or 5 times a power of ten
    counts: Ints  # (k,) value in [edge, next edge); the outer bins hold what lies beyond them too
    below_zero: int
    under: int  # of the first bin, those below its edge
    over: int  # of the last bin, those from its edge on
    unknown: int

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Count values of shape (n,)."""
        found = values[np.isfinite(values)]
        unknown = int(values.size - found.size)
        if not found.size:
            return cls(np.array([0.0, 1.0]), np.zeros(1, np.int64), 0, 0, 0, unknown)
        low, high = (float(end) for end in np.quantile(found, (TAIL, 1 - TAIL)))
        edges = _edges(min(low, 0.0), max(high, 0.0), below=bool((found < 0).any()))
        step = edges[1] - edges[0]
        places = np.clip(np.floor((found - edges[0]) / step), 0, edges.size - 2).astype(np.int64)
        # a value a hair below zero must not round into the bin above it
        zero = int(np.searchsorted(edges, 0.0))
        places = np.where((found < 0) & (places >= zero), zero - 1, places)
        places = np.where((found >= 0) & (places < zero), zero, places)
        return cls(
            edges,
            np.bincount(places, minlength=edges.size - 1).astype(np.int64),
            int((found < 0).sum()),
            int((found < edges[0]).sum()),
            int((found >= edges[-1]).sum()),
            unknown,
        )


def _edges(low: float, high: float, *, below: bool) -> Floats:
    """Equal steps from at or below `low` to above `high`, one of them below 0 if asked; `MOST_BINS` and two at most."""
    span = high - low
    if span <= 0:
        return np.array([-1.0, 0.0, 1.0]) if below else np.array([0.0, 1.0])
    power = 10.0 ** np.floor(np.log10(span / MOST_BINS))
    step = next(each * power for each in STEPS if span / (each * power) <= MOST_BINS)
    first = min(np.floor(low / step), -1.0 if below else 0.0)
    edges: Floats = step * np.arange(first, np.floor(high / step) + 2)
    return edges
