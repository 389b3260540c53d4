"""Behaviour corrects the purchase model where it is wrong, and leaves it alone where it is right."""

import json

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.boosted_folds import FOLDS, FORMS, TWEEDIE, TWO_PART, Examples
from clove.models.boosted_value import BoostedValue

NAMES = ("loyal", "noise", "size")


def world(rows: int, seed: int, pull: float) -> tuple[Examples, np.ndarray]:
    """Spend whose mean is the purchase model's times exp(pull) for loyal customers; a third buys nothing."""
    rng = np.random.default_rng(seed)
    loyal, noise = rng.integers(0, 2, rows).astype(float), rng.normal(size=rows)
    expected = np.exp(rng.normal(3.0, 0.7, rows))
    active = np.full(rows, 2 / 3)
    mean = expected * np.exp(pull * loyal)
    bought = rng.random(rows) < active
    spend = np.where(bought, mean / active * rng.gamma(4.0, 0.25, rows), 0.0)
    columns = np.column_stack([loyal, noise, np.log1p(expected)])
    return Examples(columns, columns, expected, active, spend, rng.integers(0, FOLDS, rows)), mean


def fit(examples: Examples, seed: int = 1, form: str = FORMS[0]):
    return BoostedValue.fit(examples, tree_features=NAMES, line_features=NAMES, window_days=90.0, seed=seed, form=form)


@pytest.fixture(scope="module", params=FORMS)
def learnt(request):
    examples, _ = world(6_000, 1, 0.7)
    return fit(examples, form=request.param)


def test_what_the_purchase_model_misses_is_found(learnt):
    examples, mean = world(3_000, 2, 0.7)
    outlook = learnt.model.forecast(examples)
    loyal = examples.trees[:, 0] > 0
    assert outlook.expected[loyal].sum() == pytest.approx(mean[loyal].sum(), rel=0.06)
    assert outlook.expected[~loyal].sum() == pytest.approx(mean[~loyal].sum(), rel=0.06)
    assert np.corrcoef(np.log(outlook.expected), np.log(mean))[0, 1] > 0.98


def test_two_parts_tell_who_buys_from_how_much():
    """Half the customers buy nothing more often than expected, and spend as much more when they do."""
    examples, _ = world(8_000, 13, 0.0)
    rng = np.random.default_rng(14)
    loyal, given = examples.trees[:, 0] > 0, examples.expected / examples.active
    bought = rng.random(8_000) < np.where(loyal, 0.4, 0.8)
    spend = np.where(bought, given * np.where(loyal, 2.0, 1.0) * rng.gamma(4.0, 0.25, 8_000), 0.0)
    told = Examples(examples.trees, examples.line, examples.expected, examples.active, spend, examples.fold)
    outlook = fit(told, form=TWO_PART).model.forecast(told)
    amount = outlook.expected / outlook.active / given
    assert outlook.active[loyal].mean() == pytest.approx(0.4, abs=0.03)
    assert outlook.active[~loyal].mean() == pytest.approx(0.8, abs=0.03)
    assert amount[loyal].mean() == pytest.approx(2.0, rel=0.06)
    assert amount[~loyal].mean() == pytest.approx(1.0, rel=0.06)
    assert np.exp(outlook.raised) == pytest.approx(outlook.active / (2 / 3), rel=1e-12)


def test_forms_learnt_together_are_those_learnt_alone():
    examples, _ = world(1_500, 15, 0.5)
    both = BoostedValue.fit_forms(examples, tree_features=NAMES, line_features=NAMES, window_days=90.0)
    assert tuple(both) == FORMS
    for form, learnt in both.items():
        assert learnt.model.to_json() == fit(examples, form=form).model.to_json()
    assert both[TWEEDIE].model.folds[0].active == both[TWO_PART].model.folds[0].active


def test_where_the_purchase_model_is_right_next_to_nothing_changes():
    examples, _ = world(6_000, 3, 0.0)
    fresh, mean = world(3_000, 4, 0.0)
    outlook = fit(examples).model.forecast(fresh)
    assert np.std(np.log(outlook.expected / mean)) < 0.1
    assert outlook.active.mean() == pytest.approx(2 / 3, abs=0.03)


def test_the_spread_is_that_of_the_outcomes(learnt):
    examples, mean = world(4_000, 5, 0.7)
    ratios = np.array(learnt.model.ratios)
    assert ratios.mean(axis=1) == pytest.approx(np.ones(len(ratios)), abs=1e-12)
    assert (np.diff(ratios, axis=1) >= 0).all()
    outlook = learnt.model.forecast(examples)
    bought = examples.spend > 0
    drawn = (outlook.expected / outlook.active)[bought, None] * ratios[outlook.band[bought]]
    below = (drawn < examples.spend[bought, None]).mean(axis=1)
    assert 0.77 < ((below > 0.1) & (below < 0.9)).mean() < 0.83
    assert mean[bought].size > 2_000


def test_a_fold_has_not_seen_the_rows_that_it_judges():
    examples, _ = world(2_000, 6, 0.7)
    row = int(np.argmax(examples.fold == 1))
    changed = examples.spend.copy()
    changed[row] = 1e6
    other = Examples(examples.trees, examples.line, examples.expected, examples.active, changed, examples.fold)
    one, two = fit(examples).model, fit(other).model
    # only the folds that may see it learn from it
    assert one.folds[1].line.weights == two.folds[1].line.weights
    assert one.folds[0].line.weights != two.folds[0].line.weights


def test_the_same_seed_gives_the_same_bytes():
    examples, _ = world(1_500, 7, 0.5)
    assert fit(examples).model.to_json() == fit(examples).model.to_json()
    assert fit(examples).model.to_json() != fit(examples, seed=2).model.to_json()


def test_json_keeps_every_bit_and_damage_is_refused(learnt):
    text = learnt.model.to_json()
    again = BoostedValue.from_json(text)
    examples, _ = world(500, 8, 0.7)
    assert again.forecast(examples).expected.tolist() == learnt.model.forecast(examples).expected.tolist()
    assert again.to_json() == text
    document = json.loads(text)
    document["folds"][0]["value"] = document["folds"][0]["value"][:-400]
    with pytest.raises(ArgumentRefused, match="not those that were written"):
        BoostedValue.from_json(json.dumps(document))


def test_another_horizon_follows_the_purchase_models_curve(learnt):
    examples, _ = world(1_000, 9, 0.7)
    outlook = learnt.model.forecast(examples)
    both = (examples.expected, examples.expected), (examples.active, examples.active)
    same = learnt.model.stretched(outlook, *both, days=90.0)
    assert same.expected == pytest.approx(outlook.expected, rel=1e-12)
    assert same.active == pytest.approx(outlook.active, rel=1e-9)
    ahead = (examples.expected, 3 * examples.expected), (examples.active, np.full(1_000, 0.9))
    longer = learnt.model.stretched(outlook, *ahead, days=90.0)
    assert longer.expected == pytest.approx(3 * outlook.expected, rel=1e-12)
    assert (longer.active > outlook.active).all()


def test_a_level_of_the_windows_is_gone_at_twice_their_length():
    # every customer spends twice what was expected: a season, a trend, or a purchase model that is off
    examples, _ = world(6_000, 12, 0.0)
    doubled = Examples(
        examples.trees, examples.line, examples.expected, examples.active, 2 * examples.spend, examples.fold
    )
    model = fit(doubled).model
    outlook = model.forecast(doubled)
    assert model.lift == pytest.approx(2.0, rel=0.05)
    both = (examples.expected, examples.expected), (examples.active, examples.active)
    totals = [model.stretched(outlook, *both, days=days).expected.sum() for days in (45.0, 90.0, 135.0, 180.0, 365.0)]
    once = examples.expected.sum()
    assert np.array(totals) / once == pytest.approx([2.0, 2.0, 2**0.5, 1.0, 1.0], rel=0.08)


def test_customers_who_are_all_alike_leave_one_band():
    rng = np.random.default_rng(10)
    rows = 900
    column = np.zeros((rows, 3))
    spend = np.where(rng.random(rows) < 0.5, rng.gamma(2.0, 5.0, rows), 0.0)
    alike = Examples(column, column, np.full(rows, 5.0), np.full(rows, 0.5), spend, rng.integers(0, FOLDS, rows))
    model = fit(alike).model
    assert np.isfinite(model.ratios).all()
    assert model.forecast(alike).expected.mean() == pytest.approx(spend.mean(), rel=0.02)


def test_too_few_examples_are_refused():
    with pytest.raises(NotEnoughData, match="examples"):
        fit(world(300, 11, 0.5)[0])
