"""The line on logs: exact where it can be, and never off to infinity."""

import numpy as np
import pytest

from clove.models.tweedie_regression import POWER, TweedieRegression


def money(mean: np.ndarray, seed: int) -> np.ndarray:
    """Compound Poisson-gamma amounts of these means: many zeros, a long tail."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(1.2, mean.size)
    return mean / 1.2 * np.where(counts > 0, rng.gamma(np.maximum(3.0 * counts, 1e-9), 1 / 3.0), 0.0)


def test_weights_that_made_the_data_are_found():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(40_000, 2))
    offset = rng.normal(2.0, 0.5, 40_000)
    target = money(np.exp(offset + 0.3 + 0.5 * features[:, 0] - 0.2 * features[:, 1]), 2)
    fitted = TweedieRegression.fit(features, target, offset)
    slopes = np.array(fitted.weights[1:]) / np.array(fitted.spread)
    assert slopes == pytest.approx([0.5, -0.2], abs=0.04)  # the ridge pulls a little, as it should


def test_the_slope_of_the_loss_is_zero_but_for_the_ridge():
    rng = np.random.default_rng(3)
    features, offset = rng.normal(size=(3_000, 3)), rng.normal(1.0, 0.3, 3_000)
    target = money(np.exp(offset + 0.4 * features[:, 1]), 4)
    fitted = TweedieRegression.fit(features, target, offset)
    mean = np.exp(offset) * fitted.correction(features)
    # of the intercept, which no ridge touches: weighted residuals add up to nothing
    assert ((target - mean) * mean ** (1 - POWER)).sum() / target.sum() == pytest.approx(0.0, abs=1e-3)


def test_contributions_add_up_to_the_correction():
    rng = np.random.default_rng(5)
    features, offset = rng.normal(size=(500, 4)), np.zeros(500)
    fitted = TweedieRegression.fit(features, money(np.exp(features[:, 0]), 6), offset)
    assert np.exp(fitted.contributions(features).sum(axis=1)) == pytest.approx(fitted.correction(features), rel=1e-12)


def test_what_was_never_seen_counts_as_the_edge_of_what_was():
    rng = np.random.default_rng(7)
    features = rng.uniform(0, 1, size=(2_000, 1))
    fitted = TweedieRegression.fit(features, money(np.exp(2 * features[:, 0]), 8), np.zeros(2_000))
    edge, beyond = fitted.correction(np.array([[1.0], [1e9]]))
    assert beyond == edge


def test_a_feature_that_never_varies_says_nothing():
    rng = np.random.default_rng(9)
    features = np.column_stack([rng.normal(size=800), np.full(800, 3.0)])
    fitted = TweedieRegression.fit(features, money(np.ones(800), 10), np.zeros(800))
    changed = features.copy()
    changed[:, 1] = 99.0
    assert fitted.correction(changed).tolist() == fitted.correction(features).tolist()


def test_the_unit_of_money_changes_nothing():
    rng = np.random.default_rng(11)
    features, offset = rng.normal(size=(2_000, 2)), rng.normal(1.0, 0.3, 2_000)
    target = money(np.exp(offset + 0.4 * features[:, 0]), 12)
    pounds = TweedieRegression.fit(features, target, offset)
    pence = TweedieRegression.fit(features, 100 * target, offset + np.log(100))
    assert pence.weights == pytest.approx(pounds.weights, rel=1e-6, abs=1e-9)
