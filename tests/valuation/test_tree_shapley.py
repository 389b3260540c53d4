"""Tables give the Shapley values that LightGBM gives, whatever is missing."""

import itertools
from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from clove.models.tree_settings import UNTUNED
from clove.valuation import tree_shapley
from clove.valuation.shapley import shapley_values
from clove.valuation.tree_shapley import ShapleyTables, leaf_table

COLUMNS = 9


def grown_on(rows: int = 4_000, leaves: int = 8, **more: object) -> tuple[lightgbm.Booster, np.ndarray]:
    """Trees, and rows with other gaps than those that they were grown on."""
    rng = np.random.default_rng(3)
    x = rng.lognormal(size=(rows, COLUMNS))
    x[:, 2:5] = np.round(x[:, 2:5])
    x[rng.random(x.shape) < 0.1] = np.nan
    x[:, 7] = rng.normal(size=rows)  # never missing in training: a gap then counts as 0
    mean = np.exp(0.4 * np.nan_to_num(x[:, 0]) - 0.5 * np.isnan(x[:, 1]) + 0.2 * np.nan_to_num(x[:, 3]) + 0.4 * x[:, 7])
    y = np.where(rng.random(rows) < 0.5, mean * rng.gamma(2.0, size=rows), 0.0)
    settings = replace(UNTUNED, num_leaves=leaves, rounds=25).parameters
    trees = lightgbm.train({**settings, "objective": "tweedie", **more}, lightgbm.Dataset(x, y), 25)
    asked = x[:400].copy()
    asked[rng.random(asked.shape) < 0.1] = np.nan
    asked[rng.random(asked.shape) < 0.1] = 0.0
    return trees, asked


@pytest.mark.parametrize(
    ("leaves", "more"),
    [(2, {}), (8, {}), (20, {}), (8, {"zero_as_missing": True}), (8, {"use_missing": False})],
    ids=str,
)
def test_they_are_those_of_lightgbm(leaves, more):
    trees, asked = grown_on(leaves=leaves, **more)
    tables = ShapleyTables.of(trees, list(range(COLUMNS)))
    theirs = np.asarray(trees.predict(asked, pred_contrib=True))
    assert np.abs(theirs[:, :-1]).max() > 0.05
    assert tables.shares(asked, COLUMNS) == pytest.approx(theirs[:, :-1], abs=1e-12)
    assert tables.constant == pytest.approx(theirs[0, -1], abs=1e-12)


def test_columns_of_one_place_are_added_up():
    trees, asked = grown_on()
    places = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    theirs = np.asarray(trees.predict(asked, pred_contrib=True))[:, :-1]
    ours = ShapleyTables.of(trees, places).shares(asked, 4)
    assert ours[:, :3] == pytest.approx(theirs.reshape(-1, 3, 3).sum(axis=1), abs=1e-12)
    assert not ours[:, 3].any()


@pytest.mark.parametrize("d", [1, 2, 5, 8])
def test_a_leafs_table_is_its_game_in_closed_form(d):
    through = np.random.default_rng(d).uniform(0.05, 0.95, d)
    table = leaf_table(2.5, through)
    for pattern, passed in enumerate(itertools.product((0.0, 1.0), repeat=d)):
        answers = np.array(passed[::-1])
        worth = [
            [2.5 * np.prod([answers[k] if coalition >> k & 1 else through[k] for k in range(d)])]
            for coalition in range(1 << d)
        ]
        assert table[pattern] == pytest.approx(shapley_values(np.array(worth))[:, 0], abs=1e-13)


def test_trees_that_ask_nothing_move_nothing():
    x = np.ones((400, 2))
    trees = lightgbm.train({"objective": "regression", "verbosity": -1}, lightgbm.Dataset(x, np.full(400, 3.0)), 2)
    tables = ShapleyTables.of(trees, [0, 1])
    assert not tables.shares(x, 2).any()
    assert tables.constant == pytest.approx(3.0)


def test_tables_that_would_be_too_large_are_left_to_lightgbm(monkeypatch):
    trees, _ = grown_on()
    monkeypatch.setattr(tree_shapley, "MOST_COLUMNS", 2)
    assert ShapleyTables.of(trees, list(range(COLUMNS))) is None
    monkeypatch.setattr(tree_shapley, "MOST_COLUMNS", 10)
    monkeypatch.setattr(tree_shapley, "MOST_ENTRIES", 100)
    assert ShapleyTables.of(trees, list(range(COLUMNS))) is None
