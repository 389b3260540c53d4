"""What must hold of lifetimes in whole periods, whatever the data."""

import mpmath as mp
import numpy as np
import pytest

from clove.models.beta_discrete_weibull import BetaDiscreteWeibull
from clove.models.bg_bb_series import sum_rules
from clove.models.retention_likelihood import RetentionLikelihood
from clove.models.retention_series import cumulative_hazard, hazard_slopes, residual_lifetimes
from clove.models.shifted_beta_geometric import ShiftedBetaGeometric
from clove.models.survivors import Survivors

COUNTS = Survivors.of([1000, 869, 743, 653, 593], [800, 700, 610], [50, 50])


def test_survival_and_retention_are_those_of_the_formulas():
    fitted = ShiftedBetaGeometric(alpha=0.7, beta=1.2)
    t = np.arange(1, 40)
    rate = (1.2 + t - 1) / (0.7 + 1.2 + t - 1)
    assert fitted.retention(t) == pytest.approx(rate, rel=1e-13)
    assert fitted.survival(t) == pytest.approx(np.cumprod(rate), rel=1e-13)
    # who has renewed seven times is a new customer with a beta that has learnt it
    later = ShiftedBetaGeometric(alpha=0.7, beta=8.2)
    assert fitted.survival(t, renewals=7) == pytest.approx(later.survival(t), rel=1e-13)
    assert fitted.residual_lifetime([7], discount=0.1) == pytest.approx(later.residual_lifetime([0], discount=0.1))


def test_cohorts_of_several_years_are_one_likelihood():
    # every cohort follows one curve of the model, so that all say the same, and together more surely
    curve = 10_000 * ShiftedBetaGeometric(alpha=0.7, beta=1.2).survival(np.arange(6))
    alone = ShiftedBetaGeometric.fit(curve)
    together = ShiftedBetaGeometric.fit(Survivors.of(*(curve[:years] for years in (6, 5, 4, 3, 2))))
    assert alone.parameters == pytest.approx([0.7, 1.2], rel=1e-6)
    assert together.parameters == pytest.approx([0.7, 1.2], rel=1e-6)
    assert (together.standard_errors() < alone.standard_errors()).all()
    assert together.evidence.customers == 50_000


def test_with_c_1_the_bdw_is_the_sbg():
    one, other = ShiftedBetaGeometric(0.3, 2.0), BetaDiscreteWeibull(0.3, 2.0, 1.0)
    assert one.survival([0, 1, 50]).tolist() == other.survival([0, 1, 50]).tolist()
    assert one.residual_lifetime([0, 9], discount=0.01).tolist() == (
        other.residual_lifetime([0, 9], discount=0.01).tolist()
    )
    assert one.log_likelihood(COUNTS) == other.log_likelihood(COUNTS)


def test_the_likelihood_is_that_of_lifetimes():
    fitted = BetaDiscreteWeibull(0.3, 2.0, 1.4)
    survival = fitted.survival(np.arange(5))
    ends = -np.diff(survival)
    direct = np.array([131, 126, 90, 60]) @ np.log(ends) + 593 * np.log(survival[4])
    assert fitted.log_likelihood([1000, 869, 743, 653, 593]) == pytest.approx(direct, rel=1e-13)


@pytest.mark.parametrize("parameters", [(0.26, 1.72, 1.58), (3.0, 40.0, 0.6), (700.0, 9000.0, 1.0), (1e-4, 2e-4, 2.5)])
def test_slopes_are_those_of_exact_arithmetic(parameters):
    orders = [
        (0, 0, 0),
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (2, 0, 0),
        (1, 1, 0),
        (1, 0, 1),
        (0, 2, 0),
        (0, 1, 1),
        (0, 0, 2),
    ]
    with mp.workdps(50):
        for t in (1, 2, 9):

            def hazard(g, d, c, t=t):
                powers = [mp.mpf(t - 1) ** c if t > 1 else mp.mpf(0), mp.mpf(t) ** c]
                before, after = (mp.loggamma(d + u + g) - mp.loggamma(d + u) for u in powers)
                return after - before

            exact = [mp.diff(hazard, parameters, order) if any(order) else hazard(*parameters) for order in orders]
            found = hazard_slopes(np.array([float(t)]), *parameters)[0]
            assert found == pytest.approx([float(value) for value in exact], rel=1e-8, abs=1e-25)


def test_hazards_keep_their_digits():
    rng = np.random.default_rng(0)
    with mp.workdps(60):
        for x, step, gamma in 10 ** rng.uniform(-6, 9, (60, 3)):
            z, s, g = mp.mpf(x), mp.mpf(step), mp.mpf(gamma)
            exact = mp.loggamma(z + s + g) + mp.loggamma(z) - mp.loggamma(z + s) - mp.loggamma(z + g)
            assert cumulative_hazard(x, step, gamma) == pytest.approx(float(exact), rel=1e-10)


def test_gradient_and_hessian_are_those_of_the_value():
    likelihood = RetentionLikelihood.of(COUNTS, 3)
    theta, step = np.log([0.3, 2.0, 1.4]), 1e-5
    _, gradient, hessian = likelihood(theta)
    for i in range(3):
        away = step * np.eye(3)[i]
        up, down = likelihood(theta + away), likelihood(theta - away)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / (2 * step), rel=1e-6)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / (2 * step), rel=1e-5)


def test_residual_lifetimes_are_their_closed_forms():
    shapes = np.array([[0.764, 1.296, 1.0], [0.067, 0.267, 1.0], [3.8, 15.2, 1.0], [1.05, 4.0, 1.0], [70.0, 9e2, 1.0]])
    renewals = np.array([0.0, 4.0, 50.0])
    for discount in (0.1, 1e-3):  # Fader & Hardie (2010), eq. 6
        found = np.empty((5, 3))
        residual_lifetimes(renewals, shapes, discount, np.inf, sum_rules(), found)
        with mp.workdps(30):
            for row, (a, b, _) in enumerate(shapes.tolist()):
                for column, k in enumerate(renewals.tolist()):
                    series = mp.hyp2f1(1, b + k + 1, a + b + k + 1, 1 / (1 + mp.mpf(discount)))
                    exact = float((b + k) / (a + b + k) * series)
                    assert found[row, column] == pytest.approx(exact, rel=1e-12)
    found = np.empty((5, 3))
    residual_lifetimes(renewals, shapes, 0.0, np.inf, sum_rules(), found)
    assert np.isinf(found[:2]).all()  # the sum has no end
    assert found[2:] == pytest.approx((shapes[2:, 1:2] + renewals) / (shapes[2:, :1] - 1), rel=1e-11)


def test_residual_lifetimes_are_sums_of_survival():
    fitted = BetaDiscreteWeibull(1.2, 5.0, 0.9)
    ahead = np.arange(1, 20_001)
    worth = fitted.survival(ahead, renewals=3) / 1.001 ** (ahead - 1)
    for horizon in (1, 7, 256, 257, 3_000, 20_000):
        found = fitted.residual_lifetime([3], discount=0.001, horizon=horizon)[0]
        assert found == pytest.approx(worth[:horizon].sum(), rel=1e-12)
    endless = fitted.residual_lifetime([3])[0]
    # beyond, survival falls like a power of time
    rest = fitted.survival([20_000], renewals=3)[0] * 20_000 / (1.2 * 0.9 - 1)
    assert endless == pytest.approx(fitted.survival(ahead, renewals=3).sum() + rest, rel=0.02)
