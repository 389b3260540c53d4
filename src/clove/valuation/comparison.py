"""One forecaster beside the best of the reference forecasters, measure by measure, on the same customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.valuation.bootstrap import interval
from clove.valuation.metrics import METRICS, PLACE, Metric
from clove.valuation.scoring import Scored

NO_REFERENCE = "there is no reference to compare with"
NO_RATIO = "a ratio of figures that are best near a target says nothing; the difference does"
NOT_POSITIVE = "the reference is not above 0, so there is no ratio"
TOO_FEW = "too few resamples have this figure"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its interval, or why there is none."""

    value: float | None
    low: float | None
    high: float | None
    missing_because: str = ""  # empty where there are all three; of the interval alone where there is a value

    @classmethod
    def of(cls, samples: Floats, why: str = "it does not exist for these customers") -> Self:
        """From the sample itself, first, and its resamples, shape (1 + b,)."""
        if not np.isfinite(samples[0]):
            return cls(None, None, None, why)
        low, high = (float(bound[0]) for bound in interval(samples[1:, None]))
        if not (np.isfinite(low) and np.isfinite(high)):
            return cls(float(samples[0]), None, None, TOO_FEW)
        return cls(float(samples[0]), low, high)

    @classmethod
    def unknown(cls, why: str) -> Self:
        """None, and why."""
        return cls(None, None, None, why)


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one forecaster."""

    figure: Figure
    ratio: Figure  # to the reference
    difference: Figure  # from the reference; of the distances from the target where the measure is best near one
    reference: str | None  # whose figure that is


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One measure of one forecaster with its resamples; all of shape (1 + b,), nan where it does not exist."""

    values: Floats
    ratios: Floats
    differences: Floats
    reference: str | None
    why_no_value: str
    why_no_ratio: str
    why_no_difference: str

    @classmethod
    def of(cls, metric: Metric, scored: Scored, references: Mapping[str, Scored]) -> Self:
        """Hold a forecaster against the reference that the sample itself favours on this measure."""
        own = scored.sample(metric.key)
        why = scored.reasons.get(metric.key, "it does not exist for these customers")
        unknown = np.full(own.size, np.nan)
        losses = {name: float(metric.loss(each.sample(metric.key))[0]) for name, each in references.items()}
        there = {name: loss for name, loss in losses.items() if np.isfinite(loss)}
        if not there:
            return cls(own, unknown, unknown, None, why, NO_REFERENCE, NO_REFERENCE)
        best = min(there, key=lambda name: there[name])
        theirs = references[best].sample(metric.key)
        if not np.isfinite(own[0]):
            return cls(own, unknown, unknown, best, why, why, why)
        if not metric.is_ratio:
            return cls(own, unknown, metric.loss(own) - metric.loss(theirs), best, why, NO_RATIO, why)
        positive = theirs > 0
        ratios = np.where(positive, own / np.where(positive, theirs, 1.0), np.nan)
        return cls(own, ratios, own - theirs, best, why, NOT_POSITIVE, why)

    @property
    def measured(self) -> Measured:
        """As it is told."""
        return Measured(
            Figure.of(self.values, self.why_no_value),
            Figure.of(self.ratios, self.why_no_ratio),
            Figure.of(self.differences, self.why_no_difference),
            self.reference,
        )


@dataclass(frozen=True, slots=True)
class Pooled:
    """One measure of one forecaster over several dates: plain means over the dates where it exists."""

    figure: Figure
    ratio: Figure  # mean of the ratios
    difference: Figure  # mean of the differences
    miss: Figure  # mean distance from the target, of a measure that is best near one
    dates: int  # at which it exists


def compare(scored: Mapping[str, Scored], references: Sequence[str]) -> dict[str, dict[str, Compared]]:
    """Every forecaster by name, every measure by key.

    Args:
        scored: Forecasters judged on the same customers and resamples.
        references: Names of those to hold the others against; absent ones are passed over.
    """
    held = {name: scored[name] for name in references if name in scored}
    return {name: {metric.key: Compared.of(metric, each, held) for metric in METRICS} for name, each in scored.items()}


def pool(dates: Sequence[Compared], key: str) -> Pooled:
    """Mean over dates; customers carry their weights from one to the next, so the interval knows that they are shared.

    Args:
        dates: The same measure of the same forecaster, one for each date at which he took part; at least one.
        key: Of the measure.
    """
    metric = METRICS[PLACE[key]]
    there = [date for date in dates if np.isfinite(date.values[0])]
    why = dates[0].why_no_value
    near = [metric.loss(date.values) for date in there] if metric.goal == "near" else []
    return Pooled(
        _mean([date.values for date in there], why),
        _mean([date.ratios for date in there], (there or dates)[0].why_no_ratio),
        _mean([date.differences for date in there], (there or dates)[0].why_no_difference),
        _mean(near, why if metric.goal == "near" else "this measure has no target"),
        len(there),
    )


def _mean(samples: Sequence[Floats], why: str) -> Figure:
    known = [each for each in samples if np.isfinite(each[0])]
    return Figure.of(np.mean(known, axis=0), why) if known else Figure.unknown(why)
