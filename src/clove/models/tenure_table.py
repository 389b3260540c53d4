"""How often contracts ended by months served, cohort by cohort or segment by segment, as counted."""

import json
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.documents import read_document
from clove.models.lifetimes import Lifetimes

NAME = "tenure-table"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TenureTable:
    """An actuarial table: monthly end probabilities of g groups in b bands of months served, each from its own counts.

    Band j holds the months that began with `edges[j]` to `edges[j + 1] - 1` months served. Where counts are few, so
    are they here: `TenureHazard` lets a segment learn from the others. Intervals by the beta distribution, exact for
    binomial counts: Clopper & Pearson (1934), Biometrika 26(4), 404-413. They hold at least as often as they say.

    >>> TenureTable.of([[10, 8, 6]], [[2, 2, 0]], edges=[0, 2, 3]).hazard.round(3).tolist()
    [[0.222, 0.0]]
    """

    edges: Ints  # (b + 1,) months served
    at_risk: Floats  # (g, b) contract-months
    ended: Floats  # (g, b) of those, how many were the last

    @classmethod
    def of(cls, at_risk: ArrayLike, ended: ArrayLike, *, edges: ArrayLike | None = None) -> Self:
        """From counts by month.

        Args:
            at_risk: Column m: months that began with m months served, by group, shape (g, m).
            ended: How many of those contracts ended in that month, shape (g, m).
            edges: Of the bands, rising from 0 up; a band for every month if left out. Months beyond the last edge are
                left out.

        Raises:
            ArgumentRefused: Counts or edges that cannot be.
            NotEnoughData: No contract-month within the bands.
        """
        n, e = np.asarray(at_risk, dtype=np.float64), np.asarray(ended, dtype=np.float64)
        if n.ndim != 2 or n.shape != e.shape or not n.size:
            raise _refusal(f"counts of the shapes {n.shape} and {e.shape}", "Give both by group and months served")
        if not ((e >= 0) & (e <= n) & np.isfinite(n)).all():
            raise _refusal("more contracts ended in a month than were there, or counts below 0", "Count them again")
        at = np.arange(n.shape[1] + 1) if edges is None else np.asarray(edges)
        if at.ndim != 1 or at.size < 2 or at.dtype.kind not in "iu" or at[0] < 0 or (np.diff(at) <= 0).any():
            raise _refusal(f"edges = {edges!r}", "Give whole months served, rising from 0 up")
        so_far = [np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1) for counts in (n, e)]
        bands = [np.diff(total[:, np.minimum(at, n.shape[1])], axis=1) for total in so_far]
        if not bands[0].any():
            raise NotEnoughData(
                "no contract was there in any of these months", where="TenureTable.of", remedy="Give other bands"
            )
        return cls(at.astype(np.int64), bands[0], bands[1])

    @classmethod
    def fit(
        cls,
        durations: ArrayLike,
        ended: ArrayLike,
        *,
        group: ArrayLike | None = None,
        groups: int | None = None,
        weights: ArrayLike | None = None,
        entry: ArrayLike | None = None,
        edges: ArrayLike | None = None,
    ) -> Self:
        """From columns of shape (n,) in whole months, as in `Lifetimes.of` and `Lifetimes.counts`."""
        lives = Lifetimes.of(durations, ended, group=group, groups=groups, weights=weights, entry=entry)
        return cls.of(*lives.counts(), edges=edges)

    @property
    def hazard(self) -> Floats:
        """P(ends in a month of the band | there at its start), shape (g, b); nan where nobody was."""
        return np.where(self.at_risk > 0, self.ended / np.where(self.at_risk > 0, self.at_risk, 1.0), np.nan)

    def interval(self, share: float = 0.95) -> tuple[Floats, Floats]:
        """Low and high of `hazard`, between which it lies in at least this share of cases, each of shape (g, b).

        Raises:
            ArgumentRefused: The share is not within 0 and 1.
        """
        from scipy.special import betaincinv

        if not 0 < share < 1:
            raise ArgumentRefused(f"share = {share!r}", where="TenureTable", remedy="Give one within 0 and 1")
        some, stayed = self.at_risk > 0, self.at_risk - self.ended
        first, last = np.where(self.ended > 0, self.ended, 1.0), np.where(stayed > 0, stayed, 1.0)
        low = np.where(self.ended > 0, betaincinv(first, stayed + 1, (1 - share) / 2), 0.0)
        high = np.where(stayed > 0, betaincinv(self.ended + 1, last, (1 + share) / 2), 1.0)
        return np.where(some, low, np.nan), np.where(some, high, np.nan)

    def survival(self) -> Floats:
        """Share of those there at the first edge that is still there at each of the others, shape (g, b).

        With a band for every month, the Kaplan-Meier curve; nan from the first band on in which nobody was at risk.
        """
        months = np.diff(self.edges)
        return np.asarray(np.cumprod((1 - self.hazard) ** months, axis=1), dtype=np.float64)

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        told = {name: getattr(self, name).tolist() for name in ("edges", "at_risk", "ended")}
        return json.dumps({"model": NAME, **told})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The table that `to_json` wrote."""
        fields = read_document(text, NAME, ("edges", "at_risk", "ended"))
        at_risk, ended = (np.array(fields[name], dtype=np.float64) for name in ("at_risk", "ended"))
        return cls(np.array(fields["edges"], dtype=np.int64), at_risk, ended)

    def __repr__(self) -> str:
        groups, bands = self.at_risk.shape
        return f"TenureTable({groups} groups, {bands} bands, {self.ended.sum():,.0f} ends)"


def _refusal(what: str, remedy: str) -> ArgumentRefused:
    return ArgumentRefused(what, where="TenureTable.of", remedy=remedy)
