"""Who forecasts in a backtest: each is given an origin and says what every customer will spend in its window."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from clove.models.baselines import RunRate
from clove.models.benchmark_recipe import FEATURES, BenchmarkRecipe, cross_fitted
from clove.models.purchase_models import CANDIDATES, REFERENCE, purchase_model
from clove.models.spend import choose_spend_model
from clove.reports.contents import WHOLE
from clove.valuation.forecast import Distribution, Expectation, Steps
from clove.valuation.judged import Judged
from clove.workflows.origins import Origin
from clove.workflows.request import AUTO
from clove.workflows.summary import floats, history_of


class Contestant(Protocol):
    """A forecaster. What it may look at is what the origin knew, unless it says that it peeks."""

    @property
    def name(self) -> str:
        """In documents."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def peeks(self) -> bool:
        """Whether it is given outcomes of the very window that it is judged on; never those of the customer himself."""
        ...

    def judge(self, origin: Origin) -> Judged:
        """Forecast every customer of the origin.

        Raises:
            NotEnoughData: Too little was known then.
            DidNotConverge: A fit found no optimum.
        """
        ...


@dataclass(frozen=True, slots=True)
class ByPurchases:
    """A purchase model and the Gamma-Gamma, with the error that customers shared in forecasts that were old by then."""

    kind: str
    seasonal: bool = True  # where a season was known by then
    peeks: bool = False

    @property
    def name(self) -> str:
        """See `Contestant`."""
        return self.kind

    @property
    def title(self) -> str:
        """See `Contestant`."""
        return f"{purchase_model(self.kind).TITLE} + Gamma-Gamma"

    def judge(self, origin: Origin) -> Judged:
        """See `Contestant`."""
        told = origin if self.seasonal else origin.by_calendar()
        key = (self.kind, told.window.season)
        if key not in origin.made:
            origin.made[key] = forecast_of(self.kind, told, boosted=False)
        return origin.made[key]


@dataclass(frozen=True, slots=True)
class Reference:
    """The purchase model as it is used elsewhere: by the calendar, and its mean is its one number."""

    name: str = REFERENCE
    peeks: bool = False

    @property
    def title(self) -> str:
        """See `Contestant`."""
        return ByPurchases(self.name).title

    def judge(self, origin: Origin) -> Judged:
        """See `Contestant`."""
        return replace(ByPurchases(self.name, seasonal=False).judge(origin), by_mean=True)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What `clove value` would have forecast on that day: all that it chooses, chosen by what was old by then."""

    name: str = AUTO
    title: str = WHOLE
    peeks: bool = False

    def judge(self, origin: Origin) -> Judged:
        """See `Contestant`."""
        kind = origin.record.choice.chosen
        if origin.record.trained.blend is None:
            return ByPurchases(kind).judge(origin)
        return forecast_of(kind, origin, boosted=True)


@dataclass(frozen=True, slots=True)
class ByRule:
    """One number by a rule that any model has to beat."""

    name: str
    title: str
    alike: bool  # the same for all
    peeks: bool = False

    def judge(self, origin: Origin) -> Judged:
        """See `Contestant`."""
        history, days = history_of(origin.window.features), origin.window.days
        rule = RunRate.fit(history)
        return Judged((rule.base if self.alike else rule).expected_value(history, days))


@dataclass(frozen=True, slots=True)
class Recipe:
    """The CLV benchmark's recipe, which learns from the other customers' outcomes in the window itself."""

    name: str = BenchmarkRecipe.KIND
    title: str = BenchmarkRecipe.TITLE
    peeks: bool = True

    def judge(self, origin: Origin) -> Judged:
        """See `Contestant`."""
        table = np.column_stack([floats(origin.window.features, feature) for feature in FEATURES])
        return Judged(cross_fitted(table, origin.window.actual, origin.seed))


REFERENCES = (REFERENCE, BenchmarkRecipe.KIND)
"""The better of them on each measure is what the others are held against: one number each, and no season."""


def contestants(model: str) -> tuple[Contestant, ...]:
    """All who take part, the one in question first.

    Args:
        model: Kind of a purchase model, or `AUTO` for what `clove value` chooses.
    """
    asked: tuple[Contestant, ...] = (Chosen(),) if model == AUTO else (ByPurchases(model),)
    others = tuple(Reference() if kind == REFERENCE else ByPurchases(kind) for kind in CANDIDATES if kind != model)
    rules = (ByRule("run-rate", "Run rate", alike=False), ByRule("naive-mean", "Naive mean", alike=True))
    return (*asked, *others, Recipe(), *rules)


def forecast_of(kind: str, origin: Origin, *, boosted: bool) -> Judged:
    """Mean in closed form, quantiles by draws.

    Args:
        kind: Of the purchase model.
        origin: As of which it is fitted.
        boosted: Whether the boosted value has its share.
    """
    window, history, horizon = origin.window, origin.window.history, origin.window.elapsed
    purchases, spend = purchase_model(kind).fit(history), choose_spend_model(history).model
    trained = origin.record.trained
    boost = None
    if boosted:
        boost = trained.boost(window.features, history, purchases, spend, window.days, ahead=window.ahead)
    steps = Steps(np.array([horizon]), np.array([window.days / 365.25]))
    expected = Expectation.of(history, purchases, spend, steps, boost=boost)
    drawn = Distribution.of(
        history,
        purchases,
        spend,
        horizon,
        seed=origin.seed,
        common=origin.record.common,
        widening=origin.record.widening,
        actual=window.actual,
        boost=boost,
    )
    return Judged.of(expected.clv, drawn)
