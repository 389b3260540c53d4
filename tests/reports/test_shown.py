from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clove.kernel.money import Currency
from clove.reports.bars import interval_bar
from clove.reports.contents import Estimate
from clove.reports.shown import (
    DASH,
    MINUS,
    SHORTENED,
    Unknown,
    between,
    count,
    day,
    decimal,
    identifier,
    interval_column,
    money_column,
    percent,
    prose,
    rough,
    short_money,
    signed_percent,
)

GBP = Currency("GBP")


@pytest.mark.parametrize("figure", [None, float("nan"), float("inf")])
@pytest.mark.parametrize(
    "show", [count, decimal, percent, signed_percent, lambda x: rough(GBP, x), lambda x: between(GBP, x, 1.0)]
)
def test_what_is_unknown_is_a_dash_with_a_reason(show, figure):
    shown = show(figure)
    assert isinstance(shown, Unknown)
    assert str(shown) == DASH
    assert shown.reason


def test_a_reason_is_escaped():
    assert "<b>" not in Unknown("<b>").__html__()


def test_a_zero_that_is_known_stays_zero():
    assert (rough(GBP, 0.0), count(0), percent(0.0), decimal(0.0)) == ("£0.00", "0", "0%", "0.0")


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
        (-2500, f"{MINUS}£2.5k"),
        (4.2e9, "£4.2bn"),
        (1e15, "£1,000tn"),
        (float("nan"), DASH),
    ],
)
def test_axis_amounts(amount, shown):
    assert short_money(GBP, amount) == shown


def test_axis_amounts_of_other_currencies():
    assert short_money(Currency("JPY"), 20_000) == "¥20k"
    assert short_money(Currency("CHF"), 20_000) == "CHF\N{NO-BREAK SPACE}20k"
    assert short_money(Currency("ZAR"), 5) == "R\N{NO-BREAK SPACE}5"


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
    bar = interval_bar(Estimate(50, -10, 900), 100, GBP, of="<x>", actual=40)
    assert f"&lt;x&gt;: expected £50.00, P10 to P90 {MINUS}£10.00 to £900, actual £40.00" in bar
    assert 'd="M8.0 8.0H172.0"' in bar
    assert 'cx="90.0"' in bar


def test_a_bar_leaves_out_what_is_unknown():
    bar = interval_bar(Estimate(float("nan"), float("nan"), 2), 0, GBP, of="x")
    assert "expected unknown" in bar
    assert "circle" not in bar
    assert "band" not in bar


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (8_914_545, "£8.91 million"),
        (12_945_861, "£12.9 million"),
        (999_999, "£1.00 million"),
        (-435_440, f"{MINUS}£435,000"),
        (1234.5, "£1,230"),
        (99.96, "£100"),
        (12.345, "£12.30"),
        (0.004, "under £0.01"),
        (9.87e14, "£987 trillion"),
        (9.87e15, "£9,870 trillion"),
    ],
)
def test_amounts_of_sentences_have_three_digits(amount, shown):
    assert rough(GBP, amount) == shown


@given(st.floats(-1e12, 1e12))
def test_an_amount_of_a_sentence_is_near_the_exact_one(amount):
    shown = str(rough(GBP, amount))
    if shown.startswith("under"):
        assert abs(amount) < 0.01
        return
    number, _, scale = shown.replace(MINUS, "-").replace("£", "").replace(",", "").partition(" ")
    size = float(number) * {"": 1, "million": 1e6, "billion": 1e9, "trillion": 1e12}[scale]
    assert size == pytest.approx(amount, rel=0.0051, abs=0.0051)


def test_a_column_of_money_is_written_alike():
    assert money_column(GBP, [12.3, -3.0]) == ("£12.30", f"{MINUS}£3.00")
    assert money_column(GBP, [12_345.6, 3.0, 0.2, 0.0]) == ("£12,346", "£3", "under £1", "£0")
    assert money_column(Currency("JPY"), [12.0]) == ("¥12",)
    assert isinstance(money_column(GBP, [float("nan"), 1.0])[0], Unknown)
    assert interval_column(GBP, [(1.0, 2.0), (5.0, 20_000.0)]) == ("£1 to £2", "£5 to £20,000")
    assert isinstance(interval_column(GBP, [(1.0, float("nan"))])[0], Unknown)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("by 2011-08-31, of which 40 %", "by 31 Aug 2011, of which 40%"),
        ("correlation -0.02", f"correlation {MINUS}0.02"),
        ("Gamma-Gamma, BG/NBD-2, 5-7", "Gamma-Gamma, BG/NBD-2, 5-7"),
        ("customers 2011-99-99 and A-2011-01-02", "customers 2011-99-99 and A-2011-01-02"),
    ],
)
def test_sentences_from_elsewhere_are_written_as_the_page_writes(written, shown):
    assert prose(written) == shown
