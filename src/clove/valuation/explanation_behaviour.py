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


def corrections(model: BoostedValue, behaviour: Behaviour) -> tuple[Correction, ...]:
    """All of them; the weighted mean of their exponentials is the boosted value's correction.

    Args:
        model: Fitted.
        behaviour: Columns of n customers.
    """
    folds = len(model.folds)
    trees = [grown(fold.value) for fold in model.folds]
    of_trees, of_lines = ([place_of(name) for name in names] for names in (model.tree_features, model.line_features))
    n = len(behaviour.trees)
    tables = [ShapleyTables.of(each, of_trees) for each in trees]
    shares, constants = np.zeros((folds, n, len(FACTORS))), np.zeros(folds)

    def share(job: tuple[int, int]) -> None:
        fold, start = job
        rows = slice(start, start + BLOCK)
        table = tables[fold]
        if table is not None:
            shares[fold, rows] = table.shares(behaviour.trees[rows], len(FACTORS))
            constants[fold] = table.constant + np.log(model.level)
            return
        parts = np.asarray(trees[fold].predict(behaviour.trees[rows], pred_contrib=True, num_threads=1), np.float64)
        shares[fold, rows] = _grouped(parts[:, :-1], of_trees)
        constants[fold] = parts[0, -1] + np.log(model.level)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(share, [(fold, start) for fold in range(folds) for start in range(0, n, BLOCK)]))
    by_trees = [
        Correction.of(0.5 / folds, float(constant), part) for constant, part in zip(constants, shares, strict=True)
    ]
    by_lines = []
    for fold in model.folds:
        parts = fold.line.contributions(behaviour.line)
        by_lines.append(Correction.of(0.5 / folds, float(parts[0, 0]), _grouped(parts[:, 1:], of_lines)))
    return (*by_trees, *by_lines)


def _grouped(parts: Floats, places: list[int]) -> Floats:
    """Columns added up by factor, shape (n, len(FACTORS))."""
    grouped = np.zeros((len(parts), len(FACTORS)))
    for column, place in enumerate(places):
        grouped[:, place] += parts[:, column]
    return grouped
