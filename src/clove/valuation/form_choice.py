"""Which form of the boosted value's trees did better on windows that came after everything it had learnt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats
from clove.models.boosted_folds import FORMS, TWO_PART
from clove.valuation.clustered_error import clustered_error

SURE = 2.0  # standard errors by which a form has to be better than the one that holds by default


@dataclass(frozen=True, slots=True, eq=False)
class FormScores:
    """One old forecast, made with every form."""

    customers: NDArray[np.uint64]  # (m,) keys of those who were judged
    scores: Mapping[str, Floats]  # by form, continuous ranked probability score over the customer's size, (m,) each


@dataclass(frozen=True, slots=True)
class FormChoice:
    """The comparison, and what follows from it."""

    chosen: str  # one of FORMS
    windows: int  # old forecasts that were compared
    gain: float | None  # share of the default's mean score that the other form takes off; None where none was compared
    standard_error: float | None  # of the gain

    @property
    def words(self) -> str:
        """For people, half a sentence."""
        taken = "in two parts, whether anything is spent and how much" if self.chosen == TWO_PART else "in one"
        if self.gain is None or self.standard_error is None:
            return f"their mean {taken}, for want of old forecasts to compare by"
        old = "one old forecast" if self.windows == 1 else f"{self.windows} old forecasts"
        return f"their mean {taken}; two parts took {self.gain:+.2%} ± {self.standard_error:.2%} off the error of {old}"

    @classmethod
    def of(cls, old: Sequence[FormScores]) -> Self:
        """The default, or the other form where that is better for certain; the default where nothing was judged."""
        default, other = FORMS
        if not old:
            return cls(default, 0, None, None)
        base = np.concatenate([each.scores[default] for each in old])
        gain = (base - np.concatenate([each.scores[other] for each in old])) / base.mean()
        error = clustered_error(gain, np.concatenate([each.customers for each in old]))
        mean = float(gain.mean())
        return cls(other if mean > SURE * error else default, len(old), mean, error)
