"""From the score of a classifier to a probability: a rising curve on the log odds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import NotEnoughData

FEWEST_OF_A_CLASS = 20
ENDS_OF_A_GROUP = 500  # whose share is known to about one part in twenty
FEWEST_GROUPS, MOST_GROUPS = 4, 20
STEPS = 50
SMALL = 1e-10


@dataclass(frozen=True, slots=True)
class ChurnCalibration:
    """Log odds of an end as a piecewise linear, strictly rising function of a score; beyond the knots, of one slope.

    A line (Platt 2000, in *Advances in Large Margin Classifiers*, 61-74) where ends are few. Where they are many, the
    line is moved in groups of equally many ends to what came in them, and knots that fall are pooled: isotonic
    regression with centred blocks, which ties no two scores (Oron & Flournoy 2017, Statistics in Biopharmaceutical
    Research 9(3), 258-267).
    """

    scores: tuple[float, ...]  # knots, rising
    log_odds: tuple[float, ...]  # at the knots, rising
    slope: float  # beyond the knots, above 0

    @classmethod
    def fit(cls, score: ArrayLike, ended: ArrayLike) -> Self:
        """From scores of examples that the classifier has not seen, shape (n,), and whether they ended, shape (n,).

        Raises:
            NotEnoughData: Fewer than twenty ended or stayed, or the score does not rise with the chance of an end.
        """
        x, came = np.asarray(score, dtype=np.float64), np.asarray(ended, dtype=np.bool_)
        ends = int(came.sum())
        if min(ends, came.size - ends) < FEWEST_OF_A_CLASS:
            raise NotEnoughData(
                f"{ends:,} of {came.size:,} ended, and {FEWEST_OF_A_CLASS} have to have ended and to have stayed",
                where="ChurnCalibration.fit",
                remedy="Give a longer history",
            )
        intercept, slope = _line(x, came)
        if not slope > 0:
            raise NotEnoughData(
                "contracts with higher scores did not end more often",
                where="ChurnCalibration.fit",
                remedy="Give a longer history, or features that tell who leaves",
            )
        groups = min(ends // ENDS_OF_A_GROUP, MOST_GROUPS)
        if groups < FEWEST_GROUPS:
            return cls((0.0,), (intercept,), slope)
        knots, levels = _groups(x, came, intercept + slope * x, groups)
        return cls(tuple(map(float, knots)), tuple(map(float, levels)), slope)

    def apply(self, score: Floats) -> Floats:
        """Log odds of an end, the score's shape."""
        knots, levels = np.array(self.scores), np.array(self.log_odds)
        inside: Floats = np.interp(score, knots, levels)
        beyond = np.minimum(score - knots[0], 0.0) + np.maximum(score - knots[-1], 0.0)
        found: Floats = inside + self.slope * beyond
        return found

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Self:
        """From the JSON that a model was written as."""
        return cls(tuple(map(float, fields["scores"])), tuple(map(float, fields["log_odds"])), float(fields["slope"]))


def _line(x: Floats, came: Bools) -> tuple[float, float]:
    """Intercept and slope by maximum likelihood on Platt's targets, which keep off 0 and 1: Newton's method."""
    ends, stays = int(came.sum()), int((~came).sum())
    target = np.where(came, (ends + 1) / (ends + 2), 1 / (stays + 2))
    centre, spread = float(x.mean()), max(float(x.std()), SMALL)
    design = np.column_stack([np.ones(x.size), (x - centre) / spread])
    w = np.array([np.log(ends / stays), 0.0])
    reached = _log_likelihood(design @ w, target)
    for _ in range(STEPS):
        p = _expit(design @ w)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + SMALL * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (target - p))
        while (now := _log_likelihood(design @ (w + step), target)) < reached and np.abs(step).max() > SMALL:
            step = step / 2  # the whole step can lie beyond the top
        w, gained, reached = w + step, now - reached, now
        if gained < SMALL:
            break
    return float(w[0] - w[1] * centre / spread), float(w[1] / spread)


def _log_likelihood(log_odds: Floats, target: Floats) -> float:
    return float((target * log_odds - np.logaddexp(0.0, log_odds)).sum())


def _groups(x: Floats, came: Bools, line: Floats, groups: int) -> tuple[Floats, Floats]:
    """Knots at the mean scores of groups with equally many ends, and the line moved to what came; both rise."""
    order = np.argsort(x, kind="stable")
    before: Ints = np.cumsum(came[order]) - came[order]
    edges = np.searchsorted(before, np.arange(1, groups) * came.sum() / groups)
    # equal scores are of one group
    edges = np.unique(np.searchsorted(x[order], x[order][edges]))
    member = np.zeros(x.size, dtype=np.int64)
    member[order] = np.searchsorted(edges, np.arange(x.size), side="right")
    size = np.bincount(member).astype(np.float64)
    filled = size > 0
    size = size[filled]
    share, expected, centre, level = (
        (np.bincount(member, values)[filled] / size) for values in (came * 1.0, _expit(line), x, line)
    )
    share = np.clip(share, 0.5 / size, 1 - 0.5 / size)
    moved = level + np.log(share / (1 - share)) - np.log(expected / (1 - expected))
    return _pooled(centre, moved, size)


def _pooled(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Pool adjacent groups until the levels rise strictly; x, y and weight are means and sums of the pooled."""
    blocks: list[tuple[float, float, float]] = []
    for block in zip(x, y, weight, strict=True):  # at most twenty
        blocks.append(block)
        while len(blocks) > 1 and blocks[-1][1] <= blocks[-2][1]:
            (x1, y1, w1), (x0, y0, w0) = blocks.pop(), blocks.pop()
            total = w0 + w1
            blocks.append(((x0 * w0 + x1 * w1) / total, (y0 * w0 + y1 * w1) / total, total))
    found = np.array(blocks)
    return found[:, 0], found[:, 1]


def _expit(x: Floats) -> Floats:
    held: Floats = 1 / (1 + np.exp(-np.clip(x, -500.0, 500.0)))
    return held
