import numpy as np
import pandas as pd
import pytest

from clove.valuation.benchmark_scores import BenchmarkScores, decile_of


def test_deciles_have_the_published_sizes():
    forecast = np.random.default_rng(1).permutation(563).astype(float)
    assert np.bincount(decile_of(forecast))[1:].tolist() == [57, 56, 56, 56, 57, 56, 56, 56, 56, 57]


@pytest.mark.parametrize("customers", [10, 11, 99, 563, 1000])
def test_deciles_are_those_of_pandas(customers):
    forecast = np.random.default_rng(2).lognormal(size=customers)
    theirs = pd.qcut(pd.Series(forecast), 10, labels=False) + 1
    assert decile_of(forecast).tolist() == theirs.tolist()


def test_scores_by_hand():
    forecast, actual = np.array([1.0, 5.0, 2.0, 0.0]), np.array([0.0, 10.0, 1.0, 4.0])
    score = BenchmarkScores.of(forecast, actual)
    assert score.customers == 4
    assert score.mae == pytest.approx((1 + 5 + 1 + 4) / 4)
    assert score.rmse == pytest.approx(np.sqrt((1 + 25 + 1 + 16) / 4))
    assert score.mape == pytest.approx((0.5 + 1.0 + 1.0) / 3)
    assert score.spearman == pytest.approx(pd.Series(forecast).corr(pd.Series(actual), method="spearman"))
    assert score.top_share == pytest.approx(10 / 15)
    assert score.lift == pytest.approx(100 / 15)
    assert score.total_bias == pytest.approx(8 / 15 - 1)


def test_the_lift_is_the_money_of_the_highest_decile_in_tenths():
    # of the published deciles: 620,035 of 1,162,427 is a lift of 5.33
    totals = [25_119, 20_439, 28_510, 39_556, 49_605, 48_874, 78_027, 76_327, 175_935, 620_035]
    counts = [57, 56, 56, 56, 57, 56, 56, 56, 56, 57]
    actual = np.concatenate([np.full(count, total / count) for total, count in zip(totals, counts, strict=True)])
    score = BenchmarkScores.of(np.arange(563.0), actual)
    assert round(score.lift, 2) == 5.33
    assert [round(decile.total_actual) for decile in score.deciles] == totals
    assert sum(decile.customers for decile in score.deciles) == 563


def test_a_forecast_that_is_the_same_for_all_has_no_order():
    score = BenchmarkScores.of(np.full(30, 7.0), np.arange(30.0))
    assert (score.spearman, score.lift, score.top_share, score.deciles) == (None, None, None, ())
    assert score.total_bias == pytest.approx(210 / 435 - 1)


def test_where_nothing_came_nothing_is_relative():
    score = BenchmarkScores.of(np.arange(30.0), np.zeros(30))
    assert (score.mape, score.lift, score.total_bias, score.spearman) == (None, None, None, None)
    assert score.mae == pytest.approx(14.5)


def test_fewer_customers_than_deciles_leave_unknowns():
    score = BenchmarkScores.of(np.arange(3.0), np.arange(3.0))
    assert [decile.customers for decile in score.deciles] == [1, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert score.deciles[1].mean_actual is None
