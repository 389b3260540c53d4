"""How customers differ, as the fitted model has it: how often they buy, and how readily they leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.period import TimeUnit
from clove.models.purchase_model import PurchaseModel
from clove.valuation.parameter_draws import interval, models_drawn

SHARES = (np.arange(200) + 0.5) / 200  # of customers, at whose edges the curve is drawn
CUSTOMERS = 20_000  # simulated at the estimates, of whom the curve is made
WORLDS = 60
IN_A_WORLD = 5_000
LEAVING = {
    "pareto-nbd": "departures per {unit} of a customer's time",
    "bg-bb": "chance of leaving at an opportunity",
}


@dataclass(frozen=True, slots=True, eq=False)
class Heterogeneity:
    """Quantiles over customers of the rate of buying and of the readiness to leave."""

    shares: Floats  # (m,) of customers, ascending in (0, 1)
    rate: Floats  # (m,) purchases per unit while a customer: so many customers buy no more often
    rate_low: Floats  # (m,) eight of ten models that the data would have allowed lie between
    rate_high: Floats  # (m,)
    dropout: Floats  # (m,) as `Purchases.dropout`
    dropout_low: Floats  # (m,)
    dropout_high: Floats  # (m,)
    unit: TimeUnit
    leaving: str  # what dropout is, in words

    @classmethod
    def of(cls, model: PurchaseModel, *, covariates: Mapping[str, float] | None = None, seed: int = 1) -> Self:
        """Draw customers from the model.

        Args:
            model: Fitted.
            covariates: Of the customers, where the model has effects.
            seed: Of the draws.
        """
        rate, dropout = _quantiles(model, CUSTOMERS, covariates, seed)
        worlds = [
            _quantiles(drawn, IN_A_WORLD, covariates, seed + 1 + place)
            for place, drawn in enumerate(models_drawn(model, WORLDS, seed))
        ]
        rates, dropouts = (interval([world[which] for world in worlds]) for which in (0, 1))
        return cls(SHARES, rate, *rates, dropout, *dropouts, model.unit, _leaving(model))


def _leaving(model: PurchaseModel) -> str:
    return LEAVING.get(model.KIND, "chance of leaving after a purchase").format(unit=model.unit.value)


def _quantiles(
    model: PurchaseModel, customers: int, covariates: Mapping[str, float] | None, seed: int
) -> tuple[Floats, Floats]:
    known = {name: np.full(customers, value) for name, value in (covariates or {}).items()}
    people = model.simulate(np.zeros(customers), seed, covariates=known)
    rate: Floats = np.quantile(people.rate, SHARES)
    dropout: Floats = np.quantile(people.dropout, SHARES)
    return rate, dropout
