"""The churn classifier: what it finds, what its parts add up to, and what it refuses."""

import numpy as np
import pytest
from scipy.special import expit, logit

from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.churn_calibration import ChurnCalibration
from clove.models.churn_classifier import ChurnClassifier, ChurnExamples
from clove.models.churn_settings import ChurnSettings
from clove.models.feature_baseline import FeatureBaseline

NAMES = ("a", "b", "c")
SHORT = ChurnSettings(rounds=60, max_depth=2, learning_rate=0.1)


def world(n, seed, shift=0.0):
    """Log odds are a line and a step; one feature in ten is not known."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 3))
    truth = -2.5 + shift + 0.8 * features[:, 0] + 1.2 * (features[:, 1] > 0.5)
    ended = rng.random(n) < expit(truth)
    features[rng.random(n) < 0.1, 2] = np.nan
    return ChurnExamples(features, ended, rng.integers(0, 3, n)), truth


@pytest.fixture(scope="module")
def examples():
    return world(20_000, 1)[0]


@pytest.fixture(scope="module")
def model(examples):
    return ChurnClassifier.fit(examples, world(10_000, 2, 0.7)[0], features=NAMES, candidates=(SHORT,))


def test_it_finds_the_truth_and_takes_its_level_from_the_later_rows(model):
    later, truth = world(20_000, 3, 0.7)
    chance = model.probability(later.features)
    assert chance.mean() == pytest.approx(expit(truth).mean(), abs=0.01)
    assert np.corrcoef(logit(chance), truth)[0, 1] > 0.96
    assert np.abs(chance - expit(truth)).mean() < 0.03


def test_the_same_seed_gives_the_same_text(model, examples):
    again = ChurnClassifier.fit(examples, world(10_000, 2, 0.7)[0], features=NAMES, candidates=(SHORT,))
    assert again.to_json() == model.to_json()
    other = ChurnClassifier.fit(examples, world(10_000, 2, 0.7)[0], features=NAMES, candidates=(SHORT,), seed=2)
    assert other.trees != model.trees


def test_it_is_read_back_to_the_last_bit(model, examples):
    read = ChurnClassifier.from_json(model.to_json())
    assert read == model
    assert np.array_equal(read.probability(examples.features), model.probability(examples.features))


def test_changed_trees_are_refused(model):
    with pytest.raises(ArgumentRefused, match="not those that were written"):
        ChurnClassifier.from_json(model.to_json().replace("base_score", "base_scorn", 1))


def test_reasons_add_up(model, examples):
    some = examples.features[:500]
    reasons, chance = model.reasons(some), model.probability(some)
    assert reasons.base + reasons.points.sum(axis=1) == pytest.approx(chance, abs=1e-6)
    assert reasons.base_log_odds + reasons.log_odds.sum(axis=1) == pytest.approx(logit(chance), abs=1e-5)
    # the step of the second feature moves more than the noise of the third
    assert np.abs(reasons.points[:, 1]).mean() > 5 * np.abs(reasons.points[:, 2]).mean()
    assert (reasons.log_odds[some[:, 1] > 0.6, 1] > 0).all()


def test_no_row_is_judged_by_trees_that_have_seen_its_contract(examples):
    # every contract has a label of its own that nothing foretells: trees that saw a contract would know it again
    rng = np.random.default_rng(5)
    contract = np.repeat(np.arange(2_000), 5)
    own = rng.normal(size=2_000)[contract]
    features = np.column_stack([own, np.zeros(own.size), np.zeros(own.size)])
    ended = (rng.random(2_000) < 0.3)[contract]
    deep = ChurnSettings(12, 0.3, min_child_weight=0.0, subsample=1.0, colsample_bytree=1.0, max_bin=8_192)
    apart = ChurnExamples(features, ended, contract % 3)
    mixed = ChurnExamples(features, ended, rng.integers(0, 3, own.size))
    fooled = ChurnClassifier.fit(mixed, features=NAMES, candidates=(deep,))
    assert fooled.log_score > -0.35
    try:
        honest = ChurnClassifier.fit(apart, features=NAMES, candidates=(deep,)).log_score
    except NotEnoughData:  # the score does not even rise
        honest = -0.61
    assert honest == pytest.approx(-0.61, abs=0.02)


def test_of_several_settings_the_likeliest_is_taken(examples):
    poor = ChurnSettings(rounds=1, max_depth=1, learning_rate=0.01)
    assert ChurnClassifier.fit(examples, features=NAMES, candidates=(poor, SHORT)).settings == SHORT


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda e: ChurnExamples(e.features, np.zeros_like(e.ended), e.fold), "rows ended"),
        (lambda e: ChurnExamples(e.features, np.ones_like(e.ended), e.fold), "rows ended"),
    ],
)
def test_too_few_of_either_kind_are_refused(examples, change, match):
    with pytest.raises(NotEnoughData, match=match):
        ChurnClassifier.fit(change(examples), features=NAMES)


def test_shapes_are_refused(model, examples):
    with pytest.raises(ArgumentRefused, match="folds 0"):
        ChurnClassifier.fit(examples.take(examples.fold == 0), features=NAMES)
    with pytest.raises(ArgumentRefused, match="2 names"):
        ChurnClassifier.fit(examples, features=NAMES[:2])
    later = ChurnExamples(examples.features, examples.ended, examples.fold + 1)
    with pytest.raises(ArgumentRefused, match="of a fold that no example is in"):
        ChurnClassifier.fit(examples, later, features=NAMES)
    with pytest.raises(ArgumentRefused, match="ends and"):
        ChurnExamples(examples.features, examples.ended[:-1], examples.fold)
    with pytest.raises(ArgumentRefused, match="shape"):
        model.probability(examples.features[:, :2])


# ---- calibration


@pytest.mark.parametrize("size", [400, 4_000, 200_000])
def test_a_score_that_is_too_sure_is_put_right_and_keeps_its_order(size):
    rng = np.random.default_rng(size)
    truth = rng.normal(-2, 1.2, size)
    score = 0.5 + 1.6 * truth + 0.15 * truth**2  # rises where truth > -5.3
    ended = rng.random(size) < expit(truth)
    found = ChurnCalibration.fit(score, ended)
    grid = np.linspace(-12, 8, 400)
    assert (np.diff(found.apply(grid)) > 0).all()
    error = np.abs(expit(found.apply(score)) - expit(truth)).mean()
    assert error < {400: 0.05, 4_000: 0.02, 200_000: 0.006}[size]
    assert len(found.scores) == {400: 1, 4_000: 1, 200_000: len(found.scores)}[size]


def test_many_ends_bend_the_line():
    rng = np.random.default_rng(1)
    score = rng.uniform(-4, 1, 60_000)
    truth = np.where(score < -1, score, -1 + 0.3 * (score + 1))
    ended = rng.random(score.size) < expit(truth)
    found = ChurnCalibration.fit(score, ended)
    assert np.abs(expit(found.apply(score)) - expit(truth)).max() < 0.05
    line = ChurnCalibration(found.scores[:1], found.log_odds[:1], found.slope)
    assert np.abs(expit(line.apply(score)) - expit(truth)).max() > 0.05


def test_a_score_that_tells_nothing_or_the_contrary_is_refused():
    rng = np.random.default_rng(2)
    score = rng.normal(size=2_000)
    with pytest.raises(NotEnoughData, match="did not end more often"):
        ChurnCalibration.fit(score, rng.random(2_000) < expit(-score))
    with pytest.raises(NotEnoughData, match="ended"):
        ChurnCalibration.fit(score, np.zeros(2_000, dtype=np.bool_))


# ---- baseline


def test_shares_of_the_baseline():
    column = np.array([0.0, 0.0, 1.0, np.nan])
    many = np.arange(1_000.0)
    found = FeatureBaseline.of(column[:, None])
    assert found.edges == ((0.0,),)
    assert found.shares == ((0.5, 0.25, 0.25),)
    deciles = FeatureBaseline.of(many[:, None])
    assert len(deciles.edges[0]) == 9
    assert np.array(deciles.shares[0][:10]) == pytest.approx(0.1, abs=0.002)


def test_stability_index_by_hand():
    then = FeatureBaseline.of(np.repeat([0.0, 1.0], 50)[:, None])
    now = np.repeat([0.0, 1.0], [30, 70])[:, None]
    expected = (0.3 - 0.5) * np.log(0.3 / 0.5) + (0.7 - 0.5) * np.log(0.7 / 0.5)
    assert then.psi(now) == pytest.approx([expected])
    assert then.psi(np.repeat([0.0, 1.0], 5)[:, None]) == pytest.approx([0.0])
    # what was never unknown and now always is
    gone = then.psi(np.full((10, 1), np.nan))
    assert gone[0] > 5


def test_the_model_keeps_the_baseline_of_what_it_learnt_from(model, examples):
    assert model.baseline == FeatureBaseline.of(examples.features)
    assert model.baseline.psi(examples.features) == pytest.approx([0, 0, 0], abs=1e-12)
