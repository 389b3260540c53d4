"""How features lay when a model was fitted, and how far they have moved since."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clove.kernel.arrays import Floats

BINS = 10
FEW_VALUES = 10  # up to so many are bins of their own
EMPTY = 1e-4  # share of a bin in which nobody is


@dataclass(frozen=True, slots=True)
class FeatureBaseline:
    """By feature: edges of its bins, and the share of rows in each, that of unknown values last.

    A bin holds what is above its lower edge and up to its upper one.
    """

    edges: tuple[tuple[float, ...], ...]
    shares: tuple[tuple[float, ...], ...]  # one more than bins, two more than edges; sum 1

    @classmethod
    def of(cls, features: Floats) -> Self:
        """From the features that a model learnt from, shape (n, f), nan where unknown."""
        edges = tuple(_edges(column) for column in features.T)
        return cls(edges, tuple(_shares(column, cut) for column, cut in zip(features.T, edges, strict=True)))

    def psi(self, features: Floats) -> Floats:
        """Population stability index of each feature now, shape (f,): sum of (a - e) ln(a / e) over bins.

        Siddiqi (2006), *Credit Risk Scorecards*: below 0.10 stable, above 0.20 to be looked at.
        """
        found = []
        for column, cut, shares in zip(features.T, self.edges, self.shares, strict=True):
            now, then = np.array(_shares(column, cut)), np.array(shares)
            either = (now > 0) | (then > 0)
            a, e = np.maximum(now[either], EMPTY), np.maximum(then[either], EMPTY)
            found.append(float(((a - e) * np.log(a / e)).sum()))
        return np.array(found, dtype=np.float64)

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Self:
        """From the JSON that a model was written as."""
        edges, shares = (tuple(tuple(map(float, column)) for column in fields[name]) for name in ("edges", "shares"))
        return cls(edges, shares)


def _edges(column: Floats) -> tuple[float, ...]:
    """Between deciles, or between values where there are few."""
    known = column[np.isfinite(column)]
    if not known.size:
        return ()
    values = np.unique(known)
    if values.size > FEW_VALUES:
        values = np.unique(np.quantile(known, np.arange(1, BINS) / BINS, method="lower"))
        values = np.append(values, np.inf) if values[-1] < known.max() else values
    return tuple(map(float, values[:-1]))


def _shares(column: Floats, edges: tuple[float, ...]) -> tuple[float, ...]:
    known = np.isfinite(column)
    member = np.where(known, np.searchsorted(np.array(edges), np.where(known, column, 0.0)), len(edges) + 1)
    counts = np.bincount(member, minlength=len(edges) + 2)
    return tuple(map(float, counts / max(column.size, 1)))
