"""Hold old forecasts against what came: fit as of earlier dates, judge on the days after each."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.features.purchases_between import purchases_between
from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import DidNotConverge, NotEnoughData
from clove.models.baselines import RunRate
from clove.models.gamma_gamma import GammaGamma
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.models.purchase_models import CANDIDATES, REFERENCE, purchase_model
from clove.models.spend import choose_spend_model
from clove.reports.contents import Estimate, Holdout, ModelScore
from clove.valuation.accuracy import Score, tenths
from clove.valuation.common_error import CommonError
from clove.valuation.forecast import REPEATS, Distribution, Expectation, Steps
from clove.valuation.model_choice import ModelChoice, log_scores
from clove.workflows.request import AUTO
from clove.workflows.summary import history_of

WINDOWS = 3
SHARE = 0.3  # of the time since the first purchase, for one window
SHORTEST_DAYS = 28
FEWEST_CUSTOMERS = 50
FEWEST_REPEAT = 20
LAST_GROUP = 7  # "7+" repeat purchases
FEW_REPEATS = 2  # draws per parameter draw where only the spread of a total is wanted


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What was known as of an earlier date, and what came after it."""

    as_of: date
    until: date
    history: PurchaseHistory
    actual_purchases: Floats  # (n,) days with a purchase
    actual: Floats  # (n,) spend

    @classmethod
    def opened(cls, engine: LocalEngine, as_of: date, until: date) -> Self:
        """Customers who came later than `as_of` are not judged.

        Raises:
            NotEnoughData: Too few customers by then.
        """
        history = history_of(customer_features(engine, as_of))
        repeat = int((history.frequency > 0).sum())
        if len(history) < FEWEST_CUSTOMERS or repeat < FEWEST_REPEAT:
            raise NotEnoughData(
                f"{len(history)} customers had bought by {as_of}, {repeat} of them on two days or more; "
                f"{FEWEST_CUSTOMERS} and {FEWEST_REPEAT} are needed",
                remedy="Give a longer history",
            )
        return cls(as_of, until, history, *_what_came(engine, history, as_of, until))

    @property
    def days(self) -> float:
        """Its length."""
        return float((self.until - self.as_of).days)


@dataclass(frozen=True, slots=True, eq=False)
class OldForecast:
    """What could have been said as of an earlier date, and what came."""

    window: Window
    purchases: PurchaseModel
    spend: GammaGamma
    expected: Expectation

    @classmethod
    def made(cls, window: Window, model: type[PurchaseModel]) -> Self:
        """Fit on what was known when the window opened.

        Raises:
            NotEnoughData: The histories say too little.
            DidNotConverge: A fit found no optimum.
        """
        history = window.history
        purchases, spend = model.fit(history), choose_spend_model(history).model
        steps = Steps(np.array([window.days]), np.array([window.days / 365.25]))
        return cls(window, purchases, spend, Expectation.of(history, purchases, spend, steps))

    def drawn(self, seed: int, common: CommonError | None, repeats: int) -> Distribution:
        """The forecast's distribution, judged against what came."""
        return Distribution.of(
            self.window.history,
            self.purchases,
            self.spend,
            self.window.days,
            seed=seed,
            common=common,
            repeats=repeats,
            actual=self.window.actual,
        )

    def miss(self, seed: int) -> tuple[float, float]:
        """log(what came / what was forecast), and its variance by chance."""
        totals = self.drawn(seed, None, FEW_REPEATS).totals.sum(axis=0)
        ratio = float(np.log(self.window.actual.sum() / self.expected.clv.sum()))
        # of a log-normal total with this spread; the log of a draw in which nobody buys does not exist
        return ratio, float(np.log1p(totals.var() / self.expected.clv.sum() ** 2))


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """How old forecasts did, and which model they speak for."""

    holdout: Holdout | None  # the newest
    missing_because: str  # empty where there is one
    common: CommonError  # learnt from all of them
    choice: ModelChoice


def judge_old_forecasts(
    engine: LocalEngine, opened: date, as_of: date, *, horizon_days: int, seed: int, model: str = AUTO
) -> Record:
    """Forecasts as of earlier dates, each judged on the window that follows it.

    The newest is shown; the error it is allowed to share among customers is learnt from those before it alone, and so
    is the choice of the model where there are any.

    Args:
        engine: Holds the events.
        opened: When the base's first customers came, one stray early date aside.
        as_of: Nothing after it is looked at.
        horizon_days: Windows are no longer than that, and no shorter than four weeks.
        seed: Of the draws.
        model: Kind of the purchase model, or `AUTO`.
    """
    windows, because = _windows(engine, opened, as_of, horizon_days)
    choice = _choose(windows[1:] or windows, model, saw_holdout=len(windows) == 1)
    made: list[OldForecast] = []
    for window in windows:
        try:
            made.append(OldForecast.made(window, purchase_model(choice.chosen)))
        except (NotEnoughData, DidNotConverge) as error:
            because = error.what
            break
    judged = [forecast for forecast in made if forecast.window.actual.sum() > 0]
    misses = [forecast.miss(seed) for forecast in judged]
    common = CommonError.learn([ratio for ratio, _ in misses], [chance for _, chance in misses])
    if not judged or judged[0] is not made[0]:
        return Record(None, because or "nobody bought anything in the days held back", common, choice)
    before = CommonError.learn([ratio for ratio, _ in misses[1:]], [chance for _, chance in misses[1:]])
    return Record(_holdout(judged[0], before, seed), "", common, choice)


def _windows(engine: LocalEngine, opened: date, as_of: date, horizon_days: int) -> tuple[list[Window], str]:
    """The newest first, and why there are no more where there is none."""
    days = min(max(horizon_days, SHORTEST_DAYS), int(SHARE * (as_of - opened).days))
    if days < SHORTEST_DAYS:
        return [], f"the orders span too few days to hold back {SHORTEST_DAYS} of them"
    windows: list[Window] = []
    until = as_of
    # a window counts where at least as much history lies before it
    while len(windows) < WINDOWS and (until - opened).days >= 2 * days:
        try:
            windows.append(Window.opened(engine, until - timedelta(days=days), until))
        except NotEnoughData as error:
            return windows, error.what
        until = windows[-1].as_of
    return windows, ""


def _choose(windows: list[Window], model: str, *, saw_holdout: bool) -> ModelChoice:
    if model != AUTO:
        return ModelChoice(model, (), 0, f"{purchase_model(model).TITLE} was asked for.")
    reference = purchase_model(REFERENCE)
    if not windows:
        return ModelChoice(REFERENCE, (), 0, f"{reference.TITLE}, for want of old forecasts to compare models by.")
    scores: dict[str, Floats] = {}
    titles: dict[str, str] = {}
    failed = []
    for kind in CANDIDATES:
        candidate = purchase_model(kind)
        try:
            parts = [
                log_scores(candidate.fit(window.history), window.history, window.actual_purchases, window.days)
                for window in windows
            ]
        except (NotEnoughData, DidNotConverge) as error:
            if kind == REFERENCE:
                return ModelChoice(REFERENCE, (), 0, f"{reference.TITLE}; models were not compared: {error.what}.")
            failed.append(candidate.TITLE)
            continue
        scores[kind], titles[kind] = np.concatenate(parts), candidate.TITLE
    choice = ModelChoice.of(titles, scores)
    remarks = [choice.because]
    if failed:
        remarks.append(f"{' and '.join(failed)} found no optimum on an earlier window and did not take part.")
    if saw_holdout:
        remarks.append("The comparison and the record below rest on the same window, the only one there is.")
    return replace(choice, because=" ".join(remarks))


def _holdout(forecast: OldForecast, common: CommonError, seed: int) -> Holdout:
    window, expected = forecast.window, forecast.expected
    history, actual = window.history, window.actual
    drawn = forecast.drawn(seed, common, REPEATS)
    low, high = (float(value) for value in np.quantile(drawn.totals.sum(axis=0), [0.1, 0.9]))
    run_rate = RunRate.fit(history)
    as_it_went = run_rate.expected_value(history, window.days)
    alike = run_rate.base.expected_value(history, window.days)
    predicted, came = tenths(expected.clv, actual)
    groups = np.minimum(history.frequency, LAST_GROUP).astype(np.int64)
    present = np.unique(groups)
    return Holdout(
        as_of=window.as_of,
        until=window.until,
        customers=len(history),
        actual_total=float(actual.sum()),
        predicted_total=Estimate(float(expected.clv.sum()), low, high),
        decile_predicted=predicted,
        decile_actual=came,
        frequency_groups=tuple(f"{LAST_GROUP}+" if group == LAST_GROUP else str(group) for group in present),
        group_sizes=np.bincount(groups)[present],
        group_predicted=_means(expected.expected_purchases, groups)[present],
        group_actual=_means(window.actual_purchases, groups)[present],
        pit=drawn.pit,
        share_above_p90=float((drawn.pit > 0.9).mean()),
        scores=(
            _score(f"{forecast.purchases.TITLE} + Gamma-Gamma", expected.clv, drawn.p50, actual),
            _score("Run rate", as_it_went, as_it_went, actual),
            _score("Naive mean", alike, alike, actual),
        ),
    )


def _what_came(engine: LocalEngine, history: PurchaseHistory, after: date, until: date) -> tuple[Floats, Floats]:
    """Purchase days and spend in (after, until] of each customer known by then, both of shape (n,)."""
    later = purchases_between(engine, after, until)
    place = pc.index_in(pa.array(history.customer_id), value_set=later["customer_id"].combine_chunks())
    rows = place.fill_null(later.num_rows).to_numpy(zero_copy_only=False)
    # who bought nothing is sent to a last entry of zeros
    days, spend = (
        np.append(later[name].to_numpy().astype(np.float64), 0.0)[rows] for name in ("purchase_days", "spend")
    )
    return days, spend


def _means(values: Floats, groups: Ints) -> Floats:
    counts = np.bincount(groups)
    means: Floats = np.bincount(groups, values) / np.maximum(counts, 1)
    return means


def _score(name: str, mean: Floats, median: Floats, actual: Floats) -> ModelScore:
    score = Score.of(mean, median, actual)
    return ModelScore(name, score.mae, score.rmse, score.spearman, score.total_bias)
