"""What fitted models say of their parameters and of each customer, with intervals that mean what they say."""

import numpy as np
import pandas as pd
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models import BgBb, BgNbd, Effect, GammaGamma, MbgCnbd, MbgNbd, ParetoNbd, PurchaseHistory
from clove.valuation import models_drawn

TRUTHS = [
    BgNbd(r=0.7, alpha=12.0, a=0.9, b=5.0),
    MbgNbd(r=0.7, alpha=12.0, a=0.9, b=5.0),
    ParetoNbd(r=0.7, alpha=12.0, s=0.6, beta=30.0),
    MbgCnbd(r=0.7, alpha=6.0, a=0.9, b=5.0, k=2),
    BgBb(alpha=1.2, beta=2.0, gamma=0.7, delta=6.0),
]


def base(truth, customers=600, seed=1):
    age = np.floor(np.random.default_rng(seed).uniform(10, 50, customers))
    return truth.simulate(age, seed).history(age, truth.unit)


@pytest.fixture(scope="module")
def fits():
    return {truth.KIND: (type(truth).fit(base(truth)), base(truth)) for truth in TRUTHS}


@pytest.fixture(params=[truth.KIND for truth in TRUTHS])
def fitted(request, fits):
    return fits[request.param]


def spending(customers=800, seed=3):
    x = np.random.default_rng(seed).integers(0, 9, customers).astype(float)
    _, customer, amounts = GammaGamma(p=6.0, q=3.5, gamma=15.0).simulate(x, seed)
    mean = np.bincount(customer, amounts, minlength=customers) / np.maximum(x, 1)
    return PurchaseHistory.of(x, np.minimum(x, 1.0), x + 1, mean)


def test_a_summary_makes_a_frame(fitted):
    model, _ = fitted
    frame = pd.DataFrame(model.summary()).set_index("name")
    assert list(frame.index) == list(model.NAMES)
    assert frame.estimate.to_numpy() == pytest.approx(model.parameters)
    assert frame.standard_error.to_numpy() == pytest.approx(model.standard_errors())
    # the bounds are the quantiles of the draws that an interval is otherwise made of
    low, high = np.quantile(model.draws(40_000, seed=1), [0.1, 0.9], axis=0)
    assert frame.low.to_numpy() == pytest.approx(low, rel=0.03)
    assert frame.high.to_numpy() == pytest.approx(high, rel=0.03)


def test_a_summary_has_effects_as_they_are():
    age = np.random.default_rng(2).uniform(10, 60, 1_500)
    z = np.random.default_rng(3).integers(0, 2, 1_500).astype(float)
    truth = BgNbd(r=0.8, alpha=8.0, a=0.9, b=5.0, effects=(Effect("alpha", "friend", -0.5),))
    history = truth.simulate(age, 1, covariates={"friend": z}).history(age).with_covariates({"friend": z})
    model = BgNbd.fit(history, purchase_covariates=["friend"])
    told = model.summary()
    assert told["name"][-1] == "friend on alpha"
    assert told["low"][-1] < told["estimate"][-1] < told["high"][-1] < 0
    away = told["high"][-1] - told["estimate"][-1]
    assert away == pytest.approx(1.2816 * told["standard_error"][-1], rel=1e-3)
    assert "friend on alpha=-0." in repr(model)


def test_parameters_that_were_given_have_no_summary():
    for model in (*TRUTHS, GammaGamma(p=1.0, q=2.0, gamma=3.0)):
        for asked in (model.summary, model.covariance, model.standard_errors):
            with pytest.raises(ArgumentRefused, match="not fitted"):
                asked()


def test_four_digits_are_shown():
    shown = "BgNbd(r=0.2426, alpha=4.414, a=0.7929, b=2.426, unit='week')"
    model = BgNbd(r=0.242595, alpha=4.41353, a=0.792919, b=2.42591, unit=TimeUnit.WEEK)
    assert repr(model) == str(model) == shown
    assert repr(MbgCnbd(r=1.0, alpha=12345.6, a=3.0, b=4.0, k=2)).endswith("a=3, b=4, k=2, unit='day')")
    assert repr(GammaGamma(p=6.25, q=3.744, gamma=15.447)) == "GammaGamma(p=6.25, q=3.744, gamma=15.45, elasticity=0)"


def test_the_mean_is_within_its_interval_and_the_interval_grows_with_its_level(fitted):
    model, history = fitted
    expected = model.expected_purchases(history, 12.0)
    low, high = model.expected_purchases_interval(history, 12.0)
    wide_low, wide_high = model.expected_purchases_interval(history, 12.0, level=0.95)
    assert low.shape == high.shape == (len(history),)
    assert np.mean((low <= expected) & (expected <= high)) > 0.99
    assert (wide_low <= low).all()
    assert (high <= wide_high).all()
    assert (low < high).all()


def test_the_interval_is_that_of_models_drawn(fitted):
    model, history = fitted
    some = history.take(slice(0, 20))
    drawn = [other.expected_purchases(some, 12.0) for other in models_drawn(model, 200, seed=1)]
    low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
    ours = model.expected_purchases_interval(some, 12.0, seed=1)
    assert ours[0] == pytest.approx(low)
    assert ours[1] == pytest.approx(high)


def test_quantiles_of_purchases_are_those_of_their_distribution(fitted):
    model, history = fitted
    some = history.take(np.argsort(-history.frequency)[:40])
    # without uncertainty of the parameters the quantiles can be read off the distribution
    certain = model.with_parameters(model.parameters)
    quantiles = certain.purchase_quantiles(some, 20.0, [0.1, 0.5, 0.9])
    up_to = np.cumsum(certain.purchase_distribution(some, 20.0, 80), axis=1)
    for place, level in enumerate((0.1, 0.5, 0.9)):
        low, high = ((up_to < level + off).sum(axis=1) for off in (-0.06, 0.06))
        assert ((low <= quantiles[:, place]) & (quantiles[:, place] <= high)).all()


def test_quantiles_of_a_customer_depend_on_nobody_else(fitted):
    model, history = fitted
    levels = np.linspace(0.02, 0.999, 60)  # so many that other random numbers would show
    some = np.argsort(-history.frequency)[:60]
    whole = model.purchase_quantiles(history, 40.0, levels)
    assert whole.shape == (len(history), 60)
    assert (np.diff(whole, axis=1) >= 0).all()
    assert (model.purchase_quantiles(history.take(some), 40.0, levels) == whole[some]).all()


def test_uncertain_parameters_widen_what_may_come():
    history = base(TRUTHS[0], customers=40)
    model = BgNbd.fit(history)
    certain = model.with_parameters(model.parameters)
    assert model.purchase_quantiles(history, 300.0, 0.95).sum() > certain.purchase_quantiles(history, 300.0, 0.95).sum()


@pytest.mark.parametrize(("asked", "fault"), [({"level": 0.0}, "level"), ({"level": 1.0}, "level")])
def test_levels_that_are_none(fits, asked, fault):
    model, history = fits["bg-nbd"]
    with pytest.raises(ArgumentRefused, match=fault):
        model.expected_purchases_interval(history, 5.0, **asked)
    for levels in ([0.5, 1.1], [-0.1], [np.nan]):
        with pytest.raises(ArgumentRefused, match="levels"):
            model.purchase_quantiles(history, 5.0, levels)


def test_one_horizon_of_a_new_customer_is_enough(fitted):
    model, _ = fitted
    several = model.expected_purchases_new_customer(np.array([5.0, 10.0]))
    assert model.expected_purchases_new_customer(10.0) == pytest.approx(several[1:])


def test_gamma_gamma_weights_are_repeated_rows():
    history = spending(300)
    counts = np.random.default_rng(1).integers(1, 4, 300).astype(float)
    repeated = history.take(np.repeat(np.arange(300), counts.astype(int)))
    for elastic in (False, True):
        by_weight = GammaGamma.fit(history, weights=counts, with_frequency=elastic)
        by_row = GammaGamma.fit(repeated, with_frequency=elastic)
        assert by_weight.parameters == pytest.approx(by_row.parameters, rel=1e-5)
        assert by_weight.covariance() == pytest.approx(by_row.covariance(), rel=1e-3)
        assert by_weight.evidence.customers == by_row.evidence.customers
        assert by_weight.evidence.log_likelihood == pytest.approx(by_row.evidence.log_likelihood, rel=1e-10)


def test_gamma_gamma_penalty_pulls_and_knows_no_currency():
    history = spending(200)
    pence = PurchaseHistory.of(history.frequency, history.recency, history.T, history.monetary_value * 100)
    plain, firm = GammaGamma.fit(history), GammaGamma.fit(history, penalty=1e6)
    assert firm.p == pytest.approx(6.0, rel=1e-3)
    assert firm.q == pytest.approx(4.0, rel=1e-3)
    assert firm.evidence.log_likelihood < plain.evidence.log_likelihood
    some, same = GammaGamma.fit(history, penalty=2.0), GammaGamma.fit(pence, penalty=2.0)
    assert same.parameters == pytest.approx(some.parameters * [1, 1, 100, 1], rel=1e-4)
    assert (some.evidence.deviations()[:3] < plain.evidence.deviations()[:3]).all()


def test_gamma_gamma_tells_of_its_parameters():
    model = GammaGamma.fit(spending(), with_frequency=True)
    told = model.summary()
    assert told["name"] == model.parameter_names == ("p", "q", "gamma", "elasticity")
    assert np.sqrt(np.diag(model.covariance())) == pytest.approx(model.standard_errors())
    assert told["low"][3] < model.elasticity < told["high"][3]
    held = GammaGamma.fit(spending()).summary()
    assert held["standard_error"][3] == held["low"][3] == held["high"][3] == 0.0
