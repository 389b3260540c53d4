"""A fit sees covariates centred and in their own spread, so that their units neither slow nor mislead it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.models.effects import Effect
from clove.models.history import PurchaseHistory

FARTHEST = 600.0  # log units


@dataclass(frozen=True, slots=True, eq=False)
class StandardCovariates:
    """The history that a fit sees, and the way back: parameter_i = parameter exp(sign effect z_i) holds for both."""

    history: PurchaseHistory
    plain: int  # k
    back: Floats  # (k + e, k + e), from what was fitted (logs, then effects) to the same for the covariates as given

    @classmethod
    def of(
        cls,
        history: PurchaseHistory,
        names: Sequence[str],
        signs: Mapping[str, int],
        effects: Sequence[Effect],
        weights: Floats | None = None,
    ) -> Self:
        """Mean 0 and standard deviation 1; a covariate that is the same for all is left as it is.

        Args:
            history: Of n customers, with the covariates.
            names: Parameters of the model, shape (k,).
            signs: Of the effect on the log of each parameter that takes covariates.
            effects: Of which only `on` and `covariate` are read.
            weights: How many customers each row stands for, shape (n,); one if left out.
        """
        back = np.eye(len(names) + len(effects))
        columns = {}
        for place, effect in enumerate(effects, start=len(names)):
            values = history.covariate(effect.covariate)
            mean = float(np.average(values, weights=weights))
            spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
            if spread > 0:
                columns[effect.covariate] = (values - mean) / spread
                back[place, place] = 1 / spread
                back[names.index(effect.on), place] = -signs[effect.on] * mean / spread
        return cls(history.with_covariates(columns) if columns else history, len(names), back)

    def returned(self, theta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """What was fitted, and its covariance, for the covariates as they were given.

        Raises:
            ArgumentRefused: Where all covariates are 0, the parameters are no numbers.
        """
        if np.abs((self.back @ theta)[: self.plain]).max() > FARTHEST:
            raise ArgumentRefused(
                "a covariate lies so far from 0 that the parameters there are no numbers",
                where="covariates",
                remedy="Subtract a typical value from it, such as the first year from a year",
            )
        return self.back @ theta, self.back @ covariance @ self.back.T
