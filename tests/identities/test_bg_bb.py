"""What has to hold for the BG/BB whatever the parameters, and its figures in 50 digits."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clove.kernel.errors import ArgumentRefused, ImpossibleHistory, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models import PurchaseHistory
from clove.models.bg_bb import BgBb
from clove.models.bg_bb_forecast import chance_of
from clove.models.bg_bb_likelihood import BgBbLikelihood
from clove.models.bg_bb_series import sum_left, sum_rules
from clove.models.rising_factorials import log_rising_ratio, sum_of_inverse_squares, sum_of_inverses

from . import bg_bb_exact as exact

POSITIVE = st.floats(0.05, 20.0)
MODEL = BgBb(alpha=1.2, beta=4.0, gamma=0.7, delta=12.0)
POINTS = 100  # a thousand others were tried when the code was written: worst 5e-12


@st.composite
def models(draw):
    return BgBb(*(draw(POSITIVE) for _ in range(4)))


@st.composite
def histories(draw):
    n = draw(st.integers(0, 120))
    t_x = draw(st.integers(0, n))
    x = draw(st.integers(1, t_x)) if t_x else 0
    return PurchaseHistory.of([x], [t_x], [n], unit="opportunity")


def simulated(customers: int, seed: int, most: int = 40, model: BgBb = MODEL) -> PurchaseHistory:
    T = np.random.default_rng(seed).integers(1, most + 1, customers).astype(float)
    return model.simulate(T, seed + 1).history(T, "opportunity")


def hard_point(rng: np.random.Generator, i: int) -> tuple[tuple[int, int, int], tuple[float, ...]]:
    """A history with x to 10^4 and n to 10^5, and parameters that are tiny, 1, next to 1, or large."""
    n = int(10 ** rng.uniform(0, 5))
    t_x = int(rng.integers(0, n + 1)) if i % 3 else int(10 ** rng.uniform(0, np.log10(n + 1))) - 1
    most = min(t_x, 10_000)
    x = (int(max(most ** rng.uniform(0, 1), 1)) if i % 2 else most) if t_x else 0
    limits = ((-6, 4), (-6, 5), (-6, 4), (-6, 6))
    parameters = (rng.choice([1.0, 1 + 1e-12, *(10 ** rng.uniform(low, high, 3))]) for low, high in limits)
    return (x, t_x, n), tuple(float(value) for value in parameters)


def off(found: float, true: mpmath.mpf) -> float:
    assert np.isfinite(found)
    return 0.0 if true < mpmath.mpf("1e-290") else abs(float(found / true - 1))


def test_figures_on_hard_points_are_finite_and_right_to_ten_digits():
    rng = np.random.default_rng(5)
    worst = dict.fromkeys(("likelihood", "alive", "expected", "silent", "distribution"), 0.0)
    with mpmath.workdps(exact.DIGITS):
        for i in range(POINTS):
            past, parameters = hard_point(rng, i)
            ahead = int(10 ** rng.uniform(0, 4))
            model, history = BgBb(*parameters), PurchaseHistory.of(*([v] for v in past), unit="opportunity")
            true = exact.log_likelihood(*past, *parameters)
            found = {"likelihood": abs(float(model.log_likelihood(history)[0] - true)) / max(1.0, abs(float(true)))}
            found["alive"] = off(model.probability_alive(history)[0], exact.probability_alive(*past, *parameters))
            true = exact.expected_purchases(*past, ahead, *parameters)
            found["expected"] = off(model.expected_purchases(history, float(ahead))[0], true)
            true = exact.purchase_probability(0, *past, ahead, *parameters)
            found["silent"] = off(model.probability_no_purchase(history, float(ahead))[0], true)
            k = int(rng.choice([1, min(ahead, 40), ahead, ahead // 2]))
            true = exact.purchase_probability(k, *past, ahead, *parameters) if k else mpmath.mpf(0)
            (_, gone, there), (x, _, n) = model._judged(history)[0], past
            chance = chance_of(
                float(k), parameters[0] + x, parameters[1] + (n - x), model.gamma, model.delta + n, ahead
            )
            found["distribution"] = off(there * chance + (gone if k == 0 else 0.0), true)
            worst = {name: max(worst[name], found[name]) for name in worst}
    assert max(worst.values()) <= 1e-10, worst


def test_ratios_of_rising_factorials_and_their_slopes():
    rng = np.random.default_rng(1)
    with mpmath.workdps(50):
        for i in range(300):
            z, c, h = 10 ** rng.uniform(-6, 6), 10 ** rng.uniform(-12, 6), float(int(10 ** rng.uniform(0, 6)))
            if i % 3 == 0:
                c = -min(z, 1.0) * rng.uniform(0, 1)
            Z, C, H = map(mpmath.mpf, (z, c, h))
            true = mpmath.loggamma(Z + C + H) - mpmath.loggamma(Z + C) - mpmath.loggamma(Z + H) + mpmath.loggamma(Z)
            assert abs(log_rising_ratio(z, c, h) / true - 1) < 1e-14
            assert abs(sum_of_inverses(z, h) / (mpmath.digamma(Z + H) - mpmath.digamma(Z)) - 1) < 1e-14
            assert abs(sum_of_inverse_squares(z, h) / (mpmath.psi(1, Z) - mpmath.psi(1, Z + H)) - 1) < 1e-14


def test_gauss_sums_polynomials_exactly():
    for rule, length in ((0, 16), (3, 128)):
        points, weights = sum_rules()[rule]
        for power in (0, 1, 7, 23):
            true = sum(k**power for k in range(length))
            assert weights @ points**power == pytest.approx(true, rel=1e-12)


def test_blocks_of_a_long_sum_are_its_terms_one_by_one():
    for A, B, g, D in ((0.01, 3.0, 0.02, 5.0), (1.0, 900.0, 1.0, 1.0), (40.0, 30_000.0, 0.5, 1e4)):
        k = np.arange(60_000.0)
        log_terms = np.log((B + k) / (A + B + k)) + np.log((D + k) / (g + 1 + D + k))
        terms = np.exp(np.concatenate([[0.0], np.cumsum(log_terms)[:-1]]))
        for m in (255, 256, 257, 300, 1_000, 59_999):
            assert sum_left(A, B, g, D, float(m), sum_rules()) == pytest.approx(terms[:m].sum(), rel=1e-11)


@pytest.mark.parametrize(("theta", "most"), [([1.1, 5.0, 0.6, 10.0], 40), ([0.5, 30.0, 0.8, 300.0], 3_000)])
def test_gradient_and_hessian_are_those_of_the_value(theta, most):
    likelihood = BgBbLikelihood.of(simulated(150, 3, most), np.linspace(0.5, 2.0, 150))
    point = np.log(theta)
    _, gradient, hessian = likelihood(point)
    step = 1e-5
    ahead, behind = ([likelihood(point + sign * step * unit) for unit in np.eye(4)] for sign in (1, -1))
    numeric = [(up[0] - down[0]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    bends = [(up[1] - down[1]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    assert gradient == pytest.approx(numeric, rel=1e-5, abs=1e-4)
    assert hessian == pytest.approx(np.array(bends), rel=1e-5, abs=1e-4)


@given(histories(), models())
def test_what_a_fit_climbs_is_the_log_likelihood(history, model):
    value = BgBbLikelihood.of(history, np.ones(1))(np.log(model.parameters))[0]
    assert value == pytest.approx(model.log_likelihood(history)[0], rel=1e-10, abs=1e-10)


@given(models(), st.integers(1, 8))
def test_all_strings_of_purchases_together_are_certain(model, n):
    strings = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    last = np.where(strings.any(axis=1), n - np.argmax(strings[:, ::-1], axis=1), 0)
    history = PurchaseHistory.of(strings.sum(axis=1), last, np.full(2**n, n), unit="opportunity")
    each = np.exp(model.log_likelihood(history))
    assert each.sum() == pytest.approx(1.0, rel=1e-12)
    by_count = np.bincount(strings.sum(axis=1), each)
    assert by_count == pytest.approx(model.purchase_distribution_new_customer(float(n), n), rel=1e-10)


@given(histories(), models(), st.integers(0, 60), st.floats(0, 0.99))
def test_the_distribution_agrees_with_the_expectation_and_with_silence(history, model, whole, part):
    horizon = whole + part
    chances = model.purchase_distribution(history, horizon, whole + 2)[0]
    assert (chances >= 0).all()
    assert chances.sum() == pytest.approx(1.0, rel=1e-11)
    expected = model.expected_purchases(history, horizon)[0]
    assert chances @ np.arange(whole + 3) == pytest.approx(expected, rel=1e-9, abs=1e-14)
    assert chances[0] == pytest.approx(model.probability_no_purchase(history, horizon)[0], rel=1e-11)
    alive = model.probability_alive(history)[0]
    first = (model.alpha + history.frequency[0]) / (model.alpha + model.beta + history.T[0])
    assert model.expected_purchases(history, 1.0)[0] == pytest.approx(alive * first, rel=1e-12)


@given(histories(), models(), st.floats(0.02, 0.98))
def test_the_next_purchase_is_as_likely_as_asked_at_the_opportunity_given_and_not_before(history, model, wanted):
    time = model.time_to_next_purchase(history, wanted)[0]
    if np.isinf(time):
        assert 1 - model.probability_no_purchase(history, 1e9)[0] < wanted
    else:
        by_then = 1 - model.probability_no_purchase(history, time)[0]
        before = 1 - model.probability_no_purchase(history, time - 1)[0]
        assert before - 1e-11 < wanted <= by_then + 1e-11


def test_a_next_purchase_far_away_is_found_too():
    rare = BgBb(alpha=0.5, beta=1e6, gamma=1e-9, delta=1.0)
    newcomer = rare.newcomers(np.zeros(1))
    time = rare.time_to_next_purchase(newcomer, 0.5)[0]
    assert 1e5 < time < 1e8
    silent = rare.probability_no_purchase(newcomer.take(np.zeros(2, int)), np.array([time - 1, time]))
    assert silent[0] > 0.5 >= silent[1]


def test_gamma_of_one_is_no_special_case():
    history = simulated(50, 9)
    at, near = (BgBb(1.2, 4.0, gamma, 12.0).expected_purchases(history, 30.0) for gamma in (1.0, 1.0 + 1e-9))
    assert near == pytest.approx(at, rel=1e-8)


def test_a_customer_counts_the_same_whoever_else_is_there():
    history = simulated(300, 6)
    alone = [history.take(np.array([i])) for i in range(0, 300, 37)]
    assert MODEL.expected_purchases(history, 26.0)[::37].tolist() == [
        MODEL.expected_purchases(one, 26.0)[0] for one in alone
    ]
    keys = np.arange(300, dtype=np.uint64) * np.uint64(977)
    theta, ahead = MODEL.parameters * np.array([[1.0], [1.1]]), np.array([10.0, 12.5])
    drawn = MODEL.purchase_counts(history, theta, ahead, 8, keys)
    again = [MODEL.purchase_counts(one, theta, ahead, 8, keys[[37 * i]])[0] for i, one in enumerate(alone)]
    assert (drawn[::37] == np.array(again)).all()


@pytest.mark.parametrize("ahead", [30.5, 2_000.0])
def test_counts_are_drawn_from_the_distribution(ahead):
    history = PurchaseHistory.of([0, 1, 5, 10], [0, 3, 9, 20], [10, 10, 10, 20], unit="opportunity")
    each, most = 1_000, 400
    keys = np.random.default_rng(2).integers(0, 2**63, 4 * each).astype(np.uint64)
    crowd = history.take(np.repeat(np.arange(4), each))
    counts = MODEL.purchase_counts(crowd, np.tile(MODEL.parameters, (5, 1)), np.full(5, ahead), 8, keys)
    assert counts.shape == (4 * each, 40)
    for drawn, chances in zip(counts.reshape(4, -1), MODEL.purchase_distribution(history, ahead, most), strict=True):
        expected = chances * drawn.size
        common = expected > 20
        seen = np.bincount(drawn.astype(int), minlength=most + 1)[: most + 1]
        misfit = ((seen - expected)[common] ** 2 / expected[common]).sum()
        assert misfit < common.sum() + 5 * np.sqrt(2 * common.sum())


def test_json_keeps_every_bit():
    fitted = BgBb.fit(simulated(500, 7))
    assert BgBb.from_json(fitted.to_json()) == fitted
    assert BgBb.from_json(MODEL.to_json()) == MODEL


def test_alive_path_counts_opportunities():
    path = MODEL.alive_path(np.array([0.0, 3.0, 9.0]), np.array([0.0, 2.0, 9.0, 20.0]))
    summary = PurchaseHistory.of([2], [9], [20], unit="opportunity")
    assert path[-1] == MODEL.probability_alive(summary)[0]
    assert path[0] == pytest.approx(12.0 / 12.7)
    assert path[3] < path[2]


def test_no_customers_are_no_trouble():
    nobody = simulated(3, 1).take(np.zeros(0, int))
    assert MODEL.log_likelihood(nobody).shape == (0,)
    assert MODEL.expected_purchases(nobody, 3.0).shape == (0,)
    assert MODEL.purchase_distribution(nobody, 3.0, 4).shape == (0, 5)
    assert MODEL.time_to_next_purchase(nobody).shape == (0,)


@pytest.mark.parametrize(
    ("x", "t_x", "n", "fault"),
    [(1, 1.5, 3, "no number of opportunities"), (1, 1, 3.2, "no number of opportunities"), (3, 2, 4, "more purchases")],
)
def test_what_is_not_counted_in_opportunities_is_refused(x, t_x, n, fault):
    history = PurchaseHistory.of([0, x], [0, t_x], [2, n], unit="opportunity")
    for ask in (BgBb.fit, MODEL.log_likelihood, MODEL.probability_alive):
        with pytest.raises(ImpossibleHistory, match=fault) as refusal:
            ask(history)
        assert refusal.value.where == "customer 1"
        assert refusal.value.remedy


def test_other_refusals():
    with pytest.raises(ArgumentRefused, match="delta"):
        BgBb(1.0, 1.0, 1.0, 0.0)
    with pytest.raises(ArgumentRefused, match="one time unit"):
        MODEL.log_likelihood(PurchaseHistory.of([0], [0], [4], unit="week"))
    with pytest.raises(NotEnoughData, match="two occasions"):
        BgBb.fit(PurchaseHistory.of([0, 0], [0, 0], [4, 5]))
    with pytest.raises(ArgumentRefused, match="number of opportunities"):
        MODEL.simulate(np.array([2.5]), 1)
    with pytest.raises(ArgumentRefused, match="covariates"):
        MODEL.simulate(np.array([2.0]), 1, covariates={"channel": np.ones(1)})
    with pytest.raises(ArgumentRefused, match="standard errors"):
        MODEL.standard_errors()
    assert BgBb(1.0, 1.0, 1.0, 1.0, TimeUnit.WEEK).newcomers(np.zeros(1)).unit is TimeUnit.WEEK
