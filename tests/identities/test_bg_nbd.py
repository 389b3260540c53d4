"""What has to hold whatever the parameters."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clove.kernel.period import TimeUnit
from clove.models import BgNbd, PurchaseHistory
from clove.models.beta_geometric_likelihood import BetaGeometricLikelihood

from ..conftest import simulated_history  # noqa: TID252

POSITIVE = st.floats(0.05, 20.0)
MODEL = BgNbd(r=0.25, alpha=4.4, a=0.8, b=2.4, unit=TimeUnit.WEEK)


@st.composite
def histories(draw):
    T = draw(st.floats(0.5, 500.0))
    x = draw(st.integers(0, 60))
    t_x = draw(st.floats(0.01, 1.0)) * T if x else 0.0
    return PurchaseHistory.of([x], [t_x], [T])


def by_definition(model: BgNbd, history: PurchaseHistory) -> mpmath.mpf:
    """Eq. 6 as printed, in 50 digits."""
    with mpmath.workdps(50):
        r, alpha, a, b = map(mpmath.mpf, (model.r, model.alpha, model.a, model.b))
        x, t_x, T = (mpmath.mpf(float(c[0])) for c in (history.frequency, history.recency, history.T))
        first = mpmath.beta(a, b + x) / mpmath.beta(a, b) * mpmath.gamma(r + x) * alpha**r
        value = first / (mpmath.gamma(r) * (alpha + T) ** (r + x))
        if x > 0:
            second = mpmath.beta(a + 1, b + x - 1) / mpmath.beta(a, b) * mpmath.gamma(r + x) * alpha**r
            value += second / (mpmath.gamma(r) * (alpha + t_x) ** (r + x))
        return mpmath.log(value)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_log_likelihood_is_equation_6(history, r, alpha, a, b):
    model = BgNbd(r=r, alpha=alpha, a=a, b=b)
    assert model.log_likelihood(history)[0] == pytest.approx(float(by_definition(model, history)), rel=1e-10, abs=1e-10)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_what_a_fit_climbs_is_the_log_likelihood(history, r, alpha, a, b):
    model = BgNbd(r=r, alpha=alpha, a=a, b=b)
    value = BetaGeometricLikelihood.of(history, np.ones(len(history)), first=0)(np.log(model.parameters))[0]
    assert value == pytest.approx(model.log_likelihood(history)[0], rel=1e-9, abs=1e-9)


def test_gradient_and_hessian_are_those_of_the_value():
    history = simulated_history(MODEL, None, 500, seed=3)
    likelihood = BetaGeometricLikelihood.of(history, np.ones(500), first=0)
    theta = np.log([0.4, 6.0, 0.6, 3.0])
    _, gradient, hessian = likelihood(theta)
    step = 1e-5
    ahead, behind = ([likelihood(theta + sign * step * unit) for unit in np.eye(4)] for sign in (1, -1))
    numeric = [(up[0] - down[0]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    bends = [(up[1] - down[1]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    assert gradient == pytest.approx(numeric, rel=1e-6)
    assert hessian == pytest.approx(np.array(bends), rel=1e-5, abs=1e-4)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.floats(0.1, 400.0))
def test_probabilities_are_probabilities(history, r, alpha, a, b, horizon):
    model = BgNbd(r=r, alpha=alpha, a=a, b=b)
    alive = model.probability_alive(history)[0]
    silent = model.probability_no_purchase(history, horizon)[0]
    assert 0 <= alive <= 1
    assert 1 - alive <= silent + 1e-12
    assert silent <= 1
    if history.frequency[0] == 0:
        assert alive == 1


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.floats(0.1, 400.0), st.floats(0.1, 400.0))
def test_expected_purchases_grow_with_the_horizon_but_never_faster_than_without_dropout(
    history, r, alpha, a, b, one, more
):
    model = BgNbd(r=r, alpha=alpha, a=a, b=b)
    early, late = model.expected_purchases_by(history, np.array([one, one + more]))[0]
    without_dropout = (r + history.frequency[0]) / (alpha + history.T[0]) * one
    assert 0 <= early <= late * (1 + 1e-12)
    assert early <= without_dropout * (1 + 1e-12)


@given(histories(), POSITIVE, st.floats(0.05, 0.95), POSITIVE, POSITIVE)
def test_the_next_purchase_is_as_likely_as_asked_by_the_time_given(history, r, wanted, a, b):
    model = BgNbd(r=r, alpha=5.0, a=a, b=b)
    time = model.time_to_next_purchase(history, wanted)[0]
    if np.isinf(time):
        assert model.probability_alive(history)[0] <= wanted
    else:
        assert 1 - model.probability_no_purchase(history, time)[0] == pytest.approx(wanted, rel=1e-9)


def test_the_unit_of_time_changes_nothing_but_alpha():
    weeks = simulated_history(MODEL, None, 3_000, seed=5)
    days = PurchaseHistory.of(weeks.frequency, weeks.recency * 7, weeks.T * 7, unit="day")
    hours = PurchaseHistory.of(weeks.frequency, weeks.recency * 168, weeks.T * 168, unit="hour")
    fits = [BgNbd.fit(history) for history in (weeks, days, hours)]
    assert fits[1].parameters == pytest.approx(fits[0].parameters * [1, 7, 1, 1], rel=1e-5)
    assert fits[2].parameters == pytest.approx(fits[0].parameters * [1, 168, 1, 1], rel=1e-5)
    assert fits[1].expected_purchases(days, 70.0) == pytest.approx(fits[0].expected_purchases(weeks, 10.0), rel=1e-5)


def test_a_customer_counts_the_same_whoever_else_is_there():
    history = simulated_history(MODEL, None, 400, seed=6)
    alone = np.array([MODEL.expected_purchases(history.take(np.array([i])), 26.0)[0] for i in range(0, 400, 37)])
    assert MODEL.expected_purchases(history, 26.0)[::37] == pytest.approx(alone, rel=1e-13)


def test_alive_path_ends_where_the_summary_stands():
    times = np.array([0.0, 3.0, 9.0, 20.0])
    path = MODEL.alive_path(times, np.array([0.0, 2.9, 3.0, 20.0, 39.0]))
    summary = PurchaseHistory.of([3], [20.0], [39.0], unit="week")
    assert path[:2].tolist() == [1.0, 1.0]
    assert path[2] < 1
    assert path[-1] == pytest.approx(MODEL.probability_alive(summary)[0], rel=1e-14)


def test_json_keeps_every_bit():
    fitted = BgNbd.fit(simulated_history(MODEL, None, 500, seed=7))
    assert BgNbd.from_json(fitted.to_json()) == fitted
    assert BgNbd.from_json(MODEL.to_json()) == MODEL


def exact_expectation(R: float, s: float, a: float, b: float) -> float:
    """Eq. 10 given alive in 110 digits, its singularities approached to 30."""
    with mpmath.workdps(110):
        R, s, a, b = map(mpmath.mpf, (R, s, a, b))
        nearly = mpmath.mpf(10) ** -30
        if abs(a - 1) < nearly:
            a = 1 + nearly
        if abs(a + b - 1) < nearly:
            a += nearly
        inner = mpmath.hyp2f1(R, b, a + b - 1, s / (1 + s))
        return float((a + b - 1) / (a - 1) * (1 - (1 + s) ** -R * inner))


def test_expectation_on_hard_points_is_finite_and_right_to_ten_digits():
    rng = np.random.default_rng(11)
    worst = 0.0
    for i in range(400):
        x = float(np.floor(10 ** rng.uniform(0, 4)) - 1) if i % 3 else 0.0
        r, alpha, T = 10 ** rng.uniform(-3, 2), 10 ** rng.uniform(-1, 3), 10 ** rng.uniform(0, 5)
        a = rng.choice([1.0, 1 + 1e-12, 10 ** rng.uniform(-6, 3)])
        b = 1 - a if i % 7 == 0 and a < 1 else rng.choice([1.0, 10 ** rng.uniform(-4, 3)])
        horizon = 10 ** rng.uniform(-1, 4)
        model = BgNbd(r=r, alpha=alpha, a=a, b=b)
        history = PurchaseHistory.of([x], [T if x else 0.0], [T])
        found = model.expected_purchases(history, horizon)[0] / model.probability_alive(history)[0]
        exact = exact_expectation(r + x, horizon / (alpha + T), a, b + x)
        worst = max(worst, abs(found / exact - 1))
    assert worst <= 1e-10
