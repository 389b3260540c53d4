"""Survival, rates and tables from lifetimes: worked by hand, and as sure as they say."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.exponential_lifetime import ExponentialLifetime
from clove.models.kaplan_meier import KaplanMeier
from clove.models.lifetimes import Lifetimes
from clove.models.tenure_table import TenureTable

# 21 patients on 6-MP, weeks in remission: Freireich et al. (1963), Blood 21(6), an example of many textbooks
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_the_curve_of_a_textbook():
    fitted = KaplanMeier.fit(WEEKS, RELAPSED)
    at = [6, 7, 10, 13, 16, 22, 23]
    assert fitted.at(at)[0].round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert fitted.standard_error_at(at)[0].round(4).tolist() == [
        *(0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346),
    ]
    assert fitted.quantile()[0] == 23
    low, high = fitted.quantile_interval()
    assert low[0] == 13
    assert np.isnan(high[0])  # the upper curve never falls to a half
    assert np.isnan(fitted.at([36])[0, 0])  # some were left when the watch ended


def test_a_half_reached_exactly_is_the_median_in_spite_of_rounding():
    for n in range(2, 200, 2):
        assert KaplanMeier.fit(np.arange(1, n + 1), np.ones(n)).quantile()[0] == n / 2


def test_all_at_risk_may_end_while_others_come_later():
    fitted = KaplanMeier.fit([5, 6, 9, 12], [1, 1, 1, 0], entry=[0, 0, 7, 8])
    assert fitted.at([5, 6, 20])[0].tolist() == [0.5, 0, 0]
    assert any("stay at 0" in finding for finding in fitted.findings)


def test_intervals_of_curves_hold_as_often_as_they_say():
    rng = np.random.default_rng(3)
    groups, n = 2_000, 200
    life, watch = rng.exponential(10, (groups, n)), rng.uniform(2, 30, (groups, n))
    fitted = KaplanMeier.fit(
        np.minimum(life, watch).ravel(), (life <= watch).ravel(), group=np.repeat(np.arange(groups), n)
    )
    for share in (0.8, 0.95):
        low, high = fitted.interval_at([7.0], share)
        held = ((low <= np.exp(-0.7)) & (high >= np.exp(-0.7))).mean()
        assert held == pytest.approx(share, abs=0.025)
    low, high = fitted.quantile_interval(0.5, 0.8)
    median = 10 * np.log(2)
    assert ((low <= median) & (median < high)).mean() == pytest.approx(0.8, abs=0.03)
    mean, error = fitted.restricted_mean(8.0)
    away = (mean - 10 * (1 - np.exp(-0.8))) / error
    assert away.mean() == pytest.approx(0, abs=0.1)
    assert away.std() == pytest.approx(1, abs=0.06)


def test_late_comers_tell_the_same_curve():
    rng = np.random.default_rng(4)
    life, entry = rng.exponential(10, 40_000), rng.uniform(0, 12, 40_000) * (rng.random(40_000) < 0.8)
    seen = life > entry
    fitted = KaplanMeier.fit(life[seen], np.ones(seen.sum()), entry=entry[seen])
    assert fitted.at([2, 5, 15])[0] == pytest.approx(np.exp([-0.2, -0.5, -1.5]), abs=0.01)
    naive = KaplanMeier.fit(life[seen], np.ones(seen.sum()))
    assert naive.at([5])[0, 0] > 0.65
    assert ExponentialLifetime.fit(life[seen], np.ones(seen.sum()), entry=entry[seen]).rate[0] == pytest.approx(
        0.1, rel=0.02
    )


def test_groups_without_contracts_or_ends_are_unknown_not_zero():
    fitted = KaplanMeier.fit([3, 4], [0, 0], group=[0, 2], groups=4)
    assert np.isnan(fitted.at([1])[[1, 3], 0]).all()
    assert (fitted.at([1])[[0, 2], 0] == 1).all()
    low, high = fitted.interval_at([1])
    assert np.isnan(low).all()
    assert (high[[0, 2], 0] == 1).all()
    assert np.isnan(fitted.quantile()).all()
    assert np.isnan(fitted.restricted_mean(3.5)[0][:2]).all()
    assert fitted.restricted_mean(3.5)[0][2] == 3.5
    assert "no contract has ended" in fitted.findings[0]


def test_rates_have_exact_intervals():
    fitted = ExponentialLifetime.of([100, 200, 0], [10, 0, 0])
    low, high = fitted.interval()
    # Garwood's table: 4.795 and 18.39 for 10 events, 0 and 3.689 for none
    assert low[:2] * [100, 200] == pytest.approx([4.795, 0], abs=1e-3)
    assert high[:2] * [100, 200] == pytest.approx([18.39, 3.689], abs=1e-2)
    assert fitted.mean_lifetime[0] == 10
    assert np.isnan(fitted.mean_lifetime[1:]).all()
    assert fitted.mean_lifetime_interval()[1][1] == np.inf
    assert np.isnan([low[2], high[2], fitted.rate[2]]).all()
    assert fitted.probability()[0] == pytest.approx(1 - np.exp(-0.1))
    below, above = fitted.survival_interval([7.0])
    assert below[0, 0] < fitted.survival([7.0])[0, 0] < above[0, 0]
    assert "1 of 3 groups" in fitted.findings[0]


def test_intervals_of_rates_hold_at_least_as_often_as_they_say():
    rng = np.random.default_rng(5)
    groups, n = 3_000, 60
    life = rng.exponential(12, (groups, n))
    fitted = ExponentialLifetime.fit(
        np.minimum(life, 9).ravel(), (life <= 9).ravel(), group=np.repeat(np.arange(groups), n)
    )
    low, high = fitted.interval(0.8)
    assert 0.8 <= ((low <= 1 / 12) & (high >= 1 / 12)).mean() < 0.9


def test_a_table_by_months_served_is_the_curve():
    rng = np.random.default_rng(6)
    months, ended, group = rng.integers(1, 25, 500), rng.random(500) < 0.4, rng.integers(0, 3, 500)
    entry = rng.integers(0, 24, 500) % months
    table = TenureTable.fit(months, ended, group=group, entry=entry)
    curve = KaplanMeier.fit(months, ended, group=group, entry=entry)
    month = np.arange(1, table.edges[-1] + 1)
    known = np.isfinite(table.survival())
    assert known.mean() > 0.9
    assert table.survival()[known] == pytest.approx(curve.at(month)[known], abs=1e-12)
    bands = TenureTable.fit(months, ended, group=group, entry=entry, edges=[0, 6, 12, 99])
    assert bands.at_risk.sum() == table.at_risk.sum() == (months - entry).sum()
    assert bands.ended[:, 0] == pytest.approx(table.ended[:, :6].sum(axis=1))


def test_intervals_of_a_table_are_those_of_binomial_counts():
    table = TenureTable.of([[10.0, 20.0, 0.0, 5.0]], [[0.0, 3.0, 0.0, 5.0]])
    low, high = table.interval()
    # Clopper & Pearson: 0 of 10, 3 of 20, 5 of 5
    assert low[0].round(4)[[0, 1, 3]].tolist() == [0, 0.0321, 0.4782]
    assert high[0].round(4)[[0, 1, 3]].tolist() == [0.3085, 0.3789, 1]
    assert np.isnan([low[0, 2], high[0, 2], table.hazard[0, 2], table.survival()[0, 3]]).all()


def test_counts_know_who_came_late():
    at_risk, ended = Lifetimes.of([3, 2, 4], [1, 0, 1], entry=[0, 0, 2], weights=[2, 1, 1]).counts()
    assert at_risk.tolist() == [[3, 3, 3, 1]]
    assert ended.tolist() == [[0, 0, 2, 1]]


@pytest.mark.parametrize(
    "fitted",
    [
        KaplanMeier.fit(WEEKS, RELAPSED, group=np.arange(21) % 2),
        ExponentialLifetime.of([1 / 3, 7], [1, 0]),
        TenureTable.of([[3.0, 2.0]], [[1.0, 1 / 3]]),
    ],
    ids=repr,
)
def test_to_json_and_back_is_the_same_to_the_last_bit(fitted):
    again = type(fitted).from_json(fitted.to_json())
    assert again.to_json() == fitted.to_json()
    assert repr(again) == repr(fitted)
    for ours, theirs in zip(again.interval(), fitted.interval(), strict=True):
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"duration": [1, 2], "ended": [1]}, "shape"),
        ({"duration": [-1.0], "ended": [1]}, "duration"),
        ({"duration": [np.nan], "ended": [1]}, "duration"),
        ({"duration": [1], "ended": [2]}, "neither true nor false"),
        ({"duration": [3], "ended": [1], "entry": [3]}, "entry"),
        ({"duration": [3], "ended": [1], "entry": [-1]}, "entry"),
        ({"duration": [3], "ended": [1], "weights": [0]}, "weight"),
        ({"duration": [3], "ended": [1], "group": [2], "groups": 2}, "group"),
        ({"duration": [3], "ended": [1], "group": [0.0]}, "groups of float64"),
        ({"duration": [3], "ended": [1], "group": ["ZAF"]}, "not numbered"),
    ],
)
def test_lifetimes_that_cannot_be_are_refused(columns, words):
    with pytest.raises(ArgumentRefused, match=words):
        Lifetimes.of(**columns)


def test_what_cannot_be_asked_or_told_is_refused():
    with pytest.raises(NotEnoughData):
        KaplanMeier.fit([], [])
    with pytest.raises(NotEnoughData):
        ExponentialLifetime.of([0.0], [0.0])
    with pytest.raises(NotEnoughData):
        TenureTable.of([[0.0, 0.0]], [[0.0, 0.0]])
    with pytest.raises(ArgumentRefused):
        ExponentialLifetime.of([0.0, 1.0], [1.0, 0.0])
    with pytest.raises(ArgumentRefused):
        TenureTable.of([[1.0]], [[2.0]])
    for edges in ([0], [3, 1], [0.5, 1.5], [-1, 2]):
        with pytest.raises(ArgumentRefused, match="edges"):
            TenureTable.of([[1.0]], [[1.0]], edges=edges)
    for durations in ([1.5], [2_000], [0]):
        with pytest.raises(ArgumentRefused, match="months"):
            Lifetimes.of(durations, [1]).counts()
    fitted = KaplanMeier.fit([1, 2], [1, 0])
    for ask in (fitted.interval, ExponentialLifetime.of([1], [1]).interval, TenureTable.of([[1]], [[1]]).interval):
        with pytest.raises(ArgumentRefused, match="share"):
            ask(1.0)
    with pytest.raises(ArgumentRefused, match="horizon"):
        fitted.restricted_mean(0)
    with pytest.raises(ArgumentRefused, match="share_ended"):
        fitted.quantile(1.0)
    with pytest.raises(ArgumentRefused, match="document of 'tenure-table'"):
        KaplanMeier.from_json(TenureTable.of([[1.0]], [[1.0]]).to_json())
