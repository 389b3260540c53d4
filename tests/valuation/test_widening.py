"""Levels are moved by as much as old outcomes lay too far out, and no farther than so few windows can tell."""

import numpy as np
import pytest
from scipy.stats import norm

from clove.models import BgNbd, GammaGamma, PurchaseHistory
from clove.valuation.forecast import Distribution
from clove.valuation.widening import PRIOR_WINDOWS, Widening

LEVELS = np.array([0.1, 0.5, 0.9])


def pits(spread: float, seed: int = 1, size: int = 20_000) -> np.ndarray:
    """Of outcomes whose normal scores have this spread."""
    return norm.cdf(spread * np.random.default_rng(seed).normal(size=size))


def test_honest_forecasts_are_left_as_they_are():
    learnt = Widening.learn([pits(1.0, seed) for seed in range(3)])
    assert learnt.factor == pytest.approx(1.0, abs=0.01)
    assert Widening.none().levels(LEVELS) is LEVELS
    assert Widening.learn([]) == Widening.none()


@pytest.mark.parametrize("spread", [0.7, 1.5])
def test_one_window_moves_it_half_the_way_and_many_all_of_it(spread):
    one, many = Widening.learn([pits(spread)]), Widening.learn([pits(spread, seed) for seed in range(60)])
    assert one.factor**2 == pytest.approx((PRIOR_WINDOWS + spread**2) / (PRIOR_WINDOWS + 1), rel=0.03)
    assert many.factor == pytest.approx(spread, rel=0.03)
    told = many.widened(pits(spread, seed=99))
    assert ((told > 0.1) & (told < 0.9)).mean() == pytest.approx(0.8, abs=0.015)


def test_a_window_counts_as_one_whatever_its_customers():
    few, many = pits(1.4, size=50), pits(0.8, size=5_000)
    again = Widening.learn([np.tile(few, 100), many]).factor
    assert Widening.learn([few, many]).factor == pytest.approx(again, rel=1e-12)


def test_levels_keep_their_order_and_the_median_stays():
    levels = Widening(1.3, 2).levels(np.linspace(0.01, 0.99, 99))
    assert (np.diff(levels) > 0).all()
    assert levels[49] == pytest.approx(0.5)
    # what lies at a level that was read has that level afterwards
    assert Widening(1.3, 2).widened(levels) == pytest.approx(np.linspace(0.01, 0.99, 99))
    assert np.isnan(Widening(1.3, 2).widened(np.array([np.nan]))).all()


def test_a_forecast_is_read_farther_out_and_its_totals_stay():
    T = np.random.default_rng(1).uniform(100, 700, 600)
    history = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0).simulate(T, 2, horizon=1.0).history(T)
    spend = np.where(history.frequency > 0, np.random.default_rng(3).gamma(4.0, 10.0, T.size), 0.0)
    history = PurchaseHistory.of(history.frequency, history.recency, T, spend)
    models = BgNbd.fit(history), GammaGamma.fit(history)
    actual = np.where(np.arange(T.size) % 2, 120.0, 0.0)
    plain, wide = (
        Distribution.of(history, *models, 365.0, actual=actual, widening=widening)
        for widening in (None, Widening(1.4, 2))
    )
    assert (wide.p90 >= plain.p90).all()
    assert (wide.p90 > plain.p90).mean() > 0.9
    assert (wide.p10 <= plain.p10).all()
    assert (wide.p10 < plain.p10).any()
    assert (wide.p50 == plain.p50).all()
    assert (wide.totals == plain.totals).all()
    assert (np.abs(wide.pit - 0.5) <= np.abs(plain.pit - 0.5)).all()
