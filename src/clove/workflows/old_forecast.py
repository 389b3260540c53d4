"""A forecast as of an earlier date, and how it did: by its total, by its customers, and in every form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.gamma_gamma import GammaGamma
from clove.models.purchase_model import PurchaseModel
from clove.models.spend import choose_spend_model
from clove.models.streams import stream_keys
from clove.valuation.blend import Boost
from clove.valuation.common_error import CommonError
from clove.valuation.forecast import Distribution, Expectation, Steps, spend_draws
from clove.valuation.form_choice import FormChoice, FormScores
from clove.valuation.widening import Widening
from clove.workflows.training import Trained
from clove.workflows.window import Window

MOST_COMPARED = 3_000  # customers on whom the forms of the boosted value are compared, in each window
MOST_JUDGED = 20_000  # customers whose place in their forecasts is looked up
FEW_REPEATS = 2  # draws per parameter draw where only the spread of a total is wanted


@dataclass(frozen=True, slots=True, eq=False)
class OldForecast:
    """What could have been said as of an earlier date, and what came."""

    window: Window
    purchases: PurchaseModel
    spend: GammaGamma
    boosts: Mapping[str, Boost]  # in every form of the boosted value; empty where there is none
    boost: Boost | None  # that speaks
    expected: Expectation

    @classmethod
    def made(cls, window: Window, model: type[PurchaseModel], trained: Trained) -> Self:
        """Fit on what was known when the window opened.

        Args:
            window: To be judged on.
            model: Of purchases.
            trained: As of the date on which the window opened.

        Raises:
            NotEnoughData: The histories say too little.
            DidNotConverge: A fit found no optimum.
        """
        history = window.history
        purchases, spend = model.fit(history), choose_spend_model(history).model
        boosts = trained.boosts(window.features, history, purchases, spend, window.days, ahead=window.ahead)
        return cls._of(window, purchases, spend, boosts, FormChoice.of(()))

    @classmethod
    def _of(
        cls,
        window: Window,
        purchases: PurchaseModel,
        spend: GammaGamma,
        boosts: Mapping[str, Boost],
        choice: FormChoice,
    ) -> Self:
        boost = boosts.get(choice.chosen)
        steps = Steps(np.array([window.elapsed]), np.array([window.days / 365.25]))
        expected = Expectation.of(window.history, purchases, spend, steps, boost=boost)
        return cls(window, purchases, spend, boosts, boost, expected)

    def by(self, choice: FormChoice) -> Self:
        """The same with the boosted value in the form that was chosen."""
        if self.boosts.get(choice.chosen) is self.boost:
            return self
        return self._of(self.window, self.purchases, self.spend, self.boosts, choice)

    def form_scores(self, seed: int) -> FormScores | None:
        """How every form did on a sample of the customers; None where there is no boosted value."""
        if not self.boosts:
            return None
        rows = self._sample(MOST_COMPARED)
        history, came = self.window.history.take(rows), self.window.actual[rows]
        drawn = spend_draws(history, self.purchases, self.spend, self.window.elapsed, seed=seed)
        size = self.expected.by_purchases[rows] + float(self.expected.by_purchases.mean())
        scores = {}
        for form, whole in self.boosts.items():
            boost = whole.of(rows)
            scores[form] = boost.blend.scores(drawn, boost.amounts(), boost.outlook.active, came) / size
        return FormScores(stream_keys(history.customer_id, 0), scores)

    def _sample(self, most: int) -> Ints:
        rows: Ints = np.argsort(stream_keys(self.window.history.customer_id, 0), kind="stable")[:most]
        return rows

    def drawn(
        self, seed: int, common: CommonError | None, repeats: int, widening: Widening | None = None
    ) -> Distribution:
        """The forecast's distribution, judged against what came."""
        return Distribution.of(
            self.window.history,
            self.purchases,
            self.spend,
            self.window.elapsed,
            seed=seed,
            common=common,
            widening=widening,
            repeats=repeats,
            actual=self.window.actual,
            boost=self.boost,
        )

    def pit(self, seed: int, common: CommonError) -> Floats:
        """Randomised PIT of what came to a sample of customers, shape (m,)."""
        rows = self._sample(MOST_JUDGED)
        return Distribution.of(
            self.window.history.take(rows),
            self.purchases,
            self.spend,
            self.window.elapsed,
            seed=seed,
            common=common,
            repeats=FEW_REPEATS,
            actual=self.window.actual[rows],
            boost=None if self.boost is None else self.boost.of(rows),
        ).pit

    def miss(self, seed: int) -> tuple[float, float]:
        """log(what came / what was forecast), and its variance by chance."""
        totals = self.drawn(seed, None, FEW_REPEATS).totals.sum(axis=0)
        ratio = float(np.log(self.window.actual.sum() / self.expected.clv.sum()))
        # of a log-normal total with this spread; the log of a draw in which nobody buys does not exist
        return ratio, float(np.log1p(totals.var() / self.expected.clv.sum() ** 2))
