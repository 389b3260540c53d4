"""Parameters that made the data are found again, within their standard errors."""

import numpy as np
import pytest

from clove.kernel.period import TimeUnit
from clove.models import BgNbd, GammaGamma, PurchaseHistory
from clove.models.spend import choose_spend_model

from ..conftest import simulated_history  # noqa: TID252

PURCHASES = BgNbd(r=0.6, alpha=8.0, a=0.9, b=4.0, unit=TimeUnit.WEEK)
SPEND = GammaGamma(p=6.0, q=3.5, gamma=15.0)


def chi_squared(found, truth, covariance) -> float:
    off = np.log(found) - np.log(truth)
    return float(off @ np.linalg.solve(np.array(covariance), off))


def test_bg_nbd_parameters_and_their_uncertainty():
    distances = []
    for seed in range(12):
        fitted = BgNbd.fit(simulated_history(PURCHASES, None, 2_000, seed=100 * seed))
        distances.append(chi_squared(fitted.parameters, PURCHASES.parameters, fitted.evidence.covariance))
    # the mean of twelve chi-squared variables with four degrees of freedom is 4 +- 0.8
    assert 2.0 < np.mean(distances) < 6.5


def test_gamma_gamma_parameters_and_their_uncertainty():
    distances = []
    for seed in range(12):
        x = np.random.default_rng(seed).integers(1, 12, 2_000).astype(float)
        _, customer, amounts = SPEND.simulate(x, seed)
        history = PurchaseHistory.of(x, x, x + 1, np.bincount(customer, amounts) / x)
        fitted = GammaGamma.fit(history)
        plain = np.array(fitted.evidence.covariance)[:3, :3]
        distances.append(chi_squared(fitted.parameters[:3], SPEND.parameters[:3], plain))
    assert 1.3 < np.mean(distances) < 5.2  # three degrees of freedom: 3 +- 0.7


def test_standard_errors_are_the_scatter_of_the_estimates():
    fits = [BgNbd.fit(simulated_history(PURCHASES, None, 1_500, seed=7_000 + 10 * i)) for i in range(30)]
    scatter = np.std([np.log(fit.parameters) for fit in fits], axis=0)
    claimed = np.mean([fit.evidence.deviations() for fit in fits], axis=0)
    assert claimed == pytest.approx(scatter, rel=0.45)


def test_a_base_without_dropout_is_a_boundary_fit_in_words():
    said = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        T = rng.uniform(20, 100, 400)
        x = rng.poisson(rng.gamma(2.0, 0.05, 400) * T)
        t_x = np.where(x > 0, T * rng.beta(np.maximum(x, 1), 1), 0.0)  # the last of x uniform moments
        history = PurchaseHistory.of(x, t_x, T)
        fitted = BgNbd.fit(history)
        without = BgNbd(r=fitted.r, alpha=fitted.alpha, a=1e-6, b=10.0).log_likelihood(history).sum()
        assert fitted.evidence.log_likelihood >= without - 1e-4
        assert fitted.a / (fitted.a + fitted.b) < 0.02
        assert np.isfinite(fitted.draws(100, seed=1)).all()
        said += any("dropped out" in finding for finding in fitted.evidence.findings)
    assert said >= 3


def test_spend_that_grows_with_frequency_is_noticed_and_modelled():
    history = simulated_history(PURCHASES, None, 4_000, seed=42)
    elastic = GammaGamma(p=6.0, q=3.5, gamma=15.0, elasticity=0.4)
    _, customer, amounts = elastic.simulate(history.frequency, 3)
    mean = np.bincount(customer, amounts, minlength=4_000) / np.maximum(history.frequency, 1)
    choice = choose_spend_model(PurchaseHistory.of(history.frequency, history.recency, history.T, mean))
    assert choice.model.elasticity == pytest.approx(0.4, abs=0.06)
    assert "more per order" in choice.finding


def test_independent_spend_keeps_the_plain_model():
    history = simulated_history(PURCHASES, SPEND, 4_000, seed=43)
    assert choose_spend_model(history).model.elasticity == 0.0


def test_a_tail_without_a_mean_is_tied_to_what_was_seen():
    heavy = GammaGamma(p=3.0, q=0.8, gamma=15.0)
    x = np.random.default_rng(0).integers(1, 20, 3_000).astype(float)
    _, customer, amounts = heavy.simulate(x, 1)
    mean = np.bincount(customer, amounts) / x
    history = PurchaseHistory.of(x, x, x + 1, mean)
    fitted = GammaGamma.fit(history)
    assert any("tied" in finding for finding in fitted.evidence.findings)
    assert fitted.expected_spend_new_customer() == pytest.approx(np.average(mean, weights=x), rel=1e-9)
    assert (fitted.expected_spend(history) > 0).all()


def test_everybody_spending_the_same_is_said():
    x = np.arange(1.0, 61.0)
    fitted = GammaGamma.fit(PurchaseHistory.of(x, x, x + 1, np.full(60, 10.0)))
    assert any("same" in finding or "alike" in finding for finding in fitted.evidence.findings)
    assert fitted.expected_spend_new_customer() == pytest.approx(10.0, rel=0.01)
