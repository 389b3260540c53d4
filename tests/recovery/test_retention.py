"""Simulated lifetimes lead back to their parameters, as surely as the fit says; what cannot be is refused."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.beta_discrete_weibull import BetaDiscreteWeibull
from clove.models.shifted_beta_geometric import ShiftedBetaGeometric
from clove.models.survivors import Survivors

TRUTHS = [ShiftedBetaGeometric(0.7, 3.8), BetaDiscreteWeibull(0.5, 2.0, 1.5)]
MODELS = [ShiftedBetaGeometric, BetaDiscreteWeibull]


def watched(truth, customers, seed, periods=8):
    """Cohorts that were watched for two to so many periods."""
    life = truth.simulate(customers, seed)
    until = 2 + np.arange(customers) % (periods - 1)
    return Survivors.of_lifetimes(np.minimum(life, until), life <= until)


@pytest.mark.parametrize("truth", TRUTHS, ids=repr)
def test_many_customers_lead_back_to_the_truth(truth):
    fitted = type(truth).fit(watched(truth, 300_000, 1))
    away = (fitted.parameters - truth.parameters) / fitted.standard_errors()
    assert np.abs(away).max() < 3
    assert fitted.survival([12])[0] == pytest.approx(truth.survival([12])[0], rel=0.02)
    assert fitted.evidence.findings == ()


@pytest.mark.parametrize("truth", TRUTHS, ids=repr)
def test_simulated_lifetimes_survive_as_foretold(truth):
    life = truth.simulate(200_000, 2)
    t = np.array([1, 3, 12, 40])
    assert (life[:, None] > t).mean(axis=0) == pytest.approx(truth.survival(t), abs=0.005)


@pytest.mark.parametrize("truth", TRUTHS, ids=repr)
def test_intervals_hold_as_often_as_they_say(truth):
    held = []
    for world in range(100):
        fitted = type(truth).fit(watched(truth, 4_000, 100 + world))
        survival = fitted.survival_interval([12], draws=200)
        worth = fitted.residual_lifetime_interval([2], discount=0.05, draws=200)
        held.append(
            [
                survival[0][0] <= truth.survival([12])[0] <= survival[1][0],
                worth[0][0] <= truth.residual_lifetime([2], discount=0.05)[0] <= worth[1][0],
            ]
        )
    assert np.mean(held, axis=0) == pytest.approx([0.8, 0.8], abs=0.1)


def test_late_comers_are_counted_from_where_they_came():
    truth = TRUTHS[0]
    life, entry = truth.simulate(300_000, 3), np.arange(300_000) % 5
    seen = life > entry
    rows = np.minimum(life, 10)[seen], (life <= 10)[seen]
    late = ShiftedBetaGeometric.fit(Survivors.of_lifetimes(*rows, entry=entry[seen]))
    assert late.parameters == pytest.approx(truth.parameters, rel=0.05)
    naive = ShiftedBetaGeometric.fit(Survivors.of_lifetimes(*rows))
    assert naive.survival([5])[0] > truth.survival([5])[0] + 0.05


@pytest.mark.parametrize("model", MODELS)
def test_customers_who_are_alike_are_a_boundary_with_an_interval(model):
    fitted = model.fit([1000, 900, 810, 729, 656])
    assert "share one probability" in fitted.evidence.findings[0]
    assert fitted.survival([10])[0] == pytest.approx(0.9**10, rel=0.01)
    low, high = fitted.survival_interval([1])
    assert low[0] < 0.9 < high[0]
    # a constant chance to end is known as its count says, however the parameters run
    alone = ShiftedBetaGeometric.fit([4, 4, 3, 2])
    low, high = alone.retention_interval([1], share=0.95)
    assert high[0] - low[0] > 0.2


@pytest.mark.parametrize("model", MODELS)
def test_other_boundaries_are_told_in_words(model):
    polarised = model.fit([1000, 500, 500, 500])
    assert "at once or never" in polarised.evidence.findings[0]
    assert polarised.survival([1, 50]).round(2).tolist() == [0.5, 0.5]
    rising = BetaDiscreteWeibull.fit([1000, 1000, 1000, 500, 0])
    assert any("runs off" in finding for finding in rising.evidence.findings)
    assert np.isfinite(rising.residual_lifetime_interval([2])).all()


@pytest.mark.parametrize("model", MODELS)
def test_json_and_summary(model):
    fitted = model.fit([1000, 869, 743, 653, 593])
    again = model.from_json(fitted.to_json())
    assert again == fitted
    assert again.draws(4, 1).tobytes() == fitted.draws(4, 1).tobytes()
    summary = fitted.summary()
    assert summary["name"] == model.NAMES
    assert (summary["low"] < fitted.parameters).all()
    low, high = fitted.retention_interval([1, 5])
    assert ((low < fitted.retention([1, 5])) & (fitted.retention([1, 5]) < high)).all()
    given = model.from_json(model(*fitted.parameters).to_json())
    with pytest.raises(ArgumentRefused, match="given, not fitted"):
        given.survival_interval([1])
    with pytest.raises(ArgumentRefused, match="document"):
        next(other for other in MODELS if other is not model).from_json(fitted.to_json())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("survivors", "refusal", "words"),
    [
        ([1000, 1000, 1000, 1000], NotEnoughData, "none of 1,000 customers has ended"),
        ([1000, 800], NotEnoughData, "watched in 1 period"),
        ([1000, 0, 0, 0], NotEnoughData, "watched in 1 period"),
        ([1000], ArgumentRefused, "no period was watched"),
        ([1000, 800, 810], ArgumentRefused, "rise from 800 to 810 in period 2"),
        ([1000, np.nan, 810], ArgumentRefused, "no finite numbers"),
        ([1000, -1], ArgumentRefused, "no finite numbers"),
    ],
)
def test_survivors_that_say_nothing_or_cannot_be_are_refused(model, survivors, refusal, words):
    with pytest.raises(refusal, match=words):
        model.fit(survivors)


def test_what_cannot_be_asked_is_refused():
    fitted = ShiftedBetaGeometric.fit([1000, 869, 743])
    for ask in (
        lambda: fitted.survival([-1]),
        lambda: fitted.survival([0.5]),
        lambda: fitted.retention([0]),
        lambda: fitted.residual_lifetime([0], discount=-0.1),
        lambda: fitted.residual_lifetime([0], horizon=0),
        lambda: fitted.survival_interval([1], share=1.0),
        lambda: ShiftedBetaGeometric(0.0, 1.0),
        lambda: BetaDiscreteWeibull(1.0, 1.0, np.inf),
        lambda: Survivors(np.array([2.0]), np.array([3.0]), 2.0),
    ):
        with pytest.raises(ArgumentRefused):
            ask()
    with pytest.raises(NotEnoughData, match="3 are needed"):
        BetaDiscreteWeibull.fit([1000, 869, 743])
