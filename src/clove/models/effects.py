"""Static covariates: what is known of a customer from the start moves the parameters that he is given.

Fader & Hardie (2007), "Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.models.history import PurchaseHistory
from clove.models.trust_region import Evaluation


@dataclass(frozen=True, slots=True)
class Effect:
    """One covariate's pull on one parameter: parameter_i = parameter * exp(sign * value * covariate_i).

    The sign is the model's own: -1 for a scale of time (alpha, beta), so that a value above 0 means buying, or leaving,
    at a higher rate; +1 for others.
    """

    on: str  # the parameter
    covariate: str
    value: float

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> Self:
        """From the JSON that a fitted model was written as."""
        return cls(str(fields["on"]), str(fields["covariate"]), float(fields["value"]))


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Which covariate moves which parameter: logs of the rows' parameters = theta + S_i @ effects.

    One column per effect; `slot` is the position of the parameter that it moves.
    """

    slots: tuple[int, ...]  # (e,)
    columns: Floats  # (n, e) signed covariates

    @classmethod
    def of(
        cls, history: PurchaseHistory, names: Sequence[str], signs: Mapping[str, int], effects: Sequence[Effect]
    ) -> Self:
        """From a history that carries the covariates.

        Args:
            history: Of n customers.
            names: Parameters of the model, shape (k,).
            signs: Of the effect on the log of each parameter that takes covariates.
            effects: Of which only `on` and `covariate` are read.

        Raises:
            ArgumentRefused: The history lacks a covariate, or a parameter takes none.
        """
        for effect in effects:
            if effect.on not in signs:
                raise ArgumentRefused(
                    f"an effect on {effect.on!r}", where="effects", remedy=f"Use one of {', '.join(signs)}"
                )
        columns = [signs[effect.on] * history.covariate(effect.covariate) for effect in effects]
        table = np.stack(columns, axis=1) if columns else np.zeros((len(history), 0))
        return cls(tuple(names.index(effect.on) for effect in effects), table)

    def rows(self, parameters: Floats) -> tuple[Floats, ...]:
        """The k parameters of every customer, each of shape (n,); (1,) where there is no effect.

        Args:
            parameters: The k parameters, then the e effects, shape (k + e,).
        """
        return tuple(self.drawn_rows(parameters[None, :])[0])

    def drawn_rows(self, theta: Floats) -> Floats:
        """The same for d draws of them, shape (d, k + e).

        Returns:
            Shape (d, k, n), or (d, k, 1) where there is no effect.
        """
        plain = theta.shape[1] - len(self.slots)
        if not self.slots:
            return theta[:, :, None]
        rows = np.repeat(theta[:, :plain, None], self.columns.shape[0], axis=2)
        for place, slot in enumerate(self.slots):
            rows[:, slot] *= np.exp(theta[:, plain + place, None] * self.columns[:, place])
        return rows

    def gathered(self, value: float, gradient: Floats, hessian: Floats) -> Evaluation:
        """The chain rule: from each customer's derivatives to those of theta and the effects.

        Args:
            value: Log-likelihood of all.
            gradient: With respect to the logs of each customer's own parameters, shape (n, k).
            hessian: The same, shape (n, k, k).

        Returns:
            Value, gradient (k + e,) and Hessian (k + e, k + e).
        """
        k, slots = gradient.shape[1], list(self.slots)
        full = np.zeros((k + len(slots), k + len(slots)))
        full[:k, :k] = hessian.sum(axis=0)
        mixed = np.einsum("nje,ne->je", hessian[:, :, slots], self.columns) if slots else np.zeros((k, 0))
        full[:k, k:], full[k:, :k] = mixed, mixed.T
        if slots:
            full[k:, k:] = np.einsum("ne,nef,nf->ef", self.columns, hessian[:, slots][:, :, slots], self.columns)
        steep = np.concatenate([gradient.sum(axis=0), (gradient[:, slots] * self.columns).sum(axis=0)])
        return value, steep, full
