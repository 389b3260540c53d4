"""A fit sees covariates centred and in their own spread, so that their units neither slow nor mislead it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.effects import Effect
from clove.models.history import PurchaseHistory


@dataclass(frozen=True, slots=True, eq=False)
class StandardCovariates:
    """The history that a fit sees, and the way back: parameter_i = parameter exp(sign effect z_i) holds for both."""

    history: PurchaseHistory
    back: Floats  # (k + e, k + e), from what was fitted (logs, then effects) to the same for the covariates as given

    @classmethod
    def of(
        cls, history: PurchaseHistory, names: Sequence[str], signs: Mapping[str, int], effects: Sequence[Effect]
    ) -> Self:
        """Mean 0 and standard deviation 1; a covariate that is the same for all is left as it is.

        Args:
            history: Of n customers, with the covariates.
            names: Parameters of the model, shape (k,).
            signs: Of the effect on the log of each parameter that takes covariates.
            effects: Of which only `on` and `covariate` are read.
        """
        back = np.eye(len(names) + len(effects))
        columns = {}
        for place, effect in enumerate(effects, start=len(names)):
            values = history.covariate(effect.covariate)
            spread = float(values.std())
            if spread > 0:
                mean = float(values.mean())
                columns[effect.covariate] = (values - mean) / spread
                back[place, place] = 1 / spread
                back[names.index(effect.on), place] = -signs[effect.on] * mean / spread
        return cls(history.with_covariates(columns) if columns else history, back)

    def returned(self, theta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """What was fitted, and its covariance, for the covariates as they were given."""
        return self.back @ theta, self.back @ covariance @ self.back.T
