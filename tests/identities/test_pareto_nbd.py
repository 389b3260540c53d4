"""What has to hold whatever the parameters, and what is right to ten digits on points that were chosen to be hard."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models import PurchaseHistory
from clove.models.effects import Design, Effect
from clove.models.pareto_nbd import SIGNS, ParetoNbd
from clove.models.pareto_nbd_likelihood import ParetoNbdLikelihood

POSITIVE = st.floats(0.05, 20.0)
MODEL = ParetoNbd(r=0.55, alpha=10.6, s=0.6, beta=11.7, unit=TimeUnit.WEEK)
DIGITS = 130  # the published differences lose up to a hundred


@st.composite
def histories(draw):
    T = draw(st.floats(0.5, 500.0))
    x = draw(st.integers(0, 60))
    t_x = draw(st.floats(0.01, 1.0)) * T if x else 0.0
    return PurchaseHistory.of([x], [t_x], [T])


def simulated(model: ParetoNbd, customers: int, seed: int, **covariates) -> PurchaseHistory:
    age = np.random.default_rng(seed).uniform(10, 104, customers)
    return model.simulate(age, seed + 1, covariates=covariates).history(age, model.unit).with_covariates(covariates)


def hard_points(count: int, seed: int):
    """Models and customers: x to 10^4, T to 10^5, every parameter from next to nothing to huge, s at and about 1."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        x = float(np.floor(10 ** rng.uniform(0, 4))) if i % 4 else 0.0
        T = 10 ** rng.uniform(-1, 5)
        alpha, beta = 10 ** rng.uniform(-3, 6, 2)
        beta = alpha if i % 9 == 0 else beta
        s = float(rng.choice([1.0, 1 + 1e-12, 1 - 1e-9, 10 ** rng.uniform(-8, 3), 10 ** rng.uniform(-1, 1)]))
        t_x = T * float(rng.choice([1.0, 1e-6, 1 - 1e-9, *rng.uniform(0, 1, 3)])) if x else 0.0
        model = ParetoNbd(r=float(10 ** rng.uniform(-4, 3)), alpha=float(alpha), s=s, beta=float(beta))
        yield model, PurchaseHistory.of([x], [t_x], [T]), float(T * 10 ** rng.uniform(-3, 1.5)), rng


def exactly(model: ParetoNbd, history: PurchaseHistory):
    """r, alpha, s, beta, x, t_x, T without rounding."""
    columns = (history.frequency[0], history.recency[0], history.T[0])
    return [mpmath.mpf(float(value)) for value in (*model.parameters, *columns)]


def gone_as_published(R, s, alpha, beta, start, end):
    """Integral of s (beta + tau)^-(s+1) (alpha + tau)^-R as the difference of two hypergeometric functions."""

    def primitive(age):
        if alpha >= beta:
            z, second, base = (alpha - beta) / (alpha + age), s + 1, alpha + age
        else:
            z, second, base = (beta - alpha) / (beta + age), R, beta + age
        return mpmath.hyp2f1(R + s, second, R + s + 1, z) / base ** (R + s)

    return s / (R + s) * (primitive(start) - primitive(end))


def exact_odds_and_likelihood(model: ParetoNbd, history: PurchaseHistory):
    r, alpha, s, beta, x, t_x, T = exactly(model, history)
    here = (alpha + T) ** -(r + x) * (beta + T) ** -s
    left = gone_as_published(r + x, s, alpha, beta, t_x, T)
    scale = mpmath.loggamma(r + x) - mpmath.loggamma(r) + r * mpmath.log(alpha) + s * mpmath.log(beta)
    return left / here, scale + mpmath.log(here + left)


def exact_silence(model: ParetoNbd, history: PurchaseHistory, horizon: float):
    """P(no purchase in the horizon | alive now)."""
    r, alpha, s, beta, x, _, T = exactly(model, history)
    a, b, t = alpha + T, beta + T, mpmath.mpf(horizon)
    stays = (a / (a + t)) ** (r + x) * (b / (b + t)) ** s
    return stays + a ** (r + x) * b**s * gone_as_published(r + x, s, a, b, mpmath.mpf(0), t)


def exact_probability(model: ParetoNbd, history: PurchaseHistory, horizon: float, n: int):
    """P(N = n | alive now), n > 0, its integral by a rule of high order between the cuts of its logarithm."""
    r, alpha, s, beta, x, _, T = exactly(model, history)
    R, a, b, t = r + x, alpha + T, beta + T, mpmath.mpf(horizon)
    ways = mpmath.exp(mpmath.loggamma(R + n) - mpmath.loggamma(R) - mpmath.loggamma(n + 1))
    stays = (a / (a + t)) ** R * (t / (a + t)) ** n * (b / (b + t)) ** s

    def log_density(u):
        w = mpmath.exp(u)
        return (n + 1) * u - (R + n) * mpmath.log(a + w) - (s + 1) * mpmath.log(b + w)

    # cut finely about the peak, coarsely to the left of it
    linear = (1 - R) * b + (n - s) * a
    peak = (linear + mpmath.sqrt(linear**2 + 4 * (R + s) * (n + 1) * a * b)) / (2 * (R + s))
    at = mpmath.log(min(peak, t))
    w = mpmath.exp(at)
    steep = n + 1 - (R + n) * w / (a + w) - (s + 1) * w / (b + w)
    width = 1 / (mpmath.sqrt(1 + R * n / (R + n) + s) + steep) / 2
    top, right = log_density(at), mpmath.log(t)
    cuts = sorted({right, *(u for k in range(-30, 21) if (u := at + k * width) < right)})
    tail, step = [cuts[0]], width
    while log_density(tail[-1]) - top > -80:
        step = min(2 * step, 2)
        tail.append(tail[-1] - step)
    cuts = [u for u in (*reversed(tail[1:]), *cuts) if log_density(u) - top > -80 or u == right]
    integral = mpmath.quad(lambda u: mpmath.exp(log_density(u) - top), cuts, method="gauss-legendre", maxdegree=5)
    return ways * (stays + s * a**R * b**s * mpmath.exp(top) * integral)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE)
@settings(max_examples=40)
def test_log_likelihood_is_the_published_one(history, r, alpha, s, beta):
    model = ParetoNbd(r=r, alpha=alpha, s=s, beta=beta)
    with mpmath.workdps(60):
        _, exact = exact_odds_and_likelihood(model, history)
    assert model.log_likelihood(history)[0] == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_what_a_fit_climbs_is_the_log_likelihood(history, r, alpha, s, beta):
    model = ParetoNbd(r=r, alpha=alpha, s=s, beta=beta)
    likelihood = ParetoNbdLikelihood.of(history, np.ones(1), Design.of(history, model.NAMES, SIGNS, ()))
    value = likelihood(np.log(model.parameters))[0]
    assert value == pytest.approx(model.log_likelihood(history)[0], rel=1e-9, abs=1e-9)


def test_likelihood_and_probability_alive_on_hard_points():
    worst = 0.0
    for model, history, _, _ in hard_points(30, seed=1):
        with mpmath.workdps(DIGITS):
            odds, log_likelihood = exact_odds_and_likelihood(model, history)
            alive = float(1 / (1 + odds))
        found = float(model.log_likelihood(history)[0])
        worst = max(worst, abs(found - float(log_likelihood)) / max(1.0, abs(found)))
        assert model.probability_alive(history)[0] == pytest.approx(alive, rel=1e-10, abs=1e-300)
    assert worst <= 1e-10


def test_expected_purchases_on_hard_points():
    for model, history, horizon, _ in hard_points(1_000, seed=2):
        with mpmath.workdps(60):
            r, alpha, s, beta, x, _, T = exactly(model, history)
            s = s if s != 1 else 1 + mpmath.mpf(10) ** -40
            b = beta + T
            leaves = (1 - (b / (b + mpmath.mpf(horizon))) ** (s - 1)) / (s - 1)
            if_alive = float((r + x) / (alpha + T) * b * leaves)
        alive = model.probability_alive(history)[0]
        assert model.expected_purchases(history, horizon)[0] == pytest.approx(if_alive * alive, rel=1e-10, abs=1e-290)


def test_probability_of_no_purchase_on_hard_points():
    for model, history, horizon, _ in hard_points(30, seed=3):
        with mpmath.workdps(DIGITS):
            odds, _ = exact_odds_and_likelihood(model, history)
            exact = float((odds + exact_silence(model, history, horizon)) / (1 + odds))
        assert model.probability_no_purchase(history, horizon)[0] == pytest.approx(exact, rel=1e-10, abs=1e-290)


def test_distribution_on_hard_points():
    for model, history, horizon, rng in hard_points(25, seed=4):
        without_dropout = (model.r + history.frequency[0]) / (model.alpha + history.T[0]) * horizon
        n = int(rng.choice([1, 2, max(1, min(round(without_dropout), 10_000)), int(10 ** rng.uniform(0, 3))]))
        with mpmath.workdps(40):
            exact = float(exact_probability(model, history, horizon, n))
        alive = model.probability_alive(history)[0]
        found = model.purchase_distribution(history, horizon, n)[0, n]
        assert found == pytest.approx(exact * alive, rel=1e-10, abs=1e-290)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.floats(0.1, 400.0))
@settings(max_examples=20)
def test_distribution_adds_up_to_one_and_to_the_expectation(history, r, alpha, s, beta, horizon):
    model = ParetoNbd(r=r + 0.5, alpha=alpha + 5, s=s, beta=beta)
    expected = model.expected_purchases(history, horizon)[0]
    most = int(20 * (1 + (r + 0.5 + history.frequency[0]) * horizon / (alpha + 5 + history.T[0])))
    distribution = model.purchase_distribution(history, horizon, most)[0]
    assert distribution[0] == pytest.approx(model.probability_no_purchase(history, horizon)[0], rel=1e-14)
    if distribution[-1] * most < 1e-9:  # else the tail goes on beyond what was asked for
        assert distribution.sum() == pytest.approx(1.0, abs=1e-8)
        assert distribution @ np.arange(most + 1.0) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.floats(0.5, 60.0))
@settings(max_examples=40)
def test_shared_nodes_and_those_of_each_number_agree(history, r, alpha, s, beta, horizon):
    model = ParetoNbd(r=r, alpha=alpha, s=s, beta=beta)
    few, many = (model.purchase_distribution(history, horizon, most)[0] for most in (40, 41))
    assert few == pytest.approx(many[:41], rel=1e-11, abs=1e-290)


@given(histories(), POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.floats(0.1, 400.0))
def test_probabilities_are_probabilities(history, r, alpha, s, beta, horizon):
    model = ParetoNbd(r=r, alpha=alpha, s=s, beta=beta)
    alive = model.probability_alive(history)[0]
    silent = model.probability_no_purchase(history, horizon)[0]
    assert 0 <= alive <= 1
    assert 1 - alive <= silent + 1e-12
    assert silent <= 1 + 1e-12


@given(histories(), POSITIVE, st.floats(0.05, 0.95), POSITIVE, POSITIVE)
@settings(max_examples=40)
def test_the_next_purchase_is_as_likely_as_asked_by_the_time_given(history, r, wanted, s, beta):
    model = ParetoNbd(r=r, alpha=5.0, s=s, beta=beta)
    time = model.time_to_next_purchase(history, wanted)[0]
    if np.isfinite(time):
        assert 1 - model.probability_no_purchase(history, float(time))[0] == pytest.approx(wanted, rel=1e-6)
    else:
        assert 1 - model.probability_no_purchase(history, 1e9)[0] <= wanted


def test_without_dropout_it_is_the_negative_binomial():
    stays = ParetoNbd(r=0.8, alpha=9.0, s=1e-9, beta=10.0)
    history = PurchaseHistory.of([0, 3, 12], [0, 20, 30.0], [40, 40, 40.0])
    chance = 13.0 / (9.0 + 40.0 + 13.0)
    size = 0.8 + history.frequency
    assert stays.probability_alive(history) == pytest.approx(np.ones(3), abs=1e-6)
    found = stays.purchase_distribution(history, 13.0, 2)
    assert found[:, 0] == pytest.approx((1 - chance) ** size, rel=1e-7)
    assert found[:, 2] == pytest.approx(size * (size + 1) / 2 * chance**2 * (1 - chance) ** size, rel=1e-7)
    assert stays.expected_purchases(history, 13.0) == pytest.approx(size / 49 * 13.0, rel=1e-7)


def numeric_slopes(likelihood, theta):
    step = 1e-4
    ahead, behind = ([likelihood(theta + sign * step * unit) for unit in np.eye(theta.size)] for sign in (1, -1))
    slopes = [(up[0] - down[0]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    bends = [(up[1] - down[1]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    return np.array(slopes), np.array(bends)


@pytest.mark.parametrize("parameters", [(0.4, 6.0, 0.6, 30.0), (0.9, 30.0, 1.4, 3.0), (5.0, 60.0, 0.01, 5.0)])
def test_gradient_and_hessian_are_those_of_the_value(parameters):
    history = simulated(MODEL, 500, seed=3)
    weights = np.random.default_rng(0).integers(1, 4, 500).astype(float)
    likelihood = ParetoNbdLikelihood.of(history, weights, Design.of(history, MODEL.NAMES, SIGNS, ()))
    theta = np.log(parameters)
    value, gradient, hessian = likelihood(theta)
    slopes, bends = numeric_slopes(likelihood, theta)
    assert value == pytest.approx(weights @ ParetoNbd(*parameters, TimeUnit.WEEK).log_likelihood(history), rel=1e-9)
    assert gradient == pytest.approx(slopes, rel=1e-6, abs=1e-3)
    assert hessian == pytest.approx(bends, rel=1e-5, abs=1e-2)


def test_gradient_and_hessian_with_covariates():
    z = np.random.default_rng(4).normal(size=300)
    history = simulated(MODEL, 300, seed=3, z=z, old=(z > 0.5).astype(float))
    effects = (Effect("alpha", "z", 0.0), Effect("beta", "old", 0.0), Effect("beta", "z", 0.0))
    likelihood = ParetoNbdLikelihood.of(history, np.ones(300), Design.of(history, MODEL.NAMES, SIGNS, effects))
    theta = np.array([*np.log([0.4, 6.0, 0.6, 30.0]), 0.3, -0.5, 0.2])
    _, gradient, hessian = likelihood(theta)
    slopes, bends = numeric_slopes(likelihood, theta)
    assert gradient == pytest.approx(slopes, rel=1e-6, abs=1e-4)
    assert hessian == pytest.approx(bends, rel=1e-5, abs=1e-3)


def test_effects_of_nothing_are_the_plain_model():
    z = np.random.default_rng(4).normal(size=200)
    history = simulated(MODEL, 200, seed=3, z=z)
    effects = (Effect("alpha", "z", 0.0), Effect("beta", "z", 0.0))
    same = ParetoNbd(*MODEL.parameters, TimeUnit.WEEK, effects=effects)
    keys = np.arange(200, dtype=np.uint64)
    horizons = np.array([10.0, 40.0])
    assert (same.log_likelihood(history) == MODEL.log_likelihood(history)).all()
    assert (same.probability_alive(history) == MODEL.probability_alive(history)).all()
    assert (same.expected_purchases(history, 26.0) == MODEL.expected_purchases(history, 26.0)).all()
    assert (same.purchase_distribution(history, 26.0, 5) == MODEL.purchase_distribution(history, 26.0, 5)).all()
    plain = MODEL.purchase_counts(history, np.tile(MODEL.parameters, (2, 1)), horizons, 3, keys)
    assert (same.purchase_counts(history, np.tile(same.parameters, (2, 1)), horizons, 3, keys) == plain).all()


def test_a_covariate_is_a_change_of_alpha_and_beta():
    effects = (Effect("alpha", "z", 0.7), Effect("beta", "z", -0.4))
    model = ParetoNbd(*MODEL.parameters, TimeUnit.WEEK, effects=effects)
    history = PurchaseHistory.of([3], [20.0], [39.0], unit="week").with_covariates({"z": [1.5]})
    own = ParetoNbd(0.55, 10.6 * np.exp(-0.7 * 1.5), 0.6, 11.7 * np.exp(0.4 * 1.5), TimeUnit.WEEK)
    assert model.log_likelihood(history) == pytest.approx(own.log_likelihood(history), rel=1e-13)
    assert model.probability_no_purchase(history, 9.0) == pytest.approx(own.probability_no_purchase(history, 9.0))
    assert model.expected_purchases_new_customer(np.array([52.0]), {"z": 1.5}) == pytest.approx(
        own.expected_purchases_new_customer(np.array([52.0]))
    )


def test_rescaling_a_covariate_rescales_its_effect_only():
    truth = ParetoNbd(*MODEL.parameters, TimeUnit.WEEK, effects=(Effect("alpha", "z", 0.5), Effect("beta", "z", 0.3)))
    z = np.random.default_rng(4).normal(size=1_500)
    history = simulated(truth, 1_500, seed=3, z=z)
    one, other = (
        ParetoNbd.fit(
            history.with_covariates({"z": z * unit}), purchase_covariates=["z"], dropout_covariates=["z"], penalty=1.0
        )
        for unit in (1.0, 1000.0)
    )
    assert other.parameters[:4] == pytest.approx(one.parameters[:4], rel=1e-4)
    assert other.parameters[4:] * 1000 == pytest.approx(one.parameters[4:], rel=1e-4)
    assert other.standard_errors()[4:] * 1000 == pytest.approx(one.standard_errors()[4:], rel=1e-3)


@pytest.mark.parametrize("penalty", [0.0, 5.0])
def test_the_unit_of_time_changes_nothing_but_alpha_and_beta(penalty):
    weeks = simulated(MODEL, 2_000, seed=5)
    hours = PurchaseHistory.of(weeks.frequency, weeks.recency * 168, weeks.T * 168, unit="hour")
    one, other = (ParetoNbd.fit(history, penalty=penalty) for history in (weeks, hours))
    assert other.parameters == pytest.approx(one.parameters * [1, 168, 1, 168], rel=1e-4)
    assert other.expected_purchases(hours, 1680.0) == pytest.approx(one.expected_purchases(weeks, 10.0), rel=1e-4)


def test_weights_are_customers():
    history = simulated(MODEL, 1_200, seed=6)
    whole = PurchaseHistory.of(history.frequency, np.ceil(history.recency), np.ceil(history.T), unit="week")
    some, counts = whole.grouped()
    assert len(some) < len(whole)
    plain, weighted = ParetoNbd.fit(whole), ParetoNbd.fit(some, weights=counts)
    assert weighted.parameters == pytest.approx(plain.parameters, rel=1e-5)
    assert weighted.standard_errors() == pytest.approx(plain.standard_errors(), rel=1e-4)
    assert weighted.evidence.customers == 1_200


def test_a_customer_counts_the_same_whoever_else_is_there():
    history = simulated(MODEL, 200, seed=6)
    theta = MODEL.parameters * np.exp(np.random.default_rng(1).normal(0, 0.1, (8, 4)))
    keys = np.arange(200, dtype=np.uint64) * np.uint64(7919)
    horizons = np.linspace(5, 50, 8)
    together = MODEL.purchase_counts(history, theta, horizons, 5, keys)
    some = np.arange(3, 200, 41)
    alone = MODEL.purchase_counts(history.take(some), theta, horizons, 5, keys[some])
    assert (alone == together[some]).all()
    assert (MODEL.expected_purchases(history.take(some), 9.0) == MODEL.expected_purchases(history, 9.0)[some]).all()


def test_draws_of_counts_follow_the_distribution():
    model = ParetoNbd(r=0.55, alpha=10.6, s=1.5, beta=90.0, unit=TimeUnit.WEEK)  # lasting, unlike the rate's scale
    history = PurchaseHistory.of([0, 2, 7, 60], [0, 30, 38, 39.0], [39, 39, 39, 39.0], unit="week")
    repeats = 60_000
    keys = np.array([3, 5, 7, 11], dtype=np.uint64)
    counts = model.purchase_counts(history, model.parameters[None, :], np.array([26.0]), repeats, keys)
    exact = model.purchase_distribution(history, 26.0, 120)
    for drawn, probabilities in zip(counts, exact, strict=True):
        found = np.bincount(drawn.astype(int), minlength=400)[:121]
        seen = probabilities * repeats > 20
        chi_squared = ((found - repeats * probabilities)[seen] ** 2 / (repeats * probabilities[seen])).sum()
        assert chi_squared < seen.sum() + 4.5 * np.sqrt(2 * seen.sum())


def test_a_horizon_of_nothing_brings_nothing():
    history = PurchaseHistory.of([0, 4], [0, 9.0], [10, 10.0], unit="week")
    assert (MODEL.expected_purchases(history, 0.0) == 0).all()
    assert MODEL.purchase_distribution(history, 0.0, 2) == pytest.approx(np.array([[1, 0, 0], [1, 0, 0]]))
    assert MODEL.probability_no_purchase(history, 0.0) == pytest.approx([1, 1])
    keys = np.zeros(2, dtype=np.uint64)
    assert not MODEL.purchase_counts(history, MODEL.parameters[None, :], np.zeros(1), 4, keys).any()


def test_alive_path_ends_where_the_summary_stands():
    path = MODEL.alive_path(np.array([0.0, 3.0, 9.0, 20.0]), np.array([0.0, 2.9, 3.0, 20.0, 39.0]))
    summary = PurchaseHistory.of([3], [20.0], [39.0], unit="week")
    assert path[[0, 2, 3]].tolist() == [1.0, 1.0, 1.0]  # seen that very moment
    assert path[1] < 1
    assert path[-1] == MODEL.probability_alive(summary)[0]


def test_json_keeps_every_bit():
    z = np.random.default_rng(4).normal(size=400)
    fitted = ParetoNbd.fit(simulated(MODEL, 400, seed=7, z=z), purchase_covariates=["z"])
    assert ParetoNbd.from_json(fitted.to_json()) == fitted
    assert ParetoNbd.from_json(MODEL.to_json()) == MODEL


def test_refusals():
    history = simulated(MODEL, 50, seed=7)
    with pytest.raises(ArgumentRefused, match="alpha"):
        ParetoNbd(r=1.0, alpha=0.0, s=1.0, beta=1.0)
    with pytest.raises(ArgumentRefused, match="horizon"):
        MODEL.expected_purchases(history, -1.0)
    with pytest.raises(ArgumentRefused, match="week"):
        ParetoNbd(*MODEL.parameters).log_likelihood(history)
    with pytest.raises(ArgumentRefused, match="covariate"):
        ParetoNbd.fit(history, purchase_covariates=["colour"])
    with pytest.raises(ArgumentRefused, match="given, not fitted"):
        MODEL.draws(3, seed=1)
