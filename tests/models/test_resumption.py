"""Payment that comes back: the chances that made the spells are found again, and how sure that is."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.resumption import FEWEST, Resumption
from clove.models.resumption_likelihood import ResumptionLikelihood
from clove.models.spells import BANDS, Spells, band_codes

TRUTH = Resumption()


def simulated(count: int, seed: int, truth: Resumption = TRUTH, most: int = 24) -> Spells:
    rng = np.random.default_rng(10_000 + seed)
    return truth.simulate(rng.integers(0, len(BANDS), count), rng.integers(1, most + 1, count), seed)


def test_the_first_month_after_the_lapse_has_p0_times_the_band():
    chance = TRUTH.probability(band_codes(np.array(BANDS)), np.zeros(5, np.int64))
    assert chance == pytest.approx([0.77, 0.605, 0.4675, 0.3025, 0.495])
    later = TRUTH.probability(band_codes(np.array(["B", "D"])), np.array([3, 24]))
    assert later == pytest.approx([0.605 * np.exp(-1.05), 0.3025 * np.exp(-8.4)])
    assert Resumption(p0=0.9).probability(np.array([0]), np.array([0])) == [1.0]  # 1.26, cut


def test_spells_are_counted_by_the_months_in_which_they_could_resume():
    spells = Spells(
        band=np.array([0, 0, 3, 0]),
        first=np.array([0, 0, 1, 0]),
        months=np.array([3, 2, 2, 0]),
        resumed=np.array([True, False, True, False]),
    )
    at_risk, resumed = spells.counts()
    assert at_risk[0, :3].tolist() == [2, 2, 1]
    assert at_risk[3, :3].tolist() == [0, 1, 1]
    assert resumed[0, :3].tolist() == [0, 0, 1]
    assert resumed[3, :3].tolist() == [0, 0, 1]
    assert (at_risk.sum(), resumed.sum()) == (7, 2)


def test_one_band_and_two_months_have_a_fit_in_closed_form():
    # unrated: 300 of 500 resume at m = 0 and 60 of the 200 others at m = 1, so p(0) = 0.6 and p(1) = 0.3
    months = np.repeat([1, 2, 2], [300, 60, 140])
    spells = Spells(np.full(500, 4), np.zeros(500, np.int64), months, np.arange(500) < 360)
    fitted = Resumption.fit(spells)
    assert fitted.p0 == pytest.approx(0.6 / 0.9, rel=1e-3)  # a prior three log units wide
    assert fitted.decay == pytest.approx(np.log(2), rel=2e-2)
    # var(log share) = (1 - p) / (n p) of each month: their sum is that of the decay, but for the prior
    assert fitted.standard_errors()[-1] == pytest.approx(np.sqrt(0.4 / 300 + 0.7 / 60), rel=2e-2)
    assert fitted.standard_errors()[0] == pytest.approx(fitted.p0 * np.sqrt(0.4 / 300), rel=2e-2)


def test_p0_and_decay_lie_in_their_intervals_as_often_as_promised():
    within = np.zeros(2)
    for seed in range(60):
        low, high = Resumption.fit(simulated(400, seed)).interval(0.95)
        within += ((low <= TRUTH.parameters) & (TRUTH.parameters <= high))[[0, -1]]
    assert (within >= 53).all()  # 57 expected, deviation 1.7


def test_other_multipliers_are_found_and_few_spells_leave_them_at_the_defaults():
    truth = Resumption(0.5, 0.25, (1.2, 1.2, 1.1, 0.7, 0.7))
    found = Resumption.fit(simulated(60_000, 1, truth), refit_multipliers=True)
    assert found.p0 * np.array(found.multipliers) == pytest.approx(truth.p0 * np.array(truth.multipliers), rel=0.04)
    few = Resumption.fit(simulated(FEWEST, 2), refit_multipliers=True)
    assert np.array(few.multipliers) == pytest.approx(TRUTH.multipliers, rel=0.25)
    kept = Resumption.fit(simulated(FEWEST, 2))
    assert kept.multipliers == TRUTH.multipliers
    assert (kept.standard_errors()[1:-1] == 0).all()


def test_a_chance_cut_at_one_leaves_the_fit_where_the_truth_is():
    truth = Resumption(p0=0.95, decay=0.3)  # bands A and B are certain to resume at once
    fits = [Resumption.fit(simulated(2_000, seed, truth)) for seed in range(20)]
    assert np.mean([fit.p0 for fit in fits]) == pytest.approx(0.95, rel=0.01)
    assert np.mean([fit.decay for fit in fits]) == pytest.approx(0.3, rel=0.03)
    assert all("certain to resume" in fit.evidence.findings[0] for fit in fits)


def test_gradient_and_hessian_are_those_of_the_value():
    rng = np.random.default_rng(3)
    rows = np.column_stack([np.ones(8), rng.integers(0, 2, 8), -np.arange(8.0)])
    came, stayed = rng.integers(1, 9, 8).astype(float), np.array([0.0, 0, 3, 2, 5, 0, 7, 4])
    likelihood = ResumptionLikelihood(rows, np.full(8, -0.1), came, stayed, np.zeros(3), np.ones(3), 0.05)
    theta = np.array([-0.02, 0.05, 0.1])
    _, gradient, hessian = likelihood(theta)
    for column, step in enumerate(1e-6 * np.eye(3)):
        ahead, behind = likelihood(theta + step), likelihood(theta - step)
        assert (ahead[0] - behind[0]) / 2e-6 == pytest.approx(gradient[column], rel=1e-6)
        assert (ahead[1] - behind[1]) / 2e-6 == pytest.approx(hessian[column], rel=1e-5, abs=1e-8)
    assert likelihood(np.array([0.5, 0.0, 0.0]))[0] == np.inf  # some stayed away from a certainty


def test_spells_watched_from_later_on_or_cut_short_are_no_less_true():
    spells = simulated(20_000, 7)
    entered = np.minimum(spells.first + 2, spells.months)
    seen = spells.months > 2
    late = Spells(spells.band[seen], entered[seen], (spells.months - entered)[seen], spells.resumed[seen])
    low, high = Resumption.fit(late).interval(0.999)
    assert (low[[0, -1]] <= TRUTH.parameters[[0, -1]]).all()
    assert (TRUTH.parameters[[0, -1]] <= high[[0, -1]]).all()


def test_too_few_spells_keep_the_defaults_and_say_so():
    few = simulated(FEWEST - 1, 5)
    with pytest.raises(NotEnoughData, match="199 spells"):
        Resumption.fit(few)
    kept = Resumption.of(few)
    assert (kept.p0, kept.decay, kept.evidence) == (TRUTH.p0, TRUTH.decay, None)
    assert kept.origin == "defaults: 199 spells without payment, 200 are needed"
    assert "fitted to 200 spells" in Resumption.of(simulated(FEWEST, 5)).origin


@pytest.mark.parametrize("resumed", [False, True])
def test_spells_that_all_end_alike_are_said_in_words(resumed):
    spells = Spells(np.ones(300, np.int64), np.zeros(300, np.int64), np.ones(300, np.int64), np.full(300, resumed))
    fitted = Resumption.fit(spells)
    chance = fitted.probability(np.array([1]), np.array([0]))[0]
    assert chance > 0.78 if resumed else chance < 0.01
    assert ("certain to resume" if resumed else "Nobody has resumed") in fitted.evidence.findings[0]
    assert np.isfinite(fitted.draws(50, seed=1)).all()


def test_the_document_reads_back():
    for model in (TRUTH, Resumption.fit(simulated(500, 6))):
        assert Resumption.from_json(model.to_json()) == model


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda: band_codes(np.array(["A", "E"])), "row 1: 'E' is no credit band"),
        (lambda: band_codes(np.array(["A", None], dtype=object)), "None is no credit band"),
        (lambda: Resumption(p0=0.0), "above 0"),
        (lambda: Resumption(multipliers=(1.0, 1.0)), "a multiplier for each"),
        (lambda: Resumption(decay=float("nan")), "decay"),
        (TRUTH.interval, "given, not fitted"),
        (lambda: Spells(np.array([5]), np.array([0]), np.array([1]), np.array([True])), "Spells.band, row 0: 5"),
        (lambda: Spells(np.array([0]), np.array([0]), np.array([-1]), np.array([False])), "Spells.months"),
        (lambda: Spells(np.array([0]), np.array([0]), np.array([0]), np.array([True])), "no month was watched"),
        (lambda: Spells(np.array([0]), np.array([0.0]), np.array([1]), np.array([True])), "whole numbers"),
    ],
)
def test_what_cannot_be_is_refused(broken, words):
    with pytest.raises(ArgumentRefused, match=words):
        broken()
