"""The BG/BB that made the data is found again, within its standard errors."""

import numpy as np
import pytest

from clove.models import PurchaseHistory
from clove.models.bg_bb import BgBb
from clove.models.bg_bb_likelihood import BgBbLikelihood

TRUTH = BgBb(alpha=1.2, beta=2.0, gamma=0.8, delta=6.0)


def simulated(customers: int, seed: int, model: BgBb = TRUTH, most: int = 24) -> PurchaseHistory:
    T = np.random.default_rng(seed).integers(most // 3, most + 1, customers).astype(float)
    return model.simulate(T, seed + 1).history(T, "opportunity")


def test_parameters_and_their_uncertainty():
    fits = [BgBb.fit(simulated(3_000, 100 * seed)) for seed in range(40)]
    errors = np.log([fit.parameters for fit in fits]) - np.log(TRUTH.parameters)
    distances = [
        float(error @ np.linalg.solve(np.array(fit.evidence.covariance), error))
        for error, fit in zip(errors, fits, strict=True)
    ]
    assert 3.0 < np.mean(distances) < 5.2  # forty chi-squared variables with four degrees of freedom: 4 +- 0.45
    claimed = np.mean([fit.evidence.deviations() for fit in fits], axis=0)
    assert claimed == pytest.approx(errors.std(axis=0), rel=0.35)


def test_standard_errors_are_those_of_the_numerical_hessian():
    history = simulated(2_000, 5)
    fitted = BgBb.fit(history)
    likelihood = BgBbLikelihood.of(history, np.ones(len(history)))
    theta, step = np.log(fitted.parameters), 2e-3
    steps = step * np.eye(4)
    numeric = np.empty((4, 4))
    for i in range(4):
        for j in range(4):
            corners = [
                sign_i * sign_j * likelihood(theta + sign_i * steps[i] + sign_j * steps[j])[0]
                for sign_i in (1, -1)
                for sign_j in (1, -1)
            ]
            numeric[i, j] = sum(corners) / (4 * step**2)
    errors = fitted.parameters * np.sqrt(np.diag(np.linalg.inv(-numeric)))
    assert fitted.standard_errors() == pytest.approx(errors, rel=1e-3)
    assert np.sqrt(np.diag(fitted.covariance())) == pytest.approx(errors, rel=1e-3)


def test_the_future_is_forecast_without_bias_for_each_kind_of_past():
    T = np.full(60_000, 20.0)
    purchases = TRUTH.simulate(T, 3, horizon=30.0)
    past = purchases.history(T, "opportunity")
    future = purchases.between(T, T + 30.0)
    alive = purchases.alive(T)
    for low, high in ((0, 0), (1, 2), (3, 6), (7, 20)):
        kind = (past.frequency >= low) & (past.frequency <= high)
        some = past.take(kind)
        noise = future[kind].std() / np.sqrt(kind.sum())
        assert TRUTH.expected_purchases(some, 30.0).mean() == pytest.approx(future[kind].mean(), abs=4 * noise)
        noise = 0.5 / np.sqrt(kind.sum())
        assert TRUTH.probability_alive(some).mean() == pytest.approx(alive[kind].mean(), abs=4 * noise)
        silent = TRUTH.probability_no_purchase(some, 30.0).mean()
        assert silent == pytest.approx((future[kind] == 0).mean(), abs=4 * noise)


def test_a_fit_forecasts_what_comes():
    T = np.random.default_rng(1).integers(10, 30, 8_000).astype(float)
    purchases = TRUTH.simulate(T, 8, horizon=20.0)
    fitted = BgBb.fit(purchases.history(T, "week"))
    came = purchases.between(T, T + 20.0).sum()
    assert fitted.expected_purchases(purchases.history(T, "week"), 20.0).sum() == pytest.approx(came, rel=0.06)


def test_equal_customers_may_be_given_as_weights():
    history = simulated(800, 4)
    kinds, counts = history.grouped()
    assert len(kinds) < 500
    one_by_one, counted = BgBb.fit(history), BgBb.fit(kinds, weights=counts)
    assert counted.parameters == pytest.approx(one_by_one.parameters, rel=1e-6)
    assert counted.standard_errors() == pytest.approx(one_by_one.standard_errors(), rel=1e-5)
    assert counted.evidence.customers == 800


def test_a_penalty_pulls_towards_its_centre_and_a_huge_one_holds_there():
    history = simulated(60, 2)
    free, held, pulled = (BgBb.fit(history, penalty=penalty).parameters for penalty in (0.0, 1e8, 5.0))
    rate = history.frequency.sum() / history.T.sum()
    centre = np.array([1.0, 1.0 / rate - 1.0, 1.0, history.T.mean()])
    assert held == pytest.approx(centre, rel=1e-4)
    assert np.abs(np.log(pulled / centre)).sum() < np.abs(np.log(free / centre)).sum()


def test_a_base_without_dropout_is_said_in_words():
    said = 0
    for seed in range(4):
        history = simulated(700, seed, BgBb(5.0, 5.0, 1e-9, 1.0), most=40)
        fitted = BgBb.fit(history)
        without = BgBb(fitted.alpha, fitted.beta, 1e-7, 1e5).log_likelihood(history).sum()
        assert fitted.evidence.log_likelihood >= without - 1e-4
        assert fitted.probability_alive(history.take(history.recency == history.T)).min() > 0.99
        assert np.isfinite(fitted.draws(100, seed=1)).all()
        assert np.isfinite(fitted.standard_errors()).all()
        said += any("dropped out" in finding for finding in fitted.evidence.findings)
    assert said >= 3  # somebody who never buys may have left at once


def test_customers_who_all_buy_alike_are_said_in_words():
    history = simulated(400, 4, BgBb(3e4, 7e4, 1.0, 20.0), most=60)
    fitted = BgBb.fit(history)
    assert any("one purchase probability" in finding for finding in fitted.evidence.findings)
    assert fitted.alpha / (fitted.alpha + fitted.beta) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("seed", range(6))
def test_sixty_customers_reach_the_likelihood_of_the_truth(seed):
    history = simulated(60, 50 + seed)
    fitted = BgBb.fit(history)
    assert fitted.evidence.log_likelihood >= TRUTH.log_likelihood(history).sum()
    assert np.isfinite(fitted.expected_purchases(history, 52.0)).all()
