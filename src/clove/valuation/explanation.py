"""What moved each customer's forecast, in money that adds up.

A forecast is a sum of products: the purchase model's share, and that of each fold's trees and line, each of them
typical amount x exp(sum of effects). The logarithmic mean gives each effect its money without a remainder,

    f - b = sum over j of L(f, b) * effect_j,    L(f, b) = (f - b) / log(f / b),

product by product: Ang (2005), "The LMDI approach to decomposition analysis: a practical guide", Energy Policy 33,
867-871, eq. 2-5.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.boosted_folds import SMALLEST
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.behaviour import Behaviour
from clove.valuation.blend import Boost
from clove.valuation.explanation_behaviour import Correction, corrections
from clove.valuation.explanation_factors import FACTORS
from clove.valuation.explanation_purchases import PurchaseFactors, Typical
from clove.valuation.forecast import Expectation


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Of n customers: base + the sum of a customer's money is his CLV."""

    typical: Typical
    base: float  # forecast of a customer whose record and corrections are typical; nan where no forecast is known
    money: Floats  # (n, len(FACTORS) + 1), the last column everything else; nan where the forecast is

    @classmethod
    def of(
        cls,
        history: PurchaseHistory,
        purchases: PurchaseModel,
        spend: GammaGamma,
        horizon: float,
        expected: Expectation,
        *,
        margin: float = 1.0,
        boost: Boost | None = None,
        behaviour: Behaviour | None = None,
    ) -> Self:
        """Take a forecast apart.

        Args:
            history: That the forecast is of.
            purchases: That made it.
            spend: That made it.
            horizon: In the history's unit.
            expected: The forecast.
            margin: That it was made with.
            boost: The boosted value that has its share in it.
            behaviour: The columns that this was computed from; needed with it.
        """
        by_purchases = PurchaseFactors.of(history, purchases, spend, horizon)
        worth = expected.discounting * margin
        worth_there = float(np.nanmean(worth))
        # what the boosted value corrects, floored as it does
        corrected = np.maximum(expected.expected_purchases * expected.expected_spend, SMALLEST)
        # of discounting, and of what is too little for a logarithm: told by no factor
        untold = (
            np.log(corrected) - by_purchases.base - by_purchases.by_factor.sum(axis=1) + np.log(worth / worth_there)
        )
        effects = np.column_stack([by_purchases.by_factor, untold])
        start = float(np.exp(by_purchases.base)) * worth_there
        shares = 1.0 if boost is None else boost.blend.weight
        base, money = shares * start, shares * _money(start, effects)
        if boost is not None and behaviour is not None:
            for each in corrections(boost.model, behaviour, boost.outlook.raised):
                part = (1 - boost.blend.weight) * each.weight
                corrected_start = start * float(np.exp(each.base)) * boost.outlook.faded
                base += part * corrected_start
                money += part * _money(corrected_start, _joined(effects, each))
        money[:, -1] += expected.clv - base - money.sum(axis=1)  # rounding
        return cls(by_purchases.typical, base, money)

    @property
    def importance(self) -> "Importance":
        """Over the whole base."""
        known = np.isfinite(self.money).all(axis=1)
        moved = np.abs(self.money[known])
        mean = moved.mean(axis=0) if known.any() else np.zeros(self.money.shape[1])
        raised = (self.money[known] > SMALLEST).mean(axis=0) if known.any() else np.zeros(self.money.shape[1])
        return Importance(self.base, int(known.sum()), mean, raised)

    def strongest(self, count: int) -> Ints:
        """Places of the factors that moved a customer most, either way, strongest first, shape (n, count)."""
        size = np.abs(np.nan_to_num(self.money[:, : len(FACTORS)]))
        order: Ints = np.argsort(-size, axis=1, kind="stable")[:, :count]
        return order


@dataclass(frozen=True, slots=True, eq=False)
class Importance:
    """How much each factor moves the forecasts of a base, everything else last; arrays of shape (len(FACTORS) + 1,)."""

    base: float  # forecast of a typical customer
    customers: int
    mean: Floats  # mean over customers of the money that it adds or takes
    raised: Floats  # share of customers to whom it adds

    @property
    def share(self) -> Floats:
        """Of all that is moved; 0 where nothing is."""
        total = self.mean.sum()
        share: Floats = self.mean / total if total > 0 else np.zeros_like(self.mean)
        return share


def _joined(effects: Floats, correction: Correction) -> Floats:
    both = effects.copy()
    both[:, :-1] += correction.by_factor
    return both


def _money(base: float, effects: Floats) -> Floats:
    """Of each effect on an amount that starts at the base, shape (n, j); adds up to base * exp(sum) - base."""
    total = effects.sum(axis=1)
    # L(f, b) = b (e^u - 1) / u with u = log(f / b), which is b where u is 0
    with np.errstate(invalid="ignore"):
        mean = np.where(total != 0, np.expm1(total) / np.where(total != 0, total, 1.0), 1.0)
    money: Floats = base * mean[:, None] * effects
    return money
