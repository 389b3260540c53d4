"""Distributions over far more counts than anybody will reach: every term is a number, and none takes for ever."""

import time

import numpy as np
import pytest

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
