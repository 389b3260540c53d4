"""Who leaves a telephone company, on its public snapshot: the churn classifier beside a logistic regression.

Out of fold, five times five folds; whatever is tuned is tuned within the folds that teach. Prints one JSON document.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clove.models.churn_classifier import ChurnClassifier, ChurnExamples, log_score
from clove.models.churn_settings import ChurnSettings
from clove.models.ranks import mid_ranks

REPEATS, FOLDS = 5, 5
NUMBERS = ("SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges")
CANDIDATES = (
    ChurnSettings(
        max_depth=2, learning_rate=0.05, rounds=300, min_child_weight=5.0, subsample=0.6, colsample_bytree=0.3
    ),
    ChurnSettings(
        max_depth=3, learning_rate=0.03, rounds=250, min_child_weight=5.0, subsample=0.6, colsample_bytree=0.3
    ),
    ChurnSettings(),
)
PENALTIES = (0.1, 1.0, 10.0, 100.0)
BINS = 10
Array = NDArray[np.float64]


def read(path: Path) -> tuple[Array, NDArray[np.bool_], tuple[str, ...]]:
    """The file's columns, words as one column of 0 and 1 each; who left; the columns' names."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns, names = [], []
    for name in rows[0]:
        if name in {"customerID", "Churn"}:
            continue
        cells = [row[name].strip() for row in rows]
        if name in NUMBERS:
            columns.append([float(cell or 0) for cell in cells])  # total charges are blank in the first month
            names.append(name)
            continue
        words = sorted(set(cells))
        for word in words[1:] if len(words) == 2 else words:
            columns.append([float(cell == word) for cell in cells])
            names.append(f"{name}: {word}")
    return np.array(columns).T, np.array([row["Churn"] == "Yes" for row in rows]), tuple(names)


def logistic(features: Array, left: NDArray[np.bool_], penalty: float) -> Array:
    """Centre, spread and weights of a ridge-penalised logistic regression, rows of shape (f + 1,)."""
    centre, spread = features.mean(axis=0), features.std(axis=0) + 1e-12
    design = np.column_stack([np.ones(left.size), (features - centre) / spread])
    ridge = np.diag(np.append(1e-9, np.full(features.shape[1], penalty)))
    w = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ w))
        step = np.linalg.solve((design * (p * (1 - p))[:, None]).T @ design + ridge, design.T @ (left - p) - ridge @ w)
        w += step
        if np.abs(step).max() < 1e-9:
            break
    return np.stack([np.append(0.0, centre), np.append(1.0, spread), w])


def says(fitted: Array, features: Array) -> Array:
    """Log odds by a logistic regression."""
    centre, spread, w = fitted
    return w[0] + ((features - centre[1:]) / spread[1:]) @ w[1:]


def tuned_logistic(features: Array, left: NDArray[np.bool_], fold: NDArray[np.int64]) -> Array:
    """With the penalty under which rows of folds that it has not seen are likeliest."""

    def score(penalty: float) -> float:
        unseen = np.empty(left.size)
        for each in range(FOLDS):
            out = fold == each
            unseen[out] = says(logistic(features[~out], left[~out], penalty), features[out])
        return log_score(unseen, left)

    return logistic(features, left, max(PENALTIES, key=score))


def area(left: NDArray[np.bool_], score: Array) -> float:
    """Area under the ROC curve."""
    ranks, ends = mid_ranks(score), int(left.sum())
    return float((ranks[left].sum() - ends * (ends + 1) / 2) / (ends * (left.size - ends)))


def calibration_error(left: NDArray[np.bool_], chance: Array) -> float:
    """Mean distance between chance and share in bins of equal size (expected calibration error)."""
    bins = np.array_split(np.argsort(chance, kind="stable"), BINS)
    return float(sum(abs(chance[rows].mean() - left[rows].mean()) * rows.size for rows in bins) / left.size)


def judged(path: Path, repeats: int = REPEATS, candidates: tuple[ChurnSettings, ...] = CANDIDATES) -> dict[str, float]:
    """AUC of both sides, the gain within a fold with its standard error, and the error of pooled chances."""
    features, left, names = read(path)
    ours, theirs, chances, truths = [], [], [], []
    for repeat in range(repeats):
        rng = np.random.default_rng(repeat)
        outer = rng.permutation(left.size) % FOLDS
        for each in range(FOLDS):
            learn, out = outer != each, outer == each
            inner = (rng.permutation(int(learn.sum())) % FOLDS).astype(np.int64)
            examples = ChurnExamples(features[learn], left[learn], inner)
            model = ChurnClassifier.fit(examples, features=names, candidates=candidates, seed=100 * repeat + each)
            chance = model.probability(features[out])
            ours.append(area(left[out], chance))
            theirs.append(area(left[out], says(tuned_logistic(features[learn], left[learn], inner), features[out])))
            chances.append(chance)
            truths.append(left[out])
    gain = np.array(ours) - np.array(theirs)
    return {
        "auc": float(np.mean(ours)),
        "auc_logistic": float(np.mean(theirs)),
        "gain": float(gain.mean()),
        # folds share rows: the variance of a mean over repeated folds as in Nadeau & Bengio (2003), Machine Learning 52
        "gain_error": float(np.sqrt((1 / gain.size + 1 / (FOLDS - 1)) * gain.var(ddof=1))),
        "calibration_error": calibration_error(np.concatenate(truths), np.concatenate(chances)),
        "folds": gain.size,
    }


if __name__ == "__main__":
    print(json.dumps(judged(Path(sys.argv[1]))))
