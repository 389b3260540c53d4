"""The MBG/NBD and the MBG/CNBD-k on the CDNOW sample, as others have fitted them."""

import numpy as np
import pandas as pd
import pytest

import clove
from clove.models import MbgNbd, PurchaseHistory
from clove.models.mbg_cnbd import MbgCnbd


def test_fit_of_the_cdnow_sample(cdnow_sample):
    # lifetimes' own test of its ModifiedBetaGeoFitter: 0.525, 6.183, 0.891, 1.614
    fitted = MbgNbd.fit(cdnow_sample)
    assert fitted.parameters.round(3).tolist() == [0.525, 6.183, 0.891, 1.614]


def test_forecasts_of_the_cdnow_sample(cdnow_sample):
    # lifetimes 0.11.3 at its own fit of the same summary
    fitted = MbgNbd.fit(cdnow_sample)
    history = PurchaseHistory.of([0, 2, 26], [0.0, 30.43, 30.86], [38.86, 38.86, 31.0], unit="week")
    assert fitted.expected_purchases(history, 39.0) == pytest.approx([0.15395, 1.26267, 19.44798], rel=1e-4)
    assert fitted.probability_alive(history) == pytest.approx([0.38972, 0.70613, 0.96555], abs=1e-4)
    assert fitted.expected_purchases_new_customer([39.0, 52.0]) == pytest.approx([1.18228, 1.41888], rel=1e-4)


def test_cdnow_customers_do_not_buy_at_regular_intervals(shared_data):
    # the demonstration of BTYDplus on these data: k = 1, the MBG/NBD
    frame = pd.read_csv(shared_data / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, usecols=[1, 2])
    frame.columns = ["who", "day"]
    frame["day"] = pd.to_datetime(frame["day"].astype(str), format="%Y%m%d")
    history = clove.purchase_history(frame, customer="who", time="day", as_of="1997-09-30", unit="week")
    regular, plain = MbgCnbd.fit(history), MbgNbd.fit(history)
    assert regular.k == 1
    assert regular.parameters == pytest.approx(plain.parameters, rel=1e-5)
    assert regular.evidence is not None
    assert plain.evidence is not None
    assert regular.evidence.log_likelihood == pytest.approx(plain.evidence.log_likelihood, abs=1e-7)
    assert np.isfinite(regular.standard_errors()).all()
