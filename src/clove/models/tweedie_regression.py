"""A mean on the log scale for money that is often 0 and now and then very large."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clove.kernel.arrays import Floats

POWER = 1.3  # variance ~ mean^POWER: between counts (1) and positive amounts (2)
RIDGE = 1e-2  # per row and unit of mean, on columns of spread 1
TAILS = (0.005, 0.995)  # quantiles beyond which a feature counts as if it were there: a line must not run off
STEPS = 80
FLAT = 1e-6  # spread below which a feature says nothing
STOP = 1e-8  # relative gain


@dataclass(frozen=True, slots=True)
class TweedieRegression:
    """log E[y] = offset + intercept + features' weights, fitted by penalised Tweedie quasi-likelihood.

    Jørgensen (1987), "Exponential Dispersion Models", JRSS B 49(2), 127-162.
    """

    low: tuple[float, ...]  # (f,)
    high: tuple[float, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]  # inf for a feature that says nothing
    weights: tuple[float, ...]  # (f + 1,), the intercept first

    @classmethod
    def fit(cls, features: Floats, target: Floats, offset: Floats) -> Self:
        """Newton steps, halved until the loss falls.

        Args:
            features: Finite, shape (n, f).
            target: From 0 up, with a positive sum, shape (n,).
            offset: Log of what is expected without them, shape (n,).
        """
        low, high = np.quantile(features, TAILS, axis=0)
        held = np.clip(features, low, high)
        centre, spread = held.mean(axis=0), held.std(axis=0)
        spread = np.where(spread > FLAT, spread, np.inf)
        rows = np.column_stack([np.ones(len(held)), (held - centre) / spread])
        level = float(target.mean())
        y, given = target / level, offset - np.log(level)
        ridge = np.full(rows.shape[1], RIDGE * y.size * float(y.mean()))
        ridge[0] = 0.0

        def loss(weights: Floats) -> tuple[float, Floats]:
            mean = np.exp(np.clip(rows @ weights + given, -30.0, 30.0))
            terms = mean ** (2 - POWER) / (2 - POWER) - y * mean ** (1 - POWER) / (1 - POWER)
            return float(terms.sum() + 0.5 * ridge @ weights**2), mean

        weights = np.zeros(rows.shape[1])
        weights[0] = np.log(y.sum() / np.exp(given).sum())
        value, mean = loss(weights)
        for _ in range(STEPS):
            slope = rows.T @ ((mean - y) * mean ** (1 - POWER)) + ridge * weights
            bend = (rows * (mean ** (2 - POWER))[:, None]).T @ rows + np.diag(ridge)
            step = np.linalg.solve(bend, slope)
            share = 1.0
            while share > 1e-6:
                tried, mean_there = loss(weights - share * step)
                if tried <= value:
                    break
                share /= 2
            gain = value - tried
            if gain < 0:
                break
            weights, value, mean = weights - share * step, tried, mean_there
            if gain <= STOP * abs(value):
                break
        return cls(*(tuple(map(float, column)) for column in (low, high, centre, spread, weights)))

    def contributions(self, features: Floats) -> Floats:
        """What the intercept and each feature add to the log of the mean, shape (n, f + 1)."""
        held = np.clip(features, self.low, self.high)
        scaled = (held - np.array(self.centre)) / np.array(self.spread)
        parts: Floats = np.column_stack([np.ones(len(held)), scaled]) * np.array(self.weights)
        return parts

    def correction(self, features: Floats) -> Floats:
        """Factor on what was expected without the features, shape (n,)."""
        factor: Floats = np.exp(self.contributions(features).sum(axis=1))
        return factor

    @classmethod
    def from_mapping(cls, fields: dict[str, Any]) -> Self:
        """From the JSON that a model was written as."""
        return cls(
            *(tuple(float(cell) for cell in fields[name]) for name in ("low", "high", "centre", "spread", "weights"))
        )
