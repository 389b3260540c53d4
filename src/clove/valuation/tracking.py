"""How a model follows a base through time: repeat purchases, period by period, expected and made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.parameter_draws import DRAWS, interval, parameter_draws, with_parameters
from clove.valuation.repeat_purchases import SLACK, RepeatPurchases

SAMPLE = 4_000  # customers in whom chance is simulated; the chance of a larger base is scaled from theirs
SIMULATED = 4_000_000  # customers in all worlds together, from where on there are fewer worlds
FEWEST_DRAWS = 60
DECIMALS = 12  # by which two ages are one: rounding alone would keep them apart


@dataclass(frozen=True, slots=True, eq=False)
class Tracking:
    """Repeat purchases of a base, period by period, as the model expects them of new customers and as they were made.

    The expectation of everybody starts with his first purchase and knows no other: it is what the parameters say, not
    a forecast of single customers from their histories. Fader, Hardie & Lee (2005), Marketing Science 24(2),
    figures 2 and 3.
    """

    ends: Floats  # (m,) ends of the periods, in units since the base's first purchase
    actual: Floats  # (m,) repeat purchases in each period
    expected: Floats  # (m,)
    low: Floats  # (m,) eight of ten cases lie between: chance and what is uncertain about the parameters
    high: Floats  # (m,)
    cumulative_low: Floats  # (m,)
    cumulative_high: Floats  # (m,)
    as_of: float  # the model knew what lies before
    unit: TimeUnit
    customers: int
    began: datetime | None = None  # when the base's first purchase was, where the calendar is known

    @classmethod
    def of(
        cls,
        model: PurchaseModel,
        purchases: RepeatPurchases,
        history: PurchaseHistory | None = None,
        *,
        seed: int = 1,
    ) -> Self:
        """Expected and actual, with the band of eight cases in ten.

        Args:
            model: Fitted, in the unit of the purchases.
            purchases: Of the base.
            history: Of the same customers, with their covariates; needed where the model has effects.
            seed: Of the band; same seed, same band.

        Raises:
            ArgumentRefused: The units differ, or the model has effects and there is no history.
        """
        if purchases.unit is not model.unit:
            raise ArgumentRefused(
                f"purchases in {purchases.unit.value}s for a model in {model.unit.value}s",
                where="Tracking.of",
                remedy="Count them in the model's unit",
            )
        if model.effects_of and history is None:
            raise ArgumentRefused(
                "the model has effects of covariates, which purchases alone do not tell",
                where="Tracking.of",
                remedy="Give the history with its covariates too",
            )
        base = purchases.of_customers(history) if model.effects_of and history is not None else purchases
        totals = _drawn(model, base, seed)
        return cls(
            base.ends,
            base.counts,
            np.diff(expected_by(model, base), prepend=0.0),
            *interval(np.diff(totals, axis=1, prepend=0.0)),
            *interval(totals),
            base.as_of,
            base.unit,
            base.customers,
            base.began,
        )

    @property
    def cumulative_actual(self) -> Floats:
        """Since the base's first purchase, shape (m,)."""
        return np.cumsum(self.actual)

    @property
    def cumulative_expected(self) -> Floats:
        """Since the base's first purchase, shape (m,)."""
        return np.cumsum(self.expected)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Which age the customers of each birth have at each end; kept, since it serves many parameters."""

    born: Floats  # (k,)
    ages: Floats  # (a,) distinct ages
    place: Ints  # (k, m) age at each end

    @classmethod
    def of(cls, births: Floats, born: Floats, ends: Floats) -> Self:
        """Customers of one birth are one group; who is not born yet has the age 0."""
        groups, group = np.unique(births, return_inverse=True)
        ages, place = np.unique(np.maximum(ends - groups[:, None], 0.0).round(DECIMALS), return_inverse=True)
        together = np.bincount(group, weights=born).astype(np.float64)
        return cls(together, ages, place.reshape(groups.size, ends.size))

    def expected(self, model: PurchaseModel) -> Floats:
        """Repeat purchases of all of them by each end, shape (m,)."""
        total: Floats = self.born @ model.expected_purchases_new_customer(self.ages)[self.place]
        return total


def expected_by(model: PurchaseModel, base: RepeatPurchases) -> Floats:
    """Repeat purchases expected by the end of each period, shape (m,): the sum of E[X(end - birth)] over the born."""
    if not model.effects_of:
        return Plan.of(base.births, base.born, base.ends).expected(model)
    total = np.zeros(base.ends.size)
    for birth in np.unique(base.births):  # customers of a birth share their ages, though not their parameters
        rows = np.flatnonzero(base.births == birth)
        covariates = {name: values[rows] for name, values in base.covariates.items()}
        newcomers = model.newcomers(np.zeros(rows.size), covariates)
        total += base.born[rows] @ model.expected_purchases_by(newcomers, np.maximum(base.ends - birth, 0.0))
    return total


def _drawn(model: PurchaseModel, base: RepeatPurchases, seed: int) -> Floats:
    """Draws of the cumulative repeat purchases, shape (d, m).

    What the parameters leave open moves all customers alike and is computed for all of them. Chance adds up customer
    by customer, so that its spread grows with the square root of their number: in a large base it is sampled. Where
    customers differ by covariates everybody is simulated, a large base less often.
    """
    births, born, ends = base.births, base.born, base.ends
    if not ends.size:
        return np.zeros((1, 0))
    sampled = base.customers > SAMPLE and not model.effects_of
    size = SAMPLE if sampled else base.customers
    many = int(np.clip(SIMULATED // size, FEWEST_DRAWS, DRAWS))
    chosen = (np.arange(size) + 0.5) / size * base.customers
    rows = np.searchsorted(np.cumsum(born), chosen, side="right")
    sample = births[rows]
    covariates = {name: values[rows] for name, values in base.covariates.items()} if model.effects_of else {}
    plans = (Plan.of(births, born, ends), Plan.of(sample, np.ones(size), ends)) if sampled else None
    for_theta, *for_chance = (int(word) for word in np.random.SeedSequence(seed).generate_state(many + 1))
    totals = np.empty((many, ends.size))
    for place, theta in enumerate(parameter_draws(model, many, for_theta)):
        drawn = with_parameters(model, theta)
        made = drawn.simulate(ends[-1] - sample, for_chance[place], covariates=covariates)
        period = np.searchsorted(ends, sample[made.customer] + made.time - SLACK, side="left")
        total = np.cumsum(np.bincount(period, minlength=ends.size + 1)[: ends.size]).astype(np.float64)
        if plans is not None:
            whole, part = plans
            chance = (total - part.expected(drawn)) * np.sqrt(base.customers / size)
            total = np.maximum(whole.expected(drawn) + chance, 0.0)
        totals[place] = total
    return totals
