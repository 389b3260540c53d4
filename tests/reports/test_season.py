"""The season on the page and in words."""

from dataclasses import replace
from datetime import date

import numpy as np

from clove.reports.page import render
from clove.reports.sections.season import told
from clove.valuation.season import Season

FACTORS = np.array([0.75, 0.75, 0.8, 0.85, 0.9, 0.9, 0.8, 0.8, 1.0, 1.3, 1.8, 1.5])
SEASON = Season.of(FACTORS, 0.9 * FACTORS, 1.1 * FACTORS, since=date(2009, 6, 9), until=date(2011, 12, 9))


def test_in_one_sentence():
    assert told(SEASON) == (
        "The season of the last 2.5 years is in the forecast: a day counts October 1.3 times, November 1.8 times and "
        "December 1.5 times as much as an average one, and least in January, 0.7 times."
    )
    assert told(Season.none()) == ""


def test_the_page_shows_it_only_where_there_is_one(make_report):
    report = make_report()
    page = render(replace(report, season=SEASON))
    assert told(SEASON).split(":")[0] in page
    assert 'id="season"' in page
    assert 'id="season"' not in render(report)
