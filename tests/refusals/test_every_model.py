"""Every model refuses what it cannot learn from or speak of: by name, and with a remedy."""

import numpy as np
import pandas as pd
import pytest

from clove.kernel.errors import ArgumentRefused, CloveError, DidNotConverge, ImpossibleHistory, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models import GammaGamma, PurchaseHistory
from clove.models.purchase_models import PURCHASE_MODELS

OPPORTUNITY = {"bg-bb": "opportunity"}
MODELS = [*PURCHASE_MODELS.values(), GammaGamma]
GIVEN = {
    "bg-nbd": {"r": 0.7, "alpha": 12.0, "a": 0.9, "b": 5.0},
    "mbg-nbd": {"r": 0.7, "alpha": 12.0, "a": 0.9, "b": 5.0},
    "pareto-nbd": {"r": 0.7, "alpha": 12.0, "s": 0.6, "beta": 30.0},
    "mbg-cnbd-k": {"r": 0.7, "alpha": 6.0, "a": 0.9, "b": 5.0, "k": 2},
    "bg-bb": {"alpha": 1.2, "beta": 2.0, "gamma": 0.7, "delta": 6.0},
}


@pytest.fixture(params=MODELS, ids=lambda model: getattr(model, "KIND", "gamma-gamma"))
def model(request):
    return request.param


@pytest.fixture(params=PURCHASE_MODELS)
def given(request):
    """A purchase model with parameters, and a history that it can speak of."""
    return PURCHASE_MODELS[request.param](**GIVEN[request.param]), history_for(PURCHASE_MODELS[request.param])


def history_for(model, x=(2, 0, 5, 1), t_x=(8, 0, 20, 3), T=(20, 9, 25, 30), spend=(5.0, 0.0, 9.0, 4.0), unit=None):
    unit = unit or OPPORTUNITY.get(getattr(model, "KIND", ""), "day")
    gaps = np.where(np.array(x) > 0, np.array(x) * 0.5, 0.0)
    return PurchaseHistory.of(list(x), list(t_x), list(T), list(spend), unit=unit, log_intervals=gaps)


def refused(error, match, call):
    with pytest.raises(error, match=match) as told:
        call()
    assert isinstance(told.value, CloveError)
    assert told.value.what
    assert told.value.remedy
    return told.value


@pytest.mark.parametrize(
    ("x", "t_x", "T", "fault"),
    [
        ([1], [5], [4], "recency outside"),
        ([0], [3], [4], "recency above 0"),
        ([2], [0], [4], "recency of 0"),
        ([1.5], [3], [4], "no count"),
        ([-1], [0], [4], "no count"),
        ([1], [np.nan], [4], "not finite"),
        ([1], [3], [1e6], "years in days"),
        ([[1]], [[1]], [[2]], "shapes"),
    ],
)
def test_impossible_histories_never_reach_a_model(model, x, t_x, T, fault):
    refused(ImpossibleHistory, fault, lambda: model.fit(PurchaseHistory.of(x, t_x, T, [5.0] * len(x))))


@pytest.mark.parametrize(("unit", "T"), [("hour", 5e6), ("day", 1e6), ("week", 1e5)])
def test_ages_of_centuries_are_a_matter_of_units(unit, T):
    refused(ImpossibleHistory, f"500 years in {unit}s", lambda: PurchaseHistory.of([1], [3], [T], unit=unit))


def test_nobody(model):
    refused(NotEnoughData, "none of the 0|0 of 0", lambda: model.fit(history_for(model, (), (), (), ())))


def test_all_bought_once(model):
    once = history_for(model, np.zeros(60), np.zeros(60), np.arange(60.0), np.zeros(60))
    refused(NotEnoughData, "0 of 60|none of the 60", lambda: model.fit(once))


@pytest.mark.parametrize("customers", [1, 60])
def test_all_alike(model, customers):
    alike = history_for(model, *(np.full(customers, value) for value in (3.0, 9.0, 20.0, 5.0)))
    if model is GammaGamma and customers > 1:
        # a shop with one price: the spend of everybody is known, and that nobody differs is said
        assert any("same" in finding or "alike" in finding for finding in model.fit(alike).evidence.findings)
        return
    words = "one history|one customer|1 of 1"
    refused(NotEnoughData, words, lambda: model.fit(alike))
    refused(NotEnoughData, words, lambda: model.fit(alike, weights=np.full(customers, 1.0)))


@pytest.mark.parametrize("penalty", [-1.0, np.nan, np.inf])
def test_penalties_that_are_none(model, penalty):
    refused(ArgumentRefused, "penalty", lambda: model.fit(history_for(model), penalty=penalty))


@pytest.mark.parametrize("weights", [[1.0], [1, 1, 1, 0], [1, 1, 1, -2], [1, 1, 1, np.nan], [[1, 1, 1, 1]]])
def test_weights_that_count_nobody(model, weights):
    refused(ArgumentRefused, "weights", lambda: model.fit(history_for(model), weights=np.array(weights, float)))


@pytest.mark.parametrize("table", [{"frequency": [1]}, pd.DataFrame({"frequency": [1]}), None, np.ones((3, 3))])
def test_a_table_is_no_history(model, table):
    told = refused(ArgumentRefused, type(table).__name__, lambda: model.fit(table))
    assert "clove.purchase_history" in told.remedy


def questions(model, history, horizon=5.0):
    keys = np.zeros(4, np.uint64)
    return {
        "log_likelihood": lambda: model.log_likelihood(history),
        "probability_alive": lambda: model.probability_alive(history),
        "time_to_next_purchase": lambda: model.time_to_next_purchase(history),
        "expected_purchases": lambda: model.expected_purchases(history, horizon),
        "expected_purchases_by": lambda: model.expected_purchases_by(history, np.array([1.0, horizon])),
        "probability_no_purchase": lambda: model.probability_no_purchase(history, horizon),
        "purchase_distribution": lambda: model.purchase_distribution(history, horizon, 3),
        "purchase_quantiles": lambda: model.purchase_quantiles(history, horizon, 0.5),
        "discounted_purchases": lambda: model.discounted_purchases(history, np.array([1.0, horizon]), np.ones(2)),
        "purchase_counts": lambda: model.purchase_counts(history, model.parameters[None], np.array([5.0]), 1, keys),
    }


def test_tables_are_not_asked_about(given):
    model, history = given
    for name, ask in questions(model, history).items():
        assert np.isfinite(ask()).any(), name
    for table in (pd.DataFrame(history.as_dict()), None):
        for ask in questions(model, table).values():
            assert "clove.purchase_history" in refused(ArgumentRefused, "no purchase history", ask).remedy
    spend = GammaGamma(p=1.0, q=2.0, gamma=3.0)
    for ask in (spend.expected_spend, spend.log_likelihood):
        refused(ArgumentRefused, "no purchase history", lambda ask=ask: ask(pd.DataFrame(history.as_dict())))


def test_units_are_not_mixed(given):
    model, _ = given
    other = history_for(model, unit="week")
    for ask in questions(model, other).values():
        refused(ArgumentRefused, "a history in weeks for a model in (days|opportunities)", ask)


def test_opportunities_are_spelt():
    opportunities = history_for(None, unit="opportunity")
    refused(
        ArgumentRefused, "in opportunities for a model in days", lambda: opportunities.expect_unit(TimeUnit.DAY, "")
    )


@pytest.mark.parametrize("horizon", [-1.0, np.nan, np.inf, -np.inf])
def test_horizons_that_are_none(given, horizon):
    model, history = given
    asked = questions(model, history, horizon)
    for name in ("log_likelihood", "probability_alive", "time_to_next_purchase", "purchase_counts"):
        del asked[name]
    asked["new customer"] = lambda: model.expected_purchases_new_customer(horizon)
    asked["new customer's distribution"] = lambda: model.purchase_distribution_new_customer(horizon, 3)
    asked["simulate"] = lambda: model.simulate(np.ones(3), 1, horizon=horizon)
    asked["age"] = lambda: model.simulate(np.array([1.0, horizon]), 1)
    for ask in asked.values():
        refused(ArgumentRefused, "horizon", ask)


@pytest.mark.parametrize("horizon", ["90d", "soon", [[1.0], [2.0, 3.0]], {}])
def test_horizons_that_are_no_numbers(given, horizon):
    model, history = given
    for ask in (
        lambda: model.expected_purchases(history, horizon),
        lambda: model.expected_purchases_by(history, horizon),
        lambda: model.purchase_distribution(history, horizon, 3),
        lambda: model.simulate(np.ones(3), 1, horizon=horizon),
    ):
        assert "unit of time" in refused(ArgumentRefused, "horizon", ask).remedy


@pytest.mark.parametrize("most", [-1, 2.5, np.nan, None, True])
def test_counts_that_are_none(given, most):
    model, history = given
    refused(ArgumentRefused, "most = ", lambda: model.purchase_distribution(history, 5.0, most))
    refused(ArgumentRefused, "most = ", lambda: model.purchase_distribution_new_customer(5.0, most))


@pytest.mark.parametrize("seed", [-1, 2.5, np.nan, None, "one"])
def test_seeds_that_are_none(given, seed):
    model, history = given
    refused(ArgumentRefused, "seed = ", lambda: model.simulate(np.ones(3), seed))
    refused(ArgumentRefused, "seed = ", lambda: model.purchase_quantiles(history, 5.0, 0.5, seed=seed))
    refused(ArgumentRefused, "seed = ", lambda: model.expected_purchases_interval(history, 5.0, seed=seed))


def test_draws_of_purchases_that_are_none(given):
    model, history = given
    keys, theta = np.zeros(4, np.uint64), model.parameters[None]
    for repeats in (0, -1, 1.5):
        refused(
            ArgumentRefused,
            "repeats = ",
            lambda repeats=repeats: model.purchase_counts(history, theta, np.array([5.0]), repeats, keys),
        )
    for horizon in (-1.0, np.nan, np.inf):
        refused(
            ArgumentRefused,
            "horizon",
            lambda horizon=horizon: model.purchase_counts(history, theta, np.array([horizon]), 1, keys),
        )


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.5, np.nan])
def test_probabilities_that_are_none(given, probability):
    model, history = given
    refused(ArgumentRefused, "probability", lambda: model.time_to_next_purchase(history, probability))


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_parameters_out_of_range(given, bad):
    model, _ = given
    for name in model.NAMES:
        refused(ArgumentRefused, name, lambda name=name: type(model)(**(GIVEN[model.KIND] | {name: bad})))


def test_a_fit_of_few_customers_is_finite_or_refused(model):
    rng = np.random.default_rng(1)
    for customers in (2, 4):
        for _ in range(5):
            x = rng.integers(0, 4, customers).astype(float)
            T = np.full(customers, 12.0)
            t_x = np.where(x > 0, rng.integers(4, 13, customers), 0.0)
            history = history_for(model, x, t_x, T, rng.gamma(2.0, 9.0, customers))
            try:
                fitted = model.fit(history)
            except (NotEnoughData, DidNotConverge) as error:
                assert error.remedy  # noqa: PT017 - either is right
                continue
            assert np.isfinite(fitted.parameters).all()
            assert np.isfinite(fitted.standard_errors()).all()
