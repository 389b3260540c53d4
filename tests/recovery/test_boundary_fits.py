"""Where the best parameters lie at zero or infinity, a fit goes there and says in words what that means."""

import sys
from pathlib import Path

import numpy as np
import pytest

from clove.models import BgBb, BgNbd, MbgCnbd, MbgNbd, ParetoNbd, PurchaseHistory

WORLDS = Path(__file__).resolve().parents[2] / "benchmarks/worlds"


@pytest.fixture(scope="module")
def worlds():
    """Simulated bases of 60 and 500 customers by model and name: those of the benchmarks."""
    before = set(sys.modules)
    sys.path.insert(0, str(WORLDS))
    try:
        import convergence

        found = {}
        for kind in ("bg-nbd", "mbg-nbd"):
            found[kind] = {
                world["name"]: PurchaseHistory.of(world["x"], world["t_x"], world["T"], unit=world["unit"])
                for world in convergence.worlds(kind)
                if len(world["x"]) <= 500
            }
    finally:
        sys.path.remove(str(WORLDS))
        for name in {"convergence", "behaviours"} - before:
            sys.modules.pop(name, None)
    return found


def said(model, words):
    return any(words in finding for finding in model.evidence.findings)


@pytest.mark.parametrize(
    ("kind", "name", "beside"),
    [
        # a summit inside, where climbs from elsewhere end, is lower
        (BgNbd, "nobody drops out, days, 500 customers, seed 1", 0.02),
        (BgNbd, "short histories, weeks, 60 customers, seed 9", 0.02),
        (BgNbd, "nobody drops out, days, 500 customers, seed 10", 0.1),
        (MbgNbd, "nobody drops out, days, 500 customers, seed 4", 0.0),
    ],
)
def test_some_leave_at_once_and_the_others_never(worlds, kind, name, beside):
    history = worlds[kind.KIND][name]
    model = kind.fit(history)
    assert max(model.a, model.b) < 1e-3
    assert said(model, "at their first chance")
    inside = kind(model.r, model.alpha, a=1e-6, b=10.0, unit=history.unit)
    assert model.evidence.log_likelihood > inside.log_likelihood(history).sum() + beside


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
def test_walls_at_one_rate_for_all_cost_next_to_nothing(worlds, kind):
    name = "all buy at one rate, days, 500 customers, seed 4"
    history = worlds[kind.KIND][name]
    model = kind.fit(history)
    assert said(model, "one and the same rate")
    nearer = kind(1e4, model.alpha * 1e4 / model.r, model.a, model.b, unit=history.unit)
    farther = kind(2e6, model.alpha * 2e6 / model.r, model.a, model.b, unit=history.unit)
    assert model.evidence.log_likelihood > nearer.log_likelihood(history).sum() + 4e-3
    assert model.evidence.log_likelihood > farther.log_likelihood(history).sum() - 1e-4


def test_every_parameter_at_a_wall_has_a_finding(worlds):
    for kind in (BgNbd, MbgNbd):
        for name, history in worlds[kind.KIND].items():
            model = kind.fit(history)
            if (model.standard_errors() == 0).any():
                assert model.evidence.findings, name


@pytest.mark.parametrize(
    "model",
    [
        BgNbd(r=2.0, alpha=10.0, a=1e-6, b=1e-5),
        BgNbd(r=2.0, alpha=10.0, a=1e-6, b=1e6),
        MbgNbd(r=1e-5, alpha=1e-3, a=1e-6, b=1e-4),
        MbgNbd(r=1e6, alpha=1e7, a=1e6, b=1e-5),
        MbgCnbd(r=2.0, alpha=10.0, a=1e-6, b=1e5, k=3),
        ParetoNbd(r=1e6, alpha=1e7, s=1e-6, beta=1e12),
        # of whom some have a probability that only just is no 0
        BgNbd(r=2.0, alpha=10.0, a=2e-3, b=1.0),
        MbgCnbd(r=2.0, alpha=10.0, a=2e-3, b=1.0, k=2),
        BgBb(alpha=2e-3, beta=1.0, gamma=2e-3, delta=1.0),
        BgBb(alpha=1e-5, beta=1e6, gamma=1e-6, delta=1e6),
        BgBb(alpha=1e6, beta=1e-5, gamma=1e-6, delta=1e-6),
    ],
)
def test_boundary_parameters_simulate_without_a_warning(model):
    purchases = model.simulate(np.full(3_000, 20.0), seed=1, horizon=5.0)
    assert np.isfinite(purchases.time).all()
    assert not np.isnan(purchases.gone_at).any()
