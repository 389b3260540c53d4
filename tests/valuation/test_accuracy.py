import numpy as np
import pytest

from clove.models.streams import stream_keys
from clove.valuation.accuracy import Score, tenths, top_share
from clove.valuation.common_error import CommonError


def test_scores_by_hand():
    score = Score.of(np.array([1.0, 2.0, 6.0]), np.array([0.0, 2.0, 5.0]), np.array([0.0, 4.0, 5.0]))
    assert score.mae == pytest.approx(2 / 3)
    assert score.rmse == pytest.approx(np.sqrt((1 + 4 + 1) / 3))
    assert score.spearman == pytest.approx(1.0)
    assert score.total_bias == pytest.approx(0.0)


def test_a_forecast_that_is_the_same_for_all_ranks_nobody():
    assert Score.of(np.ones(5), np.ones(5), np.arange(5.0)).spearman is None


def test_a_bias_against_nothing_is_unknown():
    assert np.isnan(Score.of(np.ones(5), np.ones(5), np.zeros(5)).total_bias)


def test_tenths_hold_everybody_once():
    forecast, actual = np.arange(100.0)[::-1], np.arange(100.0)
    predicted, came = tenths(forecast, actual)
    assert predicted.tolist() == [4.5 + 10 * i for i in range(10)]
    assert came.tolist() == predicted[::-1].tolist()


def test_fewer_customers_than_tenths_leave_unknowns_not_zeros():
    predicted, _ = tenths(np.arange(4.0), np.arange(4.0))
    assert np.isnan(predicted).sum() == 6


def test_top_share():
    assert top_share(np.array([90.0, *np.ones(9) * 10 / 9])) == pytest.approx(0.9)
    assert np.isnan(top_share(np.zeros(10)))


def test_common_error_learns_from_what_chance_does_not_explain():
    assumed = CommonError.learn([], [])
    assert assumed.deviation == pytest.approx(0.10)
    by_chance = CommonError.learn([0.3, -0.3], [0.09, 0.09])
    assert by_chance.deviation == pytest.approx(np.sqrt(0.01 / 3))
    season = CommonError.learn([0.5, -0.4], [0.0, 0.0])
    assert season.deviation == pytest.approx(np.sqrt((0.01 + 0.25 + 0.16) / 3))


def test_common_factors_have_mean_one_and_the_stated_spread():
    factors = CommonError(0.3, 2).factors(64, seed=5)
    assert factors.mean() == pytest.approx(1.0)
    assert np.log(factors).std() == pytest.approx(0.3, rel=0.05)
    assert factors.tolist() != CommonError(0.3, 2).factors(64, seed=6).tolist()


def test_streams_depend_on_the_label_and_the_seed_alone():
    names = np.array(["a", "ab", "ba", "ä", "a b", "", "12", "客"], dtype=object)
    keys = stream_keys(names, 1)
    assert len(set(keys.tolist())) == names.size
    assert stream_keys(names[::-1], 1).tolist() == keys[::-1].tolist()
    assert stream_keys(np.array(["a", "a much longer label than the others"]), 1)[0] == keys[0]
    assert stream_keys(names, 2)[0] != keys[0]
    assert stream_keys(np.array([12]), 1)[0] == keys[6]
