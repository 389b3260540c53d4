"""The blend's weight is the one that makes its score best, by brute force as by the parabola."""

import numpy as np
import pytest

from clove.valuation.blend import LEAST, MOST, Blend


def crps(points: np.ndarray, mass: np.ndarray, came: float) -> float:
    """By the definition: the integral of the squared difference of two steps."""
    order = np.argsort(points)
    points, mass = points[order], mass[order]
    grid = np.unique(np.append(points, came))
    middle = (grid[1:] + grid[:-1]) / 2
    below = np.array([mass[points <= z].sum() for z in middle])
    return float((np.diff(grid) * (below - (came <= middle)) ** 2).sum())


def by_force(weight: float, purchase, boosted, active, came, size) -> float:
    scores = []
    for draws, amounts, likely, y, s in zip(purchase, boosted, active, came, size, strict=True):
        points = np.concatenate([draws, [0.0], amounts])
        mass = np.concatenate(
            [
                np.full(draws.size, weight / draws.size),
                [(1 - weight) * (1 - likely)],
                np.full(amounts.size, (1 - weight) * likely / amounts.size),
            ]
        )
        scores.append(crps(points, mass, y) / s)
    return float(np.mean(scores))


@pytest.fixture
def two_views():
    rng = np.random.default_rng(3)
    n = 40
    came = np.where(rng.random(n) < 0.6, rng.gamma(2.0, 10.0, n), 0.0)
    purchase = np.where(rng.random((n, 16)) < 0.5, rng.gamma(2.0, 8.0, (n, 16)), 0.0)
    boosted = np.sort(rng.gamma(2.0, 14.0, (n, 12)), axis=1)
    return purchase, boosted, rng.uniform(0.3, 0.9, n), came, rng.uniform(5.0, 20.0, n)


def test_scores_are_those_of_the_definition(two_views):
    blend = Blend.learn(*two_views)
    assert blend.purchase_score == pytest.approx(by_force(1.0, *two_views), rel=1e-10)
    assert blend.boosted_score == pytest.approx(by_force(0.0, *two_views), rel=1e-10)
    assert blend.score == pytest.approx(by_force(blend.weight, *two_views), rel=1e-10)


def test_no_other_weight_does_better(two_views):
    blend = Blend.learn(*two_views)
    for weight in np.linspace(LEAST, MOST, 33):
        assert blend.score <= by_force(float(weight), *two_views) + 1e-10


def test_a_useless_view_keeps_its_least_share(two_views):
    purchase, boosted, active, came, size = two_views
    assert Blend.learn(purchase, boosted * 1e4, active, came, size).weight == MOST
    assert Blend.learn(purchase * 1e4 + 1e4, boosted, active, came, size).weight == LEAST


def test_the_currency_changes_no_weight(two_views):
    purchase, boosted, active, came, size = two_views
    weight = Blend.learn(*two_views).weight
    in_pence = Blend.learn(100 * purchase, 100 * boosted, active, 100 * came, 100 * size).weight
    assert in_pence == pytest.approx(weight, rel=1e-12)


def test_scores_of_customers_are_those_that_the_weight_was_learnt_by(two_views):
    blend = Blend.learn(*two_views)
    *views, size = two_views
    assert (blend.scores(*views) / size).mean() == pytest.approx(blend.score, rel=1e-12)
