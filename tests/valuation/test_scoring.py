"""Every measure against its definition written out, and intervals against what they promise."""

import numpy as np
import pytest
from scipy.stats import kstest, spearmanr

from clove.models.streams import stream_keys
from clove.valuation.bootstrap import interval, weights_in_chunks
from clove.valuation.comparison import Compared, Figure, compare, pool
from clove.valuation.judged import Judged
from clove.valuation.metrics import METRICS, PLACE
from clove.valuation.scoring import ALL_ALIKE, NOTHING_CAME, ONE_NUMBER, score


def keys(n, seed=1):
    return stream_keys(np.arange(n).astype(str), seed)


def a_base(n=57, seed=3):
    """Customers of whom many bring nothing, with forecasts full of ties."""
    rng = np.random.default_rng(seed)
    actual = np.where(rng.random(n) < 0.4, 0.0, np.round(rng.lognormal(2, 1, n), 1))
    mean = np.round(rng.lognormal(2, 0.7, n))
    p10, p50, p90 = np.sort(np.round(rng.lognormal(2, 1, (3, n)), 1), axis=0)
    return Judged(mean, p10, p50, p90, rng.random(n)), actual


def repeated(judged, actual, times):
    """Everybody as often as he was drawn."""
    rows = np.repeat(np.arange(actual.size), times)
    return judged.take(rows), actual[rows]


def lorenz_gini(by, money):
    """Mean over every order of the tied: each pair once, the one with the higher forecast first."""
    n, ahead = by.size, 0.0
    for i in range(n):
        for j in range(n):
            ahead += money[i] * (np.sign(by[i] - by[j]))
    return ahead / (n * money.sum())


def top_tenth(by, money):
    """Money of the highest tenth, the last who is needed counted in part, tied ones in equal parts."""
    left, held = by.size / 10, 0.0
    for value in np.unique(by)[::-1]:
        group = money[by == value]
        part = min(left / group.size, 1.0)
        held += part * group.sum()
        left -= part * group.size
        if left <= 1e-12:
            break
    return held / (money.sum() / 10)


def by_definition(judged, actual):
    mean, came = judged.mean, actual > 0
    error = np.abs(judged.p50 - actual)

    def pinball(level, quantile):
        return np.mean(
            [level * (y - q) if y >= q else (1 - level) * (q - y) for y, q in zip(actual, quantile, strict=True)]
        )

    return {
        "mae": error.mean(),
        "rmse": np.sqrt(np.mean((mean - actual) ** 2)),
        "mape": (error[came] / actual[came]).mean(),
        "spearman": spearmanr(mean, actual).statistic,
        "gini": lorenz_gini(mean, actual) / lorenz_gini(actual, actual),
        "lift": top_tenth(mean, actual),
        "total_bias": mean.sum() / actual.sum() - 1,
        "pinball_10": pinball(0.1, judged.p10),
        "pinball_50": pinball(0.5, judged.p50),
        "pinball_90": pinball(0.9, judged.p90),
        "central_80": np.mean([0.1 <= u <= 0.9 for u in judged.pit]),
        "pit_distance": kstest(judged.pit, "uniform").statistic,
        "above_p90": np.mean([u > 0.9 for u in judged.pit]),
        "width": np.mean(judged.p90 - judged.p10),
    }


def test_every_measure_is_its_definition():
    judged, actual = a_base()
    scored = score({"one": judged}, actual, keys(actual.size), resamples=3)["one"]
    expected = by_definition(judged, actual)
    assert list(expected) == [metric.key for metric in METRICS]
    assert dict(zip(expected, scored.samples[0], strict=True)) == pytest.approx(expected, rel=1e-12)
    assert scored.samples.shape == (4, len(METRICS))
    assert not scored.reasons


def test_a_resample_is_the_sample_with_everybody_as_often_as_he_was_drawn():
    judged, actual = a_base()
    scored = score({"one": judged}, actual, keys(actual.size), resamples=5)["one"]
    weights = np.column_stack(list(weights_in_chunks(keys(actual.size), 5))).astype(int)
    assert weights.shape == (actual.size, 6)
    assert (weights[:, 0] == 1).all()
    assert weights[:, 1:].std() > 0.5
    for times, found in zip(weights.T, scored.samples, strict=True):
        drawn, came = repeated(judged, actual, times)
        assert dict(zip(PLACE, found, strict=True)) == pytest.approx(by_definition(drawn, came), rel=1e-10)


def test_tenths_stay_as_they_are_in_the_sample():
    judged, actual = a_base(n=40)
    scored = score({"one": judged}, actual, keys(40), resamples=4)["one"]
    parts = np.array_split(np.argsort(judged.mean, kind="stable"), 10)
    weights = np.column_stack(list(weights_in_chunks(keys(40), 4)))
    assert scored.tenth_forecast == pytest.approx([judged.mean[part].mean() for part in parts])
    for times, found in zip(weights.T, scored.tenth_actual, strict=True):
        means = [np.average(actual[part], weights=times[part]) if times[part].any() else np.nan for part in parts]
        assert found == pytest.approx(means, nan_ok=True)


def test_weights_are_of_the_customer_and_not_of_his_company(monkeypatch):
    whole = np.column_stack(list(weights_in_chunks(keys(200), 50)))
    monkeypatch.setattr("clove.valuation.bootstrap.CHUNK", 700)
    parts = list(weights_in_chunks(keys(200)[50:100], 50))
    assert len(parts) > 3
    assert (np.column_stack(parts) == whole[50:100]).all()
    drawn = np.column_stack(list(weights_in_chunks(keys(2_000), 100)))[:, 1:]
    assert drawn.mean() == pytest.approx(1, abs=0.01)
    assert drawn.var() == pytest.approx(1, abs=0.02)
    # columns and rows go their own ways
    assert np.abs(np.corrcoef(drawn.T) - np.eye(100)).max() < 0.12


def test_scores_depend_neither_on_the_order_of_customers_nor_on_chunks(monkeypatch):
    judged, actual = a_base(n=300)
    # distinct means: the tenths of tied ones go by position
    judged = Judged(judged.mean + np.arange(300) / 1e6, judged.p10, judged.p50, judged.p90, judged.pit)
    order = np.random.default_rng(5).permutation(300)
    one = score({"a": judged}, actual, keys(300), 30)["a"]
    monkeypatch.setattr("clove.valuation.bootstrap.CHUNK", 2_100)
    other = score({"a": judged.take(order)}, actual[order], keys(300)[order], 30)["a"]
    assert other.samples == pytest.approx(one.samples, rel=1e-9, nan_ok=True)
    assert other.tenth_actual == pytest.approx(one.tenth_actual, rel=1e-9, nan_ok=True)


def test_what_does_not_exist_is_unknown_with_a_reason():
    actual = np.array([0.0, 1.0, 2.0, 5.0])
    same = score({"same": Judged(np.ones(4))}, actual, keys(4), 20)["same"]
    assert np.isnan(same.samples[0, PLACE["spearman"]])
    assert same.reasons["spearman"] == ALL_ALIKE
    assert same.reasons["pinball_50"] == ONE_NUMBER
    # no order is no gain, and a tenth of the customers holds a tenth of the money
    assert same.samples[0, PLACE["gini"]] == pytest.approx(0)
    assert same.samples[0, PLACE["lift"]] == pytest.approx(1)
    nothing = score({"one": Judged(np.arange(4.0))}, np.zeros(4), keys(4), 20)["one"]
    for key in ("mape", "spearman", "gini", "lift", "total_bias"):
        assert np.isnan(nothing.samples[0, PLACE[key]])
        assert nothing.reasons[key] == NOTHING_CAME
    assert nothing.samples[0, PLACE["mae"]] == pytest.approx(1.5)
    nobody = score({"one": Judged(np.zeros(0))}, np.zeros(0), keys(0), 5)["one"]
    assert np.isnan(nobody.samples).all()
    assert set(nobody.reasons) == set(PLACE)


def test_a_perfect_forecast_is_perfect():
    _, actual = a_base(n=80)
    perfect = score({"one": Judged(actual)}, actual, keys(80), 20)["one"].samples
    for key, value in {"mae": 0, "rmse": 0, "mape": 0, "spearman": 1, "gini": 1, "total_bias": 0}.items():
        assert perfect[:, PLACE[key]] == pytest.approx(value, abs=1e-12)


def test_an_interval_covers_the_truth_as_often_as_it_says():
    """The MAE of a known world, 300 times over; and a paired ratio is tighter than its parts would be."""
    rng = np.random.default_rng(8)
    covered, paired, apart = 0, [], []
    for world in range(300):
        actual = rng.exponential(1.0, 120)
        forecasts = {"a": Judged(np.zeros(120)), "b": Judged(np.full(120, 0.1))}
        scored = score(forecasts, actual, keys(120, seed=world), 200)
        figure = Figure.of(scored["a"].sample("mae"))
        covered += figure.low <= 1.0 <= figure.high  # E|0 - y| = 1
        ratio = compare(scored, ["a"])["b"]["mae"].measured.ratio
        paired.append(ratio.high - ratio.low)
        apart.append(figure.high - figure.low)
    assert 0.90 < covered / 300 < 0.98
    assert np.mean(paired) < 0.5 * np.mean(apart)


def test_bounds_need_enough_resamples():
    samples = np.column_stack([np.arange(100.0), np.where(np.arange(100) < 95, 1.0, np.nan), np.full(100, np.nan)])
    low, high = interval(samples)
    assert (low[0], high[0]) == pytest.approx((2.475, 96.525))
    assert (low[1], high[1]) == (1, 1)
    assert np.isnan([low[2], high[2]]).all()
    few = Figure.of(np.concatenate([[1.0], np.full(100, np.nan)]))
    assert few.value == 1.0
    assert few.low is None
    assert few.missing_because


def test_the_reference_is_the_better_one_on_each_measure():
    judged, actual = a_base(n=200)
    forecasts = {
        "own": judged,
        "level": Judged(np.full(200, actual.mean())),  # right in total, knows no order
        "order": Judged(actual * 3),  # knows the order, wrong in total
    }
    compared = compare(score(forecasts, actual, keys(200), 50), ["level", "order", "absent"])
    own = {key: each.measured for key, each in compared["own"].items()}
    assert own["total_bias"].reference == "level"
    assert own["spearman"].reference == "order"
    # one number has no intervals, so there is nothing to compare with
    assert own["width"].reference is None
    assert own["width"].ratio.missing_because
    assert own["total_bias"].ratio.value is None
    assert own["total_bias"].difference.value == pytest.approx(abs(own["total_bias"].figure.value), abs=1e-9)
    assert own["spearman"].ratio.value == pytest.approx(own["spearman"].figure.value, rel=1e-6)
    low = compare(score({**forecasts, "low": Judged(actual / 2)}, actual, keys(200), 50), ["level", "order"])["low"]
    assert low["total_bias"].measured.figure.value == pytest.approx(-0.5)
    assert low["total_bias"].measured.difference.value == pytest.approx(0.5)  # farther from 0, below it as above it
    level = compared["level"]["mae"].measured
    assert level.difference.value == pytest.approx(
        compared["level"]["mae"].values[0] - min(compared[name]["mae"].values[0] for name in ("level", "order"))
    )


def dates(values, ratios=None):
    unknown = np.full(3, np.nan)
    return Compared(np.array(values), unknown if ratios is None else np.array(ratios), unknown, "r", "w", "x", "y")


def test_pooled_figures_are_means_over_the_dates_that_have_them():
    one, other = dates([0.2, 0.3, 0.1], [0.9, 0.8, 1.0]), dates([-0.4, -0.3, -0.5], [1.1, 1.2, 1.0])
    missing = dates([np.nan, np.nan, np.nan])
    bias = pool([one, other, missing], "total_bias")
    assert bias.figure.value == pytest.approx(-0.1)
    assert bias.miss.value == pytest.approx(0.3)
    assert bias.ratio.value == pytest.approx(1.0)
    assert (bias.ratio.low, bias.ratio.high) == pytest.approx((1.0, 1.0))
    assert bias.dates == 2
    assert bias.difference.value is None
    assert pool([missing], "mae").figure.missing_because == "w"
