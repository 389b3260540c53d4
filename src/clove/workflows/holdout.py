"""Hold old forecasts against what came: fit as of earlier dates, judge on the days after each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.kernel.arrays import Floats
from clove.kernel.errors import DidNotConverge, NotEnoughData
from clove.models.baselines import RunRate
from clove.models.purchase_models import CANDIDATES, REFERENCE, purchase_model
from clove.models.streams import stream_keys
from clove.reports.contents import WHOLE, Estimate, Holdout, ModelScore
from clove.valuation.accuracy import Score, tenths
from clove.valuation.calibration import GroupCalibration
from clove.valuation.common_error import CommonError
from clove.valuation.forecast import REPEATS, Distribution
from clove.valuation.form_choice import FormChoice
from clove.valuation.judged import Judged
from clove.valuation.model_choice import ModelChoice, log_scores
from clove.valuation.season import Season
from clove.valuation.season_estimate import FoundSeason
from clove.valuation.widening import Widening
from clove.workflows.old_forecast import OldForecast
from clove.workflows.opening import Opening
from clove.workflows.request import AUTO
from clove.workflows.season import NO_CLOCK, Seasons
from clove.workflows.summary import history_of
from clove.workflows.tracking import ledger_counts, tracked_in
from clove.workflows.training import RollingOrigins, Trained
from clove.workflows.window import Window

WINDOWS = 3
SHARE = 1 / 3  # of the time since the first purchase, for one window
SHORTEST_DAYS = 28


@dataclass(frozen=True, slots=True, eq=False)
class Forecasters:
    """What each said of every customer of the newest window, and what came."""

    judged: Mapping[str, Judged]  # by name for people, the forecast itself first
    window: Window


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """How old forecasts did, and which model they speak for."""

    holdout: Holdout | None  # the newest
    missing_because: str  # empty where there is one
    common: CommonError  # learnt from all of them
    widening: Widening  # the same
    choice: ModelChoice
    trained: Trained  # as of the run's date
    season: FoundSeason  # the same
    forecasters: Forecasters | None = None  # of the newest window; None where there is none


def judge_old_forecasts(
    engine: LocalEngine,
    features: pa.Table,
    as_of: date,
    *,
    horizon_days: int,
    seed: int,
    model: str = AUTO,
    trials: int = 0,
) -> Record:
    """Forecasts as of earlier dates, each judged on the window that follows it.

    The newest is shown; the error it is allowed to share among customers and its widening are learnt from those before
    it alone, and so is the choice of the model where there are any. Each knows the season as it was known on its date.

    Args:
        engine: Holds the events.
        features: The feature table as of the run's date.
        as_of: That date; nothing after it is looked at.
        horizon_days: Windows are no longer than that, and no shorter than four weeks.
        seed: Of the draws.
        model: Kind of the purchase model, or `AUTO`.
        trials: Of settings of the boosted value's trees, as of each date; 0 takes them as they are.
    """
    opening = Opening.of(features)
    seasons = Seasons(engine, opening, heeded=model not in NO_CLOCK)
    season = seasons.by(as_of, features)
    windows, because = _windows(engine, opening.by(as_of), as_of, horizon_days)
    windows = [window.told_in(seasons.by(window.as_of, window.features).season) for window in windows]
    choice = _choose(windows[1:] or windows, model, saw_holdout=len(windows) == 1)
    purchases = purchase_model(choice.chosen)

    rolling = RollingOrigins(engine, opening, horizon_days, purchases, seed, trials)

    def trained(day: date, known: Season) -> Trained:
        return rolling.train(day, known) if model == AUTO else Trained.nothing(f"{purchases.TITLE} was asked for")

    now = trained(as_of, season.season)
    made: list[OldForecast] = []
    for window in windows:
        try:
            made.append(OldForecast.made(window, purchases, trained(window.as_of, window.season)))
        except (NotEnoughData, DidNotConverge) as error:
            because = error.what
            break
    # a form is chosen by windows that had ended when its forecast was made
    scores = [forecast.form_scores(seed) for forecast in made]
    choices = [FormChoice.of([each for each in scores[start:] if each]) for start in range(len(made) + 1)]
    now = now.by(choices[0])
    made = [forecast.by(known) for forecast, known in zip(made, choices[1:], strict=True)]
    judged = [forecast for forecast in made if forecast.window.actual.sum() > 0]
    misses = [forecast.miss(seed) for forecast in judged]
    # what could be known when a window opened: only the windows before it
    common, *before = (_common(misses[start:]) for start in range(len(misses) + 1))
    pits = [forecast.pit(seed, known) for forecast, known in zip(judged, before, strict=True)]
    errors = common, Widening.learn(pits)
    if not judged or judged[0] is not made[0]:
        because = because or "nobody bought anything in the days held back"
        return Record(None, because, *errors, choice, now, season)
    known = before[0], Widening.learn(pits[1:])
    drawn = judged[0].drawn(seed, known[0], REPEATS, known[1])
    forecasters = _forecasters(judged[0], drawn, known, seed)
    return Record(_holdout(engine, judged[0], drawn, forecasters, seed), "", *errors, choice, now, season, forecasters)


def _common(misses: list[tuple[float, float]]) -> CommonError:
    return CommonError.learn([ratio for ratio, _ in misses], [chance for _, chance in misses])


def _window_days(opened: date, as_of: date, horizon_days: int) -> int:
    """As long as the horizon, but leaving most of the history to learn from."""
    return min(max(horizon_days, SHORTEST_DAYS), int(SHARE * (as_of - opened).days))


def _windows(engine: LocalEngine, opened: date, as_of: date, horizon_days: int) -> tuple[list[Window], str]:
    """The newest first, and why there are no more where there is none."""
    days = _window_days(opened, as_of, horizon_days)
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
                log_scores(candidate.fit(window.history), window.history, window.actual_purchases, window.elapsed)
                for window in windows
            ]
        except (NotEnoughData, DidNotConverge) as error:
            if kind == REFERENCE:
                return ModelChoice(REFERENCE, (), 0, f"{reference.TITLE}; models were not compared: {error.what}.")
            failed.append(candidate.TITLE)
            continue
        scores[kind], titles[kind] = np.concatenate(parts), candidate.TITLE
    choice = ModelChoice.of(
        titles, scores, np.concatenate([stream_keys(each.history.customer_id, 0) for each in windows])
    )
    remarks = [choice.because]
    if failed:
        remarks.append(f"{' and '.join(failed)} found no optimum on an earlier window and did not take part.")
    if saw_holdout:
        remarks.append("The comparison and the record below rest on the same window, the only one there is.")
    return replace(choice, because=" ".join(remarks))


def _holdout(
    engine: LocalEngine, forecast: OldForecast, drawn: Distribution, forecasters: Forecasters, seed: int
) -> Holdout:
    window, expected = forecast.window, forecast.expected
    history, actual = window.history, window.actual
    low, high = (float(value) for value in np.quantile(drawn.totals.sum(axis=0), [0.1, 0.9]))
    predicted, came = tenths(expected.clv, actual)
    groups = GroupCalibration.of(forecast.purchases, history, window.actual_purchases, window.elapsed, seed=seed)
    return Holdout(
        as_of=window.as_of,
        until=window.until,
        customers=len(history),
        actual_total=float(actual.sum()),
        predicted_total=Estimate(float(expected.clv.sum()), low, high),
        decile_predicted=predicted,
        decile_actual=came,
        frequency_groups=groups.names,
        group_sizes=groups.sizes,
        group_predicted=groups.predicted,
        group_actual=groups.actual,
        group_p10=groups.low,
        group_p90=groups.high,
        tracking=tracked_in(
            window.season, forecast.purchases, ledger_counts(engine, window.as_of, window.until), seed=seed
        ),
        pit=drawn.pit,
        share_above_p90=float((drawn.pit > 0.9).mean()),
        scores=tuple(_score(name, judged, actual) for name, judged in forecasters.judged.items()),
    )


def _forecasters(
    forecast: OldForecast, drawn: Distribution, known: tuple[CommonError, Widening], seed: int
) -> Forecasters:
    """The forecast, the purchase model alone where it is a part of it, and two rules that any model has to beat."""
    alone = f"{forecast.purchases.TITLE} + Gamma-Gamma"
    window, expected = forecast.window, forecast.expected
    own = Judged.of(expected.clv, drawn)
    if forecast.boost is None:
        named = {alone: own}
    else:
        without = replace(forecast, boost=None).drawn(seed, known[0], REPEATS, known[1])
        named = {WHOLE: own, alone: Judged.of(expected.by_purchases, without)}
    calendar = history_of(window.features)  # the rules know no season
    rule = RunRate.fit(calendar)
    rules = {
        "Run rate": Judged(rule.expected_value(calendar, window.days)),
        "Naive mean": Judged(rule.base.expected_value(calendar, window.days)),
    }
    return Forecasters(named | rules, window)


def _score(name: str, judged: Judged, actual: Floats) -> ModelScore:
    score = Score.of(judged.mean, judged.point, actual)
    return ModelScore(name, score.mae, score.rmse, score.spearman, score.total_bias)
