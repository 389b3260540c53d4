from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clove.kernel.money import Currency
from clove.reports.bars import interval_bar
from clove.reports.contents import Estimate
from clove.reports.shown import (
    DASH,
    SHORTENED,
    Unknown,
    between,
    count,
    day,
    decimal,
    identifier,
    money,
    percent,
    short_money,
    signed_percent,
)

GBP = Currency("GBP")


@pytest.mark.parametrize("figure", [None, float("nan"), float("inf")])
@pytest.mark.parametrize(
    "show", [count, decimal, percent, signed_percent, lambda x: money(GBP, x), lambda x: between(GBP, x, 1.0)]
)
def test_what_is_unknown_is_a_dash_with_a_reason(show, figure):
    shown = show(figure)
    assert isinstance(shown, Unknown)
    assert str(shown) == DASH
    assert shown.reason


def test_a_reason_is_escaped():
    assert "<b>" not in Unknown("<b>").__html__()


def test_a_zero_that_is_known_stays_zero():
    assert (money(GBP, 0.0), count(0), percent(0.0), decimal(0.0)) == ("£0.00", "0", "0%", "0.0")


def test_a_small_share_is_not_nothing_and_a_large_one_not_all():
    assert percent(0.0004, 1) == "under 0.1%"
    assert percent(0.9999) == "over 99%"
    assert percent(1.0) == "100%"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "£0"),
        (0.05, "£0.05"),
        (5, "£5"),
        (999, "£999"),
        (999_999, "£1M"),
        (-2500, "-£2.5k"),
        (4.2e9, "£4.2bn"),
        (1e15, "£1,000tn"),
        (float("nan"), DASH),
    ],
)
def test_axis_amounts(amount, shown):
    assert short_money(GBP, amount) == shown


def test_axis_amounts_of_other_currencies():
    assert short_money(Currency("JPY"), 20_000) == "¥20k"
    assert short_money(Currency("CHF"), 20_000) == "CHF 20k"
    assert short_money(Currency("ZAR"), 5) == "R 5"


@given(st.text())
def test_an_identifier_is_one_line_of_bounded_length(text):
    shown = identifier(text)
    assert len(shown) <= SHORTENED
    assert "\n" not in shown
    if text.isalnum() and len(text) <= SHORTENED:
        assert shown == text


def test_dates_cannot_be_misread():
    assert day(date(2011, 3, 2)) == "2 Mar 2011"


def test_a_bar_stays_on_its_scale_and_says_its_figures():
    bar = interval_bar(Estimate(50, -10, 900), 100, GBP, of="<x>", came=40)
    assert "&lt;x&gt;: expected £50.00, P10 to P90 -£10.00 to £900.00, came £40.00" in bar
    assert 'd="M8.0 8.0H172.0"' in bar
    assert 'cx="90.0"' in bar


def test_a_bar_leaves_out_what_is_unknown():
    bar = interval_bar(Estimate(float("nan"), float("nan"), 2), 0, GBP, of="x")
    assert "expected unknown" in bar
    assert "circle" not in bar
    assert "band" not in bar
