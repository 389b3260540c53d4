"""Numbers that others have published."""

import numpy as np
import pytest

from clove.models import GammaGamma, PurchaseHistory

PUBLISHED = GammaGamma(p=6.25, q=3.74, gamma=15.44)


def test_fit_of_the_cdnow_sample(cdnow_sample):
    # Fader & Hardie (2013), from the 946 customers with a repeat purchase
    with_spend = cdnow_sample.take(cdnow_sample.monetary_value > 0)
    fitted = GammaGamma.fit(with_spend)
    assert len(with_spend) == pytest.approx(946, abs=2)
    assert fitted.parameters[:3] == pytest.approx([6.25, 3.74, 15.44], rel=0.01)


def test_conditional_expectations():
    # Fader & Hardie (2013): no repeat purchase 35.3; and the first customers of the sample
    history = PurchaseHistory.of([0, 2, 1], [0, 30.43, 1.71], [38.86, 38.86, 38.86], [np.nan, 22.35, 11.77])
    assert PUBLISHED.expected_spend(history) == pytest.approx([35.2, 24.66, 18.91], abs=0.15)
