"""How likely a contract is to end next month, by segment and months served: each segment learns from the portfolio."""

import json
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.documents import read_document
from clove.models.tenure_curves import pooled_curves
from clove.models.tenure_shrinkage import cell_strength, level_weight

FEWEST_ENDS = 10  # of all segments, below which no curve means anything
NAME = "tenure-hazard"
FIELDS = (
    "monthly",
    "relative_error",
    "curves",
    "curve_size",
    "curve",
    "at_risk",
    "ended",
    "level_weight",
    "strength",
    "findings",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TenureHazard:
    """Monthly end probabilities, h(m) for months served m = 0, 1, …; the last column holds for all months beyond.

    ended ~ BetaBinomial(at risk, strength, p), p = 1 - (1 - curve(m))^level: the portfolio's curve by tenure, raised
    or lowered by the segment's level ~ Gamma(weight, weight), from which a cell strays as far as its own counts say.
    Empirical Bayes: weight and strength are those under which the counts are likeliest (Casella 1985, The American
    Statistician 39(2), 83-87; the beta-binomial as in Skellam 1948, JRSS B 10(2), 257-261).
    """

    monthly: Floats  # (s, m + 1) posterior means
    relative_error: Floats  # (s,) standard deviation of the segment's level, relative to it
    curves: Floats  # (c, m + 1) of the portfolio, one for each kind of contract
    curve_size: Floats  # (c, m + 1) contract-months that each of their points rests on
    curve: Ints  # (s,) which of them the segment follows
    at_risk: Floats  # (s, m) contract-months at which contracts had served so many months
    ended: Floats  # (s, m) of those, how many were the last
    level_weight: float  # ends that the portfolio's word on a segment's level counts as; 0 where all was given
    strength: float  # contract-months that the curve's word on a cell counts as
    findings: tuple[str, ...] = ()

    @classmethod
    def fit(cls, at_risk: ArrayLike, ended: ArrayLike, *, curve: Ints | None = None, constant: bool = False) -> Self:
        """From counts of contract-months.

        Args:
            at_risk: Column m: months that began with m months served, by segment, shape (s, m).
            ended: How many of those contracts ended in that month, shape (s, m).
            curve: Kind of each segment, 0, 1, …, shape (s,), such as its minimum term: segments of a kind share the
                place of the spike at its end. One kind if left out.
            constant: One probability for each segment, whatever the months served.

        Raises:
            NotEnoughData: Fewer than ten ends in all.
            ArgumentRefused: Counts that cannot be.
        """
        n, e = _counts(at_risk, ended)
        kinds = np.zeros(n.shape[0], dtype=np.int64) if curve is None else np.asarray(curve, dtype=np.int64)
        if kinds.shape != (n.shape[0],) or (kinds.size and kinds.min() < 0):
            raise ArgumentRefused(
                f"kinds of the shape {kinds.shape} for {n.shape[0]} segments",
                where="TenureHazard.fit",
                remedy="Number the kinds from 0, one for each segment",
            )
        if e.sum() < FEWEST_ENDS:
            raise NotEnoughData(
                f"{e.sum():.0f} contracts ended in {n.sum():,.0f} contract-months, {FEWEST_ENDS} are needed",
                where="TenureHazard.fit",
                remedy="Give a longer history, or a probability of your own",
            )
        if constant:
            n, e = n.sum(axis=1, keepdims=True), e.sum(axis=1, keepdims=True)
        curves, size = pooled_curves(n, e, kinds)
        ends, expected = _ends_and_expected(n, e, curves[kinds])
        weight = level_weight(ends, expected)
        level = (ends + weight) / (expected + weight)
        usual = _raised(curves[kinds], level)
        strength = cell_strength(n, e, usual[:, :-1])
        monthly = usual.copy()
        monthly[:, :-1] = (e + strength * usual[:, :-1]) / (n + strength)
        if constant:
            monthly[:, -1] = monthly[:, 0]
        of_kind = np.bincount(kinds, ends, curves.shape[0])[kinds]
        error = np.sqrt(1 / (ends + weight) + 1 / np.maximum(of_kind, 1.0))
        return cls(monthly, error, curves, size, kinds, n, e, weight, strength, _findings(n, e))

    @classmethod
    def given(cls, monthly: ArrayLike, relative_error: ArrayLike = 0.0) -> Self:
        """Probabilities that come from elsewhere.

        Args:
            monthly: By segment, shape (s,), or by segment and months served, shape (s, m), the last for all beyond.
            relative_error: Standard deviation relative to the probabilities, shape (s,) or one figure.
        """
        table = np.asarray(monthly, dtype=np.float64)
        table = table[:, None] if table.ndim == 1 else table
        if not ((table >= 0) & (table <= 1)).all():
            raise ArgumentRefused(
                "probabilities outside [0, 1]", where="TenureHazard.given", remedy="Give probabilities"
            )
        segments = table.shape[0]
        none = np.zeros((segments, table.shape[1] - 1))
        error = np.ascontiguousarray(np.broadcast_to(np.asarray(relative_error, dtype=np.float64), (segments,)))
        # one curve for each segment, and no counts that it could be told from
        return cls(table, error, table, np.zeros(table.shape), np.arange(segments), none, none, 0.0, 0.0)

    def hazard(self, segment: Ints, served: Ints, ahead: int) -> Floats:
        """Probability of an end in each of the months ahead, given that the contract lives until then.

        Args:
            segment: Of each contract, shape (n,).
            served: Months, shape (n,).
            ahead: How many months.

        Returns:
            Shape (n, ahead).
        """
        column = np.minimum(np.asarray(served)[:, None] + np.arange(ahead), self.monthly.shape[1] - 1)
        found: Floats = self.monthly[np.asarray(segment)[:, None], column]
        return found

    def draws(self, count: int, seed: int) -> Floats:
        """The posterior of the table: curves, levels and cells, shape (count, s, m + 1)."""
        if self.level_weight == 0:
            raise ArgumentRefused(
                "probabilities that were given, not fitted, have no draws",
                where="TenureHazard.draws",
                remedy="Use TenureHazard.fit",
            )
        rng = np.random.default_rng(seed)
        ends, expected = _ends_and_expected(self.at_risk, self.ended, self.curves[self.curve])
        level = rng.gamma(ends + self.level_weight, 1 / (expected + self.level_weight), (count, ends.size))
        ended, stayed = self.curves * self.curve_size, (1 - self.curves) * self.curve_size
        curve = rng.beta(ended, stayed, (count, *self.curves.shape))[:, self.curve]
        usual = 1 - (1 - curve) ** level[:, :, None]
        cells = usual[:, :, :-1]
        drawn = usual.copy()
        drawn[:, :, :-1] = rng.beta(
            self.ended + self.strength * cells, self.at_risk - self.ended + self.strength * (1 - cells)
        )
        if self.at_risk.shape[1] == 1:  # a constant
            drawn[:, :, -1] = drawn[:, :, 0]
        return drawn

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        fields = {name: getattr(self, name) for name in FIELDS}
        told = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}
        return json.dumps({"model": NAME, **told})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        fields = read_document(text, NAME, FIELDS)
        segments = len(fields["monthly"])
        tables = (np.array(fields[name], dtype=np.float64) for name in ("at_risk", "ended"))
        at_risk, ended = (table.reshape(segments, -1) for table in tables)
        return cls(
            np.array(fields["monthly"], dtype=np.float64),
            np.array(fields["relative_error"], dtype=np.float64),
            np.array(fields["curves"], dtype=np.float64),
            np.array(fields["curve_size"], dtype=np.float64),
            np.array(fields["curve"], dtype=np.int64),
            at_risk,
            ended,
            float(fields["level_weight"]),
            float(fields["strength"]),
            tuple(fields["findings"]),
        )

    def __repr__(self) -> str:
        segments, months = self.monthly.shape
        return f"TenureHazard({segments} segments, {months - 1} months, {self.ended.sum():,.0f} ends)"


def _counts(at_risk: ArrayLike, ended: ArrayLike) -> tuple[Floats, Floats]:
    n, e = np.asarray(at_risk, dtype=np.float64), np.asarray(ended, dtype=np.float64)
    if n.ndim != 2 or n.shape != e.shape or not n.size:
        raise ArgumentRefused(
            f"counts of the shapes {n.shape} and {e.shape}",
            where="TenureHazard.fit",
            remedy="Give both by segment and months served",
        )
    if not ((e >= 0) & (e <= n) & np.isfinite(n)).all():
        raise ArgumentRefused(
            "more contracts ended in a month than were there, or counts below 0",
            where="TenureHazard.fit",
            remedy="Count the contracts that began each month and those of them that ended in it",
        )
    return n, e


def _ends_and_expected(n: Floats, e: Floats, curve: Floats) -> tuple[Floats, Floats]:
    """Ends of each segment, and what the portfolio's curve would have had of them at level 1, shape (s,)."""
    return e.sum(axis=1), (n * curve[:, :-1]).sum(axis=1)


def _raised(curve: Floats, level: Floats) -> Floats:
    raised: Floats = 1 - (1 - curve) ** level[:, None]
    return raised


def _findings(n: Floats, e: Floats) -> tuple[str, ...]:
    silent = int(((n.sum(axis=1) > 0) & (e.sum(axis=1) == 0)).sum())
    if silent:
        return (f"In {silent} of {n.shape[0]} segments no contract has ended: they follow the portfolio.",)
    return ()
