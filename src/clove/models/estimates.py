"""What every fitted model says of its parameters: how large, and how sure."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.models.evidence import Evidence

EIGHT_OF_TEN = 1.2815515655446004  # standard deviations to both sides of the mean that hold 80 % of a normal


class Estimates(ABC):
    """Parameters of which the first ones are above 0 and were fitted as logs, the others as they are."""

    __slots__ = ()

    NAMES: ClassVar[tuple[str, ...]]  # parameters that are above 0
    evidence: Evidence | None  # None where the parameters were given, not fitted

    @property
    @abstractmethod
    def parameters(self) -> Floats:
        """Those of `NAMES`, then those of any sign, shape (k,)."""

    @property
    @abstractmethod
    def parameter_names(self) -> tuple[str, ...]:
        """As in `parameters`."""

    def draws(self, count: int, seed: int) -> Floats:
        """Parameters from Laplace's approximation of their posterior, shape (count, k).

        Raises:
            ArgumentRefused: The parameters were given, not fitted, so nothing says how sure they are.
        """
        return self._moved(self._evidence().scatter(count, seed))

    def standard_errors(self) -> Floats:
        """Of the parameters, shape (k,); 0 for one that lies at a boundary or was held."""
        return self._slopes() * self._evidence().deviations()

    def covariance(self) -> Floats:
        """Of the parameters, by the delta method from the logs on which they were fitted, shape (k, k)."""
        return np.array(self._evidence().covariance) * np.outer(self._slopes(), self._slopes())

    def summary(self) -> dict[str, Floats | tuple[str, ...]]:
        """Columns by name, each of shape (k,): what pandas and polars make a frame of.

        `name`, `estimate`, `standard_error`, and `low` and `high`, between which the parameter lies in eight cases of
        ten; they come from the logs, so that none falls below 0.

        Raises:
            ArgumentRefused: The parameters were given, not fitted.
        """
        away = EIGHT_OF_TEN * self._evidence().deviations()
        low, high = self._moved(np.stack([-away, away]))
        return {
            "name": self.parameter_names,
            "estimate": self.parameters,
            "standard_error": self.standard_errors(),
            "low": low,
            "high": high,
        }

    def __repr__(self) -> str:
        told = zip(self.parameter_names, self.parameters, strict=True)
        words = [f"{name}={value:.4g}" for name, value in told]
        return f"{type(self).__name__}({', '.join(words + self._also())})"

    def _also(self) -> list[str]:
        """What else a reader has to know to read the numbers."""
        return []

    def _moved(self, scatter: Floats) -> Floats:
        """Parameters after steps on the fitted scale, shape (d, k): logs of what is positive, others as they are."""
        plain = len(self.NAMES)
        centre = self.parameters
        return np.column_stack([centre[:plain] * np.exp(scatter[:, :plain]), centre[plain:] + scatter[:, plain:]])

    def _slopes(self) -> Floats:
        slopes = self.parameters
        slopes[len(self.NAMES) :] = 1.0
        return slopes

    def _evidence(self) -> Evidence:
        if self.evidence is None:
            raise ArgumentRefused(
                "parameters that were given, not fitted, have no standard errors",
                where=type(self).__name__,
                remedy=f"Use {type(self).__name__}.fit",
            )
        return self.evidence
