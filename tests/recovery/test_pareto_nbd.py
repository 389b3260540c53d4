"""Parameters that made the data are found again, within their standard errors; what cannot be found is said."""

import numpy as np
import pytest

from clove.kernel.errors import NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models import PurchaseHistory
from clove.models.effects import Effect
from clove.models.pareto_nbd import ParetoNbd

TRUTH = ParetoNbd(r=0.7, alpha=8.0, s=0.8, beta=20.0, unit=TimeUnit.WEEK)


def simulated(model: ParetoNbd, customers: int, seed: int, **covariates) -> PurchaseHistory:
    age = np.random.default_rng(seed).uniform(10, 104, customers)
    return model.simulate(age, seed + 1, covariates=covariates).history(age, model.unit).with_covariates(covariates)


def test_parameters_and_their_uncertainty():
    distances, logs, claims = [], [], []
    for seed in range(24):
        fitted = ParetoNbd.fit(simulated(TRUTH, 2_000, seed=100 * seed))
        off = np.log(fitted.parameters) - np.log(TRUTH.parameters)
        distances.append(off @ np.linalg.solve(np.array(fitted.evidence.covariance), off))
        logs.append(off)
        claims.append(fitted.evidence.deviations())
    # the mean of 24 chi-squared variables with four degrees of freedom is 4 +- 0.6
    assert 2.3 < np.mean(distances) < 6.0
    assert np.mean(claims, axis=0) == pytest.approx(np.std(logs, axis=0), rel=0.4)


def test_effects_and_their_uncertainty():
    effects = (Effect("alpha", "z", 0.5), Effect("beta", "z", -0.3), Effect("beta", "shop", 0.8))
    truth = ParetoNbd(*TRUTH.parameters, TimeUnit.WEEK, effects=effects)
    distances = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        z, shop = rng.normal(size=2_500), (rng.random(2_500) < 0.4).astype(float)
        fitted = ParetoNbd.fit(
            simulated(truth, 2_500, 50 * seed, z=z, shop=shop),
            purchase_covariates=["z"],
            dropout_covariates=["z", "shop"],
        )
        assert fitted.parameter_names == ("r", "alpha", "s", "beta", "z on alpha", "z on beta", "shop on beta")
        off = fitted.parameters - truth.parameters
        off[:4] = np.log(fitted.parameters[:4] / truth.parameters[:4])
        distances.append(off @ np.linalg.solve(np.array(fitted.evidence.covariance), off))
        draws = fitted.draws(2_000, seed=1)
        assert draws[:, 4:].std(axis=0) == pytest.approx(fitted.standard_errors()[4:], rel=0.1)
    assert 3.5 < np.mean(distances) < 12.0  # seven degrees of freedom: 7 +- 1.5


def test_forecasts_are_what_comes():
    age = np.random.default_rng(1).uniform(10, 104, 20_000)
    purchases = TRUTH.simulate(age, 2, horizon=26.0)
    history = purchases.history(age, "week")
    came = purchases.between(age, age + 26)
    expected = TRUTH.expected_purchases(history, 26.0)
    assert came.mean() == pytest.approx(expected.mean(), abs=4 * came.std() / np.sqrt(20_000))
    alive = TRUTH.probability_alive(history)
    assert purchases.alive(age).mean() == pytest.approx(alive.mean(), abs=0.01)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        some = (alive >= low) & (alive <= low + 0.2)
        assert purchases.alive(age)[some].mean() == pytest.approx(alive[some].mean(), abs=0.04)
    assert (came == 0).mean() == pytest.approx(TRUTH.probability_no_purchase(history, 26.0).mean(), abs=0.01)
    shares = TRUTH.purchase_distribution(history, 26.0, 6).mean(axis=0)
    assert np.bincount(came, minlength=7)[:7] / 20_000 == pytest.approx(shares, abs=0.01)


def test_new_customers_buy_as_expected():
    purchases = TRUTH.simulate(np.zeros(40_000), 3, horizon=52.0)
    came = purchases.between(np.zeros(40_000), np.full(40_000, 52.0))
    expected = TRUTH.expected_purchases_new_customer(np.array([52.0]))[0]
    assert came.mean() == pytest.approx(expected, abs=4 * came.std() / 200)
    shares = TRUTH.purchase_distribution_new_customer(52.0, 8)
    assert np.bincount(came, minlength=9)[:9] / 40_000 == pytest.approx(shares, abs=0.01)


def test_a_base_without_dropout_is_a_boundary_fit_in_words():
    said = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        T = rng.uniform(20, 100, 400)
        x = rng.poisson(rng.gamma(2.0, 0.05, 400) * T)
        t_x = np.where(x > 0, T * rng.beta(np.maximum(x, 1), 1), 0.0)  # the last of x uniform moments
        history = PurchaseHistory.of(x, t_x, T)
        fitted = ParetoNbd.fit(history)
        without = ParetoNbd(fitted.r, fitted.alpha, s=1e-6, beta=1e3).log_likelihood(history).sum()
        assert fitted.evidence.log_likelihood >= without - 1e-4
        assert np.isfinite(fitted.draws(100, seed=1)).all()
        assert np.isfinite(fitted.standard_errors()).all()
        said += any("dropped out" in finding for finding in fitted.evidence.findings)
    assert said >= 3


def test_customers_who_are_all_alike_are_a_boundary_fit_in_words():
    said = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        T = rng.uniform(20, 100, 2_000)
        life = np.minimum(rng.exponential(60.0, 2_000), T)
        x = rng.poisson(0.2 * life)
        t_x = np.where(x > 0, life * rng.beta(np.maximum(x, 1), 1), 0.0)
        said += ParetoNbd.fit(PurchaseHistory.of(x, t_x, T)).evidence.findings
    assert any("one and the same rate" in finding for finding in said)
    assert any("share one rate of dropout" in finding for finding in said)


def test_a_penalty_pulls_towards_its_centre_and_a_large_one_holds():
    history = simulated(TRUTH, 500, seed=9)
    free, pulled, held = (ParetoNbd.fit(history, penalty=penalty) for penalty in (0.0, 5.0, 1e7))
    rate = history.frequency.sum() / history.T.sum()
    assert held.parameters == pytest.approx([1.0, 1 / rate, 1.0, 2 * history.T.mean()], rel=1e-2)
    assert (pulled.evidence.deviations() <= 1 / np.sqrt(5.0)).all()
    assert pulled.evidence.log_likelihood < free.evidence.log_likelihood


def test_what_cannot_be_learnt_is_refused():
    with pytest.raises(NotEnoughData, match="two occasions"):
        ParetoNbd.fit(PurchaseHistory.of([0, 0], [0, 0], [10, 20.0]))
    with pytest.raises(NotEnoughData):
        ParetoNbd.fit(PurchaseHistory.of([2, 2], [5, 5.0], [10, 10.0]))
