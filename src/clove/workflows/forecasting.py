"""Fit the models of a run and forecast every customer with them."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa

from clove.decisions.segments import SEGMENTS, assign_segments, percentile_rank
from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import NotEnoughData
from clove.kernel.progress import Progress
from clove.models.baselines import RunRate
from clove.models.gamma_gamma import NAMES
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.models.spend import SpendChoice, choose_spend_model
from clove.reports.contents import FittedParameter
from clove.valuation.common_error import CommonError
from clove.valuation.explanation import Explanation
from clove.valuation.forecast import Distribution, Expectation, Steps
from clove.valuation.season import Ahead
from clove.valuation.season_estimate import FoundSeason
from clove.valuation.widening import Widening
from clove.workflows.factors import explain
from clove.workflows.request import ValueRequest
from clove.workflows.summary import floats, history_of
from clove.workflows.training import Trained

FEWEST_REPEAT = 10  # repeat customers below which a fit would be a fancy


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The models of a run."""

    purchases: PurchaseModel
    spend: SpendChoice
    run_rate: RunRate
    trained: Trained
    season: FoundSeason  # in whose clock all but the run rate are fitted

    @classmethod
    def of(cls, features: pa.Table, model: type[PurchaseModel], trained: Trained, season: FoundSeason) -> Self:
        """Fit them all.

        Args:
            features: The feature table as of the run's date.
            model: Of purchases.
            trained: The boosted value as of that date.
            season: The season as of that date.

        Raises:
            NotEnoughData: Too few customers have bought twice.
            DidNotConverge: A fit found no optimum.
        """
        history = history_of(features, season.season)
        repeat = int((history.frequency > 0).sum())
        if repeat < FEWEST_REPEAT:
            raise NotEnoughData(
                f"{repeat} of {len(history)} customers {'has' if repeat == 1 else 'have'} bought on two days or more, "
                f"and a forecast needs {FEWEST_REPEAT} such customers",
                remedy="Give a longer history, or check with --map that the right column was taken for the customer",
            )
        rule = RunRate.fit(history_of(features))
        return cls(model.fit(history), choose_spend_model(history), rule, trained, season)

    @property
    def source(self) -> str:
        """What a forecast stands on, for people."""
        alone = f"{self.purchases.TITLE} + Gamma-Gamma"
        if self.trained.blend is None:
            return alone
        return f"{alone} and a boosted value, {self.trained.blend.weight:.0%} and {1 - self.trained.blend.weight:.0%}"

    @property
    def short_source(self) -> str:
        """The same for a column."""
        alone = f"{self.purchases.KIND} + gamma-gamma"
        return alone if self.trained.blend is None else f"{alone}, boosted value {1 - self.trained.blend.weight:.0%}"

    @property
    def findings(self) -> tuple[str, ...]:
        """What the fits have to say in words."""
        evidence = (self.purchases.evidence, self.spend.model.evidence)
        return (self.spend.finding, *(finding for fit in evidence if fit is not None for finding in fit.findings))

    @property
    def parameters(self) -> tuple[FittedParameter, ...]:
        """Of both models."""
        purchases, spend = self.purchases, self.spend.model
        kept = len(spend.parameters) if spend.elasticity else len(spend.parameters) - 1
        groups = (
            (purchases.TITLE, purchases.parameter_names, purchases.parameters, purchases.standard_errors()),
            ("Gamma-Gamma", NAMES[:kept], spend.parameters[:kept], spend.standard_errors()[:kept]),
        )
        # an error of 0 means that the parameter was held at a boundary: nothing is known of its spread
        return tuple(
            FittedParameter(model, name, float(estimate), float(error) or None)
            for model, names, estimates, errors in groups
            for name, estimate, error in zip(names, estimates, errors, strict=True)
        )

    @property
    def documents(self) -> dict[str, str]:
        """File name to JSON."""
        return {
            f"{self.purchases.KIND}.json": self.purchases.to_json(),
            "gamma-gamma.json": self.spend.model.to_json(),
            "naive-mean.json": self.run_rate.base.to_json(),
            "run-rate.json": self.run_rate.to_json(),
            **({} if self.trained.model is None else {"boosted-value.json": self.trained.model.to_json()}),
            **({"season.json": self.season.season.to_json()} if self.season.season.known else {}),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Valued:
    """Every customer with his value; arrays of shape (n,) in the order of the features."""

    features: pa.Table
    history: PurchaseHistory  # in the season's clock
    historical: Floats  # net revenue times margin
    expected: Expectation
    explanation: Explanation  # of the expected value
    distribution: Distribution  # its totals are by segment, shape (5, d)
    days_to_next: Floats  # days of the calendar until a purchase is as likely as not; inf where it never is
    rank: Floats  # percentile
    segment: Ints  # index into SEGMENTS

    @property
    def totals(self) -> Floats:
        """Of the whole base in each draw, shape (d,)."""
        totals: Floats = self.distribution.totals.sum(axis=0)
        return totals


def forecast(
    features: pa.Table,
    fitted: Fitted,
    request: ValueRequest,
    as_of: date,
    common: CommonError,
    *,
    widening: Widening,
    progress: Progress,
) -> Valued:
    """Expectation in closed form, distribution by draws, rank and segment by expected value."""
    ahead = Ahead(as_of, fitted.season.season)
    history = history_of(features, ahead.season)
    steps = np.array(request.horizon.month_ends(as_of))
    days = float(steps[-1, 0])
    boost = fitted.trained.boost(features, history, fitted.purchases, fitted.spend.model, days, ahead=ahead)
    expected = Expectation.of(
        history,
        fitted.purchases,
        fitted.spend.model,
        Steps(ahead.each(steps[:, 0]), steps[:, 1]),  # money is discounted by the calendar
        margin=request.margin,
        discount_rate=request.discount_rate,
        boost=boost,
    )
    explanation = explain(
        features,
        history,
        (fitted.purchases, fitted.spend.model),
        days,
        expected,
        margin=request.margin,
        boost=boost,
        ahead=ahead,
    )
    rank = percentile_rank(expected.clv)
    segment = assign_segments(rank)
    distribution = Distribution.of(
        history,
        fitted.purchases,
        fitted.spend.model,
        ahead.units(days),
        scale=request.margin * expected.discounting,
        seed=request.seed,
        common=common,
        widening=widening,
        group=segment,
        groups=len(SEGMENTS),
        boost=boost,
        progress=progress,
    )
    return Valued(
        features,
        history,
        floats(features, "net_revenue") * request.margin,
        expected,
        explanation,
        distribution,
        ahead.days(fitted.purchases.time_to_next_purchase(history)),
        rank,
        segment,
    )
