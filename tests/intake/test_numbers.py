"""Numbers: every way of writing them, and no guess between decimal comma and decimal point."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clove.kernel.errors import InputRefused


def orders(*amounts: str) -> str:
    return "customer,date,amount\n" + "".join(f'c,2020-01-01,"{a}"\n' for a in amounts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50", 12.5),
        ("1e3", 1000.0),
        ("+5", 5.0),
        (".5", 0.5),
        ("12,50", 12.5),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1,234,567", 1234567.0),
        ("1.234.567", 1234567.0),
        ("1 234,50", 1234.5),
        ("1\u00a0234\u00a0567", 1234567.0),
        ("1'234.50", 1234.5),
        ("0,125", 0.125),
        ("0.125", 0.125),
        ("1234,567", 1234.567),
        ("£12.50", 12.5),
        ("€ 1.234,56", 1234.56),
        ("12,50 €", 12.5),
        ("GBP 12.50", 12.5),
        ("12.50 USD", 12.5),
        (" 7 ", 7.0),
    ],
)
def test_a_number_is_read(take, events, text, expected):
    take(orders(text))
    assert events("kind", "amount") == [("purchase", expected)]


@pytest.mark.parametrize(
    "text", ["(12.50)", "-12.50", "12.50-", "-£12.50", "(£12.50)", "- 12.50", "\u221212.50", "\u2212£12.50"]
)
def test_a_negative_amount_is_a_return(take, events, text):
    take(orders(text))
    assert events("kind", "amount") == [("return", 12.5)]


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "1e400",
        "1_000",
        "0x1F",
        "12 50",
        "1,23,4",
        "--5",
        "5 apples",
        "1.2.3",
        "٣",
    ],
)
def test_no_number_is_made_of_what_is_none(take, rejections, text):
    take(orders("1.5", text))
    assert rejections() == [(3, "unreadable quantity or price", text)]


@pytest.mark.parametrize("text", ["1,250", "1.250", "12,345"])
def test_what_can_be_read_both_ways_is_refused(take, events, text):
    with pytest.raises(InputRefused, match="can be read both ways") as refusal:
        take(orders("7", text))
    assert refusal.value.where.endswith("row 3")
    assert "--map amount=amount:point or :comma" in refusal.value.remedy
    take(orders(text), columns="amount=amount:comma")
    comma = events("amount")[0][0]
    take(orders(text), columns="amount=amount:point")
    assert {comma, events("amount")[0][0]} == {
        float(text.replace(",", ".")),
        float(text.replace(",", "").replace(".", "")),
    }


def test_one_value_decides_for_the_whole_column(take, events):
    found = take(orders("1,250", "12,50"))
    assert events("amount") == [(1.25,), (12.5,)]
    assert found.files[0].notes == ("decimal commas in 'amount'",)
    take(orders("1,250", "12.50"))
    assert events("amount") == [(1250.0,), (12.5,)]


def test_both_signs_in_one_column_are_refused(take):
    with pytest.raises(InputRefused, match=r"'12,50' in row 2, '12\.50' in row 4"):
        take(orders("12,50", "8", "12.50"))


def test_currency_signs_are_noted(take):
    assert take(orders("£12.50")).files[0].notes[0] == "currency signs or brackets taken off in 'amount'"


def test_a_typeset_minus_alone_is_no_currency_sign(take):
    assert take(orders("12.50", "\u22122.50")).files[0].notes == ()


def test_semicolons_and_decimal_commas(take, events):
    found = take("customer;date;amount\nc;13.01.2020;1.250,50\nd;14.01.2020;3\n")
    assert events("amount") == [(1250.5,), (3.0,)]
    assert "cells separated by semicolons" in found.files[0].notes


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    st.sampled_from(["{:,.2f}", "{:.2f}", "{:.1f}", "€{:,.2f}"]),
    st.booleans(),
)
def test_what_is_written_is_read_back(take, events, cents, form, comma):
    texts = [form.format(c / 100) for c in cents]
    if comma:
        texts = [t.translate(str.maketrans(",.", ".,")) for t in texts]
    take(orders(*texts))
    expected = [float(form.format(c / 100).replace(",", "").replace("€", "")) for c in cents]
    got = [amount for (amount,) in events("amount")]
    assert got == [e for e in expected if e > 0]
