"""What a fit leaves behind beside its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.maximum_likelihood import Optimum


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well, and how surely, the data pinned the parameters."""

    customers: int  # that entered the fit
    log_likelihood: float
    covariance: tuple[tuple[float, ...], ...]  # of the logs of the parameters, (k, k)
    findings: tuple[str, ...]  # in words, such as a boundary fit; empty if there is nothing to say

    @classmethod
    def of(cls, optimum: Optimum, customers: int, findings: tuple[str, ...]) -> Self:
        """From an optimum."""
        covariance = tuple(tuple(float(cell) for cell in row) for row in optimum.covariance())
        return cls(customers, float(optimum.log_likelihood), covariance, findings)

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Self:
        """From the JSON that a fitted model was written as."""
        return cls(
            int(fields["customers"]),
            float(fields["log_likelihood"]),
            tuple(tuple(float(cell) for cell in row) for row in fields["covariance"]),
            tuple(fields["findings"]),
        )

    def standard_errors(self, parameters: Floats) -> Floats:
        """On the parameters' own scale by the delta method, shape (k,)."""
        return parameters * np.sqrt(np.diag(np.array(self.covariance)))

    def draws(self, parameters: Floats, count: int, seed: int) -> Floats:
        """Laplace's approximation of the posterior: log-normal, in antithetic pairs, shape (count, k)."""
        values, vectors = np.linalg.eigh(np.array(self.covariance))
        half = np.random.default_rng(seed).standard_normal(((count + 1) // 2, parameters.size))
        normal = np.concatenate([half, -half])[:count]
        return parameters * np.exp((normal * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
