"""How a model follows a base through time: repeat purchases, period by period, expected and made."""

from collections.abc import Mapping
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
CELLS = 2_000_000  # of one table of expectations
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
    """Which expectation each customer needs at each end; kept, since it serves many parameters."""

    kinds: Mapping[str, Floats]  # (c,) distinct customers by their covariates; one of no name without any
    kind: Ints  # (k,) of each group of customers
    born: Floats  # (k,)
    ages: Floats  # (a,) distinct ages
    place: Ints  # (k, m) age of each group at each end

    @classmethod
    def of(cls, births: Floats, born: Floats, ends: Floats, covariates: Mapping[str, Floats]) -> Self:
        """Customers of one birth and equal covariates are one group."""
        columns = np.column_stack([births, *covariates.values()])
        groups, group = np.unique(columns, axis=0, return_inverse=True)
        kinds, kind = np.zeros((1, 0)), np.zeros(groups.shape[0], np.int64)
        if covariates:
            kinds, kind = np.unique(groups[:, 1:], axis=0, return_inverse=True)
        ages, place = np.unique(np.maximum(ends - groups[:, :1], 0.0).round(DECIMALS), return_inverse=True)
        together = np.bincount(group.reshape(-1), weights=born).astype(np.float64)
        return cls(
            {name: kinds[:, column] for column, name in enumerate(covariates)},
            kind.reshape(-1),
            together,
            ages,
            place.reshape(groups.shape[0], ends.size),
        )

    def expected(self, model: PurchaseModel) -> Floats:
        """Repeat purchases of all of them by each end, shape (m,)."""
        total = np.zeros(self.place.shape[1])
        many = next((values.size for values in self.kinds.values()), 1)
        step = max(CELLS // max(self.ages.size, 1), 1)
        for start in range(0, many, step):
            some = {name: values[start : start + step] for name, values in self.kinds.items()}
            newcomers = model.newcomers(np.zeros(min(step, many - start)), some)
            curves = model.expected_purchases_by(newcomers, self.ages)
            rows = np.flatnonzero((self.kind >= start) & (self.kind < start + step))
            total += self.born[rows] @ curves[(self.kind[rows] - start)[:, None], self.place[rows]]
        return total


def expected_by(model: PurchaseModel, base: RepeatPurchases) -> Floats:
    """Repeat purchases expected by the end of each period, shape (m,): the sum of E[X(end - birth)] over the born."""
    return Plan.of(base.births, base.born, base.ends, _needed(model, base)).expected(model)


def _needed(model: PurchaseModel, base: RepeatPurchases) -> Mapping[str, Floats]:
    return base.covariates if model.effects_of else {}


def _drawn(model: PurchaseModel, base: RepeatPurchases, seed: int) -> Floats:
    """Draws of the cumulative repeat purchases, shape (d, m).

    What the parameters leave open moves all customers alike and is computed for all of them. Chance adds up customer
    by customer, so that its spread grows with the square root of their number: in a large base it is sampled.
    """
    births, born, ends, covariates = base.births, base.born, base.ends, _needed(model, base)
    if not ends.size:
        return np.zeros((1, 0))
    size = min(base.customers, SAMPLE)
    chosen = (np.arange(size) + 0.5) / size * base.customers
    rows = np.searchsorted(np.cumsum(born), chosen, side="right")
    sample, theirs = births[rows], {name: values[rows] for name, values in covariates.items()}
    sampled = size < base.customers
    whole, part = (
        (Plan.of(births, born, ends, covariates), Plan.of(sample, np.ones(size), ends, theirs))
        if sampled
        else (None, None)
    )
    for_theta, *for_chance = (int(word) for word in np.random.SeedSequence(seed).generate_state(DRAWS + 1))
    totals = np.empty((DRAWS, ends.size))
    for place, theta in enumerate(parameter_draws(model, DRAWS, for_theta)):
        drawn = with_parameters(model, theta)
        made = drawn.simulate(ends[-1] - sample, for_chance[place], covariates=theirs)
        period = np.searchsorted(ends, sample[made.customer] + made.time - SLACK, side="left")
        total = np.cumsum(np.bincount(period, minlength=ends.size + 1)[: ends.size]).astype(np.float64)
        if whole is not None and part is not None:
            chance = (total - part.expected(drawn)) * np.sqrt(base.customers / size)
            total = np.maximum(whole.expected(drawn) + chance, 0.0)
        totals[place] = total
    return totals
