"""Each cleaning rule, and their order."""

from datetime import date

import pytest

from clove.intake.checks import RULES
from clove.intake.read import read
from clove.intake.rejections import write_rejections
from clove.kernel.errors import InputRefused

LINES = "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID,Country\n"
GOOD = "1,A,2,2020-01-01 10:00,3.5,c1,France\n"


@pytest.mark.parametrize(
    ("line", "rule", "value"),
    [
        ("1,A,2\n", "malformed row", "1,A,2"),
        ("1,A,2,2020-01-01,3.5,,France\n", "null customer", ""),
        ("1,A,2,2020-01-01,3.5,NaN,France\n", "null customer", ""),
        ("C1,A,-2,2020-01-01,3.5,n/a,France\n", "null customer", ""),
        ("1,post,2,2020-01-01,3.5,c1,France\n", "non-product stock code", "post"),
        ("1,gift_0001_20,2,2020-01-01,3.5,c1,France\n", "non-product stock code", "gift_0001_20"),
        ("1,A,two,2020-01-01,3.5,c1,France\n", "unreadable quantity or price", "two x 3.5"),
        ("1,A,2,2020-01-01,NaN,c1,France\n", "unreadable quantity or price", "2 x NaN"),
        ("1,A,inf,2020-01-01,3.5,c1,France\n", "unreadable quantity or price", "inf x 3.5"),
        ("1,A,1e200,2020-01-01,1e200,c1,France\n", "unreadable quantity or price", "1e200 x 1e200"),
        ("1,A,1e12,2020-01-01,1e-9,c1,France\n", "unreadable quantity or price", "1e12 x 1e-9"),
        ("C1,A,-1e13,2020-01-01,1e-9,c1,France\n", "unreadable quantity or price", "-1e13 x 1e-9"),
        ("1,A,-2,2020-01-01,-3.5,c1,France\n", "quantity or price not above zero", "-2 x -3.5"),
        ("1,A,2,2020-01-01,0,c1,France\n", "quantity or price not above zero", "2 x 0"),
        ("C1,A,-2,2020-01-01,0,c1,France\n", "quantity or price not above zero", "-2 x 0"),
        ("C1,A,-2,soon,3.5,c1,France\n", "unreadable date", "soon"),
        (GOOD, "exact duplicate", "same as row 2"),
        ("1,A,2,2020-02-30,3.5,c1,France\n", "unreadable date", "2020-02-30"),
        ("1,A,2,,3.5,c1,France\n", "unreadable date", ""),
        ("1,A,2,1969-12-31,3.5,c1,France\n", "before 1970", "1969-12-31"),
        ("1,A,2,2026-11-21,3.5,c1,France\n", "after today", "2026-11-21"),
    ],
)
def test_a_rule_names_row_and_value(take, rejections, line, rule, value):
    found = take(LINES + GOOD + line)
    assert rejections() == [(3, rule, value)]
    assert (found.purchases, found.returns) == (1, 0)
    assert next(rows for name, rows, _ in found.rejected if name == rule) == 1


def test_every_rule_is_counted_in_order_with_its_remedy(take):
    found = take(LINES + GOOD)
    assert found.rejected == tuple((rule.name, 0, rule.remedy) for rule in RULES)


def test_the_first_rule_that_matches_counts(take, rejections):
    take(LINES + GOOD + "1,POST,x,soon,0,,\n1,POST,x,soon,0,c,\n1,A,x,soon,0,c,\n1,A,1,soon,0,c,\n1,A,1,soon,1,c,\n")
    assert [rule for _, rule, _ in rejections()] == [
        "null customer",
        "non-product stock code",
        "unreadable quantity or price",
        "quantity or price not above zero",
        "unreadable date",
    ]


def test_a_repeat_counts_as_such_before_its_date_is_judged(take, rejections):
    take(LINES + GOOD + "7,A,1,soon,1,c,\n" * 3)
    assert rejections() == [
        (3, "unreadable date", "soon"),
        (4, "exact duplicate", "same as row 3"),
        (5, "exact duplicate", "same as row 3"),
    ]


def test_cancellations_become_returns_with_positive_amounts(take, events):
    found = take(
        LINES
        + GOOD
        + "C2,A,-2,2020-01-03,3.5,c1,France\nc3,POST,-1,2020-01-04,9,c1,France\n"
        + "C2,A,-2,2020-01-03,3.5,c1,France\n"
    )
    assert (found.purchases, found.returns) == (1, 3)
    assert events("kind", "amount", "quantity", "is_product", "row") == [
        ("purchase", 7.0, 2.0, True, 2),
        ("return", 7.0, 2.0, True, 3),
        ("return", 9.0, 1.0, False, 4),
        ("return", 7.0, 2.0, True, 5),
    ]


def test_an_order_number_with_c_and_a_letter_is_no_cancellation(take):
    assert take(LINES + "CAB1,A,2,2020-01-01,3.5,c1,France\n").returns == 0


@pytest.mark.parametrize("number", ["C1001", "c1001", "C-1001", "C_1001", "C 1001", "C#1001"])
def test_a_c_before_the_number_marks_a_cancellation(take, number):
    found = take(LINES + GOOD + f"{number},A,-2,2020-01-01,3.5,c1,France\n")
    assert (found.purchases, found.returns, found.files[0].notes) == (1, 1, ())


@pytest.mark.parametrize("number", ["C--1", "CAB1", "C", "XC1", "1C"])
def test_no_other_c_does(take, number):
    assert take(LINES + f"{number},A,2,2020-01-01,3.5,c1,France\n").returns == 0


def test_a_few_cancellations_of_positive_value_are_kept_and_said(take):
    head, sales = "customer,date,amount,order\n", "".join(f"a,2020-01-01,£5,{i}\n" for i in range(18))
    found = take(head + sales + "a,2020-01-02,£5,C1\na,2020-01-02,£5,C2\n")
    note = "2 order numbers begin with C and have positive values: taken as cancellations"
    assert (found.purchases, found.returns) == (18, 2)
    assert note in found.files[0].notes
    with pytest.raises(InputRefused, match="3 of 21 order numbers begin with C") as refusal:
        take(head + sales + "a,2020-01-02,£5,C1\na,2020-01-02,£.5,C2\na,2020-01-02,+5,C-3\n")
    assert "--map order=" in refusal.value.remedy


def test_cancellations_of_positive_value_are_counted_once_where_a_table_is_read_twice(take, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 10)
    sales = "".join(f"7,2020-01-01,5,{i}\n" for i in range(200))
    found = take(f"customer,date,amount,order\n7,2020-01-01,5,C1\n{sales}7,13/02/2020,5,C2\n")
    assert "2 order numbers begin with C and have positive values: taken as cancellations" in found.files[0].notes


@pytest.mark.parametrize(
    "name", ["NULL", "(null)", "\\N", "nil", "None", "nan", "NA", "N/A", "N.A.", "#N/A", "(blank)", "-", "?", "Unknown"]
)
def test_a_customer_of_no_name_is_none(take, rejections, name):
    take(LINES + GOOD + f"2,A,2,2020-01-01,3.5,{name},France\n")
    assert rejections() == [(3, "null customer", "")]


@pytest.mark.parametrize(
    ("line", "value"),
    [("1,A,1,2020-01-01,0.0000009,c1,F\n", "1 x 0.0000009"), ("1,A,0.001,2020-01-01,0.0009,c1,F\n", "0.001 x 0.0009")],
)
def test_an_amount_that_would_vanish_is_not_above_zero(take, rejections, line, value):
    take(LINES + GOOD + line)
    assert rejections() == [(3, "quantity or price not above zero", value)]
    assert take(LINES + "1,A,1,2020-01-01,0.000001,c1,F\n").purchases == 1


@pytest.mark.parametrize("code", ["M", "d", "S", "B", "C2", "PADS"])
def test_a_short_code_is_a_product_unless_the_file_knows_others_of_its_kind(take, rejections, monkeypatch, code):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 10)
    line = GOOD.replace(",A,", f",{code},")
    assert take(LINES + line + "2,A,1,2020-01-01,1,c1,F\n").purchases == 2
    far = "".join(f"{i},A,1,2020-01-01,1,c1,F\n" for i in range(3, 100))
    found = take(LINES + line + far + "2,POST,1,2020-01-01,1,c1,F\n")
    assert rejections() == [(2, "non-product stock code", code), (100, "non-product stock code", "POST")]
    assert found.purchases == 97
    remedy = next(remedy for rule, _, remedy in found.rejected if rule == "non-product stock code")
    assert "--map item=" in remedy
    assert take(LINES + line + "2,POST,1,2020-01-01,1,c1,F\n", columns="item=").purchases == 2


def test_the_last_day_of_the_calendar_may_be_today(engine, write):
    found = read(engine, [write(LINES + GOOD)], mapping=None, today=date.max)
    assert found.purchases == 1


def test_in_orders_a_negative_amount_is_a_return(take, events):
    take("customer_id,date,amount\na,2020-01-01,10\na,2020-01-02,-4\nb,2020-01-02,0\n")
    assert events("kind", "amount", "order_id") == [("purchase", 10.0, "#0:2"), ("return", 4.0, "#0:3")]


def test_rows_without_an_order_number_are_never_duplicates(take):
    assert take("customer_id,date,amount\n" + "a,2020-01-01,10\n" * 3).purchases == 3


def test_empty_rows_are_no_rows_and_do_not_shift_the_others(take, rejections):
    found = take(LINES + "\n" + GOOD + ",,,,,,\n   \n1,A,2,x,3.5,c1,France\n")
    assert found.rows_read == 2
    assert rejections() == [(6, "unreadable date", "x")]


def test_the_rejections_file_quotes_what_needs_it(take, engine, tmp_path):
    take(LINES + GOOD + '"1","PO\nST, ""x""",a,2020-01-01,3,c1,\n')
    assert write_rejections(engine, tmp_path / "r.csv") == 1
    import csv

    with (tmp_path / "r.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "row", "rule", "value", "remedy"]
    assert rows[1][:4] == ["orders.csv", "3", "unreadable quantity or price", "a x 3"]
