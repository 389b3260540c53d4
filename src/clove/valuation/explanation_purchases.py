"""What moved the purchase and spend models' forecast of a customer: his record beside that of a typical customer."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.bg_bb import BgBb
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.explanation_factors import AGE, FACTORS, FREQUENCY, SILENCE, SPEND
from clove.valuation.shapley import shapley_values

FEWEST = 1e-9  # expected purchases, and spend: a logarithm needs some
KNOWN = 1, 2, 4  # bits of a customer's own frequency, silence and age in a coalition of the purchases
OWN_SPEND = 2  # the bit of his own spend in a coalition of the spend; his frequency has the bit 1


@dataclass(frozen=True, slots=True)
class Typical:
    """The record that customers are held against: medians."""

    frequency: float  # of all, repeat purchases, rounded down
    silence: float  # of repeat customers: time since the last purchase, in mean intervals of their own
    age: float  # of all, in units
    spend: float  # of repeat customers, per occasion

    @classmethod
    def of(cls, history: PurchaseHistory, spend: GammaGamma) -> Self:
        """Of a base with repeat customers.

        Args:
            history: The base.
            spend: Fitted; where it knows no mean spend of one-time buyers, a typical customer is none of them.
        """
        again = history.frequency > 0
        fewest = 0.0 if np.isfinite(spend.expected_spend_new_customer()) else 1.0
        paid = history.monetary_value[again & np.isfinite(history.monetary_value)]
        return cls(
            max(float(np.floor(np.median(history.frequency))), fewest),
            float(np.median(silence_in_intervals(history)[again])),
            float(np.median(history.T)),
            float(np.median(paid)) if paid.size else float("nan"),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PurchaseFactors:
    """Logs of expected purchases x expected spend, taken apart."""

    typical: Typical
    base: float  # log, of the typical customer
    by_factor: Floats  # (n, len(FACTORS)) what lifts a customer above it, in logs; adds up to his log - base

    @classmethod
    def of(cls, history: PurchaseHistory, purchases: PurchaseModel, spend: GammaGamma, horizon: float) -> Self:
        """Shapley values over frequency, silence, age and spend: nobody's order of looking at them is preferred.

        Silence counts in the customer's own intervals, so that a frequent buyer is not taken for silent because a
        typical one would be; whoever bought once has none, and his age speaks instead.

        Args:
            history: The base, n customers.
            purchases: Fitted.
            spend: Fitted.
            horizon: In the history's unit.
        """
        typical = Typical.of(history, spend)
        counts = np.stack(
            [_log(purchases.expected_purchases(_record(history, typical, who, purchases), horizon)) for who in range(8)]
        )
        amounts = np.stack([_log(spend.expected_spend(_spending(history, typical, who))) for who in range(4)])
        of_counts, of_amounts = shapley_values(counts), shapley_values(amounts)
        by_factor = np.zeros((len(history), len(FACTORS)))
        by_factor[:, FREQUENCY] = of_counts[0] + of_amounts[0]
        by_factor[:, SILENCE] = of_counts[1]
        by_factor[:, AGE] = of_counts[2]
        by_factor[:, SPEND] = of_amounts[1]
        # one figure for all, save where a customer has covariates of his own
        return cls(typical, float(np.mean(counts[0] + amounts[0])), by_factor)


def silence_in_intervals(history: PurchaseHistory) -> Floats:
    """Time since the last purchase over the mean time between purchases, shape (n,); nan for one-time buyers."""
    again = history.frequency > 0
    interval = np.where(again, history.recency, np.nan) / np.where(again, history.frequency, 1.0)
    silence: Floats = (history.T - history.recency) / interval
    return silence


def _record(history: PurchaseHistory, typical: Typical, who: int, model: PurchaseModel) -> PurchaseHistory:
    """Customers who keep of their record what the bits of `who` say, and are typical in the rest."""
    if who == sum(KNOWN):
        return history
    own = silence_in_intervals(history)
    x = history.frequency if who & KNOWN[0] else np.full(len(history), typical.frequency)
    silence = np.where(np.isfinite(own), own, typical.silence) if who & KNOWN[1] else typical.silence
    T = history.T if who & KNOWN[2] else np.full(len(history), typical.age)
    if isinstance(model, BgBb):  # which counts opportunities, and at most one purchase at each
        T = np.ceil(T)
        x = np.minimum(x, T)
        recency = np.where(x > 0, np.clip(np.round(_last(x, silence, T)), x, T), 0.0)
    else:
        recency = _last(x, silence, T)
    return replace(history, frequency=x, recency=recency, T=T, log_intervals=None)


def _last(x: Floats, silence: Floats | float, T: Floats) -> Floats:
    """When the last of x purchases was, if T is x intervals and the silence."""
    last: Floats = np.where(x > 0, T * x / np.where(x > 0, x + silence, 1.0), 0.0)
    return last


def _spending(history: PurchaseHistory, typical: Typical, who: int) -> PurchaseHistory:
    own = history.monetary_value
    x = history.frequency if who & 1 else np.full(len(history), typical.frequency)
    m = np.where(np.isfinite(own), own, typical.spend) if who & OWN_SPEND else np.full(len(history), typical.spend)
    return replace(history, frequency=x, monetary_value=np.where(x > 0, m, np.nan))


def _log(values: Floats) -> Floats:
    logs: Floats = np.log(np.maximum(values, FEWEST))
    return logs
