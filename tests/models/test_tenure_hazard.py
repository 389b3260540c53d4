"""Hazards by tenure: what is learnt, from whom, and how sure."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.tenure_hazard import TenureHazard

SPIKE = 36


def true_hazards(segments, months, seed, spread=0.3):
    rng = np.random.default_rng(seed)
    curve = 0.012 + 0.02 * np.exp(-np.arange(months) / 4)
    if months > SPIKE:
        curve[SPIKE] = 0.15
    level = rng.gamma(1 / spread**2, spread**2, segments)
    return 1 - (1 - curve) ** level[:, None]


def counts(hazard, started, seed, censored=0.02):
    rng = np.random.default_rng(seed)
    at_risk, ended = np.zeros(hazard.shape), np.zeros(hazard.shape)
    n = np.asarray(started)
    for m in range(hazard.shape[1]):
        at_risk[:, m], ended[:, m] = n, rng.binomial(n, hazard[:, m])
        n = rng.binomial(n - ended[:, m].astype(int), 1 - censored)
    return at_risk, ended


def test_many_contracts_are_believed_and_few_follow_the_portfolio():
    truth = true_hazards(30, 60, 1)
    started = np.where(np.arange(30) < 2, 8, 2_000)
    at_risk, ended = counts(truth, started, 2)
    fitted = TenureHazard.fit(at_risk, ended)
    error = np.abs(np.log(fitted.monthly[:, :60] / truth)).mean(axis=1)
    raw = np.abs(np.log((ended + 0.5) / (at_risk + 1) / truth)).mean(axis=1)
    assert (error < 0.5 * raw).all()
    assert error[2:].max() < 0.2
    # the few know their level only from the portfolio, and say so
    assert fitted.relative_error[:2].min() > 2 * fitted.relative_error[2:].max()
    assert fitted.relative_error[:2] == pytest.approx(0.3, abs=0.1)


def test_the_spike_at_the_end_of_the_clause_stays():
    truth = true_hazards(5, 60, 3)
    fitted = TenureHazard.fit(*counts(truth, [400] * 5, 4))
    around = fitted.monthly[:, [SPIKE - 2, SPIKE - 1, SPIKE + 1, SPIKE + 2]].mean(axis=1)
    assert (fitted.monthly[:, SPIKE] > 5 * around).all()
    assert fitted.monthly[:, SPIKE].mean() == pytest.approx(truth[:, SPIKE].mean(), rel=0.15)


def test_kinds_of_contracts_have_curves_of_their_own():
    truth = true_hazards(6, 60, 5, spread=0.1)
    fleet = np.roll(truth[3:], -12, axis=1)  # their clause is 24 months
    fleet[:, -12:] = truth[3:, -13:-12]
    truth[3:] = fleet
    kinds = np.array([0, 0, 0, 1, 1, 1])
    at_risk, ended = counts(truth, [200] * 6, 6)
    own = TenureHazard.fit(at_risk, ended, curve=kinds)
    one = TenureHazard.fit(at_risk, ended)
    assert own.curves.shape == (2, 61)
    # where a segment is small, a curve of its kind knows where its spike is
    assert np.abs(own.monthly[:3, 24] - truth[:3, 24]).mean() < np.abs(one.monthly[:3, 24] - truth[:3, 24]).mean()
    assert own.monthly[:3, 24].max() < 0.05
    assert own.monthly[3:, 24].min() > 0.08


def test_beyond_what_was_observed_the_last_level_holds_without_the_spike():
    truth = true_hazards(4, 40, 7, spread=0.05)  # the spike is among the last twelve months
    fitted = TenureHazard.fit(*counts(truth, [3_000] * 4, 8))
    usual = truth[:, 30:36].mean(axis=1)
    assert fitted.monthly[:, -1] == pytest.approx(usual, rel=0.25)
    assert fitted.hazard(np.array([1]), np.array([200]), 2)[0] == pytest.approx([fitted.monthly[1, -1]] * 2)


def test_months_nobody_has_reached_and_segments_without_contracts_follow_the_rest():
    truth = true_hazards(4, 20, 9)
    at_risk, ended = counts(truth, [2_000, 2_000, 2_000, 0], 10)
    longer = [np.column_stack([table, np.zeros((4, 10))]) for table in (at_risk, ended)]
    fitted = TenureHazard.fit(*longer)
    assert np.isfinite(fitted.monthly).all()
    assert fitted.monthly[3, :20] == pytest.approx(fitted.curves[0, :20], rel=1e-9)
    assert fitted.monthly[:, 25] == pytest.approx(fitted.monthly[:, -1], rel=0.02)
    assert fitted.relative_error[3] == fitted.relative_error.max()


def test_a_constant_is_ends_per_month_at_risk_shrunk_a_little():
    rng = np.random.default_rng(11)
    at_risk = np.full((20, 12), 500.0)
    truth = rng.uniform(0.01, 0.04, 20)
    ended = rng.binomial(500, truth[:, None], (20, 12)).astype(float)
    fitted = TenureHazard.fit(at_risk, ended, constant=True)
    assert fitted.monthly.shape == (20, 2)
    assert (fitted.monthly[:, 0] == fitted.monthly[:, 1]).all()
    raw = ended.sum(axis=1) / at_risk.sum(axis=1)
    assert fitted.monthly[:, 0] == pytest.approx(raw, rel=0.12)
    towards = np.abs(fitted.monthly[:, 0] - raw.mean()) < np.abs(raw - raw.mean())
    assert towards.mean() > 0.8


def test_draws_scatter_about_the_truth_as_far_as_they_say():
    covered, cells = 0, 0
    for world in range(8):
        truth = true_hazards(12, 40, world)
        fitted = TenureHazard.fit(*counts(truth, [150, 1_500] * 6, 100 + world))
        low, high = np.quantile(fitted.draws(400, world), [0.1, 0.9], axis=0)
        inside = (truth >= low[:, :40]) & (truth <= high[:, :40])
        covered, cells = covered + inside.sum(), cells + inside.size
    assert 0.74 < covered / cells < 0.88


def test_levels_lie_within_their_error_as_often_as_it_says():
    within = []
    for world in range(20):
        truth = true_hazards(20, 30, world)
        fitted = TenureHazard.fit(*counts(truth, np.geomspace(20, 2_000, 20).astype(int), 200 + world))
        log_ratio = np.log(fitted.monthly[:, :30] / truth).mean(axis=1)
        within.append(np.abs(log_ratio) < 1.2816 * fitted.relative_error)
    assert 0.72 < np.mean(within) < 0.90


def test_to_json_and_back_is_the_same_to_the_last_bit():
    fitted = TenureHazard.fit(*counts(true_hazards(3, 24, 12), [500] * 3, 13))
    again = TenureHazard.from_json(fitted.to_json())
    assert again.monthly.tobytes() == fitted.monthly.tobytes()
    assert again.draws(3, 1).tobytes() == fitted.draws(3, 1).tobytes()
    assert "3 segments, 24 months" in repr(again)


def test_segments_where_nobody_left_are_named():
    at_risk = np.array([[500.0, 400.0], [3.0, 2.0]])
    fitted = TenureHazard.fit(at_risk, np.array([[20.0, 10.0], [0.0, 0.0]]))
    assert "1 of 2 segments" in fitted.findings[0]
    assert (fitted.monthly[1] > 0).all()
    all_gone = TenureHazard.fit(np.array([[50.0, 20.0]]), np.array([[30.0, 20.0]]))
    assert ((all_gone.monthly > 0) & (all_gone.monthly < 1)).all()


@pytest.mark.parametrize(
    ("at_risk", "ended", "refusal"),
    [
        ([[100.0, 90.0]], [[5.0, 4.0]], NotEnoughData),
        ([[0.0]], [[0.0]], NotEnoughData),
        ([[10.0]], [[11.0]], ArgumentRefused),
        ([[10.0]], [[-1.0]], ArgumentRefused),
        ([10.0], [1.0], ArgumentRefused),
        ([[np.nan]], [[1.0]], ArgumentRefused),
    ],
)
def test_counts_that_say_nothing_or_cannot_be_are_refused(at_risk, ended, refusal):
    with pytest.raises(refusal):
        TenureHazard.fit(at_risk, ended)
    with pytest.raises(ArgumentRefused):
        TenureHazard.fit([[100.0]], [[20.0]], curve=np.array([0, 1]))
    with pytest.raises(ArgumentRefused, match="draws"):
        TenureHazard.given([0.1]).draws(2, 1)
    with pytest.raises(ArgumentRefused):
        TenureHazard.given([1.1])
