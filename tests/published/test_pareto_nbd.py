"""Numbers that others have published."""

import numpy as np
import pytest

from clove.kernel.period import TimeUnit
from clove.models import PurchaseHistory
from clove.models.pareto_nbd import ParetoNbd

# of the vignette of the R package BTYD, and of the examples in its reference
VIGNETTE = ParetoNbd(r=0.5533971, alpha=10.5801985, s=0.6060625, beta=11.6562237, unit=TimeUnit.WEEK)
EXAMPLE = ParetoNbd(r=0.55, alpha=10.56, s=0.61, beta=11.64, unit=TimeUnit.WEEK)


@pytest.fixture(scope="module")
def fitted(cdnow_sample):
    return ParetoNbd.fit(cdnow_sample)


def test_fit_of_the_cdnow_sample(cdnow_sample, fitted):
    # Fader, Hardie & Lee (2005), table 2: r 0.553, alpha 10.578, s 0.606, beta 11.669, LL -9595.0
    assert fitted.parameters.round(3).tolist() == [0.553, 10.578, 0.606, 11.669]
    assert fitted.log_likelihood(cdnow_sample).sum() == pytest.approx(-9594.976, abs=1e-3)  # BTYD, CLVTools
    assert fitted.evidence.log_likelihood == pytest.approx(fitted.log_likelihood(cdnow_sample).sum(), abs=1e-6)
    assert fitted.evidence.findings == ()


def test_log_likelihood_of_the_rounded_sample(cdnow_sample):
    # the widely shipped summary rounds weeks to two digits
    x, t_x, T = cdnow_sample.frequency, cdnow_sample.recency.round(2), cdnow_sample.T.round(2)
    fitted = ParetoNbd.fit(PurchaseHistory.of(x, t_x, np.maximum(T, t_x), unit="week"))
    assert fitted.evidence.log_likelihood == pytest.approx(-9594.97393, abs=1e-5)


def test_standard_errors(fitted):
    # CLVTools, tests of correctness of its Pareto/NBD without covariates
    assert fitted.standard_errors() == pytest.approx([0.0476264, 0.8427222, 0.1872594, 6.2105448], rel=2e-3)


def test_a_heavy_buyer():
    # customer 1516 in BTYD's vignette: 25.46 purchases in 52 weeks, P(alive) 0.9979
    history = PurchaseHistory.of([26], [30.86], [31.0], unit="week")
    assert VIGNETTE.expected_purchases(history, 52.0)[0] == pytest.approx(25.46, abs=5e-3)
    assert VIGNETTE.probability_alive(history)[0] == pytest.approx(0.9979, abs=5e-5)


def test_expectation_of_a_new_customer(fitted):
    # the same vignette: 1.473 repeat purchases in the first 52 weeks
    assert VIGNETTE.expected_purchases_new_customer(np.array([52.0]))[0] == pytest.approx(1.473, abs=5e-4)
    assert fitted.expected_purchases_new_customer(np.array([52.0]))[0] == pytest.approx(1.473, abs=5e-4)


def test_the_increasing_frequency_paradox():
    # the same vignette: seen last after 20 of 39 weeks, the more purchases the fewer to come
    x = np.array([10.0, 15.0, 20.0, 25.0])
    history = PurchaseHistory.of(x, np.full(4, 20.0), np.full(4, 39.0), unit="week")
    found = VIGNETTE.expected_purchases(history, 52.0)
    assert found == pytest.approx([0.7062289, 0.1442396, 0.02250658, 0.00309267], rel=1e-3)


def test_probability_alive_of_the_reference():
    # pnbd.PAlive in the reference of BTYD: 0.2924031 without a repeat purchase, 1 when seen this very moment
    history = PurchaseHistory.of([0, 23], [0, 39.0], [39.0, 39.0], unit="week")
    assert EXAMPLE.probability_alive(history) == pytest.approx([0.2924031, 1.0], abs=5e-8)


def test_histories_that_were_not_a_number_elsewhere():
    # four heavy buyers on whom an earlier CLVTools failed; from its tests
    model = ParetoNbd(r=0.5143, alpha=2.8845, s=0.2856, beta=14.1087, unit=TimeUnit.WEEK)
    history = PurchaseHistory.of(
        [221, 254, 161, 204], [103.42857, 97.14286, 94.71429, 98.57143], [103.57143, 97.28571, 98.0, 99.42857]
    )
    weeks = PurchaseHistory.of(history.frequency, history.recency, history.T, unit="week")
    alive = model.probability_alive(weeks)
    assert ((alive > 0.5) & (alive < 1)).all()
    assert np.isfinite(model.log_likelihood(weeks)).all()
