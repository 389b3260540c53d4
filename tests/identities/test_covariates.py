"""Covariates of the BG/NBD and the MBG/NBD: what is known of a customer moves his own parameters, and nothing else."""

import mpmath
import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models import BgNbd, MbgNbd, PurchaseHistory
from clove.models.beta_geometric import SIGNS
from clove.models.beta_geometric_covariates import CovariateLikelihood
from clove.models.beta_geometric_likelihood import BetaGeometricLikelihood
from clove.models.effects import Design, Effect

BOTH = pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
PLAIN = (0.7, 8.0, 0.8, 3.0)
EFFECTS = (
    Effect("alpha", "campaign", 0.5),
    Effect("alpha", "age", -0.3),
    Effect("a", "campaign", -0.4),
    Effect("b", "campaign", 0.6),
)


def known(customers: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"campaign": rng.integers(0, 2, customers).astype(float), "age": rng.normal(0.0, 1.0, customers)}


def made(kind: type, customers: int, seed: int, effects: tuple[Effect, ...] = EFFECTS) -> PurchaseHistory:
    age = np.random.default_rng(seed).uniform(10, 104, customers)
    model, covariates = kind(*PLAIN, unit=TimeUnit.WEEK, effects=effects), known(customers, seed + 1)
    purchases = model.simulate(age, seed + 2, covariates=covariates)
    return purchases.history(age, "week").with_covariates(covariates)


def own(kind: type, campaign: float, age: float, effects: tuple[Effect, ...] = EFFECTS):
    """The plain model with the parameters of one customer."""
    r, alpha, a, b = PLAIN
    values = {"campaign": campaign, "age": age}
    pull = {on: sum(e.value * values[e.covariate] for e in effects if e.on == on) for on in ("alpha", "a", "b")}
    return kind(r, alpha * np.exp(-pull["alpha"]), a * np.exp(pull["a"]), b * np.exp(pull["b"]), unit=TimeUnit.WEEK)


@BOTH
def test_effects_of_0_are_the_plain_model_to_the_last_bit(kind):
    history = made(kind, 200, 1)
    nothing = tuple(Effect(effect.on, effect.covariate, 0.0) for effect in EFFECTS)
    plain, moved = kind(*PLAIN, unit=TimeUnit.WEEK), kind(*PLAIN, unit=TimeUnit.WEEK, effects=nothing)
    for name, given in (
        ("log_likelihood", ()),
        ("probability_alive", ()),
        ("expected_purchases", (26.0,)),
        ("probability_no_purchase", (26.0,)),
        ("purchase_distribution", (26.0, 9)),
        ("time_to_next_purchase", ()),
    ):
        assert (getattr(moved, name)(history, *given) == getattr(plain, name)(history, *given)).all(), name
    keys, horizons = np.arange(1, 201, dtype=np.uint64), np.full(3, 26.0)
    counts = [m.purchase_counts(history, np.tile(m.parameters, (3, 1)), horizons, 20, keys) for m in (plain, moved)]
    assert (counts[0] == counts[1]).all()
    ages = np.full(50, 40.0)
    covariates = {"campaign": np.ones(50), "age": np.zeros(50)}
    assert (plain.simulate(ages, 1).time == moved.simulate(ages, 1, covariates=covariates).time).all()


@BOTH
def test_each_customer_is_judged_by_his_own_parameters(kind):
    history = made(kind, 40, 2)
    model = kind(*PLAIN, unit=TimeUnit.WEEK, effects=EFFECTS)
    figures = {
        "log_likelihood": (),
        "probability_alive": (),
        "expected_purchases": (26.0,),
        "probability_no_purchase": (26.0,),
        "time_to_next_purchase": (0.4,),
        "purchase_distribution": (26.0, 5),
    }
    found = {name: getattr(model, name)(history, *given) for name, given in figures.items()}
    for i in range(40):
        row = history.take(np.array([i]))
        alone = own(kind, history.covariates["campaign"][i], history.covariates["age"][i])
        for name, given in figures.items():
            assert found[name][i] == pytest.approx(getattr(alone, name)(row, *given)[0], rel=1e-12), name


@BOTH
def test_log_likelihood_is_that_of_the_definition(kind):
    history = made(kind, 25, 3)
    found = kind(*PLAIN, unit=TimeUnit.WEEK, effects=EFFECTS).log_likelihood(history)
    with mpmath.workdps(50):
        for i in range(25):
            campaign, age = (mpmath.mpf(float(history.covariates[name][i])) for name in ("campaign", "age"))
            x, t_x, T = (mpmath.mpf(float(c[i])) for c in (history.frequency, history.recency, history.T))
            r, alpha, a, b = map(mpmath.mpf, PLAIN)
            alpha *= mpmath.exp(-(mpmath.mpf(0.5) * campaign - mpmath.mpf(0.3) * age))
            a *= mpmath.exp(-mpmath.mpf(0.4) * campaign)
            b *= mpmath.exp(mpmath.mpf(0.6) * campaign)
            flips = x + kind.FIRST
            value = mpmath.beta(a, b + flips) / (alpha + T) ** (r + x)
            if flips > 0:
                value += mpmath.beta(a + 1, b + flips - 1) / (alpha + t_x) ** (r + x)
            value *= mpmath.gamma(r + x) * alpha**r / mpmath.gamma(r) / mpmath.beta(a, b)
            assert found[i] == pytest.approx(float(mpmath.log(value)), rel=1e-12)


def likelihood_of(kind: type, history: PurchaseHistory, weights: np.ndarray) -> CovariateLikelihood:
    design = Design.of(history, kind.NAMES, SIGNS, EFFECTS)
    return CovariateLikelihood.of(history, weights, design, first=kind.FIRST)


@BOTH
def test_gradient_and_hessian_are_those_of_the_value(kind):
    history, weights = made(kind, 300, 4), np.random.default_rng(5).uniform(0.5, 4, 300)
    likelihood = likelihood_of(kind, history, weights)
    theta, step = np.concatenate([np.log([0.4, 6.0, 0.6, 3.0]), [0.3, 0.1, -0.2, 0.4]]), 1e-5
    value, gradient, hessian = likelihood(theta)
    ahead, behind = ([likelihood(theta + sign * step * unit) for unit in np.eye(8)] for sign in (1, -1))
    numeric = [(up[0] - down[0]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    bends = [(up[1] - down[1]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]
    assert gradient == pytest.approx(numeric, rel=1e-6)
    assert hessian == pytest.approx(np.array(bends), rel=1e-5, abs=1e-4)
    effects = tuple(Effect(e.on, e.covariate, v) for e, v in zip(EFFECTS, theta[4:], strict=True))
    judge = kind(*np.exp(theta[:4]), unit=TimeUnit.WEEK, effects=effects)
    assert value == pytest.approx(weights @ judge.log_likelihood(history), rel=1e-12)


@BOTH
def test_row_by_row_it_is_what_is_counted_without_covariates(kind):
    history, weights = made(kind, 300, 6), np.random.default_rng(7).uniform(0.5, 4, 300)
    theta = np.log([0.4, 6.0, 0.6, 3.0])
    value, gradient, hessian = likelihood_of(kind, history, weights)(np.concatenate([theta, np.zeros(4)]))
    plain = BetaGeometricLikelihood.of(history, weights, first=kind.FIRST)(theta)
    assert value == pytest.approx(plain[0], rel=1e-12)
    assert gradient[:4] == pytest.approx(plain[1], rel=1e-9)
    assert hessian[:4, :4] == pytest.approx(plain[2], rel=1e-8)


@BOTH
def test_effects_are_found_again(kind):
    distances = []
    for seed in range(6):
        history = made(kind, 4_000, 100 + 10 * seed)
        fitted = kind.fit(history, purchase_covariates=["campaign", "age"], dropout_covariates=["campaign"])
        assert fitted.parameter_names[4:] == ("campaign on alpha", "age on alpha", "campaign on a", "campaign on b")
        off = np.log(fitted.parameters[:4] / PLAIN)
        off = np.concatenate([off, fitted.parameters[4:] - [0.5, -0.3, -0.4, 0.6]])
        distances.append(off @ np.linalg.solve(np.array(fitted.evidence.covariance), off))
        assert fitted.evidence.log_likelihood > kind.fit(history).evidence.log_likelihood
    # the mean of six chi-squared variables with eight degrees of freedom is 8 +- 1.6
    assert 3.5 < np.mean(distances) < 13.5


@BOTH
@pytest.mark.parametrize("penalty", [0.0, 20.0])
@pytest.mark.parametrize(("factor", "shift"), [(12.0, 0.0), (1e-6, 0.0), (1e5, 0.0), (1.0, 300.0)])
def test_the_unit_and_origin_of_a_covariate_change_nothing_but_its_effect(kind, penalty, factor, shift):
    history = made(kind, 2_000, 8)
    other = history.with_covariates({"age": history.covariates["age"] * factor + shift})
    names = {"purchase_covariates": ["age"], "dropout_covariates": ["age"]}
    plain, moved = (kind.fit(some, penalty=penalty, **names) for some in (history, other))
    assert moved.parameters[4:] * factor == pytest.approx(plain.parameters[4:], rel=1e-3, abs=1e-5)
    assert moved.standard_errors()[4:] * factor == pytest.approx(plain.standard_errors()[4:], rel=1e-3)
    assert moved.evidence.log_likelihood == pytest.approx(plain.evidence.log_likelihood, rel=1e-9)
    forecasts = plain.expected_purchases(history, 26.0)
    assert moved.expected_purchases(other, 26.0) == pytest.approx(forecasts, rel=1e-4)
    if not shift:
        assert moved.parameters[:4] == pytest.approx(plain.parameters[:4], rel=1e-3)


def test_a_penalty_pulls_effects_to_0():
    history = made(BgNbd, 1_000, 9)
    free, held = (BgNbd.fit(history, purchase_covariates=["campaign"], penalty=penalty) for penalty in (0.0, 10_000.0))
    assert abs(held.effects[0].value) < 0.3 * abs(free.effects[0].value)


@BOTH
@pytest.mark.parametrize("penalty", [0.0, 50.0])
def test_equal_rows_counted_once_fit_as_if_repeated(kind, penalty):
    history, times = made(kind, 400, 10), np.random.default_rng(11).integers(1, 4, 400)
    names = {"purchase_covariates": ["age"], "dropout_covariates": ["campaign"], "penalty": penalty}
    repeated = kind.fit(history.take(np.repeat(np.arange(400), times)), **names)
    weighted = kind.fit(history, weights=times.astype(float), **names)
    assert weighted.parameters == pytest.approx(repeated.parameters, rel=1e-4, abs=1e-5)


@BOTH
def test_draws_of_counts_follow_the_customers_own_parameters(kind):
    history = made(kind, 50, 12)
    model = kind(*PLAIN, unit=TimeUnit.WEEK, effects=EFFECTS)
    keys = np.random.default_rng(13).integers(1, 2**63, 50, dtype=np.uint64)
    theta, horizons = np.tile(model.parameters, (40, 1)), np.full(40, 12.0)
    counts = model.purchase_counts(history, theta, horizons, 50, keys)
    shares = np.stack([(counts == n).mean(axis=1) for n in range(4)], axis=1)
    assert shares == pytest.approx(model.purchase_distribution(history, 12.0, 3), abs=2.5 / 2000)
    some = np.array([5, 31])
    assert (model.purchase_counts(history.take(some), theta, horizons, 50, keys[some]) == counts[some]).all()


@BOTH
def test_new_customers_are_forecast_from_what_is_known_of_them(kind):
    model = kind(*PLAIN, unit=TimeUnit.WEEK, effects=EFFECTS)
    alone, values = own(kind, 1.0, -0.5), {"campaign": 1.0, "age": -0.5}
    assert model.expected_purchases_new_customer([30.0], values) == pytest.approx(
        alone.expected_purchases_new_customer([30.0]), rel=1e-13
    )
    assert model.purchase_distribution_new_customer(30.0, 4, values) == pytest.approx(
        alone.purchase_distribution_new_customer(30.0, 4), rel=1e-12
    )
    times, at = np.array([0.0, 3.0, 9.0]), np.array([1.0, 9.0, 30.0])
    assert model.alive_path(times, at, values) == pytest.approx(alone.alive_path(times, at), rel=1e-13)


def test_draws_move_effects_as_they_are():
    fitted = BgNbd.fit(made(BgNbd, 2_000, 14), purchase_covariates=["campaign", "age"])
    draws = fitted.draws(20_000, 1)
    assert draws.mean(axis=0)[4:] == pytest.approx(fitted.parameters[4:], abs=1e-12)
    assert draws.std(axis=0)[4:] == pytest.approx(fitted.standard_errors()[4:], rel=0.05)
    assert (draws[:, :4] > 0).all()
    assert BgNbd.from_json(fitted.to_json()) == fitted


def test_what_cannot_be_told_is_refused():
    history = made(BgNbd, 200, 15)
    with pytest.raises(ArgumentRefused, match="no covariate 'shoe size'"):
        BgNbd.fit(history, purchase_covariates=["shoe size"])
    with pytest.raises(ArgumentRefused, match="same for all"):
        BgNbd.fit(history.with_covariates({"one": np.ones(200)}), dropout_covariates=["one"])
    far = history.with_covariates({"age": history.covariates["age"] + 1e6})
    with pytest.raises(ArgumentRefused, match="so far from 0"):
        BgNbd.fit(far, purchase_covariates=["age"])
    bare = PurchaseHistory.of(history.frequency, history.recency, history.T, unit="week")
    model = BgNbd(*PLAIN, unit=TimeUnit.WEEK, effects=EFFECTS)
    for ask in (model.log_likelihood, model.probability_alive, model.time_to_next_purchase):
        with pytest.raises(ArgumentRefused, match="no covariate 'campaign'"):
            ask(bare)
    with pytest.raises(ArgumentRefused, match="no covariate"):
        model.expected_purchases_new_customer([3.0])
    with pytest.raises(ArgumentRefused, match="effect on 'r'"):
        BgNbd(*PLAIN, unit=TimeUnit.WEEK, effects=(Effect("r", "age", 1.0),)).log_likelihood(history)
