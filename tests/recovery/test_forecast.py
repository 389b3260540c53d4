"""On a world whose truth is known, eight of ten outcomes lie in the eighty per cent."""

import numpy as np
import pytest
from scipy.stats import kstest

from clove.models import BgNbd, GammaGamma, PurchaseHistory
from clove.valuation.common_error import CommonError
from clove.valuation.forecast import PARAMETER_DRAWS, Distribution, Expectation, Steps

PURCHASES = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0)
SPEND = GammaGamma(p=4.0, q=3.5, gamma=40.0)
HORIZON = 365.0


def world(customers: int, seed: int) -> tuple[PurchaseHistory, np.ndarray]:
    """Histories as of ages up to two years, and what each customer spends in the year after."""
    T = np.random.default_rng(seed).integers(1, 730, customers).astype(float)
    bought = PURCHASES.simulate(T, seed + 1, horizon=HORIZON)
    rng = np.random.default_rng(seed + 2)
    rate = rng.gamma(SPEND.q, 1 / SPEND.gamma, customers)
    amount = rng.gamma(SPEND.p, 1.0, bought.customer.size) / rate[bought.customer]
    past = bought.time <= T[bought.customer]
    known = bought.history(T)
    spent = np.bincount(bought.customer[past], amount[past], minlength=customers)
    mean = spent / np.maximum(known.frequency, 1)
    history = PurchaseHistory.of(known.frequency, known.recency, T, mean)
    return history, np.bincount(bought.customer[~past], amount[~past], minlength=customers)


@pytest.fixture(scope="module")
def forecast():
    history, actual = world(8_000, seed=5)
    purchases, spend = BgNbd.fit(history), GammaGamma.fit(history)
    drawn = Distribution.of(history, purchases, spend, HORIZON, scale=np.ones(len(history)), seed=3, actual=actual)
    expected = Expectation.of(history, purchases, spend, Steps(np.array([HORIZON]), np.array([1.0])))
    return history, actual, expected, drawn


def test_randomised_pit_is_uniform(forecast):
    _, _, _, drawn = forecast
    assert kstest(drawn.pit, "uniform").statistic < 0.02  # 5 % point at n = 8,000: 0.015, plus the fit's own error
    assert 0.08 < (drawn.pit > 0.9).mean() < 0.12
    assert 0.77 < ((drawn.pit > 0.1) & (drawn.pit < 0.9)).mean() < 0.83


@pytest.mark.parametrize("kind", ["once", "repeat"])
def test_it_is_uniform_for_one_time_and_repeat_buyers_alike(forecast, kind):
    history, _, _, drawn = forecast
    chosen = (history.frequency > 0) == (kind == "repeat")
    assert 0.075 < (drawn.pit[chosen] > 0.9).mean() < 0.125


def test_quantiles_are_in_order_and_zero_where_zero_is_likely(forecast):
    _, _, expected, drawn = forecast
    assert (drawn.p10 <= drawn.p50).all()
    assert (drawn.p50 <= drawn.p90).all()
    assert (drawn.p90[expected.probability_alive < 0.09] == 0).all()


def test_the_total_lies_in_its_interval(forecast):
    _, actual, expected, drawn = forecast
    low, high = np.quantile(drawn.totals.sum(axis=0), [0.005, 0.995])
    assert low < actual.sum() < high
    assert low < expected.clv.sum() < high
    assert expected.clv.sum() == pytest.approx(actual.sum(), rel=0.08)


def test_the_mean_of_the_draws_is_the_closed_form(forecast):
    _, _, expected, drawn = forecast
    assert drawn.totals.sum(axis=0).mean() == pytest.approx(expected.clv.sum(), rel=0.02)


def test_a_customer_gets_the_same_draws_whoever_else_is_there(forecast):
    history, _, _, drawn = forecast
    purchases, spend = BgNbd.fit(history), GammaGamma.fit(history)
    some = np.arange(0, 8_000, 397)[::-1]
    alone = Distribution.of(history.take(some), purchases, spend, HORIZON, scale=np.ones(some.size), seed=3)
    assert alone.p90.tolist() == drawn.p90[some].tolist()


def test_another_seed_gives_other_draws_of_the_same_distribution(forecast):
    history, _, _, drawn = forecast
    purchases, spend = BgNbd.fit(history), GammaGamma.fit(history)
    again = Distribution.of(history, purchases, spend, HORIZON, scale=np.ones(len(history)), seed=4)
    assert again.p90.tolist() != drawn.p90.tolist()
    assert again.p90.sum() == pytest.approx(drawn.p90.sum(), rel=0.02)


def test_heavy_buyers_neither_overflow_nor_vanish():
    history = PurchaseHistory.of([3_000, 10_000], [100.0, 100.0], [100.0, 100.0], [20.0, 5.0])
    base, _ = world(2_000, seed=9)
    purchases, spend = BgNbd.fit(base), GammaGamma.fit(base)
    drawn = Distribution.of(history, purchases, spend, HORIZON, scale=np.ones(2), seed=1)
    expected = purchases.expected_purchases(history, HORIZON) * spend.expected_spend(history)
    assert np.isfinite(drawn.p90).all()
    assert (drawn.p10 < expected).all()
    assert (expected < 2 * drawn.p90).all()


def test_discounting_is_by_calendar_month_and_splits_nothing_away():
    history, _ = world(500, seed=2)
    steps = Steps(np.array([31.0, 59.0, 90.0]), np.array([1, 2, 3]) / 12)
    plain = Expectation.of(history, PURCHASES, SPEND, steps)
    dear = Expectation.of(history, PURCHASES, SPEND, steps, discount_rate=0.12, margin=0.5)
    by_month = np.diff(PURCHASES.expected_purchases_by(history, steps.units), axis=1, prepend=0.0)
    by_hand = (by_month * 1.12**-steps.years).sum(axis=1) * SPEND.expected_spend(history) * 0.5
    assert dear.clv == pytest.approx(by_hand, rel=1e-12)
    assert plain.clv == pytest.approx(
        PURCHASES.expected_purchases(history, 90.0) * SPEND.expected_spend(history), rel=1e-12
    )


def test_the_interval_of_a_total_is_no_accident_of_the_seed_or_the_names():
    history, _ = world(400, seed=21)
    purchases, spend = BgNbd.fit(history), GammaGamma.fit(history)
    widths = []
    for seed in range(20):
        named = PurchaseHistory.of(
            history.frequency,
            history.recency,
            history.T,
            np.nan_to_num(history.monetary_value),
            customer_id=np.array([f"{seed % 3}-{i}" for i in range(400)]),
        )
        drawn = Distribution.of(named, purchases, spend, HORIZON, scale=np.ones(400), seed=seed)
        low, high = np.quantile(drawn.totals.sum(axis=0), [0.1, 0.9])
        widths.append(high - low)
    assert np.std(widths) / np.mean(widths) < 0.06


def test_customers_luck_is_their_own():
    history, _ = world(400, seed=22)
    purchases, spend = BgNbd.fit(history), GammaGamma.fit(history)
    drawn = Distribution.of(
        history, purchases, spend, HORIZON, scale=np.ones(400), seed=1, group=np.arange(400), groups=400
    )
    within = drawn.totals.reshape(400, PARAMETER_DRAWS, -1)
    within = (within - within.mean(axis=2, keepdims=True)).reshape(400, -1)
    # the variance of a sum of independent draws is the sum of the variances
    assert within.sum(axis=0).var() == pytest.approx(within.var(axis=1).sum(), rel=0.2)


def test_the_total_s_interval_holds_eight_of_ten_totals():
    inside = []
    for seed in range(40):
        history, actual = world(250, seed=1_000 + 10 * seed)
        drawn = Distribution.of(
            history, BgNbd.fit(history), GammaGamma.fit(history), HORIZON, scale=np.ones(250), seed=seed
        )
        low, high = np.quantile(drawn.totals.sum(axis=0), [0.1, 0.9])
        inside.append(low < actual.sum() < high)
    assert 0.65 < np.mean(inside) < 0.95  # 0.80, standard error 0.063


@pytest.mark.parametrize("deviation", [0.2, 0.6])
def test_an_error_that_all_share_moves_no_mean(deviation):
    history, _ = world(3_000, seed=9)
    purchases, spend = BgNbd.fit(history), GammaGamma.fit(history)
    expected = Expectation.of(history, purchases, spend, Steps(np.array([HORIZON]), np.array([1.0])))
    means = [
        Distribution.of(history, purchases, spend, HORIZON, seed=3, common=common).totals.sum(axis=0).mean()
        for common in (None, CommonError(deviation, 2))
    ]
    assert means[1] == pytest.approx(means[0], rel=0.02)
    assert means[1] == pytest.approx(expected.clv.sum(), rel=0.02)
