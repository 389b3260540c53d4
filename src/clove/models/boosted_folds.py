"""What the boosted value learns without a third of the customers, and what that says of them: trees and a line."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.models.tree_settings import TreeSettings
from clove.models.trees import grown
from clove.models.tweedie_regression import POWER, TweedieRegression

FOLDS = 3  # by customer: whoever is in one is forecast by the others
SMALLEST = 1e-6  # of an expectation, in money: a logarithm needs one
NEVER = 1e-9  # the same of a probability
TWO_PART, TWEEDIE = "two-part", "tweedie"
FORMS = (TWEEDIE, TWO_PART)
"""Of the trees' mean: at once, or the probability of any spend times what is then spent. The first is the default."""
GIVEN_POWER = 1.7  # variance ~ mean^GIVEN_POWER of what is spent if anything is: near a gamma's 2


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Customers as of dates in the past, and what they then spent; n rows, a customer in several of them."""

    trees: Floats  # (n, f) features, nan where unknown
    line: Floats  # (n, g) features of the line, finite
    expected: Floats  # (n,) spend that the purchase model expected of the window
    active: Floats  # (n,) probability of a purchase in it, by the purchase model
    spend: Floats  # (n,) what came
    fold: Ints  # (n,) from 0 to FOLDS - 1, the same for all rows of a customer

    def take(self, rows: Bools | Ints) -> Self:
        """Some of them."""
        return type(self)(
            self.trees[rows], self.line[rows], self.expected[rows], self.active[rows], self.spend[rows], self.fold[rows]
        )

    @property
    def given(self) -> Floats:
        """Spend that the purchase model expected of a customer who buys, shape (n,)."""
        return np.maximum(self.expected, SMALLEST) / np.maximum(self.active, NEVER)


@dataclass(frozen=True, slots=True)
class Fold:
    """What was learnt without a third of the customers."""

    value: str  # LightGBM's text: log of the factor on the expected spend, or on that of a customer who buys
    active: str  # LightGBM's text: shift of the log odds of a purchase
    line: TweedieRegression


def level_of(form: str, examples: Examples) -> float:
    """What came over what the purchase model had expected: of all, or of those who bought, given that they do."""
    if form == TWEEDIE:
        return float(examples.spend.sum() / np.maximum(examples.expected, SMALLEST).sum())
    return float(examples.spend.sum() / examples.given[examples.spend > 0].sum())


def learn(examples: Examples, levels: dict[str, float], seed: int, settings: TreeSettings) -> dict[str, Fold]:
    """Trees and a line, by form; what two forms have in common is learnt once.

    Args:
        examples: Some with a purchase.
        levels: Of each form that is wanted: where its trees start.
        seed: Of the trees.
        settings: Of all trees.
    """
    import lightgbm

    trees = {**settings.parameters, "seed": seed}
    expected = np.maximum(examples.expected, SMALLEST)
    scale, bought = float(examples.spend.mean()), examples.spend > 0
    # bins are cut once: boosters differ by what they are told of the same columns
    data = lightgbm.Dataset(examples.trees, bought * 1.0, init_score=log_odds(examples.active))
    active = lightgbm.train({**trees, "objective": "binary"}, data, settings.rounds).model_to_string()
    line = TweedieRegression.fit(examples.line, examples.spend, np.log(expected))
    folds = {}
    for form, level in levels.items():
        if form == TWEEDIE:
            told, power = data, POWER
            told.set_label(examples.spend / scale).set_init_score(np.log(expected * level / scale))
        else:
            power = GIVEN_POWER
            start = np.log(examples.given[bought] * level / scale)
            told = lightgbm.Dataset(examples.trees[bought], examples.spend[bought] / scale, data, init_score=start)
        how = {**trees, "objective": "tweedie", "tweedie_variance_power": power}
        folds[form] = Fold(lightgbm.train(how, told, settings.rounds).model_to_string(), active, line)
    return folds


def apply(form: str, folds: tuple[Fold, ...], examples: Examples, level: float) -> tuple[Floats, Floats]:
    """Expected spend and probability of any, each of shape (n,): the mean of the folds' corrections.

    Args:
        form: Of the trees' mean.
        folds: That may forecast these customers.
        examples: Whose spend is not read.
        level: Where the form's trees started.
    """
    from scipy.special import expit

    expected = np.maximum(examples.expected, SMALLEST)
    shift = np.mean([_raw(fold.active, examples.trees) for fold in folds], axis=0)
    active = np.maximum(expit(log_odds(examples.active) + shift), NEVER)
    by_trees = np.mean([np.exp(_raw(fold.value, examples.trees)) for fold in folds], axis=0) * level
    if form == TWO_PART:
        by_trees *= active / np.maximum(examples.active, NEVER)
    by_line = np.mean([fold.line.correction(examples.line) for fold in folds], axis=0)
    return expected * (by_trees + by_line) / 2, active


def log_odds(probability: Floats) -> Floats:
    """Of probabilities that are held off 0 and 1, the same shape."""
    held = np.clip(probability, NEVER, 1 - NEVER)
    return np.log(held) - np.log1p(-held)


def _raw(text: str, features: Floats) -> Floats:
    raw: Floats = np.asarray(grown(text).predict(features, raw_score=True, num_threads=1), np.float64)
    return raw
