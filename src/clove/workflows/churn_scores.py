"""How likely every live contract is to end within three months, by a classifier that is learnt from the portfolio."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.churn_features import EXTENDED, FEATURE_SETS, churn_features
from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import NotEnoughData
from clove.models.churn_classifier import FEWEST_ENDS, ChurnClassifier, ChurnExamples, log_score
from clove.workflows.churn_months import CALIBRATED, ChurnSplit, ContractMonths
from clove.workflows.summary import floats

INSTEAD = "The chance of an end is that of the segment and the months served"
FEWEST_LATER = 50  # contracts that ended in the months to calibrate on


@dataclass(frozen=True, slots=True, eq=False)
class ChurnScores:
    """Of n contracts in the order of the state."""

    p3: Floats  # (n,) chance of an end within three months; nan where a contract has ended, or without a classifier
    model: ChurnClassifier | None
    because: str  # why there is no classifier; empty where there is one
    live: Ints  # (k,) rows that were scored
    features: Floats  # (k, f) theirs, in the order of the model's; (k, 0) without one
    feature_set: str  # that the model knows
    set_scores: dict[str, float]  # by feature set, the mean log likelihood of the calibration's rows
    first_month: int  # of the rows that it learnt from, 12 * year + month - 1
    last_month: int

    def reasons_of(self, rows: Ints, most: int = 3) -> list[list[tuple[str, float, float]]]:
        """For rows of the state, the features that move the chance most, the strongest first.

        Args:
            rows: Live contracts, each in `live`.
            most: So many for each.

        Returns:
            Name, value (nan if unknown) and points of probability.
        """
        if self.model is None or not rows.size:
            return [[] for _ in rows]
        chosen = self.features[np.searchsorted(self.live, rows)]
        points = self.model.reasons(chosen).points
        order = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :most]
        names = self.model.features
        return [
            [(names[j], float(values[j]), float(moved[j])) for j in places if moved[j] != 0]
            for values, moved, places in zip(chosen, points, order, strict=True)
        ]

    @classmethod
    def without(cls, live: Ints, n: int, because: str) -> Self:
        """No classifier."""
        return cls(np.full(n, np.nan), None, f"{INSTEAD}: {because}.", live, np.zeros((live.size, 0)), "", {}, 0, 0)


def churn_scores(
    engine: LocalEngine,
    as_of: date,
    state: pa.Table,
    *,
    currency: str,
    feature_set: str = "",
    seed: int = 1,
) -> ChurnScores:
    """Learn, calibrate on later months, and score every live contract.

    Args:
        engine: Holds the portfolio, after `clove.features.exchange.convert` to the currency.
        as_of: The last day of a month. Nothing after it is read.
        state: As in `contract_state.sql`, as of that date.
        currency: In which fees are told.
        feature_set: A name in `FEATURE_SETS`; the one that foretells the later months better where left out.
        seed: Same seed, same model.
    """
    split = ChurnSplit.of(state, as_of, seed=seed)
    live, n = split.now.contract, state.num_rows
    if split.learnt.ends < FEWEST_ENDS or split.calibrated.ends < FEWEST_LATER:
        return ChurnScores.without(live, n, _too_few(split))
    rows = split.learnt.joined(split.calibrated, split.now)
    found = _features(engine, rows, state, currency)
    ends = np.cumsum([part.month.size for part in (split.learnt, split.calibrated)])
    learnt, later, now = np.split(np.arange(rows.month.size), ends)
    examples, judged = (ChurnExamples(found[at], rows.ended[at], rows.fold[at]) for at in (learnt, later))
    chosen = (feature_set,) if feature_set else tuple(FEATURE_SETS)
    try:
        models = {name: _fit(name, examples, judged, seed) for name in chosen}
    except NotEnoughData as refusal:
        return ChurnScores.without(live, n, refusal.what)
    scores = {name: model.log_score for name, model in models.items()}
    best = max(scores, key=lambda name: scores[name])
    model, share = models[best], judged.ended.mean()
    if model.log_score <= log_score(np.full(judged.ended.size, np.log(share / (1 - share))), judged.ended):
        return ChurnScores.without(live, n, "a classifier foretold the later months no better than one chance for all")
    features = found[now][:, _columns(best)]
    p3 = np.full(n, np.nan)
    p3[live] = model.probability(features)
    months = split.learnt.month
    return ChurnScores(p3, model, "", live, features, best, scores, int(months.min()), int(months.max()))


def _fit(name: str, examples: ChurnExamples, later: ChurnExamples, seed: int) -> ChurnClassifier:
    columns = _columns(name)
    return ChurnClassifier.fit(
        examples.columns(columns), later.columns(columns), features=FEATURE_SETS[name], seed=seed
    )


def _columns(name: str) -> list[int]:
    return [EXTENDED.index(feature) for feature in FEATURE_SETS[name]]


def _features(engine: LocalEngine, rows: ContractMonths, state: pa.Table, currency: str) -> Floats:
    """The features of `EXTENDED`, shape (n, f), in the order of the rows."""
    table = churn_features(engine, rows.table(state), currency)
    # the state is ordered by contract_id, as the features are
    order = np.lexsort((rows.month, rows.contract))
    found = np.empty((rows.month.size, len(EXTENDED)))
    for column, name in enumerate(EXTENDED):
        found[order, column] = floats(table, name)
    return found


def _too_few(split: ChurnSplit) -> str:
    if split.learnt.ends < FEWEST_ENDS:
        return (
            f"{split.learnt.ends:,} contracts ended in the months that a classifier would learn from, "
            f"and {FEWEST_ENDS} are needed"
        )
    return (
        f"{split.calibrated.ends:,} contracts ended in the {CALIBRATED} months that a classifier would be calibrated "
        f"on, and {FEWEST_LATER} are needed"
    )
