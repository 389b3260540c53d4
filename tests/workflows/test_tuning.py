"""Tuning picks what does better on customers that were not learnt from, and sees nothing of what came later."""

import csv
import json
from datetime import date
from importlib import util

import numpy as np
import pytest

from clove.engine.local import LocalEngine
from clove.intake.read import read
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models import BgNbd
from clove.models.boosted_folds import Examples
from clove.models.boosted_value import BoostedValue, Outlook
from clove.models.tree_settings import UNTUNED, TreeSettings
from clove.valuation.blend import Blend
from clove.valuation.boosted_score import ranked_probability
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows import tuning
from clove.workflows.opening import EPOCH, Opening
from clove.workflows.request import ValueRequest
from clove.workflows.simulate import simulate_shop
from clove.workflows.training import RollingOrigins
from clove.workflows.tuning import tune
from clove.workflows.value import value

OPENED, DAY = date(2024, 1, 1), date(2025, 6, 30)
OPENING = Opening(np.array([(OPENED - EPOCH).days]))


def outlook(n=40, seed=3):
    random = np.random.default_rng(seed)
    ratios = np.sort(random.gamma(1.5, 1.0, (3, 16)), axis=1)
    active = random.uniform(0.05, 0.95, n)
    came = np.where(random.uniform(size=n) < active, random.gamma(1.0, 50.0, n), 0.0)
    return Outlook(random.gamma(2.0, 20.0, n), active, random.integers(0, 3, n), np.zeros(n)), ratios, came


def test_the_score_is_that_of_its_definition():
    seen, ratios, came = outlook()
    score = ranked_probability(seen, ratios, came)
    for i, y in enumerate(came):
        amounts = np.append(0.0, seen.expected[i] / seen.active[i] * ratios[seen.band[i]])
        mass = np.append(1 - seen.active[i], np.full(16, seen.active[i] / 16))
        apart = np.abs(amounts[:, None] - amounts)
        assert score[i] == pytest.approx(mass @ np.abs(amounts - y) - mass @ apart @ mass / 2, rel=1e-12)


def test_the_score_is_the_one_that_the_blend_is_weighed_by():
    seen, ratios, came = outlook(200)
    amounts = (seen.expected / seen.active)[:, None] * ratios[seen.band]
    size = 10.0 + seen.expected
    blend = Blend.learn(np.zeros((200, 4)), amounts, seen.active, came, size)
    assert (ranked_probability(seen, ratios, came) / size).mean() == pytest.approx(blend.boosted_score, rel=1e-12)


def noisy(seed):
    """The purchase model is right, and no column says anything: trees can only lose."""
    random = np.random.default_rng(seed)
    n = 1200
    expected, active = random.gamma(2.0, 20.0, n), random.uniform(0.2, 0.8, n)
    spend = np.where(random.uniform(size=n) < active, random.exponential(expected / active), 0.0)
    return Examples(
        random.normal(size=(n, 6)), random.normal(size=(n, 2)), expected, active, spend, random.integers(0, 3, n)
    )


@pytest.fixture(scope="module")
def noise():
    return noisy(8)


def test_the_best_is_never_worse_than_untuned_and_the_same_seed_finds_the_same(noise):
    found = tune(noise, window_days=90.0, trials=6, seed=4)
    assert found.untuned.settings == UNTUNED
    assert (found.trials, found.examples) == (6, 1200)
    assert found.gain > 0.005
    assert tune(noise, window_days=90.0, trials=6, seed=4) == found
    assert tune(noise, window_days=90.0, trials=1, seed=4).best == found.untuned


def test_what_tuning_gains_holds_for_people_whom_it_never_saw(noise):
    best = tune(noise, window_days=90.0, trials=6, seed=4).best.settings
    fresh = noisy(9)
    missed = {}
    for settings in (best, UNTUNED):
        model = BoostedValue.fit(
            noise, tree_features=tuple("abcdef"), line_features=("a", "b"), window_days=90.0, trees=settings
        ).model
        missed[settings] = ranked_probability(model.forecast(fresh), np.array(model.ratios), fresh.spend).mean()
    assert missed[best] < missed[UNTUNED]


def test_settings_reach_the_trees_and_are_read_back(noise):
    settings = TreeSettings(learning_rate=0.1, num_leaves=3, min_child_samples=20, feature_fraction=1.0, rounds=7)
    model = BoostedValue.fit(
        noise, tree_features=tuple("abcdef"), line_features=("a", "b"), window_days=90.0, trees=settings
    ).model
    for fold in model.folds:
        for text in (fold.value, fold.active):
            assert text.count("\nTree=") == 7
            assert "[num_leaves: 3]" in text
            assert "[min_data_in_leaf: 20]" in text
            assert "[learning_rate: 0.1]" in text
            assert "[feature_fraction: 1]" in text
    assert BoostedValue.from_json(model.to_json()) == model


def test_few_who_bought_are_all_taken(noise, monkeypatch):
    monkeypatch.setattr(tuning, "MOST_EXAMPLES", 600)
    assert tune(noise, window_days=90.0, trials=1, seed=1).examples == 600
    monkeypatch.setattr(tuning, "FEWEST_BUYERS", 400)
    assert tune(noise, window_days=90.0, trials=1, seed=1).examples == 1200
    with pytest.raises(NotEnoughData):
        tune(noise.take(np.arange(200)), window_days=90.0, trials=1, seed=1)


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    return simulate_shop(500, 7, tmp_path_factory.mktemp("shop") / "shop").folder / "orders.csv"


def trained(orders, trials):
    with LocalEngine.open(threads=1) as engine:
        read(engine, [orders], mapping=None, today=date(2026, 11, 20))
        return RollingOrigins(engine, OPENING, 120, BgNbd, 1, trials).train(DAY)


def changed(orders, folder, *, after):
    """Every amount after the date is seven times what it was, or one amount before it."""
    with orders.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    picked = [row for row in rows if (row["ordered_at"][:10] > DAY.isoformat()) == after and float(row["amount"]) > 0]
    for row in picked if after else picked[100:101]:
        row["amount"] = f"{7 * float(row['amount']):.2f}"
    path = folder / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_tuning_sees_nothing_after_the_date(orders, tmp_path):
    found = trained(orders, 2)
    later = trained(changed(orders, tmp_path, after=True), 2)
    assert later.tuning == found.tuning
    assert later.model.to_json() == found.model.to_json()
    earlier = trained(changed(orders, tmp_path, after=False), 2)
    assert earlier.tuning != found.tuning
    assert found.model.settings == found.tuning.best.settings


@pytest.mark.parametrize("trials", [-1, 1001])
def test_trials_out_of_range_are_refused(tmp_path, trials):
    with pytest.raises(ArgumentRefused, match="trials"):
        ValueRequest((tmp_path / "orders.csv",), tmp_path, tune=trials).check()


def test_a_named_model_has_nothing_to_tune(tmp_path):
    with pytest.raises(ArgumentRefused, match="no trees to tune"):
        ValueRequest((tmp_path / "orders.csv",), tmp_path, model="bg-nbd", tune=3).check()


def test_without_the_extra_the_refusal_says_how_to_install_it(tmp_path, monkeypatch):
    there = util.find_spec
    monkeypatch.setattr(tuning, "find_spec", lambda name: None if name == "optuna" else there(name))
    with pytest.raises(ArgumentRefused) as refused:
        ValueRequest((tmp_path / "orders.csv",), tmp_path, tune=3).check()
    assert "pip install 'clove-clv[tune]'" in refused.value.remedy
    ValueRequest((tmp_path / "orders.csv",), tmp_path).check()


def test_a_run_records_what_was_tuned(orders, tmp_path):
    value(ValueRequest((orders,), tmp_path / "out", tune=2), build(Settings(threads=1)))
    run = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    found = run["boosted_value"]["tuning"]
    assert run["tune"] == found["trials"] == 2
    assert run["boosted_value"]["settings"] == found["best"]["settings"]
    assert found["best"]["score"] <= found["untuned"]["score"]
    assert "optuna" in run["versions"]
    card = (tmp_path / "out" / "model-card.md").read_text("utf-8")
    assert "the best of 2 that were tried" in card
    assert "--tune 2" in card
