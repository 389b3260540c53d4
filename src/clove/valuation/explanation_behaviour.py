"""What moved the boosted value: exact TreeSHAP of its trees, and the terms of its lines.

Lundberg, Erion & Lee (2018), "Consistent individualized feature attribution for tree ensembles", arXiv:1802.03888;
path dependent, as LightGBM's own.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.models.boosted_folds import TWO_PART
from clove.models.boosted_value import BoostedValue
from clove.models.trees import grown
from clove.valuation.behaviour import Behaviour
from clove.valuation.explanation_factors import FACTORS, place_of
from clove.valuation.tree_shapley import ShapleyTables

BLOCK = 4_096  # customers whose columns' shares are in memory at once


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """One fold's trees or line: a factor on the purchase model's forecast, in logs."""

    weight: float  # in the mean of all corrections
    base: float  # mean over the customers
    by_factor: Floats  # (n, len(FACTORS)) with means of 0; base + sum is the log of a customer's correction

    @classmethod
    def of(cls, weight: float, constant: float, by_factor: Floats) -> Self:
        """Centred on the customers at hand, so that the base is theirs and not that of the examples."""
        means = by_factor.mean(axis=0)
        return cls(weight, constant + float(means.sum()), by_factor - means)


def corrections(model: BoostedValue, behaviour: Behaviour, raised: Floats) -> tuple[Correction, ...]:
    """All of them; the weighted mean of their exponentials is the boosted value's correction.

    Args:
        model: Fitted.
        behaviour: Columns of n customers.
        raised: As in their `Outlook`: by how much the trees raise the log of the probability of any spend, shape (n,).
    """
    folds = len(model.folds)
    n = len(behaviour.trees)
    of_lines = [place_of(name) for name in model.line_features]
    values = _shares(model, [fold.value for fold in model.folds], behaviour)
    constant, of_any = 0.0, np.zeros((n, len(FACTORS)))
    if model.form == TWO_PART:
        constant, of_any = _of_any(_shares(model, [fold.active for fold in model.folds], behaviour), raised)
    start = constant + float(np.log(model.start))
    by_trees = [Correction.of(0.5 / folds, each + start, part + of_any) for part, each in values]
    by_lines = []
    for fold in model.folds:
        parts = fold.line.contributions(behaviour.line)
        by_lines.append(Correction.of(0.5 / folds, float(parts[0, 0]), _grouped(parts[:, 1:], of_lines)))
    return (*by_trees, *by_lines)


def _of_any(actives: list[tuple[Floats, float]], raised: Floats) -> tuple[float, Floats]:
    """The log of the probability of any spend, by factor; a constant and shape (n, len(FACTORS)).

    The trees share out the log odds, so the log of the probability goes by the same shares. The odds of all are moved
    by a constant too, which moves the probabilities of customers differently: what it does beyond its mean goes to the
    factors by the size of theirs.
    """
    odds, constant = (np.mean(each, axis=0) for each in zip(*actives, strict=True))
    shift = odds.sum(axis=1) + constant
    rate = np.where(shift != 0, raised / np.where(shift != 0, shift, 1.0), 0.0)
    size = np.abs(odds)
    whole = size.sum(axis=1, keepdims=True)
    of_all = constant * rate
    mean = float(of_all.mean())
    part = np.where(whole > 0, size / np.where(whole > 0, whole, 1.0), 1 / len(FACTORS))
    return mean, odds * rate[:, None] + (of_all - mean)[:, None] * part


def _shares(model: BoostedValue, texts: list[str], behaviour: Behaviour) -> list[tuple[Floats, float]]:
    """By factor, of each booster's raw answer, shape (n, len(FACTORS)), and the expectation where nothing is known."""
    places = [place_of(name) for name in model.tree_features]
    trees = [grown(text) for text in texts]
    tables = [ShapleyTables.of(each, places) for each in trees]
    n = len(behaviour.trees)
    shares, constants = np.zeros((len(texts), n, len(FACTORS))), np.zeros(len(texts))

    def share(job: tuple[int, int]) -> None:
        place, start = job
        rows = slice(start, start + BLOCK)
        table = tables[place]
        if table is not None:
            shares[place, rows] = table.shares(behaviour.trees[rows], len(FACTORS))
            constants[place] = table.constant
            return
        parts = np.asarray(trees[place].predict(behaviour.trees[rows], pred_contrib=True, num_threads=1), np.float64)
        shares[place, rows] = _grouped(parts[:, :-1], places)
        constants[place] = parts[0, -1]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(share, [(place, start) for place in range(len(texts)) for start in range(0, n, BLOCK)]))
    return [(part, float(constant)) for part, constant in zip(shares, constants, strict=True)]


def _grouped(parts: Floats, places: list[int]) -> Floats:
    """Columns added up by factor, shape (n, len(FACTORS))."""
    grouped = np.zeros((len(parts), len(FACTORS)))
    for column, place in enumerate(places):
        grouped[:, place] += parts[:, column]
    return grouped
