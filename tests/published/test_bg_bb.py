"""Numbers that others have published: the donations of Fader, Hardie & Shang (2010), Marketing Science 29(6)."""

import numpy as np
import pytest

from clove.kernel.period import TimeUnit
from clove.models import PurchaseHistory
from clove.models.bg_bb import BgBb

# 11,104 people who first gave in 1995 and were asked once a year from 1996 to 2001: years in which they gave, the last
# of them, people. Table 1 of the paper; also BTYD's `donationsSummary` and lifetimes' `load_donations`.
DONATIONS = np.array([
    *([0, 0, 3464], [1, 1, 1091], [1, 2, 277], [1, 3, 129], [1, 4, 78], [1, 5, 119], [1, 6, 129], [2, 2, 613]),
    *([2, 3, 255], [2, 4, 155], [2, 5, 173], [2, 6, 234], [3, 3, 322], [3, 4, 181], [3, 5, 225], [3, 6, 357]),
    *([4, 4, 240], [4, 5, 284], [4, 6, 512], [5, 5, 335], [5, 6, 728], [6, 6, 1203]),
])  # fmt: skip
PEOPLE = DONATIONS[:, 2].astype(float)
# by frequency and recency as above
ALIVE_IN_2002 = [
    *(0.11, 0.07, 0.25, 0.48, 0.68, 0.83, 0.93, 0.07, 0.30, 0.59, 0.80, 0.93),
    *(0.10, 0.44, 0.77, 0.93, 0.20, 0.70, 0.93, 0.52, 0.93, 0.93),
]
GIFTS_2002_TO_2006 = [
    *(0.07, 0.09, 0.31, 0.59, 0.84, 1.02, 1.15, 0.12, 0.54, 1.06, 1.44, 1.67),
    *(0.22, 1.03, 1.80, 2.19, 0.58, 2.03, 2.71, 1.81, 3.23, 3.75),
]


@pytest.fixture(scope="module")
def donors() -> PurchaseHistory:
    return PurchaseHistory.of(DONATIONS[:, 0], DONATIONS[:, 1], np.full(len(DONATIONS), 6), unit="opportunity")


@pytest.fixture(scope="module")
def fitted(donors) -> BgBb:
    return BgBb.fit(donors, weights=PEOPLE)


def test_fit_of_the_donations(fitted):
    # table 2: 1.20, 0.75, 0.66, 2.78; the authors' workbook (note 010) has four digits
    assert fitted.parameters.round(4).tolist() == [1.2035, 0.7497, 0.6567, 2.7834]
    assert fitted.evidence.log_likelihood == pytest.approx(-33225.6, abs=0.05)
    assert fitted.evidence.customers == 11_104
    assert fitted.evidence.findings == ()
    assert fitted.unit is TimeUnit.OPPORTUNITY


def test_people_one_by_one_fit_like_their_counts(donors, fitted):
    rows = np.repeat(np.arange(len(donors)), PEOPLE.astype(int))
    alone = BgBb.fit(donors.take(rows))
    assert alone.parameters == pytest.approx(fitted.parameters, rel=1e-6)
    assert alone.evidence.log_likelihood == pytest.approx(fitted.evidence.log_likelihood, abs=1e-7)


def test_log_likelihood_of_the_published_parameters(donors, fitted):
    published = BgBb(alpha=1.20, beta=0.75, gamma=0.66, delta=2.78)
    total = float(PEOPLE @ published.log_likelihood(donors))
    assert fitted.evidence.log_likelihood - 0.2 < total < fitted.evidence.log_likelihood
    assert float(PEOPLE @ fitted.log_likelihood(donors)) == pytest.approx(fitted.evidence.log_likelihood, abs=1e-7)


def test_probability_of_being_alive_in_2002(donors, fitted):
    assert fitted.probability_alive(donors).round(2).tolist() == ALIVE_IN_2002


def test_expected_gifts_from_2002_to_2006(donors, fitted):
    assert fitted.expected_purchases(donors, 5.0).round(2).tolist() == GIFTS_2002_TO_2006
    # sum of the workbook's column "Exp Tot"
    assert PEOPLE @ fitted.expected_purchases(donors, 5.0) == pytest.approx(12_884.2, abs=0.1)


def test_expected_gifts_of_a_new_donor_year_by_year(fitted):
    # the workbook's sheet "Tracking Plot", cells B7 to B17
    published = [0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887]
    assert fitted.expected_purchases_new_customer(np.arange(1.0, 12.0)).round(4).tolist() == published


def test_how_many_give_never_and_every_year(fitted):
    # the workbook's sheet "In-Sample Fit", cells C18 and C24
    people = 11_104 * fitted.purchase_distribution_new_customer(6.0, 6)
    assert people[[0, 6]].round(1).tolist() == [3454.9, 1253.1]
    assert people.sum() == pytest.approx(11_104, rel=1e-12)
