"""The page of a backtest on hard contents: nobody in a group, a model that failed, no reference, nothing that came."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pytest

from clove.kernel.money import Currency
from clove.reports.backtest_contents import (
    GROUPS,
    Backtest,
    Forecaster,
    GroupAtOrigin,
    OriginScores,
    PooledForecaster,
    PooledGroup,
    Surprises,
    Tenths,
)
from clove.reports.backtest_page import render_backtest
from clove.reports.backtest_words import verdict
from clove.reports.contents import SourceFile
from clove.reports.pictures.backtest import RatioRow, measure_ratios, surprises, tenth_calibration
from clove.reports.pictures.svg import svg
from clove.reports.shown import MINUS
from clove.valuation.comparison import Figure, Measured, Pooled
from clove.valuation.metrics import METRICS

GBP = Currency("GBP")
NOT_KNOWN = Figure.unknown("it cannot be known <here>")
HOSTILE = "<script>alert(1)</script>.csv"


def figure(value):
    return Figure(value, value * 0.9, value * 1.1)


def measured(value=1.0, ratio=0.95):
    known = Measured(figure(value), figure(ratio), figure(-0.1), "bg-nbd")
    return {metric.key: known for metric in METRICS}


def pooled(value=1.0, ratio=0.95, miss=0.05, central=0.8, bias=0.05):
    known = Pooled(figure(value), figure(ratio), figure(-0.1), figure(miss), 2)
    measures = {metric.key: known for metric in METRICS}
    measures["central_80"] = replace(known, figure=figure(central))
    measures["total_bias"] = replace(known, figure=figure(bias))
    return measures


def unknown():
    return {metric.key: Pooled(*[NOT_KNOWN] * 4, 0) for metric in METRICS}


TENTHS = Tenths(tuple(float(2**k) for k in range(10)), tuple(figure(1.2 * 2**k) for k in range(10)))
EMPTY = Tenths((None,) * 10, (NOT_KNOWN,) * 10)
SURPRISES = Surprises((0.1,) * 10, 1_000)


def a_backtest(measures, *, empty=(), tenths=TENTHS, found=SURPRISES, failed=False):
    at_origin = Forecaster("auto", "Ours & <co>", False, {} if failed else measured(), tenths, found, "it failed")
    reference = Forecaster("bg-nbd", "BG/NBD", False, measured(ratio=1.0), tenths, found)
    origins = tuple(
        OriginScores(
            day,
            date(2025, 12, 31),
            "BG/NBD",
            "It was kept.",
            0.1,
            2,
            tuple(GroupAtOrigin(group, 0 if group in empty else 500, 1e4, (at_origin, reference)) for group in GROUPS),
            "BG/NBD 40%, boosted value 60%.",
        )
        for day in (date(2025, 9, 22), date(2025, 6, 14))
    )
    groups = tuple(
        PooledGroup(
            group,
            0 if group in empty else 1_000,
            (
                PooledForecaster("auto", "Ours & <co>", False, 2, measures, tenths, found, "it failed"),
                PooledForecaster("bg-nbd", "BG/NBD", False, 2, pooled(ratio=1.0), tenths, found),
                PooledForecaster("benchmark-recipe", "Recipe", True, 0, {}, None, None, "too few customers"),
            ),
        )
        for group in GROUPS
    )
    file = SourceFile(HOSTILE, 10, "orders", {}, ())
    day = date(2025, 12, 31)
    return Backtest(
        day,
        date(2024, 1, 1),
        "100 days",
        "2 dates.",
        False,
        GBP,
        "auto",
        groups,
        origins,
        400,
        0.95,
        (file,),
        1,
        "0",
        "h",
    )


class Nesting(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.open, self.faults, self.words = [], [], []
        self.feed(page)
        self.faults += self.open

    def handle_starttag(self, tag, _):
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, _):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        self.words.append(data)


CASES = {
    "plain": a_backtest(pooled()),
    "nobody once": a_backtest(pooled(), empty=("one-time",)),
    "nobody twice": a_backtest(pooled(), empty=("repeat",)),
    "failed": a_backtest({}, failed=True, tenths=None, found=None),
    "nothing known": a_backtest(unknown(), tenths=EMPTY, found=None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_page_holds_together(case):
    page = render_backtest(CASES[case])
    outline = Nesting(page)
    assert not outline.faults
    text = " ".join(outline.words)
    assert "<script" not in page
    assert HOSTILE in text
    assert "Ours & <co>" in text
    assert "too few customers" in text
    assert "nan" not in text.replace("finance", "")
    assert page.count("<section") == len(GROUPS) + 2


def test_what_is_missing_is_said():
    assert "There was nobody of this kind" in render_backtest(CASES["nobody once"])
    assert CASES["nobody twice"].shown_first.group == "all"
    assert "could not be judged: it failed" in verdict(CASES["failed"]).words
    assert verdict(CASES["failed"]).severity == "bad"
    assert "unknown: it cannot be known &lt;here&gt;" in render_backtest(CASES["nothing known"])
    assert "could not be judged" in verdict(CASES["nothing known"]).words


@pytest.mark.parametrize(
    ("measures", "severity", "words"),
    [
        (pooled(), "good", f"5.0% less than BG/NBD (95% interval {MINUS}14.5% to +4.5%)"),
        (pooled(ratio=1.2), "care", "20.0% more than BG/NBD"),
        (pooled(ratio=1.0), "good", "as much as BG/NBD"),
        (pooled(miss=0.2, bias=-0.2), "care", "20% too low on average over 2 dates"),
        (pooled(miss=0.2, bias=0.0), "care", "20% off on average over 2 dates"),
        (pooled(miss=0.5, bias=0.5), "bad", "50% too high"),
        (pooled(central=0.6), "care", "60% of outcomes fell in the central 80%"),
    ],
)
def test_the_verdict_says_how_it_is(measures, severity, words):
    found = verdict(a_backtest(measures))
    assert found.severity == severity
    assert words in found.words


def test_the_page_says_what_each_forecast_was_made_of():
    page = render_backtest(a_backtest(pooled()))
    assert page.count("BG/NBD 40%, boosted value 60%. It was kept.") == 2  # origins


def test_a_total_worse_than_the_reference_is_not_green():
    found = verdict(a_backtest(pooled(miss=0.09)))  # close as such, but the reference is off by 5 %
    assert found.severity == "neutral"
    assert verdict(a_backtest(pooled(miss=0.09, central=0.6))).severity == "care"
    assert "The totals of BG/NBD were nearer: off by 5%." in found.words
    assert "nearer" not in verdict(a_backtest(pooled(miss=0.05))).words


def test_nobody_is_compared_with_himself():
    found = verdict(replace(CASES["plain"], headline="bg-nbd"))
    assert found.words.startswith("For repeat buyers, BG/NBD missed by £1.00 a customer on average. ")


def rows(count, origins=3):
    return [RatioRow(f"measure {k}", (figure(0.9),) * origins, figure(1.1)) for k in range(count)]


@pytest.mark.parametrize(
    "figures",
    [
        rows(6),
        rows(1, 24),
        [],
        [RatioRow("one", (NOT_KNOWN, figure(1.0)), NOT_KNOWN)],
        [RatioRow("one", (), NOT_KNOWN)],
    ],
)
def test_pictures_bear_what_there_is(figures):
    drawings = (measure_ratios(figures), tenth_calibration(TENTHS, GBP), tenth_calibration(EMPTY, GBP), surprises(None))
    for drawing in drawings:
        ET.fromstring(svg(drawing, name="p", title="t", description="d"))  # noqa: S314  ours


def test_a_ratio_stands_where_it_is():
    axes = measure_ratios(rows(2)).axes[0]
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([0.9, 0.9, 0.9, 1.1] * 2)
    heights = [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert (np.diff(heights) < 0).all()  # the newest on top, all dates below them
    assert [label.get_text() for label in axes.get_yticklabels()] == ["measure 0", "measure 1"]
