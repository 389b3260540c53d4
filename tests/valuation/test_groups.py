"""A group's mean is believed as far as groups have been seen to differ, and nobody counts in his own."""

import numpy as np
import pytest

from clove.valuation.groups import UNKNOWN, mean_of_others, newcomers_lift, relative_rates, relative_spend


def test_by_hand():
    # bases 4 and 4, amounts 8 and 2; residuals of single 1s around 2 and 0.5
    amount = np.array([3.0, 1.0, 2.0, 2.0, 0.0, 1.0, 0.0, 1.0])
    group = np.repeat([0, 1], 4)
    within = (2 * 1.0 + 4 * 0.25) / (2 * 3)  # sum of squares over n - 1 in each group
    spread = 4 * (2 - 1.25) ** 2 + 4 * (0.5 - 1.25) ** 2
    between = (spread - within) / (8 - 2 * 16 / 8)
    k = within / between
    mean, whole = mean_of_others(amount, np.ones(8), group)
    assert whole == 1.25
    assert mean[0] == pytest.approx((5 + k * 1.25) / (3 + k))
    assert mean[4] == pytest.approx((2 + k * 1.25) / (3 + k))


@pytest.mark.parametrize("seed", range(3))
def test_between_much_and_little_it_is_nearer_to_the_truth_than_either(seed):
    rng = np.random.default_rng(seed)
    truth = rng.gamma(4.0, 0.25, 300)
    group = np.repeat(np.arange(300), rng.integers(1, 60, 300))
    expected = rng.uniform(0.0, 1.0, group.size)
    purchases = rng.poisson(truth[group] * expected * rng.gamma(0.7, 1 / 0.7, group.size)).astype(float)
    found = np.exp(relative_rates(purchases, expected, group))
    own = np.bincount(group, purchases)[group] / np.bincount(group, expected)[group]

    def miss(rates):
        return ((rates - truth[group]) ** 2).mean()

    assert miss(found) < 0.8 * miss(own)
    assert miss(found) < 0.8 * miss(np.ones(group.size))
    assert found.mean() == pytest.approx(1, abs=0.1)


def test_nobody_vouches_for_himself():
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1, 2], [40, 40, 1])
    expected = np.ones(81)
    purchases = rng.poisson(np.array([2.0, 0.5, 1.0])[group]).astype(float)
    found = relative_rates(purchases, expected, group)
    assert found[80] == pytest.approx(0, abs=1e-12)  # alone in his group
    heaviest = int(np.argmax(purchases[:40]))
    assert found[heaviest] == found[:40].min()
    heavier = purchases.copy()
    heavier[heaviest] += 1
    others = np.delete(np.arange(40), heaviest)
    moved = relative_rates(heavier, expected, group)
    assert (moved[others] - moved[heaviest]).min() > (found[others] - found[heaviest]).min()


def test_groups_that_differ_by_chance_alone_are_all_as_the_base():
    rng = np.random.default_rng(4)
    sizes = []
    for _ in range(40):
        purchases = rng.negative_binomial(0.7, 0.4, 3_000).astype(float)
        sizes.append(np.abs(relative_rates(purchases, np.ones(3_000), rng.integers(0, 8, 3_000))).mean())
    assert np.mean(sizes) < 0.02
    assert np.mean(np.array(sizes) == 0) > 0.85


@pytest.mark.parametrize(
    ("purchases", "expected", "group"),
    [
        ([0, 0, 0], [1, 2, 3], [0, 1, 1]),  # nobody has come back
        ([1, 2, 3], [1, 1, 1], [0, 0, 0]),  # one group
        ([1, 2, 3], [1, 1, 1], [UNKNOWN, UNKNOWN, UNKNOWN]),
        ([1, 2, 9], [1, 1, 1], [0, 1, 2]),  # each his own
        ([0, 0, 0], [0, 0, 0], [0, 1, 1]),  # all have only just come
        ([], [], []),
    ],
)
def test_where_there_is_nothing_to_tell_it_says_nothing(purchases, expected, group):
    found = relative_rates(np.array(purchases, float), np.array(expected, float), np.array(group, int))
    assert found.tolist() == [0] * len(purchases)


def test_the_unknown_are_as_all_and_known_ones_beside_them_are_not():
    purchases = np.array([4.0, 4.0, 5.0, 0.0, 0.0, 1.0, 2.0, 2.0])
    group = np.array([0, 0, 0, 1, 1, 1, UNKNOWN, UNKNOWN])
    found = relative_rates(purchases, np.ones(8), group)
    assert found[6:].tolist() == [0, 0]
    assert found[:3].min() > 0 > found[3:6].max()


def test_newcomers_of_new_groups_are_not_taken_for_people_who_do_not_come_back():
    rng = np.random.default_rng(6)
    group = np.repeat([0, 1], 500)
    expected = np.where(group == 0, 2.0, 0.05)  # the second group came last week
    found = relative_rates(rng.poisson(expected).astype(float), expected, group)
    assert np.abs(found).max() < 0.1


def test_one_large_order_does_not_make_a_group_large():
    rng = np.random.default_rng(7)
    spend = rng.lognormal(3.0, 0.8, 400)
    group = np.repeat([0, 1], 200)
    spend[group == 1] *= 1.5
    found = relative_spend(spend, group)
    assert found[300] - found[100] == pytest.approx(np.log(1.5), abs=0.2)
    spend[0] = 1e5
    again = relative_spend(spend, group)
    assert again[100] < again[300]


def test_a_lift_is_that_of_a_gamma_prior():
    r, alpha, c = 0.7, 45.0, 3.0
    for age in (0.0, 20.0, 400.0):
        unproven = alpha / (alpha + age)
        for x in (0, 5):
            theirs, anybody = (r + x) / (alpha / c + age), (r + x) / (alpha + age)
            lift = newcomers_lift(np.array([np.log(c)]), np.array([unproven]))[0]
            assert lift == pytest.approx(np.log(theirs / anybody), rel=1e-12)
    assert newcomers_lift(np.zeros(2), np.array([0.3, 1.0])).tolist() == [0, 0]
