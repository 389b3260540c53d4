"""Fits of more customers than the samples they warm up on."""

import numpy as np
import pytest

from clove.kernel.period import TimeUnit
from clove.models import BgNbd, MbgNbd, ParetoNbd, fitting

WORLDS = {
    "pareto-nbd": (ParetoNbd(0.55, 10.6, 0.6, 11.7, TimeUnit.WEEK), 109, 5.0),
    "bg-nbd": (BgNbd(0.3, 6.0, 0.3, 3.0, TimeUnit.WEEK), 117, 5.0),
    "mbg-nbd": (MbgNbd(0.5, 8.0, 0.8, 2.5, TimeUnit.WEEK), 117, 10.0),
}


def made(kind, customers):
    model, seed, age = WORLDS[kind]
    ages = np.full(customers, age)
    return type(model), model.simulate(ages, seed).history(ages, model.unit)


@pytest.mark.parametrize("kind", ["mbg-nbd", "pareto-nbd"])
def test_weights_are_repeated_rows(kind):
    model, history = made(kind, 6_000)
    times = np.random.default_rng(3).integers(1, 4, len(history))
    weighted = model.fit(history, weights=times.astype(float))
    repeated = model.fit(history.take(np.repeat(np.arange(len(history)), times)))
    assert weighted.evidence.customers == repeated.evidence.customers == times.sum()
    assert weighted.evidence.log_likelihood == pytest.approx(repeated.evidence.log_likelihood, abs=1e-6)


@pytest.mark.parametrize("kind", WORLDS)
def test_a_sample_that_misleads_is_found_out(kind, monkeypatch):
    model, history = made(kind, 12_000)
    by_samples = model.fit(history).evidence.log_likelihood
    monkeypatch.setattr(fitting, "SAMPLES", ())
    assert by_samples == pytest.approx(model.fit(history).evidence.log_likelihood, abs=1e-3)
