"""Numbers that others have published."""

import numpy as np
import pytest

from clove.kernel.period import TimeUnit
from clove.models import BgNbd, PurchaseHistory

PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit=TimeUnit.WEEK)


def test_fit_of_the_cdnow_sample(cdnow_sample):
    # Fader, Hardie & Lee (2005), table 2
    fitted = BgNbd.fit(cdnow_sample)
    assert fitted.parameters.round(3).tolist() == [0.243, 4.414, 0.793, 2.426]
    assert fitted.log_likelihood(cdnow_sample).sum() == pytest.approx(-9582.4, abs=0.05)


def test_log_likelihood_of_the_rounded_sample(cdnow_sample):
    # the widely shipped summary rounds weeks to two digits: -9582.4256
    x, t_x, T = cdnow_sample.frequency, cdnow_sample.recency.round(2), cdnow_sample.T.round(2)
    rounded = PurchaseHistory.of(x, t_x, np.maximum(T, t_x), unit="week")
    fitted = BgNbd.fit(rounded)
    assert fitted.evidence is not None
    assert fitted.evidence.log_likelihood == pytest.approx(-9582.4256, abs=1e-4)


def test_fit_of_all_cdnow_customers(shared_data):
    # the whole cohort of 23,570, 39 weeks: -95368.4439
    rows = np.genfromtxt(shared_data / "cdnow" / "CDNOW_master.txt", skip_header=1, usecols=(0, 1), dtype=np.int64)
    stamp = rows[:, 1].astype(str)
    day = np.array([f"{d[:4]}-{d[4:6]}-{d[6:]}" for d in stamp], "datetime64[D]").astype(np.int64)
    end = np.datetime64("1997-09-30", "D").astype(np.int64)
    pairs = np.unique(np.column_stack([rows[:, 0], day])[day <= end], axis=0)
    _, first, count = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    start, last = pairs[first, 1], pairs[first + count - 1, 1]
    fitted = BgNbd.fit(PurchaseHistory.of(count - 1, (last - start) / 7, (end - start) / 7, unit="week"))
    assert fitted.evidence is not None
    assert fitted.evidence.customers == 23_570
    assert fitted.evidence.log_likelihood == pytest.approx(-95368.4439, abs=1e-3)


def test_conditional_expectation_and_alive_of_a_heavy_buyer(cdnow_sample):
    # customer 1516 in the vignette of the R package BTYD
    fitted = BgNbd.fit(cdnow_sample)
    history = PurchaseHistory.of([26], [30.86], [31.0], unit="week")
    assert fitted.expected_purchases(history, 52.0)[0] == pytest.approx(
        25.75647, abs=5e-3
    )  # from parameters of three digits
    assert fitted.probability_alive(history)[0] == pytest.approx(0.9688523, abs=1e-4)


def test_expectation_of_a_new_customer(cdnow_sample):
    # the same vignette: 1.444 repeat purchases in the first 52 weeks
    assert BgNbd.fit(cdnow_sample).expected_purchases_new_customer([52.0])[0] == pytest.approx(1.444010, abs=1e-4)
