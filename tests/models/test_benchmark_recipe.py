import hashlib
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from clove.features.customer_features import BENCHMARK_FEATURES
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.benchmark_recipe import (
    FEATURES,
    HYPER_PARAMETERS,
    ORDERS,
    BenchmarkRecipe,
    cross_fitted,
    stratified_folds,
)

# LightGBM writes its own names for what the recipe gives by theirs
WRITTEN = {
    "objective": "objective: regression",
    "metric": "metric: l1",
    "n_estimators": "num_iterations: 300",
    "learning_rate": "learning_rate: 0.05",
    "num_leaves": "num_leaves: 31",
    "min_child_samples": "min_data_in_leaf: 20",
    "feature_fraction": "feature_fraction: 0.8",
    "bagging_fraction": "bagging_fraction: 0.8",
    "bagging_freq": "bagging_freq: 5",
    "reg_alpha": "lambda_l1: 0.1",
    "reg_lambda": "lambda_l2: 0.1",
    "random_state": "seed: 42",
}


def world(customers=400, seed=1):
    """Features whose total spend says something about a skewed target with many zeros."""
    rng = np.random.default_rng(seed)
    features = rng.gamma(2.0, 1.0, (customers, len(FEATURES)))
    features[:, ORDERS] = rng.integers(2, 9, customers)
    total = features[:, FEATURES.index("monetary_total")]
    target = np.where(rng.random(customers) < 0.3, 0.0, 50 * total * rng.lognormal(0.0, 1.0, customers))
    return features, target


@pytest.fixture(scope="module")
def fitted():
    features, target = world()
    return features, target, BenchmarkRecipe.fit(features, target)


def test_the_features_are_those_of_the_feature_set_in_its_order():
    assert FEATURES == BENCHMARK_FEATURES
    assert len(FEATURES) == 22


def test_the_hyper_parameters_are_read_back_from_the_trained_trees(fitted):
    trees = fitted[2].trees
    assert set(WRITTEN) == set(HYPER_PARAMETERS)
    for line in WRITTEN.values():
        assert f"[{line}]" in trees
    assert trees.count("\nTree=") == 300
    assert max(int(leaves) for leaves in re.findall(r"num_leaves=(\d+)", trees)) <= 31


def test_equal_data_give_equal_bytes_in_any_process(fitted, tmp_path):
    features, target, recipe = fitted
    assert BenchmarkRecipe.fit(features, target).to_json() == recipe.to_json()
    words = (
        "import sys, hashlib, numpy as np; from clove.models.benchmark_recipe import BenchmarkRecipe; "
        "z = np.load(sys.argv[1]); print(hashlib.sha256(BenchmarkRecipe.fit(z['x'], z['y']).to_json().encode())"
        ".hexdigest())"
    )

    path = tmp_path / "world.npz"
    np.savez(path, x=features, y=target)
    done = subprocess.run([sys.executable, "-c", words, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(recipe.to_json().encode()).hexdigest()
    assert done.stderr == ""


def test_a_target_that_is_the_same_for_all_comes_back_through_the_logs():
    features, _ = world()
    recipe = BenchmarkRecipe.fit(features, np.full(len(features), 622.0))
    # LightGBM holds targets in single precision
    assert recipe.predict(features) == pytest.approx(np.full(len(features), 622.0), rel=1e-6)
    assert BenchmarkRecipe.fit(features, np.zeros(len(features))).predict(features).tolist() == [0.0] * len(features)


def test_forecasts_are_never_below_zero_and_follow_the_target(fitted):
    features, target, recipe = fitted
    forecast = recipe.predict(features)
    assert (forecast >= 0).all()
    assert np.corrcoef(np.log1p(forecast), np.log1p(target))[0, 1] > 0.6


def test_who_bought_once_gets_the_median_and_teaches_nothing(fitted):
    features, target, recipe = fitted
    assert recipe.median == np.median(target)
    assert recipe.customers == len(target)
    cold = features.copy()
    cold[:3, ORDERS] = 1
    assert recipe.predict(cold)[:3].tolist() == [recipe.median] * 3
    assert recipe.predict(cold)[3:].tolist() == recipe.predict(features)[3:].tolist()
    loud = target.copy()
    loud[:3] = 1e6
    assert BenchmarkRecipe.fit(cold, loud).to_json() == BenchmarkRecipe.fit(cold[3:], target[3:]).to_json()


def test_contributions_add_up_to_the_log_of_the_forecast(fitted):
    features, _, recipe = fitted
    parts = recipe.contributions(features)
    assert parts.shape == (len(features), 23)
    forecast = np.maximum(np.expm1(parts.sum(axis=1)), 0.0)
    assert forecast == pytest.approx(recipe.predict(features), rel=1e-9, abs=1e-9)
    importance = recipe.importance(features)
    assert importance == pytest.approx(np.abs(parts[:, :-1]).mean(axis=0))
    assert FEATURES[int(np.argmax(importance))] == "monetary_total"
    cold = features[:5].copy()
    cold[1, ORDERS] = 1
    assert np.isnan(recipe.contributions(cold)[1]).all()
    assert recipe.importance(cold) == pytest.approx(recipe.importance(np.delete(cold, 1, axis=0)))


def test_what_is_unknown_may_be_nan():
    features, target = world()
    features[:, FEATURES.index("evening_purchase_ratio")] = np.nan
    assert np.isfinite(BenchmarkRecipe.fit(features, target).predict(features)).all()


def test_cross_fitting_does_not_see_what_it_forecasts():
    features, target = world()
    honest = cross_fitted(features, target, seed=3)
    richest = int(np.argmax(target))
    louder = target.copy()
    louder[richest] *= 1e4  # still the richest: the folds stay
    changed = cross_fitted(features, louder, seed=3)
    assert changed[richest] == honest[richest]
    others = np.delete(np.arange(target.size), richest)
    assert (changed[others] != honest[others]).any()
    own_fold = stratified_folds(target, 3) == stratified_folds(target, 3)[richest]
    assert changed[own_fold].tolist() == honest[own_fold].tolist()


def test_cross_fitting_is_five_fits_put_together():
    features, target = world()
    features[::10, ORDERS] = 1
    warm = features[:, ORDERS] >= 2
    forecast = cross_fitted(features, target, seed=3)
    assert forecast[~warm].tolist() == [np.median(target[warm])] * int((~warm).sum())
    x, y = features[warm], target[warm]
    folds = stratified_folds(y, 3)
    for fold in range(5):
        recipe = BenchmarkRecipe.fit(x[folds != fold], y[folds != fold])
        assert forecast[warm][folds == fold].tolist() == recipe.predict(x[folds == fold]).tolist()


@pytest.mark.parametrize("customers", [2815, 100, 63, 5, 1, 0])
def test_folds_are_even_in_size_and_in_every_fifth(customers):
    target = np.random.default_rng(2).permutation(customers).astype(float)
    folds = stratified_folds(target, seed=42)
    assert (folds == 0).sum() == -(-customers // 5)  # 563 of the 2,815 that were published
    sizes = np.bincount(folds, minlength=5)
    assert np.ptp(sizes) <= 1
    fifth = (2 * np.argsort(np.argsort(target)) + 1) * 5 // max(2 * customers, 1)
    for each in range(5):
        assert np.ptp(np.bincount(folds[fifth == each], minlength=5)) <= 1
    assert folds.tolist() == stratified_folds(target, seed=42).tolist()
    if customers > 50:
        assert folds.tolist() != stratified_folds(target, seed=43).tolist()


def test_equal_targets_are_in_one_fifth():
    target = np.concatenate([np.zeros(400), np.arange(1.0, 101.0)])
    folds = stratified_folds(target, 1)
    assert np.bincount(folds[target == 0]).tolist() == [80] * 5
    assert np.bincount(folds[target > 0]).tolist() == [20] * 5


def test_the_document_reads_back_to_the_last_bit(fitted):
    features, _, recipe = fitted
    again = BenchmarkRecipe.from_json(recipe.to_json())
    assert again == recipe
    assert again.predict(features).tolist() == recipe.predict(features).tolist()
    assert json.loads(recipe.to_json())["model"] == "benchmark-recipe"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "no JSON",
        lambda document: json.dumps({**document, "model": "bg-nbd"}),
        lambda document: json.dumps({name: value for name, value in document.items() if name != "median"}),
        # without the check LightGBM would end the process, not raise
        lambda document: json.dumps({**document, "trees": document["trees"][:50_000]}),
        lambda document: json.dumps({**document, "trees": document["trees"].replace("orders", "frequency")}),
    ],
)
def test_other_documents_are_refused(fitted, spoil):
    with pytest.raises(ArgumentRefused):
        BenchmarkRecipe.from_json(spoil(json.loads(fitted[2].to_json())))


def test_what_cannot_be_learnt_is_refused():
    features, target = world(100)
    with pytest.raises(ArgumentRefused, match="shape"):
        BenchmarkRecipe.fit(features[:, :21], target)
    with pytest.raises(ArgumentRefused, match="100 customers"):
        BenchmarkRecipe.fit(features, target[:99])
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(ArgumentRefused, match="target"):
            BenchmarkRecipe.fit(features, np.where(np.arange(100) == 5, wrong, target))
    endless = features.copy()
    endless[3, 4] = np.inf
    with pytest.raises(ArgumentRefused, match="infinite"):
        BenchmarkRecipe.fit(endless, target)
    nobody = features.copy()
    nobody[3, ORDERS] = np.nan
    with pytest.raises(ArgumentRefused, match="orders"):
        BenchmarkRecipe.fit(nobody, target)
    with pytest.raises(NotEnoughData, match="49 of 49"):
        BenchmarkRecipe.fit(features[:49], target[:49])
    with pytest.raises(NotEnoughData):
        cross_fitted(features[:60], target[:60], seed=1)


def test_lightgbm_is_loaded_by_the_first_fit_alone():
    words = "import sys, clove.models.benchmark_recipe, clove.cli.app; print('lightgbm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
