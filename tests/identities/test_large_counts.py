"""Distributions over far more counts than anybody will reach: every term is a number, and none takes for ever."""

import time

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.models import PurchaseHistory
from clove.models.purchase_models import PURCHASE_MODELS

GIVEN = {
    "bg-nbd": {"r": 0.5, "alpha": 8.0, "a": 0.8, "b": 2.5},
    "mbg-nbd": {"r": 0.5, "alpha": 8.0, "a": 0.8, "b": 2.5},
    "pareto-nbd": {"r": 0.5, "alpha": 8.0, "s": 0.6, "beta": 12.0},
    "mbg-cnbd-k": {"r": 0.5, "alpha": 4.0, "a": 0.8, "b": 2.5, "k": 2},
    "bg-bb": {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8},
}
SLOW = 10.0  # seconds, on a busy machine, with what has to be compiled compiled before


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_counts_beyond_reach(kind):
    model = PURCHASE_MODELS[kind](**GIVEN[kind])
    one = PurchaseHistory.of([3], [10], [20], unit=model.unit)
    few = model.purchase_distribution(one, 100.0, 1_000)
    for most in (10_000, 100_000):
        began = time.perf_counter()
        found = model.purchase_distribution(one, 100.0, most)
        assert time.perf_counter() - began < SLOW
        assert found.shape == (1, most + 1)
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        assert 1 - 1e-9 < found.sum() <= 1 + 1e-12
        np.testing.assert_allclose(found[:, :1_001], few, rtol=1e-11, atol=1e-290)


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
def test_a_rate_that_is_next_to_nothing(kind):
    first, *others = PURCHASE_MODELS[kind].NAMES
    model = PURCHASE_MODELS[kind](**(GIVEN[kind] | {first: 1e-310}))
    assert others
    never = PurchaseHistory.of([0], [0], [20], unit=model.unit)
    assert model.expected_purchases(never, 1_000.0)[0] < 1e-300
    assert model.purchase_distribution(never, 1_000.0, 10)[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("kind", PURCHASE_MODELS)
@pytest.mark.parametrize("horizon", [1e5, 1e9, 1e18])
def test_horizons_beyond_reach_are_answered_at_once_or_refused(kind, horizon):
    model = PURCHASE_MODELS[kind](**GIVEN[kind])
    one = PurchaseHistory.of([3], [10], [20], unit=model.unit)
    keys, theta = np.zeros(1, np.uint64), model.parameters[None]
    for ask in (
        lambda far: model.expected_purchases(one, far),
        lambda far: model.purchase_distribution(one, far, 10),
        lambda far: model.probability_no_purchase(one, far),
        lambda far: model.purchase_counts(one, theta, np.array([far]), 100, keys),
    ):
        ask(10.0)  # compiled
        began = time.perf_counter()
        try:
            found = ask(horizon)
        except ArgumentRefused as error:
            assert error.remedy  # noqa: PT017 - either is right
            assert horizon > 1e5
        else:
            assert np.isfinite(found).all()
        assert time.perf_counter() - began < SLOW


@pytest.mark.parametrize("kind", ["bg-nbd", "mbg-nbd", "mbg-cnbd-k"])
def test_draws_on_both_sides_of_a_very_long_time_agree(kind):
    model = PURCHASE_MODELS[kind](**(GIVEN[kind] | {"r": 0.2, "a": 2.0}))
    one = PurchaseHistory.of(np.zeros(200), np.zeros(200), np.full(200, 20.0), unit=model.unit)
    edge = 1e5 * (model.alpha + 20)
    keys, theta = np.arange(200, dtype=np.uint64), model.parameters[None]
    near, far = (model.purchase_counts(one, theta, np.array([edge * by]), 200, keys) for by in (0.999, 1.001))
    for most in range(5):
        assert (near <= most).mean() == pytest.approx((far <= most).mean(), abs=0.012)
