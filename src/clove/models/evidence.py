"""What a fit leaves behind beside its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clove.kernel.arrays import Floats


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well, and how surely, the data pinned the parameters."""

    customers: int  # that entered the fit
    log_likelihood: float
    covariance: tuple[tuple[float, ...], ...]  # (k, k), on the fitted scale: logs of what is positive
    findings: tuple[str, ...]  # in words, such as a boundary fit; empty if there is nothing to say

    @classmethod
    def of(cls, customers: int, log_likelihood: float, covariance: Floats, findings: tuple[str, ...]) -> Self:
        """From arrays."""
        rows = tuple(tuple(float(cell) for cell in row) for row in covariance)
        return cls(customers, float(log_likelihood), rows, findings)

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Self:
        """From the JSON that a fitted model was written as."""
        return cls(
            int(fields["customers"]),
            float(fields["log_likelihood"]),
            tuple(tuple(float(cell) for cell in row) for row in fields["covariance"]),
            tuple(fields["findings"]),
        )

    def deviations(self) -> Floats:
        """Standard deviations on the fitted scale (logs, for a positive parameter), shape (k,)."""
        deviations: Floats = np.sqrt(np.diag(np.array(self.covariance)))
        return deviations

    def scatter(self, count: int, seed: int) -> Floats:
        """Laplace's approximation of the posterior, about 0, on the fitted scale, shape (count, k).

        In antithetic pairs, so that the mean of an even number of draws is exact.
        """
        values, vectors = np.linalg.eigh(np.array(self.covariance))
        half = np.random.default_rng(seed).standard_normal(((count + 1) // 2, values.size))
        normal = np.concatenate([half, -half])[:count]
        scatter: Floats = (normal * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        return scatter
