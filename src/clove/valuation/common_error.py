"""The error that all customers' forecasts share: a season, a trend, a change of the shop's own doing.

The models take rates of purchase to be constant, so a total can be wrong by far more than chance allows. How far is
learnt from old forecasts: the logs of (what came / what was forecast) of earlier windows, their variance by chance
taken off. A weak prior stands for what few windows cannot tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats

PRIOR_DEVIATION = 0.10  # log units; counts as one window
PRIOR_WINDOWS = 1.0


@dataclass(frozen=True, slots=True)
class CommonError:
    """A factor on what customers spend that all of them share, log-normal with mean 1: no mean depends on it."""

    deviation: float  # of its log
    windows: int  # old forecasts it was learnt from

    @classmethod
    def learn(cls, log_ratios: Sequence[float], by_chance: Sequence[float]) -> Self:
        """Pool old forecasts.

        Args:
            log_ratios: log(what came / what was forecast) of each window.
            by_chance: Variance of each that chance and the parameters explain.
        """
        found = sum(max(ratio**2 - chance, 0.0) for ratio, chance in zip(log_ratios, by_chance, strict=True))
        variance = (PRIOR_WINDOWS * PRIOR_DEVIATION**2 + found) / (PRIOR_WINDOWS + len(log_ratios))
        return cls(float(np.sqrt(variance)), len(log_ratios))

    def factors(self, count: int, seed: int) -> Floats:
        """An evenly spread sample in an order of the seed's, mean 1, shape (count,)."""
        from scipy.special import ndtri

        deviates = ndtri((np.arange(count) + 0.5) / count)
        factors = np.exp(self.deviation * np.random.default_rng(seed).permutation(deviates))
        scaled: Floats = factors / factors.mean()
        return scaled
