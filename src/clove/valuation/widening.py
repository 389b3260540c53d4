"""How much farther out, or nearer, outcomes came than old forecasts had said: intervals calibrated forward in time.

The randomised PIT u of an honest forecast is uniform, so its normal score z = Phi^-1(u) has a mean square of 1. Over
old forecasts, each judged on customers of a window that no part of it had seen, the mean square says by which factor
the scores were too far out. A level p of a new forecast is then read at Phi(factor * Phi^-1(p)). The median stays.

Dawid (1984), "The prequential approach", JRSS A 147(2), 278-292, judges forecasts by their PIT alone; Gneiting,
Balabdaoui & Raftery (2007), "Probabilistic forecasts, calibration and sharpness", JRSS B 69(2), 243-268.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats

PRIOR_WINDOWS = 1.0  # forecasts that are taken to have been right: what customers of one window share is one draw
TAIL = 1e-4  # of a PIT: below, the score is that of the forecast's farthest draw


@dataclass(frozen=True, slots=True)
class Widening:
    """A monotone map of a distribution's levels; 1 leaves them as they are."""

    factor: float  # of normal scores
    windows: int  # old forecasts that it was learnt from

    @classmethod
    def none(cls) -> Self:
        """Nothing is known: levels are what they say."""
        return cls(1.0, 0)

    @classmethod
    def learn(cls, pits: Sequence[Floats]) -> Self:
        """Pool old forecasts, a window counting as one whatever its customers: they share its weather.

        Args:
            pits: Randomised PIT of the customers of each window, above 0 and below 1, without any widening.
        """
        squares = [float((_scores(pit) ** 2).mean()) for pit in pits]
        mean_square = (PRIOR_WINDOWS + sum(squares)) / (PRIOR_WINDOWS + len(squares))
        return cls(float(np.sqrt(mean_square)), len(squares))

    def levels(self, wanted: Floats) -> Floats:
        """Where the draws have to be read for these levels, the same shape."""
        from scipy.special import ndtr, ndtri

        read: Floats = wanted if self.factor == 1.0 else ndtr(self.factor * ndtri(wanted))
        return read

    def widened(self, pit: Floats) -> Floats:
        """The PIT under the widened distribution, the same shape; nan stays."""
        from scipy.special import ndtr

        told: Floats = pit if self.factor == 1.0 else ndtr(_scores(pit) / self.factor)
        return told


def _scores(pit: Floats) -> Floats:
    from scipy.special import ndtri

    scores: Floats = ndtri(np.clip(pit, TAIL, 1 - TAIL))
    return scores
