"""Figures that run along time, each with the interval that the uncertainty of the parameters leaves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models.purchase_model import PurchaseModel
from clove.valuation.parameter_draws import interval, models_drawn

POINTS = 241  # of a curve
CURVES = 100  # models that a band is made of


@dataclass(frozen=True, slots=True, eq=False)
class AlivePath:
    """Whether one customer was still a customer, as it would have been judged at each moment."""

    at: Floats  # (m,) units since the first purchase
    alive: Floats  # (m,)
    low: Floats  # (m,) eight of ten models that the data would have allowed lie between
    high: Floats  # (m,)
    purchases: Floats  # (k,) units since the first purchase, which is the first of them
    unit: TimeUnit

    @classmethod
    def of(
        cls,
        model: PurchaseModel,
        purchase_times: ArrayLike,
        until: float,
        *,
        covariates: Mapping[str, float] | None = None,
        seed: int = 1,
    ) -> Self:
        """From the first purchase on.

        Args:
            model: Fitted, in the unit of the times.
            purchase_times: Of purchase occasions, shape (k,), the first of them the customer's first.
            until: The end of the path, in the same count of time; purchases after it are not looked at.
            covariates: The customer's, where the model has effects.
            seed: Of the models that the band is made of.

        Raises:
            ArgumentRefused: No purchase up to the end.
        """
        times = np.unique(np.asarray(purchase_times, dtype=np.float64))
        times = times[times <= until]
        if not times.size:
            raise ArgumentRefused(
                f"no purchase up to {until:g}", where="purchase_times", remedy="Give the first purchase and a later end"
            )
        times, end = times - times[0], until - times[0]
        # the moment before each purchase too, when the silence was longest; opportunities have none between them
        before = np.zeros(0) if model.unit is TimeUnit.OPPORTUNITY else np.nextafter(times[1:], 0.0)
        at = np.unique(np.concatenate([_moments(model.unit, end), times, before]))
        paths = [drawn.alive_path(times, at, covariates) for drawn in models_drawn(model, CURVES, seed)]
        return cls(at, model.alive_path(times, at, covariates), *interval(paths), times, model.unit)


@dataclass(frozen=True, slots=True, eq=False)
class NewCustomerCurve:
    """Repeat purchases expected of somebody who has just bought for the first time."""

    at: Floats  # (m,) units since the first purchase
    expected: Floats  # (m,)
    low: Floats  # (m,) eight of ten models that the data would have allowed lie between
    high: Floats  # (m,)
    unit: TimeUnit

    @classmethod
    def of(
        cls, model: PurchaseModel, until: float, *, covariates: Mapping[str, float] | None = None, seed: int = 1
    ) -> Self:
        """Up to an age.

        Raises:
            ArgumentRefused: An age below 0 or without end.
        """
        at = _moments(model.unit, float(model.check_horizons(until)[0]))
        curves = [drawn.expected_purchases_new_customer(at, covariates) for drawn in models_drawn(model, CURVES, seed)]
        return cls(at, model.expected_purchases_new_customer(at, covariates), *interval(curves), model.unit)


def _moments(unit: TimeUnit, end: float) -> Floats:
    """From 0 to the end; opportunities come one by one, time does not."""
    if unit is TimeUnit.OPPORTUNITY:
        return np.arange(0.0, np.floor(end) + 1)
    return np.linspace(0.0, end, POINTS)
