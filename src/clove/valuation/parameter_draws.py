"""The same model with parameters that the data would have allowed as well: what bands and clouds are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.evidence import Evidence
from clove.models.gamma_gamma import GammaGamma
from clove.models.purchase_model import PurchaseModel

LOW, HIGH = 0.1, 0.9  # an interval holds eight cases of ten
DRAWS = 200

Model = TypeVar("Model", PurchaseModel, GammaGamma)


class Fitted(Protocol):
    """What a model of purchases and one of spend have in common."""

    @property
    def evidence(self) -> Evidence | None:
        """None where the parameters were given, not fitted."""

    @property
    def parameters(self) -> Floats:
        """Shape (k,)."""

    def draws(self, count: int, seed: int) -> Floats:
        """Shape (count, k)."""


def parameter_draws(model: Fitted, count: int, seed: int) -> Floats:
    """Draws of the parameters, shape (count, k); those given, `count` times, where nobody says how sure they are."""
    if model.evidence is None:
        return np.tile(model.parameters, (count, 1))
    return model.draws(count, seed)


def with_parameters(model: PurchaseModel, theta: Floats) -> PurchaseModel:
    """The model with other parameters, shape (k,), of which no evidence speaks."""
    return model.with_parameters(theta)


def models_drawn(model: PurchaseModel, count: int, seed: int) -> list[PurchaseModel]:
    """So many of the models that the data would have allowed; the one given alone where its parameters are certain."""
    if model.evidence is None:
        return [model]
    return [with_parameters(model, theta) for theta in model.draws(count, seed)]


def interval(draws: Sequence[Floats] | Floats) -> tuple[Floats, Floats]:
    """Bounds that hold eight of ten draws: of shape (d, ...) to two of shape (...)."""
    low, high = np.quantile(np.asarray(draws), [LOW, HIGH], axis=0)
    return low, high


@dataclass(frozen=True, slots=True, eq=False)
class ParameterCloud:
    """What is known of the parameters: estimates and draws of Laplace's approximation of their posterior."""

    names: tuple[str, ...]  # (k,) those that the data were asked for
    estimates: Floats  # (k,)
    draws: Floats  # (d, k)
    low: Floats  # (k,) eight of ten draws lie between
    high: Floats  # (k,)

    @classmethod
    def of(cls, model: PurchaseModel | GammaGamma, *, seed: int = 1, count: int = 2_000) -> Self:
        """Of a fitted model; a parameter that was held, such as an elasticity of 0, is left out.

        Raises:
            ArgumentRefused: The parameters were given, not fitted.
        """
        draws = model.draws(count, seed)
        told = np.flatnonzero(np.ptp(draws, axis=0) > 0)
        low, high = interval(draws[:, told])
        return cls(
            tuple(model.parameter_names[place] for place in told), model.parameters[told], draws[:, told], low, high
        )
