"""Each cleaning rule, and their order."""

import pytest

from clove.intake.checks import RULES
from clove.intake.rejections import write_rejections

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
