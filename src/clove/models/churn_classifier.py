"""Who leaves within a few months: boosted trees on what was known, calibrated on what came later."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.churn_boosters import grow, mean_contributions, mean_scores, unseen_scores
from clove.models.churn_calibration import ChurnCalibration
from clove.models.churn_settings import UNTUNED, ChurnSettings
from clove.models.documents import read_document
from clove.models.feature_baseline import FeatureBaseline
from clove.models.trees import digest, expect_digest

FEWEST_ENDS = 200  # rows that ended, below which trees tell chance
FLAT = 1e-9  # of log odds: the same
FORMAT = "the trees are XGBoost's JSON"


@dataclass(frozen=True, slots=True, eq=False)
class ChurnExamples:
    """Contracts as of dates in the past, and whether they then ended; n rows, a contract in several of them."""

    features: Floats  # (n, f), nan where unknown
    ended: Bools  # (n,)
    fold: Ints  # (n,) from 0, the same for all rows of a contract

    def take(self, rows: Bools | Ints) -> Self:
        """Some of them."""
        return type(self)(self.features[rows], self.ended[rows], self.fold[rows])

    def columns(self, chosen: list[int]) -> Self:
        """Some of the features."""
        return type(self)(self.features[:, chosen], self.ended, self.fold)

    def __post_init__(self) -> None:
        n = self.features.shape[0]
        if self.features.ndim != 2 or self.ended.shape != (n,) or self.fold.shape != (n,):
            raise ArgumentRefused(
                f"features of the shape {self.features.shape}, {self.ended.size} ends and {self.fold.size} folds",
                where="ChurnExamples",
                remedy="Give a row of each for every example",
            )


@dataclass(frozen=True, slots=True, eq=False)
class ChurnReasons:
    """What each feature adds to a chance, for n contracts: a chance is the base and the sum of its row."""

    base: float  # probability that the trees start from
    base_log_odds: float
    log_odds: Floats  # (n, f)
    points: Floats  # (n, f) of probability


@dataclass(frozen=True, slots=True)
class ChurnClassifier:
    """A fitted classifier: one booster for each fold of contracts, learnt without it, and a calibration.

    A row's score is the mean of the boosters' log odds (Chen & Guestrin 2016, XGBoost, KDD 785-794).
    """

    KIND: ClassVar[str] = "churn-classifier"

    features: tuple[str, ...]  # names, in the order of the columns
    trees: tuple[str, ...]  # XGBoost's JSON, by fold
    calibration: ChurnCalibration
    baseline: FeatureBaseline  # of the rows that it learnt from
    settings: ChurnSettings
    rows: int  # that it learnt from
    ends: int  # of them
    calibration_rows: int
    calibration_ends: int
    log_score: float  # mean log likelihood of the calibration's rows, each by trees that have not seen its contract

    @classmethod
    def fit(
        cls,
        examples: ChurnExamples,
        later: ChurnExamples | None = None,
        *,
        features: tuple[str, ...],
        candidates: tuple[ChurnSettings, ...] = (UNTUNED,),
        seed: int = 1,
    ) -> Self:
        """Grow trees without each fold in turn, and calibrate what they say of the fold.

        Args:
            examples: To learn from; folds from 0 to k - 1, k at least 2, are all there.
            later: Rows of a later time to calibrate on, with the same folds; the examples themselves, each by trees
                that have not seen its fold, where time is not known.
            features: Names of the columns.
            candidates: Of several settings that one with which the examples are likeliest, each row by trees that have
                not seen its fold.
            seed: Same seed, same model.

        Raises:
            NotEnoughData: Fewer than two hundred rows ended or stayed, or no score rises with the chance of an end.
            ArgumentRefused: Names or folds do not fit the examples.
        """
        folds = _check(examples, later, features)
        ends = int(examples.ended.sum())
        if min(ends, examples.ended.size - ends) < FEWEST_ENDS:
            raise NotEnoughData(
                f"{ends:,} of {examples.ended.size:,} rows ended; {FEWEST_ENDS} have to have ended and as many stayed",
                where="ChurnClassifier.fit",
                remedy="Give a longer history",
            )

        def learn(settings: ChurnSettings) -> tuple[str, ...]:
            return grow(examples.features, examples.ended, examples.fold, folds=folds, settings=settings, seed=seed)

        judged = examples if later is None else later
        settings, trees = candidates[0], learn(candidates[0])
        if len(candidates) > 1:
            grown = [trees, *(learn(other) for other in candidates[1:])]
            scores = [
                log_score(unseen_scores(each, examples.features, examples.fold), examples.ended) for each in grown
            ]
            best = int(np.argmax(scores))
            settings, trees = candidates[best], grown[best]
        raw = unseen_scores(trees, judged.features, judged.fold)
        calibration = ChurnCalibration.fit(raw, judged.ended)
        return cls(
            features,
            trees,
            calibration,
            FeatureBaseline.of(examples.features),
            settings,
            examples.ended.size,
            ends,
            judged.ended.size,
            int(judged.ended.sum()),
            log_score(calibration.apply(raw), judged.ended),
        )

    def probability(self, features: Floats) -> Floats:
        """Chance of an end within the months of the label, shape (n,)."""
        from scipy.special import expit

        chance: Floats = expit(self.calibration.apply(mean_scores(self.trees, self._checked(features))))
        return chance

    def unseen_probability(self, examples: ChurnExamples) -> Floats:
        """The same by trees that have not seen the row's fold alone, shape (n,)."""
        from scipy.special import expit

        raw = unseen_scores(self.trees, self._checked(examples.features), examples.fold)
        chance: Floats = expit(self.calibration.apply(raw))
        return chance

    def reasons(self, features: Floats) -> ChurnReasons:
        """What each feature adds to each chance.

        Log odds are TreeSHAP's, on the calibrated scale; points of probability share out the way from the base to the
        chance in their proportion.
        """
        from scipy.special import expit

        parts = mean_contributions(self.trees, self._checked(features))
        each, start = parts[:, :-1], parts[:, -1]
        raw_base = float(start[0]) if start.size else 0.0
        base, reached = (self.calibration.apply(score) for score in (start, start + each.sum(axis=1)))
        moved = each.sum(axis=1)
        near = np.abs(moved) < FLAT
        # where all add up to nothing the curve's own slope stands for the way
        ahead = self.calibration.apply(start + FLAT)
        stretch = np.where(near, (ahead - base) / FLAT, (reached - base) / np.where(near, 1.0, moved))
        log_odds = each * stretch[:, None]
        way = np.where(
            near,
            expit(base) * (1 - expit(base)) * stretch,
            (expit(reached) - expit(base)) / np.where(near, 1.0, moved),
        )
        origin = float(self.calibration.apply(np.array([raw_base]))[0])
        return ChurnReasons(float(expit(origin)), origin, log_odds, each * way[:, None])

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": self.KIND, "format": FORMAT, **asdict(self), "sha256": digest(*self.trees)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote.

        Raises:
            ArgumentRefused: Another document, or trees that are not those that were written.
        """
        document: dict[str, Any] = read_document(text, cls.KIND, (*(each.name for each in fields(cls)), "sha256"))
        trees = tuple(map(str, document["trees"]))
        expect_digest(document["sha256"], *trees, where=cls.KIND)
        return cls(
            tuple(map(str, document["features"])),
            trees,
            ChurnCalibration.from_mapping(document["calibration"]),
            FeatureBaseline.from_mapping(document["baseline"]),
            ChurnSettings.from_mapping(document["settings"]),
            int(document["rows"]),
            int(document["ends"]),
            int(document["calibration_rows"]),
            int(document["calibration_ends"]),
            float(document["log_score"]),
        )

    def _checked(self, features: Floats) -> Floats:
        if features.ndim != 2 or features.shape[1] != len(self.features):
            raise ArgumentRefused(
                f"features of the shape {features.shape}",
                where=self.KIND,
                remedy=f"Give the {len(self.features)} columns {', '.join(self.features)}",
            )
        return features


def log_score(log_odds: Floats, ended: Bools) -> float:
    """Mean log likelihood of what came."""
    return float(-np.logaddexp(0.0, np.where(ended, -log_odds, log_odds)).mean())


def _check(examples: ChurnExamples, later: ChurnExamples | None, features: tuple[str, ...]) -> int:
    """How many folds there are."""
    folds = np.unique(examples.fold)
    if folds.size < 2 or folds[0] != 0 or folds[-1] != folds.size - 1:
        raise ArgumentRefused(
            f"folds {', '.join(map(str, folds[:5]))}",
            where="ChurnClassifier.fit",
            remedy="Number the folds from 0, at least two, with examples in each",
        )
    widths = {examples.features.shape[1]} | ({later.features.shape[1]} if later else set())
    if widths != {len(features)}:
        raise ArgumentRefused(
            f"{len(features)} names for {' and '.join(map(str, sorted(widths)))} features",
            where="ChurnClassifier.fit",
            remedy="Give a name for every column, the same of all rows",
        )
    if later is not None and not np.isin(later.fold, folds).all():
        raise ArgumentRefused(
            "a later row of a fold that no example is in",
            where="ChurnClassifier.fit",
            remedy="Give later rows the folds of their contracts",
        )
    return int(folds.size)
