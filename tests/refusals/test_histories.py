"""Histories that cannot be, and data that cannot teach, are refused by name and with a remedy."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused, ImpossibleHistory, NotEnoughData
from clove.kernel.period import Horizon, TimeUnit
from clove.models import BgNbd, GammaGamma, PurchaseHistory
from clove.models.baselines import NaiveMean, RunRate


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


@pytest.mark.parametrize("kind", [BgNbd, GammaGamma])
def test_a_table_is_no_history_and_the_way_is_told(kind):
    with pytest.raises(ArgumentRefused, match="purchase_history"):
        kind.fit({"frequency": [1]})


@pytest.mark.parametrize("kind", [BgNbd, GammaGamma, NaiveMean, RunRate])
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "other"}', '{"model": "bg-nbd"}', '{"model": "run-rate"}'])
def test_documents_that_are_no_model(kind, text):
    with pytest.raises(ArgumentRefused):
        kind.from_json(text)


def test_baselines_do_not_mix_units():
    weeks = PurchaseHistory.of([1, 2], [2, 3], [3, 4], [5, 6], unit="week")
    days = PurchaseHistory.of([1, 2], [2, 3], [3, 4], [5, 6], unit="day")
    with pytest.raises(ArgumentRefused, match="weeks for a model in days"):
        NaiveMean.fit(days).expected_value(weeks, 10)


@pytest.mark.parametrize("probability", [0, 1, 1.5, -1])
def test_a_probability_that_is_none(probability):
    with pytest.raises(ArgumentRefused, match="probability"):
        BgNbd(r=1, alpha=1, a=1, b=1).time_to_next_purchase(PurchaseHistory.of([1], [2], [3]), probability)


def test_a_negative_age_is_not_simulated():
    with pytest.raises(ArgumentRefused, match="age"):
        BgNbd(r=1, alpha=1, a=1, b=1).simulate(np.array([-1.0]), seed=1)
