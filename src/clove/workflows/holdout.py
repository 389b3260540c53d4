"""Hold an old forecast against what came: fit as of an earlier date, judge on the days after it."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.features.purchases_between import purchases_between
from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import DidNotConverge, NotEnoughData
from clove.models.baselines import RunRate
from clove.models.bg_nbd import BgNbd
from clove.models.history import PurchaseHistory
from clove.models.spend import choose_spend_model
from clove.reports.contents import Estimate, Holdout, ModelScore
from clove.valuation.accuracy import Score, tenths
from clove.valuation.forecast import Distribution, Expectation, Steps
from clove.workflows.summary import history_of

SHARE = 0.3  # of the time since the first purchase, held back
SHORTEST_DAYS = 28
FEWEST_CUSTOMERS = 50
FEWEST_REPEAT = 20
LAST_GROUP = 7  # "7+" repeat purchases


def judge_holdout(
    engine: LocalEngine, first_event: date, as_of: date, horizon_days: int, seed: int
) -> tuple[Holdout | None, str]:
    """The holdout, or None and the reason why there is none.

    Nothing after the earlier date enters the fit; customers who came later are not judged.
    """
    days = min(horizon_days, int(SHARE * (as_of - first_event).days))
    if days < SHORTEST_DAYS:
        return None, f"the orders span too few days to hold back {SHORTEST_DAYS} of them"
    cut = as_of - timedelta(days=days)
    history = history_of(customer_features(engine, cut))
    repeat = int((history.frequency > 0).sum())
    if len(history) < FEWEST_CUSTOMERS or repeat < FEWEST_REPEAT:
        return None, (
            f"by {cut} only {len(history)} customers had bought, {repeat} of them twice "
            f"({FEWEST_CUSTOMERS} and {FEWEST_REPEAT} are needed)"
        )
    try:
        return _judge(engine, history, cut, as_of, seed), ""
    except (NotEnoughData, DidNotConverge) as error:
        return None, f"no model could be fitted as of {cut}: {error}"


def _judge(engine: LocalEngine, history: PurchaseHistory, cut: date, as_of: date, seed: int) -> Holdout:
    purchases, spend = BgNbd.fit(history), choose_spend_model(history).model
    horizon = float((as_of - cut).days)
    actual_purchases, actual = _what_came(engine, history, cut, as_of)
    expected = Expectation.of(history, purchases, spend, Steps(np.array([horizon]), np.array([horizon / 365.25])))
    drawn = Distribution.of(history, purchases, spend, horizon, scale=np.ones(len(history)), seed=seed, actual=actual)
    low, high = (float(value) for value in np.quantile(drawn.totals.sum(axis=0), [0.1, 0.9]))
    run_rate = RunRate.fit(history)
    as_it_went = run_rate.expected_value(history, horizon)
    alike = run_rate.base.expected_value(history, horizon)
    predicted, came = tenths(expected.clv, actual)
    groups = np.minimum(history.frequency, LAST_GROUP).astype(np.int64)
    present = np.unique(groups)
    return Holdout(
        as_of=cut,
        until=as_of,
        customers=len(history),
        actual_total=float(actual.sum()),
        predicted_total=Estimate(float(expected.clv.sum()), low, high),
        decile_predicted=predicted,
        decile_actual=came,
        frequency_groups=tuple(f"{LAST_GROUP}+" if group == LAST_GROUP else str(group) for group in present),
        group_predicted=_means(expected.expected_purchases, groups)[present],
        group_actual=_means(actual_purchases, groups)[present],
        pit=drawn.pit,
        share_above_p90=float((drawn.pit > 0.9).mean()),
        scores=(
            _score("BG/NBD + Gamma-Gamma", expected.clv, drawn.p50, actual),
            _score("Run rate", as_it_went, as_it_went, actual),
            _score("Naive mean", alike, alike, actual),
        ),
    )


def _what_came(engine: LocalEngine, history: PurchaseHistory, cut: date, as_of: date) -> tuple[Floats, Floats]:
    """Purchase days and spend after the cut of each customer known by then, both of shape (n,)."""
    later = purchases_between(engine, cut, as_of)
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
