"""Parameters that made the data are found again by the MBG models, within their standard errors."""

import numpy as np
import pytest

from clove.kernel.period import TimeUnit
from clove.models import MbgNbd
from clove.models.mbg_cnbd import MbgCnbd

MODELS = {
    "MBG/NBD": MbgNbd(r=0.8, alpha=5.0, a=0.9, b=4.0, unit=TimeUnit.WEEK),
    "MBG/CNBD-3": MbgCnbd(r=0.8, alpha=1.7, a=0.9, b=4.0, k=3, unit=TimeUnit.WEEK),
}


def fits(model, count: int, seed: int):
    for number in range(count):
        age = np.random.default_rng(seed + number).uniform(10, 104, 2_000)
        history = model.simulate(age, seed + 1_000 + number).history(age, model.unit)
        yield type(model).fit(history)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_parameters_and_their_uncertainty(model):
    distances = []
    for fitted in fits(model, 12, 100):
        off = np.log(fitted.parameters / model.parameters)
        distances.append(off @ np.linalg.solve(np.array(fitted.evidence.covariance), off))
        assert getattr(fitted, "k", 3) == 3
    # the mean of twelve chi-squared variables with four degrees of freedom is 4 +- 0.8
    assert 2.0 < np.mean(distances) < 6.5


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_standard_errors_are_the_scatter_of_the_estimates(model):
    found = list(fits(model, 30, 7_000))
    scatter = np.std([np.log(fit.parameters) for fit in found], axis=0)
    claimed = np.mean([fit.evidence.deviations() for fit in found], axis=0)
    assert claimed == pytest.approx(scatter, rel=0.45)


@pytest.mark.parametrize("k", [1, 2, 6, 12])
def test_regularity_is_found_and_said(k):
    age = np.random.default_rng(k).uniform(10, 104, 1_500)
    made = MbgCnbd(r=0.8, alpha=5.0 / k, a=0.9, b=4.0, k=k)
    fitted = MbgCnbd.fit(made.simulate(age, 50 + k).history(age))
    assert fitted.k == k
    assert f"(k = {k}" in fitted.evidence.findings[0]


@pytest.mark.parametrize("model", [MbgNbd, MbgCnbd])
def test_a_base_without_dropout_is_a_boundary_fit_in_words_and_a_penalty_pulls_it_back(model):
    rng = np.random.default_rng(2)
    stay = MbgCnbd(r=2.0, alpha=40.0, a=1e-9, b=10.0, k=1)
    age = rng.uniform(20, 100, 800)
    history = stay.simulate(age, 3).history(age)
    plain, pulled = model.fit(history), model.fit(history, penalty=1.0)
    assert any("dropped out" in finding for finding in plain.evidence.findings)
    assert plain.a / (plain.a + plain.b) < 1e-3
    assert not any("dropped out" in finding for finding in pulled.evidence.findings)
    assert plain.a / (plain.a + plain.b) < pulled.a / (pulled.a + pulled.b) < 0.1
    assert pulled.evidence.log_likelihood > plain.evidence.log_likelihood - 10
    assert np.isfinite(plain.draws(100, seed=1)).all()
