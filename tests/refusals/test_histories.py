"""Histories that cannot be, and data that cannot teach, are refused by name and with a remedy."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused, ImpossibleHistory, NotEnoughData
from clove.kernel.period import Horizon, TimeUnit
from clove.models import BgNbd, GammaGamma, PurchaseHistory


@pytest.mark.parametrize(
    ("x", "t_x", "T", "m", "fault"),
    [
        ([1], [5], [4], [1], "recency"),
        ([0], [3], [4], [1], "recency above 0"),
        ([2], [0], [4], [1], "recency of 0"),
        ([1.5], [3], [4], [1], "count"),
        ([-1], [0], [4], [1], "count"),
        ([np.nan], [0], [4], [1], "finite"),
        ([1], [3], [np.inf], [1], "finite"),
        ([1], [3], [4], [-2], "amount"),
        ([1], [3], [4], [np.nan], "amount"),
        ([1, 2], [3], [4], [1], "shapes"),
    ],
)
def test_impossible_histories(x, t_x, T, m, fault):
    with pytest.raises(ImpossibleHistory, match=fault) as refused:
        PurchaseHistory.of(x, t_x, T, m, customer_id=["A-7"] * len(x))
    assert refused.value.remedy
    assert "A-7" in str(refused.value) or fault == "shapes"


def test_nobody_bought_twice():
    history = PurchaseHistory.of(np.zeros(50), np.zeros(50), np.arange(50))
    with pytest.raises(NotEnoughData, match="two occasions"):
        BgNbd.fit(history)
    with pytest.raises(NotEnoughData):
        GammaGamma.fit(history)


def test_an_empty_history():
    with pytest.raises(NotEnoughData):
        BgNbd.fit(PurchaseHistory.of([], [], []))


def test_units_are_not_mixed():
    model = BgNbd(r=1, alpha=1, a=1, b=1, unit=TimeUnit.WEEK)
    with pytest.raises(ArgumentRefused, match="days for a model in weeks"):
        model.probability_alive(PurchaseHistory.of([1], [2], [3]))


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
def test_parameters_out_of_range(bad):
    with pytest.raises(ArgumentRefused):
        BgNbd(r=bad, alpha=1, a=1, b=1)
    with pytest.raises(ArgumentRefused):
        GammaGamma(p=1, q=bad, gamma=1)


def test_given_parameters_have_no_standard_errors():
    with pytest.raises(ArgumentRefused, match="not fitted"):
        BgNbd(r=1, alpha=1, a=1, b=1).draws(10, seed=1)


@pytest.mark.parametrize("text", ["", "12", "m", "0d", "-3m", "12 parsecs", "200m", "1e2d"])
def test_horizons_that_are_none(text):
    with pytest.raises(ArgumentRefused, match="horizon"):
        Horizon.parse(text)


def test_a_negative_horizon_is_refused():
    with pytest.raises(ArgumentRefused, match="horizon"):
        BgNbd(r=1, alpha=1, a=1, b=1).expected_purchases(PurchaseHistory.of([1], [2], [3]), -1.0)
