"""The MBG/CNBD-k against its definition, against the MBG/NBD at k = 1, and against its own simulator."""

import mpmath
import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models import MbgNbd, PurchaseHistory
from clove.models.beta_geometric_likelihood import BetaGeometricLikelihood
from clove.models.mbg_cnbd import MbgCnbd
from clove.models.mbg_cnbd_likelihood import ErlangLikelihood
from clove.models.mbg_cnbd_phases import integral, phases_passed, series

MODEL = MbgCnbd(r=0.6, alpha=2.5, a=0.9, b=3.0, k=3, unit=TimeUnit.WEEK)
PLAIN = MbgNbd(r=0.6, alpha=8.0, a=0.9, b=3.0, unit=TimeUnit.WEEK)
AT_RANDOM = MbgCnbd(r=0.6, alpha=8.0, a=0.9, b=3.0, k=1, unit=TimeUnit.WEEK)
MOST = 6
POINTS = 100


def histories(model: MbgCnbd | MbgNbd, customers: int, seed: int) -> PurchaseHistory:
    age = np.random.default_rng(seed).uniform(5, 104, customers)
    return model.simulate(age, seed + 1).history(age, model.unit)


def definition(model: MbgCnbd, x: int, t_x: float, T: float, log_intervals: float) -> mpmath.mpf:
    """Log-likelihood as the integral over lambda of the density of the intervals and of the silence after them."""
    k, a, b = model.k, mpmath.mpf(model.a), mpmath.mpf(model.b)
    stay, leave = mpmath.beta(a, b + x + 1) / mpmath.beta(a, b), mpmath.beta(a + 1, b + x) / mpmath.beta(a, b)
    shape, scale = mpmath.mpf(model.r), mpmath.mpf(model.alpha)

    def density(rate):
        silent = sum((rate * (T - t_x)) ** j / mpmath.factorial(j) for j in range(k)) * mpmath.exp(-rate * (T - t_x))
        prior = scale**shape * rate ** (shape - 1) * mpmath.exp(-scale * rate) / mpmath.gamma(shape)
        return prior * rate ** (k * x) * mpmath.exp(-rate * t_x) * (leave + stay * silent)

    mean = (shape + k * x) / (scale + T)
    whole = mpmath.quad(density, [0, mean / 8, mean / 2, mean, 2 * mean, 6 * mean, 20 * mean, mpmath.inf])
    return mpmath.log(whole) + (k - 1) * log_intervals - x * mpmath.log(mpmath.gamma(k))


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0.0, 12.0), (1, 3.0, 30.0), (4, 20.0, 20.0), (9, 25.0, 26.5)])
def test_log_likelihood_is_the_integral_that_defines_it(k, x, t_x, T):
    model = MbgCnbd(r=1.3, alpha=4.0, a=0.7, b=2.0, k=k)
    history = PurchaseHistory.of([x], [t_x], [T], log_intervals=[1.7 * x])
    with mpmath.workdps(25):
        assert model.log_likelihood(history)[0] == pytest.approx(float(definition(model, x, t_x, T, 1.7 * x)), rel=1e-9)


def exact(model: MbgCnbd, x: int, t_x: float, T: float, horizon: float) -> tuple[mpmath.mpf, list, mpmath.mpf]:
    """P(alive), P(0, ..., MOST purchases) and E[purchases], from the phases one by one, tails taken from 1."""
    r, alpha, a, b = map(mpmath.mpf, (model.r, model.alpha, model.a, model.b))
    k, R = model.k, r + model.k * x
    u, s = (mpmath.mpf(T) - t_x) / (alpha + T), mpmath.mpf(horizon) / (alpha + T)
    passed = [mpmath.rf(R, j) / mpmath.factorial(j) * u**j for j in range(k)]
    silent = ((alpha + t_x) / (alpha + T)) ** R * mpmath.fsum(passed)
    alive = (b + x) * silent / (a + (b + x) * silent)
    weights = [w / mpmath.fsum(passed) * (1 + s) ** -(R + j) for j, w in enumerate(passed)]
    above, survival, expected, distribution = mpmath.mpf(1), mpmath.mpf(1), mpmath.mpf(0), []
    n = m = 0
    while n <= MOST or above * survival > mpmath.mpf(10) ** -20 * expected:
        here = mpmath.mpf(0)
        for _ in range(k):
            here += mpmath.fsum(weights[: m + 1])
            for j in range(min(k, m + 1)):
                weights[j] *= s / (1 + s) * (R + m) / (m + 1 - j)
            m += 1
        above -= here
        if n == 0:
            distribution.append(1 - alive + alive * here)
        else:
            leaves = a / (a + b + x + n)
            distribution.append(alive * survival * (here + above * leaves))
            survival *= 1 - leaves
        expected += survival * above
        n += 1
    return alive, distribution[: MOST + 1], alive * expected


def test_figures_on_hard_points_are_finite_and_right_to_ten_digits():
    rng = np.random.default_rng(21)
    worst = 0.0
    for i in range(POINTS):
        k = int(rng.integers(1, 13))
        x = int(10 ** rng.uniform(0, 4)) if i % 3 else 0
        r, alpha, T = 10 ** rng.uniform(-9, 2), 10 ** rng.uniform(-1, 4), 10 ** rng.uniform(0, 5)
        a = float(rng.choice([1.0, 1 + 1e-12, 10 ** rng.uniform(-12, 2)]))
        b = 1 - a if i % 5 == 0 and a < 1 else float(rng.choice([1.0, 10 ** rng.uniform(-12, 2)]))
        t_x = T * float(rng.choice([1.0, rng.uniform(0.01, 1.0), 1 - 10 ** rng.uniform(-9, -2)])) if x else 0.0
        # not so far ahead that adding up in 340 digits takes a minute
        horizon = min(10 ** rng.uniform(-2, 5), (alpha + T) * min(8.0, 300.0 / (r + k * x)))
        model = MbgCnbd(r, alpha, a, b, k)
        history = PurchaseHistory.of([x], [t_x], [T])
        with mpmath.workdps(340):
            alive, distribution, expected = exact(model, x, t_x, T, horizon)
            found = [
                model.probability_alive(history)[0],
                *model.purchase_distribution(history, horizon, MOST)[0],
                model.probability_no_purchase(history, horizon)[0],
                model.expected_purchases(history, horizon)[0],
            ]
            assert np.isfinite(found).all()
            for ours, theirs in zip(found, [alive, *distribution, distribution[0], expected], strict=True):
                worst = max(worst, float(abs(mpmath.mpf(float(ours)) - theirs) / max(theirs, mpmath.mpf("1e-280"))))
    assert worst <= 1e-10


@pytest.mark.parametrize("k", [1, 2, 3, 12])
@pytest.mark.parametrize(("R", "u", "s"), [(40.0, 0.3, 3000.0), (4000.0, 0.001, 40.0), (90_000.0, 0.0, 1.5)])
@pytest.mark.parametrize(("a", "beta"), [(1e-6, 2.0), (1.0, 1.0), (0.4, 1e-3), (3.0, 900.0)])
def test_the_long_sum_and_its_integral_agree(k, R, u, s, a, beta):
    passed = np.empty(k)
    phases_passed(R, u, k, passed)
    assert integral(R, s, passed, a, beta) == pytest.approx(series(R, s, passed, a, beta), rel=1e-10)


def test_at_k_1_it_is_the_mbg_nbd():
    history = histories(PLAIN, 300, 1)
    horizons = np.array([0.0, 3.0, 40.0])
    for name in ("log_likelihood", "probability_alive"):
        assert getattr(AT_RANDOM, name)(history) == pytest.approx(getattr(PLAIN, name)(history), rel=1e-13)
    assert AT_RANDOM.expected_purchases_by(history, horizons) == pytest.approx(
        PLAIN.expected_purchases_by(history, horizons), rel=1e-12
    )
    assert AT_RANDOM.probability_no_purchase(history, 9.0) == pytest.approx(
        PLAIN.probability_no_purchase(history, 9.0), rel=1e-13
    )
    assert AT_RANDOM.time_to_next_purchase(history, 0.4) == pytest.approx(
        PLAIN.time_to_next_purchase(history, 0.4), rel=1e-7
    )
    theta, spans = np.log([0.4, 6.0, 0.6, 3.0]), np.ones(300)
    value, gradient, hessian = ErlangLikelihood.of(history, spans, 1)(theta)
    value_1, gradient_1, hessian_1 = BetaGeometricLikelihood.of(history, spans, first=1)(theta)
    assert value == pytest.approx(value_1, rel=1e-12)
    assert gradient == pytest.approx(gradient_1, rel=1e-9)
    assert hessian == pytest.approx(hessian_1, rel=1e-9)


@pytest.mark.parametrize("k", [2, 7])
def test_gradient_and_hessian_are_those_of_the_value(k):
    history = histories(MODEL, 500, 3)
    likelihood = ErlangLikelihood.of(history, np.random.default_rng(4).uniform(1, 5, 500), k)
    theta = np.log([0.4, 6.0, 0.6, 3.0])
    _, gradient, hessian = likelihood(theta)
    step = 1e-5
    ahead, behind = ([likelihood(theta + sign * step * unit) for unit in np.eye(4)] for sign in (1, -1))
    numeric = [(up[0] - down[0]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    bends = [(up[1] - down[1]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    assert gradient == pytest.approx(numeric, rel=1e-6)
    assert hessian == pytest.approx(np.array(bends), rel=1e-5, abs=1e-4)


def test_what_a_fit_climbs_is_the_log_likelihood():
    history, weights = histories(MODEL, 200, 5), np.random.default_rng(6).uniform(1, 4, 200)
    value = ErlangLikelihood.of(history, weights, MODEL.k)(np.log(MODEL.parameters))[0]
    assert value == pytest.approx(weights @ MODEL.log_likelihood(history), rel=1e-12)


def test_the_distribution_is_whole_and_its_mean_is_the_expectation():
    history = histories(MODEL, 200, 7)
    distribution = MODEL.purchase_distribution(history, 6.0, 300)
    assert distribution.sum(axis=1) == pytest.approx(np.ones(200), rel=1e-12)
    assert distribution @ np.arange(301) == pytest.approx(MODEL.expected_purchases(history, 6.0), rel=1e-11)
    assert distribution[:, 0] == pytest.approx(MODEL.probability_no_purchase(history, 6.0), rel=1e-13)


def test_a_new_customer_buys_as_the_simulated_ones_do():
    customers = 200_000
    purchases = MODEL.simulate(np.full(customers, 20.0), 8)
    seen = np.bincount(purchases.between(np.zeros(customers), np.full(customers, 20.0)), minlength=8)[:8]
    expected = MODEL.purchase_distribution_new_customer(20.0, 7) * customers
    assert ((seen - expected) ** 2 / expected).sum() < 26  # 99.9 % of a chi-squared of 8
    mean = MODEL.expected_purchases_new_customer([20.0])[0]
    assert purchases.customer.size / customers == pytest.approx(mean, rel=0.02)


def test_forecasts_of_known_customers_come_true_whatever_the_silence():
    age = np.full(150_000, 30.0)
    purchases = MODEL.simulate(age, 9, horizon=15.0)
    history = purchases.history(age, "week")
    came, alive = purchases.between(age, age + 15), purchases.alive(age)
    expected, judged = MODEL.expected_purchases(history, 15.0), MODEL.probability_alive(history)
    silence = history.T - history.recency
    for x in (1, 3):
        for shortest, longest in ((0, 2), (2, 6), (6, 30)):
            rows = (history.frequency == x) & (silence >= shortest) & (silence < longest)
            assert rows.sum() > 200
            error = came[rows].std() / np.sqrt(rows.sum())
            assert came[rows].mean() == pytest.approx(expected[rows].mean(), abs=3.5 * error)
            assert alive[rows].mean() == pytest.approx(judged[rows].mean(), abs=3.5 * 0.5 / np.sqrt(rows.sum()))


def test_a_regular_buyer_is_missed_sooner_and_due_again_later():
    history = PurchaseHistory.of([10, 10], [50.0, 50.0], [50.0, 65.0], unit="week")
    regular, random = MbgCnbd(6.0, 1.0, 0.5, 4.0, 6, TimeUnit.WEEK), MbgCnbd(6.0, 6.0, 0.5, 4.0, 1, TimeUnit.WEEK)
    assert regular.probability_alive(history)[1] < random.probability_alive(history)[1]
    # just after a purchase the next is not due yet
    assert regular.probability_no_purchase(history, 1.0)[0] > 0.95 > random.probability_no_purchase(history, 1.0)[0]


def test_draws_of_counts_are_distributed_as_they_should_and_belong_to_the_customer():
    history = histories(MODEL, 60, 10)
    keys = np.random.default_rng(11).integers(1, 2**63, 60, dtype=np.uint64)
    theta, horizons = np.tile(MODEL.parameters, (40, 1)), np.full(40, 12.0)
    counts = MODEL.purchase_counts(history, theta, horizons, 50, keys)
    shares = np.stack([(counts == n).mean(axis=1) for n in range(5)], axis=1)
    # stratified: every share is within two draws of its probability
    assert shares == pytest.approx(MODEL.purchase_distribution(history, 12.0, 4), abs=2.5 / 2000)
    some = np.array([3, 41])
    assert (MODEL.purchase_counts(history.take(some), theta, horizons, 50, keys[some]) == counts[some]).all()


def test_draws_of_many_purchases_have_the_mean_of_the_expectation():
    history = PurchaseHistory.of([400], [99.0], [100.0], unit="week")
    model = MbgCnbd(5.0, 0.4, 0.1, 30.0, 3, TimeUnit.WEEK)
    theta, horizons = np.tile(model.parameters, (200, 1)), np.full(200, 500.0)
    counts = model.purchase_counts(history, theta, horizons, 50, np.array([5], np.uint64))
    expected = model.expected_purchases(history, 500.0)[0]
    assert expected > 300
    assert counts.mean() == pytest.approx(expected, abs=4 * counts.std() / 100)


def test_the_next_purchase_is_as_likely_as_asked_by_the_time_given():
    history = histories(MODEL, 100, 12)
    time = MODEL.time_to_next_purchase(history, 0.3)
    reached = np.isfinite(time)
    assert (MODEL.probability_alive(history)[~reached] <= 0.3).all()
    silent = [
        MODEL.probability_no_purchase(history.take(np.array([i])), time[i])[0] for i in np.flatnonzero(reached)[:20]
    ]
    assert silent == pytest.approx(np.full(len(silent), 0.7), rel=1e-7)


def test_equal_rows_counted_once_fit_as_if_repeated():
    history = histories(MODEL, 300, 13)
    times = np.random.default_rng(14).integers(1, 4, 300)
    repeated = MbgCnbd.fit(history.take(np.repeat(np.arange(300), times)))
    weighted = MbgCnbd.fit(history, weights=times.astype(float))
    assert weighted.k == repeated.k
    assert weighted.parameters == pytest.approx(repeated.parameters, rel=1e-4)
    assert weighted.evidence.log_likelihood == pytest.approx(repeated.evidence.log_likelihood, rel=1e-9)
    assert weighted.standard_errors() == pytest.approx(repeated.standard_errors(), rel=1e-3)


@pytest.mark.parametrize("penalty", [0.0, 3.0])
def test_the_unit_of_time_changes_nothing_but_alpha(penalty):
    weeks = histories(MODEL, 2_000, 15)
    logs = weeks.log_intervals + weeks.frequency * np.log(7)
    days = PurchaseHistory.of(weeks.frequency, weeks.recency * 7, weeks.T * 7, unit="day", log_intervals=logs)
    by_week, by_day = MbgCnbd.fit(weeks, penalty=penalty), MbgCnbd.fit(days, penalty=penalty)
    assert by_day.k == by_week.k == 3
    assert by_day.parameters == pytest.approx(by_week.parameters * [1, 7, 1, 1], rel=1e-4)
    assert any("regular intervals (k = 3)" in finding for finding in by_day.evidence.findings)


def test_k_needs_the_intervals_unless_it_is_given():
    history = histories(MODEL, 400, 16)
    bare = PurchaseHistory.of(history.frequency, history.recency, history.T, unit="week")
    with pytest.raises(ArgumentRefused, match="log_intervals"):
        MbgCnbd.fit(bare)
    known, unknown = MbgCnbd.fit(history, k=3), MbgCnbd.fit(bare, k=3)
    assert unknown.parameters == pytest.approx(known.parameters, rel=1e-6)
    assert known.evidence.log_likelihood - unknown.evidence.log_likelihood == pytest.approx(
        2 * history.log_intervals.sum(), rel=1e-8
    )
    assert any("compares with no other" in finding for finding in unknown.evidence.findings)


@pytest.mark.parametrize("k", [0, 2.0, True, -1])
def test_a_regularity_that_is_no_count_is_refused(k):
    with pytest.raises(ArgumentRefused, match="whole number"):
        MbgCnbd(0.6, 2.5, 0.9, 3.0, k)
    with pytest.raises(ArgumentRefused, match="whole number"):
        MbgCnbd.fit(histories(MODEL, 50, 17), k=k)


def test_json_keeps_every_bit_and_k():
    fitted = MbgCnbd.fit(histories(MODEL, 500, 18))
    assert MbgCnbd.from_json(fitted.to_json()) == fitted
    assert fitted.k == 3
