"""What has to hold of the MBG/NBD, and of what it shares with the BG/NBD, whatever the parameters."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clove.kernel.period import TimeUnit
from clove.models import BgNbd, MbgNbd, PurchaseHistory
from clove.models.beta_geometric_likelihood import BetaGeometricLikelihood
from clove.models.effects import Effect

POSITIVE = st.floats(0.05, 20.0)
MODELS = {
    "bg": BgNbd(r=0.6, alpha=8.0, a=0.8, b=2.4, unit=TimeUnit.WEEK),
    "mbg": MbgNbd(r=0.6, alpha=8.0, a=0.8, b=2.4, unit=TimeUnit.WEEK),
}
BOTH = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def simulated(model: BgNbd | MbgNbd, customers: int, seed: int) -> PurchaseHistory:
    age = np.random.default_rng(seed).uniform(10, 104, customers)
    return model.simulate(age, seed + 1).history(age, model.unit)


@st.composite
def histories(draw):
    T = draw(st.floats(0.5, 500.0))
    x = draw(st.integers(0, 60))
    return PurchaseHistory.of([x], [draw(st.floats(0.01, 1.0)) * T if x else 0.0], [T])


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_log_likelihood_is_the_published_one(history, r, alpha, a, b):
    # Batislam, Denizel & Filiztekin (2007), with the erratum of Wagner & Hoppe (2008)
    model = MbgNbd(r=r, alpha=alpha, a=a, b=b)
    with mpmath.workdps(50):
        x, t_x, T = (mpmath.mpf(float(c[0])) for c in (history.frequency, history.recency, history.T))
        stays = mpmath.beta(a, b + x + 1) / mpmath.beta(a, b) / (alpha + T) ** (r + x)
        leaves = mpmath.beta(a + 1, b + x) / mpmath.beta(a, b) / (alpha + t_x) ** (r + x)
        exact = mpmath.log(mpmath.gamma(r + x) * alpha ** mpmath.mpf(r) / mpmath.gamma(r) * (stays + leaves))
        assert model.log_likelihood(history)[0] == pytest.approx(float(exact), rel=1e-10, abs=1e-10)
    value = BetaGeometricLikelihood.of(history, np.ones(1), first=1)(np.log(model.parameters))[0]
    assert value == pytest.approx(float(exact), rel=1e-9, abs=1e-9)


@BOTH
def test_gradient_and_hessian_are_those_of_the_value_with_weights(model):
    history, weights = simulated(model, 400, 3), np.random.default_rng(4).uniform(0.5, 6, 400)
    likelihood = BetaGeometricLikelihood.of(history, weights, first=model.FIRST)
    theta, step = np.log([0.4, 6.0, 0.6, 3.0]), 1e-5
    value, gradient, hessian = likelihood(theta)
    ahead, behind = ([likelihood(theta + sign * step * unit) for unit in np.eye(4)] for sign in (1, -1))
    numeric = [(up[0] - down[0]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    bends = [(up[1] - down[1]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    assert gradient == pytest.approx(numeric, rel=1e-6)
    assert hessian == pytest.approx(np.array(bends), rel=1e-5, abs=1e-4)
    judge = type(model)(*np.exp(theta), unit=TimeUnit.WEEK)
    assert value == pytest.approx(weights @ judge.log_likelihood(history), rel=1e-12)


def test_a_one_time_buyer_may_have_left():
    history = PurchaseHistory.of([0, 0, 0], [0, 0, 0], [0.0, 1.0, 90.0], unit="week")
    alive = MODELS["mbg"].probability_alive(history)
    # at once: b / (a + b); then less and less
    assert alive[0] == pytest.approx(2.4 / 3.2, rel=1e-14)
    assert alive[0] > alive[1] > alive[2] > 0
    assert MODELS["bg"].probability_alive(history).tolist() == [1.0, 1.0, 1.0]


@BOTH
def test_the_distribution_is_whole_and_its_mean_is_the_expectation(model):
    history = simulated(model, 200, 5)
    distribution = model.purchase_distribution(history, 5.0, 400)
    assert distribution.sum(axis=1) == pytest.approx(np.ones(200), rel=1e-12)
    assert distribution @ np.arange(401) == pytest.approx(model.expected_purchases(history, 5.0), rel=1e-11)
    assert distribution[:, 0] == pytest.approx(model.probability_no_purchase(history, 5.0), rel=1e-13)
    # where one looks changes nothing
    assert model.purchase_distribution(history, 5.0, 3) == pytest.approx(distribution[:, :4], rel=1e-11)


@BOTH
def test_a_new_customer_buys_as_the_simulated_ones_do(model):
    customers = 200_000
    purchases = model.simulate(np.full(customers, 30.0), 6)
    seen = np.bincount(purchases.between(np.zeros(customers), np.full(customers, 30.0)), minlength=9)[:9]
    expected = model.purchase_distribution_new_customer(30.0, 8) * customers
    assert ((seen - expected) ** 2 / expected).sum() < 28  # 99.9 % of a chi-squared of 9
    assert purchases.customer.size / customers == pytest.approx(
        model.expected_purchases_new_customer([30.0])[0], rel=0.02
    )


@BOTH
def test_forecasts_of_known_customers_come_true(model):
    age = np.full(100_000, 40.0)
    purchases = model.simulate(age, 7, horizon=20.0)
    history = purchases.history(age, "week")
    came, alive = purchases.between(age, age + 20), purchases.alive(age)
    expected, judged = model.expected_purchases(history, 20.0), model.probability_alive(history)
    for x in range(4):
        rows = history.frequency == x
        assert came[rows].mean() == pytest.approx(
            expected[rows].mean(), abs=3.5 * came[rows].std() / np.sqrt(rows.sum())
        )
        assert alive[rows].mean() == pytest.approx(judged[rows].mean(), abs=1.8 / np.sqrt(rows.sum()))


@BOTH
def test_draws_of_counts_are_distributed_as_they_should_and_belong_to_the_customer(model):
    history = simulated(model, 60, 8)
    keys = np.random.default_rng(9).integers(1, 2**63, 60, dtype=np.uint64)
    theta, horizons = np.tile(model.parameters, (40, 1)), np.full(40, 12.0)
    counts = model.purchase_counts(history, theta, horizons, 50, keys)
    shares = np.stack([(counts == n).mean(axis=1) for n in range(5)], axis=1)
    # stratified: every share is within two draws of its probability
    assert shares == pytest.approx(model.purchase_distribution(history, 12.0, 4), abs=2.5 / 2000)
    some = np.array([7, 50])
    assert (model.purchase_counts(history.take(some), theta, horizons, 50, keys[some]) == counts[some]).all()


@BOTH
def test_draws_with_a_horizon_each_follow_their_own(model):
    history = PurchaseHistory.of([6], [30.0], [31.0], unit="week")
    theta, horizons = np.tile(model.parameters, (2, 1)), np.array([2.0, 40.0])
    counts = model.purchase_counts(history, theta, horizons, 20_000, np.array([3], np.uint64))[0]
    expected = model.expected_purchases_by(history, horizons)[0]
    assert [counts[:20_000].mean(), counts[20_000:].mean()] == pytest.approx(expected, rel=0.03)


@BOTH
@pytest.mark.parametrize("penalty", [0.0, 5.0])
def test_the_unit_of_time_changes_nothing_but_alpha(model, penalty):
    weeks = simulated(model, 3_000, 10)
    days = PurchaseHistory.of(weeks.frequency, weeks.recency * 7, weeks.T * 7, unit="day")
    hours = PurchaseHistory.of(weeks.frequency, weeks.recency * 168, weeks.T * 168, unit="hour")
    by_week, by_day, by_hour = (type(model).fit(history, penalty=penalty) for history in (weeks, days, hours))
    assert by_day.parameters == pytest.approx(by_week.parameters * [1, 7, 1, 1], rel=1e-4)
    assert by_hour.parameters == pytest.approx(by_week.parameters * [1, 168, 1, 1], rel=1e-4)
    assert by_day.expected_purchases(days, 70.0) == pytest.approx(by_week.expected_purchases(weeks, 10.0), rel=1e-4)


@BOTH
@pytest.mark.parametrize("penalty", [0.0, 5.0])
def test_equal_rows_counted_once_fit_as_if_repeated(model, penalty):
    history = simulated(model, 400, 11)
    times = np.random.default_rng(12).integers(1, 5, 400)
    repeated = type(model).fit(history.take(np.repeat(np.arange(400), times)), penalty=penalty)
    weighted = type(model).fit(history, weights=times.astype(float), penalty=penalty)
    assert weighted.parameters == pytest.approx(repeated.parameters, rel=1e-4)
    assert weighted.standard_errors() == pytest.approx(repeated.standard_errors(), rel=1e-3)
    assert weighted.evidence.log_likelihood == pytest.approx(repeated.evidence.log_likelihood, rel=1e-9)
    assert weighted.evidence.customers == repeated.evidence.customers


@BOTH
def test_histories_on_whole_weeks_fit_the_same_when_grouped(model):
    history = simulated(model, 4_000, 13)
    T = np.floor(history.T)
    t_x = np.where(history.frequency > 0, np.clip(np.floor(history.recency), 1, T), 0)
    whole = PurchaseHistory.of(history.frequency, t_x, T, unit="week")
    some, counts = whole.grouped()
    assert len(some) < 0.8 * len(whole)
    assert type(model).fit(some, weights=counts).parameters == pytest.approx(
        type(model).fit(whole).parameters, rel=1e-4
    )


@BOTH
def test_json_keeps_every_bit_and_the_effects(model):
    fitted = type(model).fit(simulated(model, 500, 14))
    assert type(model).from_json(fitted.to_json()) == fitted
    effects = (Effect("alpha", "channel", 0.1 + 0.2), Effect("a", "channel", -1 / 3), Effect("b", "channel", 0.7))
    moved = type(model)(0.6, 8.0, 0.8, 2.4, unit=TimeUnit.WEEK, effects=effects)
    assert type(model).from_json(moved.to_json()) == moved
