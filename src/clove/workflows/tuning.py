"""Search for settings of the trees on examples whose outcomes are known; nothing else is looked at."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from clove.kernel.errors import ArgumentRefused
from clove.models.boosted_folds import Examples
from clove.models.boosted_value import FEWEST_BUYERS, BoostedValue
from clove.models.tree_settings import UNTUNED, TreeSettings
from clove.valuation.behaviour import LINE_FEATURES, TREE_FEATURES
from clove.valuation.boosted_score import ranked_probability

if TYPE_CHECKING:
    from optuna import Trial

MOST_TRIALS = 1_000
MOST_EXAMPLES = 20_000  # that a trial learns from: settings differ by more than the sample's chance


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial."""

    settings: TreeSettings
    score: float  # mean CRPS of customers that the trees had not seen, relative to what was expected of them


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was tried, and what came of it."""

    best: Tried
    untuned: Tried  # the settings that hold where nothing is tuned; the first trial, so that the best is never worse
    trials: int
    examples: int  # that each trial learnt from

    @property
    def gain(self) -> float:
        """Share of the score that tuning took off."""
        return 1 - self.best.score / self.untuned.score if self.untuned.score > 0 else 0.0


def check_trials(trials: int) -> None:
    """Refuse a number of trials that cannot be made.

    Raises:
        ArgumentRefused: Out of range, or the library that searches is not installed.
    """
    if not 0 <= trials <= MOST_TRIALS:
        raise ArgumentRefused(
            f"{trials} trials", where="--tune", remedy=f"Give a number from 1 to {MOST_TRIALS}, or 0 for none"
        )
    if trials and find_spec("optuna") is None:
        raise ArgumentRefused(
            "tuning needs Optuna, which is not installed",
            where="--tune",
            remedy="Install it with: pip install 'clove-clv[tune]'",
        )


def tune(examples: Examples, *, window_days: float, trials: int, seed: int) -> Tuning:
    """Try settings one after another, each judged on customers that it has not learnt from.

    Bergstra et al. (2011), "Algorithms for hyper-parameter optimization", NIPS 24, propose the next settings from those
    that did well so far.

    Args:
        examples: Whose windows have all ended.
        window_days: Length of the windows.
        trials: How many, at least 1.
        seed: Of the search and of the trees.

    Raises:
        NotEnoughData: Too few examples, or too few with a purchase.
    """
    import optuna

    sample = _sample(examples)
    size = sample.expected + float(sample.expected.mean())  # or a few large customers would decide alone
    made: list[Tried] = []

    def judge(trial: "Trial") -> float:
        settings = TreeSettings(
            learning_rate=trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
            num_leaves=trial.suggest_int("num_leaves", 3, 31, log=True),
            min_child_samples=trial.suggest_int("min_child_samples", 10, 300, log=True),
            feature_fraction=trial.suggest_float("feature_fraction", 0.3, 1.0),
            rounds=trial.suggest_int("rounds", 40, 400, log=True),
        )
        learnt = BoostedValue.fit(
            sample,
            tree_features=TREE_FEATURES,
            line_features=LINE_FEATURES,
            window_days=window_days,
            seed=seed,
            trees=settings,
        )
        missed = ranked_probability(learnt.unseen, np.array(learnt.model.ratios), sample.spend)
        made.append(Tried(settings, float((missed / size).mean())))
        return made[-1].score

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # what stops a trial is told by whoever asked for it
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: getattr(UNTUNED, name) for name in TreeSettings.__dataclass_fields__})
    study.optimize(judge, n_trials=trials)
    # the first of equals, so that the untuned settings stay unless something is better
    return Tuning(min(made, key=lambda tried: tried.score), made[0], len(made), sample.spend.size)


def _sample(examples: Examples) -> Examples:
    """Every so many of them, or all where that would leave too few who bought."""
    some = examples.take(np.arange(0, examples.spend.size, -(-examples.spend.size // MOST_EXAMPLES)))
    return some if (some.spend > 0).sum() >= FEWEST_BUYERS else examples
