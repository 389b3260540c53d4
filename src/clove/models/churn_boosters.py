"""Boosted trees of the churn classifier: one for each fold of contracts, learnt without it."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.models.churn_settings import ChurnSettings

if TYPE_CHECKING:
    from xgboost import Booster


def grow(
    features: Floats, ended: Bools, fold: Ints, *, folds: int, settings: ChurnSettings, seed: int
) -> tuple[str, ...]:
    """For each fold the trees that the other folds teach, in XGBoost's portable text (JSON).

    Args:
        features: Shape (n, f), nan where unknown.
        ended: Shape (n,).
        fold: From 0 to folds - 1, shape (n,).
        folds: How many.
        settings: Of all trees.
        seed: Of the first fold; the next ones follow it.
    """
    import xgboost

    def learn(left_out: int) -> str:
        rows = fold != left_out
        data = xgboost.DMatrix(features[rows], ended[rows].astype(np.float64), nthread=1)
        how = {**settings.parameters, "seed": seed + left_out}
        return bytes(xgboost.train(how, data, settings.rounds).save_raw("json")).decode()

    with ThreadPoolExecutor(folds) as pool:  # XGBoost lets other threads run
        return tuple(pool.map(learn, range(folds)))


def grown(text: str) -> "Booster":
    """The trees of a text that was written here, or whose digest was checked."""
    from xgboost import Booster

    return Booster(model_file=bytearray(text.encode()))


def unseen_scores(texts: tuple[str, ...], features: Floats, fold: Ints) -> Floats:
    """Log odds by the trees that have not seen the row's fold, shape (n,)."""
    found = np.empty(features.shape[0])
    for left_out, text in enumerate(texts):
        rows = fold == left_out
        found[rows] = _raw(text, features[rows])
    return found


def mean_scores(texts: tuple[str, ...], features: Floats) -> Floats:
    """Mean log odds of all, shape (n,)."""
    found: Floats = np.mean([_raw(text, features) for text in texts], axis=0)
    return found


def mean_contributions(texts: tuple[str, ...], features: Floats) -> Floats:
    """Mean TreeSHAP contributions to the log odds, shape (n, f + 1); the last column is what they start from.

    Lundberg, Erion & Lee (2018), arXiv:1802.03888; rows add up to the score.
    """
    import xgboost

    data = xgboost.DMatrix(features)
    each = [np.asarray(grown(text).predict(data, pred_contribs=True), np.float64) for text in texts]
    found: Floats = np.mean(each, axis=0)
    return found


def _raw(text: str, features: Floats) -> Floats:
    import xgboost

    if not features.shape[0]:
        return np.zeros(0)
    raw: Floats = np.asarray(grown(text).predict(xgboost.DMatrix(features), output_margin=True), np.float64)
    return raw
