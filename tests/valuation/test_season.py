"""The season's clock."""

from datetime import date, timedelta

import numpy as np
import pytest

from clove.valuation.season import Ahead, Season

FACTORS = np.array([0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 0.9, 0.8, 1.0, 1.3, 1.9, 1.7])
DAY = date(2025, 8, 31)
SEASON = Season.of(FACTORS, 0.9 * FACTORS, 1.1 * FACTORS, since=date(2023, 1, 1), until=DAY)


def test_days_are_worth_their_month():
    november, december = SEASON.index[10], SEASON.index[11]
    assert SEASON.elapsed(date(2025, 10, 31), date(2025, 11, 30)) == pytest.approx(30 * november)
    assert SEASON.elapsed(date(2025, 11, 28), date(2025, 12, 5)) == pytest.approx(2 * november + 5 * december)
    assert november / december == pytest.approx(1.9 / 1.7)


def test_a_year_keeps_its_length():
    for year in range(1970, 2070):
        for month in (1, 3, 9, 12):
            length = SEASON.elapsed(date(year, month, 9), date(year + 1, month, 9))
            assert length == pytest.approx(365.25, abs=0.8)
    assert SEASON.elapsed(date(1999, 12, 31), date(2399, 12, 31)) == pytest.approx(146_097.0)


def test_the_clock_runs_forward_and_back():
    days = np.concatenate([np.linspace(0.0, 40_000.0, 9_999), [1e6, 1e12]])
    assert SEASON.day_of(SEASON.reading(days)) == pytest.approx(days, rel=1e-12, abs=1e-7)
    assert (np.diff(SEASON.reading(days)) > 0).all()
    ahead = Ahead(DAY, SEASON)
    assert ahead.days(ahead.each(np.array([0.0, 1.5, 90.0, 3_650.0]))) == pytest.approx([0.0, 1.5, 90.0, 3_650.0])
    assert ahead.units(90.0) == pytest.approx(SEASON.elapsed(DAY, DAY + timedelta(days=90)))
    assert np.isinf(ahead.days(np.array([np.inf]))).all()


def test_without_a_season_days_are_days_to_the_last_bit():
    nothing, days = Ahead(DAY, Season.none()), np.array([1.0, 89.3, np.inf])
    assert nothing.each(days) is days
    assert nothing.days(days) is days
    assert nothing.units(89.3) == 89.3
    assert Season.none().elapsed(DAY, DAY + timedelta(days=7)) == 7.0


def test_it_is_read_back():
    assert Season.from_json(SEASON.to_json()) == SEASON
    assert Season.from_json(Season.none().to_json()) == Season.none()
