"""What has to hold whatever the parameters."""

import numpy as np
import pytest

from clove.models import GammaGamma, PurchaseHistory
from clove.models.gamma_gamma_likelihood import Elastic, GammaGammaLikelihood, Plain, Tied, in_chart

MODEL = GammaGamma(p=6.0, q=3.5, gamma=15.0)


def histories(customers: int, model: GammaGamma = MODEL, seed: int = 1) -> PurchaseHistory:
    x = np.random.default_rng(seed).integers(1, 12, customers).astype(float)
    _, customer, amounts = model.simulate(x, seed)
    return PurchaseHistory.of(x, x, x + 1, np.bincount(customer, amounts) / x)


@pytest.mark.parametrize("chart", [Plain(30.0), Elastic(30.0), Tied(30.0)])
def test_gradient_and_hessian_are_those_of_the_value(chart):
    history = histories(200)
    objective = in_chart(GammaGammaLikelihood.of(history.frequency, history.monetary_value), chart)
    theta = chart.starts()[0] + 0.1
    _, gradient, hessian = objective(theta)
    step = 1e-5
    ahead, behind = ([objective(theta + sign * step * unit) for unit in np.eye(theta.size)] for sign in (1, -1))
    assert gradient == pytest.approx(
        [(up[0] - down[0]) / (2 * step) for up, down in zip(ahead, behind, strict=True)], rel=1e-6, abs=1e-6
    )
    assert hessian == pytest.approx(
        np.array([(up[1] - down[1]) / (2 * step) for up, down in zip(ahead, behind, strict=True)]), rel=1e-5, abs=1e-3
    )


def test_elasticity_zero_is_the_plain_model():
    history = histories(50)
    objective = GammaGammaLikelihood.of(history.frequency, history.monetary_value)
    value = objective(np.array([*np.log([MODEL.p, MODEL.q, MODEL.gamma]), 0.0]))[0]
    assert value == pytest.approx(MODEL.log_likelihood(history).sum(), rel=1e-12)


def test_expected_spend_lies_between_the_customer_and_the_base():
    history = histories(300)
    expected = MODEL.expected_spend(history)
    base = MODEL.expected_spend_new_customer()
    low, high = np.minimum(history.monetary_value, base), np.maximum(history.monetary_value, base)
    assert ((low <= expected + 1e-9) & (expected <= high + 1e-9)).all()


def test_the_currency_changes_nothing_but_the_scale():
    pounds = histories(3_000)
    pence = PurchaseHistory.of(pounds.frequency, pounds.recency, pounds.T, pounds.monetary_value * 100)
    in_pounds, in_pence = GammaGamma.fit(pounds), GammaGamma.fit(pence)
    assert in_pence.parameters == pytest.approx(in_pounds.parameters * [1, 1, 100, 1], rel=1e-4)


def test_json_keeps_every_bit():
    fitted = GammaGamma.fit(histories(200), with_frequency=True)
    assert GammaGamma.from_json(fitted.to_json()) == fitted
