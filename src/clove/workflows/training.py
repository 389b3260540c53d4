"""The boosted value learns from rolling origins: customers as of earlier dates, and what they then spent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Self

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import DidNotConverge, NotEnoughData
from clove.models.boosted_folds import FOLDS, Examples
from clove.models.boosted_value import BoostedValue, Learnt
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.models.spend import choose_spend_model
from clove.models.streams import stream_keys
from clove.models.tree_settings import UNTUNED
from clove.valuation.behaviour import LINE_FEATURES, TREE_FEATURES, Behaviour, Judgement
from clove.valuation.blend import Blend, Boost
from clove.valuation.forecast import spend_draws
from clove.valuation.form_choice import FormChoice
from clove.valuation.season import Ahead, Season
from clove.workflows.behaviour_columns import behaviour_columns
from clove.workflows.opening import Opening
from clove.workflows.tuning import Tuning, tune
from clove.workflows.window import Window

ORIGINS = 24  # at most; dense ones help
FEWEST_ORIGINS = 3
SHORTEST_STEP = 3  # days between origins
SHORTEST_HISTORY = 40  # days before the first origin
MOST_EXAMPLES = 100_000  # in all, whatever the number of customers
MOST_OF_ORIGIN = 12_500
MOST_JUDGED = 3_000  # examples that the blend's weight is learnt from
JUDGED_ORIGINS = 5  # the newest
LARGEST_SEED = 2**31 - 1 - FOLDS  # that LightGBM takes, with one for each fold


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A boosted value and its share in the blend, or why there is none.

    It is learnt in every form; which of them speaks is for old forecasts to say.
    """

    model: BoostedValue | None
    blend: Blend | None
    origins: tuple[date, ...]  # newest first
    because: str  # in words, what it learnt from or why it could not
    tuning: Tuning | None = None  # None where nothing was tuned
    forms: Mapping[str, tuple[BoostedValue, Blend]] = field(default_factory=dict)  # all that were learnt
    choice: FormChoice | None = None  # of the form; None where nothing was learnt

    @classmethod
    def nothing(cls, because: str) -> Self:
        """No boosted value."""
        return cls(None, None, (), because)

    def by(self, choice: FormChoice) -> Self:
        """The same in the form that was chosen."""
        if choice.chosen not in self.forms:
            return self
        model, blend = self.forms[choice.chosen]
        return replace(self, model=model, blend=blend, choice=choice)

    def boost(
        self,
        features: pa.Table,
        history: PurchaseHistory,
        purchases: PurchaseModel,
        spend: GammaGamma,
        days: float,
        *,
        ahead: Ahead | None = None,
    ) -> Boost | None:
        """The boosted value of these customers over the next `days`; None where there is no model.

        Args:
            features: Of n customers.
            history: Of the same, in the clock of `ahead`.
            purchases: Fitted in that clock.
            spend: Fitted.
            days: Of the calendar.
            ahead: What comes after the as-of date; days as they are if left out.
        """
        if self.model is None or self.blend is None:
            return None
        asked = {self.model.form: (self.model, self.blend)}
        return replace(self, forms=asked).boosts(features, history, purchases, spend, days, ahead=ahead)[
            self.model.form
        ]

    def boosts(
        self,
        features: pa.Table,
        history: PurchaseHistory,
        purchases: PurchaseModel,
        spend: GammaGamma,
        days: float,
        *,
        ahead: Ahead | None = None,
    ) -> dict[str, Boost]:
        """The same in every form; empty where there is no model."""
        if not self.forms:
            return {}
        clock = ahead or Ahead.by_calendar()
        window_days = next(model.window_days for model, _ in self.forms.values())
        at_window = judge(history, purchases, spend, clock.units(window_days))
        nobody = np.zeros(len(history))
        behaviour = Behaviour.of(behaviour_columns(features, history, purchases, clock), at_window)
        now = Examples(
            behaviour.trees, behaviour.line, at_window.expected_value, at_window.active, nobody, nobody.astype(np.int64)
        )
        outlooks = {form: model.forecast(now) for form, (model, _) in self.forms.items()}
        if days != window_days:
            at_horizon = judge(history, purchases, spend, clock.units(days))
            outlooks = {
                form: self.forms[form][0].stretched(
                    outlook,
                    (at_window.expected_value, at_horizon.expected_value),
                    (at_window.active, at_horizon.active),
                    days,
                )
                for form, outlook in outlooks.items()
            }
        return {form: Boost(model, outlooks[form], blend) for form, (model, blend) in self.forms.items()}


def judge(history: PurchaseHistory, purchases: PurchaseModel, spend: GammaGamma, horizon: float) -> Judgement:
    """What the models say of a horizon, in the history's unit."""
    expected = purchases.expected_purchases(history, horizon)
    per_purchase = spend.expected_spend(history)
    return Judgement(
        purchases.probability_alive(history),
        expected,
        per_purchase,
        expected * per_purchase,
        1 - purchases.probability_no_purchase(history, horizon),
    )


@dataclass(slots=True, eq=False)
class RollingOrigins:
    """Trains as of one date after another; what it learnt of an origin is kept, for later dates share earlier ones."""

    engine: LocalEngine
    opening: Opening  # when customers came; who came after a date is not looked at as of it
    longest_days: int  # of the window after each origin
    purchases: type[PurchaseModel]  # whose expectation is corrected
    seed: int  # of the trees and of the samples
    trials: int = 0  # of settings of the trees, for each date anew: a later date's choice would know too much
    known: dict[tuple[date, int, Season], "_Origin | None"] = field(default_factory=dict)

    def train(self, day: date, season: Season | None = None) -> Trained:
        """Train on windows that had all ended by then; nothing after it is looked at.

        Args:
            day: As of which.
            season: As it was known then: all the windows are told in its clock, for so will the forecast be.
        """
        clock = season or Season.none()
        # as long as asked, for a correction is worth most where it was learnt, but half the history has to lie before
        window_days = min(self.longest_days, (day - self.opening.by(day)).days // 2)
        parts: list[_Origin] = []
        for origin in self._origins(day, window_days):
            part = self._origin(origin, window_days, clock)
            if part is None:
                break  # the dates before it know still less
            parts.append(part)
        if len(parts) < FEWEST_ORIGINS:
            return Trained.nothing(
                f"{len(parts)} dates before {day} had enough customers and a window of {window_days} days after "
                f"them, and {FEWEST_ORIGINS} are needed"
            )
        most = MOST_EXAMPLES // len(parts)
        examples = _stacked([part.examples.take(np.arange(min(part.examples.spend.size, most))) for part in parts])
        seed, length = self.seed % LARGEST_SEED, float(window_days)
        try:
            tuning = tune(examples, window_days=length, trials=self.trials, seed=seed) if self.trials else None
            learnt = BoostedValue.fit_forms(
                examples,
                tree_features=TREE_FEATURES,
                line_features=LINE_FEATURES,
                window_days=length,
                seed=seed,
                trees=UNTUNED if tuning is None else tuning.best.settings,
            )
        except NotEnoughData as error:
            return Trained.nothing(error.what)
        because = (
            f"{examples.spend.size:,} examples of {len(parts)} earlier dates from {parts[-1].day} to {parts[0].day}, "
            f"with the {window_days} days after each"
        )
        blends = self._weighed(learnt, examples, parts[:JUDGED_ORIGINS], most)
        forms = {form: (each.model, blends[form]) for form, each in learnt.items()}
        days = tuple(part.day for part in parts)
        return Trained(None, None, days, because, tuning, forms).by(FormChoice.of(()))

    def _origins(self, day: date, window_days: int) -> list[date]:
        """Newest first, evenly spaced so that a window's length is a whole number of steps."""
        room = (day - self.opening.by(day)).days - window_days - SHORTEST_HISTORY
        steps = max(1, min(window_days // SHORTEST_STEP, ORIGINS * window_days // max(room, 1)))
        backs = [round(k * window_days / steps) for k in range(ORIGINS)]
        return [day - timedelta(days=window_days + back) for back in backs if back <= room]

    def _origin(self, day: date, window_days: int, season: Season) -> "_Origin | None":
        key = (day, window_days, season)
        if key not in self.known:
            try:
                window = Window.opened(self.engine, day, day + timedelta(days=window_days), season)
                self.known[key] = _Origin.of(window, self.purchases)
            except (NotEnoughData, DidNotConverge):
                self.known[key] = None
        return self.known[key]

    def _weighed(
        self, learnt: Mapping[str, Learnt], examples: Examples, judged: "list[_Origin]", most: int
    ) -> dict[str, Blend]:
        """Of each form, the blend that would have done best on the newest origins, which neither part has seen."""
        sizes = [min(part.examples.spend.size, most) for part in judged]
        each = [np.arange(min(size, MOST_JUDGED // len(judged))) for size in sizes]
        drawn = np.concatenate([part.draws(self.seed, rows) for part, rows in zip(judged, each, strict=True)])
        starts = np.cumsum([0, *sizes[:-1]])
        rows = np.concatenate([start + some for start, some in zip(starts, each, strict=True)])
        size = examples.expected[rows] + float(examples.expected.mean())
        blends = {}
        for form, found in learnt.items():
            unseen = found.unseen.take(rows)
            amounts = found.model.amounts(unseen)
            blends[form] = Blend.learn(drawn, amounts, unseen.active, examples.spend[rows], size)
        return blends


@dataclass(frozen=True, slots=True, eq=False)
class _Origin:
    """Examples of one earlier date, and the models as they would have been fitted then."""

    day: date
    history: PurchaseHistory
    purchases: PurchaseModel
    spend: GammaGamma
    horizon: float  # length of its window, in the history's unit
    examples: Examples

    @classmethod
    def of(cls, window: Window, model: type[PurchaseModel]) -> Self:
        """Of at most so many customers, in an order of hashes of their names and of the date.

        Windows of neighbouring dates share most of their days, so others on each date teach more than the same again.
        """
        purchases, spend = model.fit(window.history), choose_spend_model(window.history).model
        order = np.argsort(stream_keys(window.history.customer_id, window.as_of.toordinal()), kind="stable")
        rows = order[:MOST_OF_ORIGIN]
        history = window.history.take(rows)
        keys = stream_keys(history.customer_id, 0)
        judged = judge(history, purchases, spend, window.elapsed)
        columns = behaviour_columns(window.features, window.history, purchases, window.ahead)
        behaviour = Behaviour.of({name: values[rows] for name, values in columns.items()}, judged)
        fold = (keys % np.uint64(FOLDS)).astype(np.int64)
        examples = Examples(
            behaviour.trees, behaviour.line, judged.expected_value, judged.active, window.actual[rows], fold
        )
        return cls(window.as_of, history, purchases, spend, window.elapsed, examples)

    def draws(self, seed: int, rows: Ints) -> Floats:
        """Of the spend of some of its customers by the purchase model, shape (m, d)."""
        return spend_draws(self.history.take(rows), self.purchases, self.spend, self.horizon, seed=seed)


def _stacked(parts: list[Examples]) -> Examples:
    names = ("trees", "line", "expected", "active", "spend", "fold")
    return Examples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
