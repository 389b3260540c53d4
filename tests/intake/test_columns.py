"""Which column is which: recognised, given, or refused with a way out."""

import pytest

from clove.intake.mapping import ColumnMap
from clove.kernel.errors import ArgumentRefused, InputRefused

ROW = "c1,2020-01-01,10\n"


@pytest.mark.parametrize(
    ("header", "customer", "time", "amount"),
    [
        ("customer_id,date,dollar_value", "customer_id", "date", "dollar_value"),
        ("Customer ID,Order Date,Total", "Customer ID", "Order Date", "Total"),
        ("customerID,created_at,revenue", "customerID", "created_at", "revenue"),
        ("Email,Created (UTC),Amount", "Email", "Created (UTC)", "Amount"),
        ("client,ordered_at,Order Total", "client", "ordered_at", "Order Total"),
        ("user-id,timestamp,sales", "user-id", "timestamp", "sales"),
    ],
)
def test_columns_are_recognised_by_name(take, header, customer, time, amount):
    found = take(f"{header}\n{ROW}")
    assert found.files[0].columns == {"customer": customer, "time": time, "amount": amount}
    assert found.files[0].layout == "orders"


def test_an_id_wins_over_an_email_and_says_so(take, events):
    found = take("email,customer_id,date,amount\na@b.c,c1,2020-01-01,10\n")
    assert events("customer_id") == [("c1",)]
    assert found.files[0].notes == ("customers told apart by 'customer_id', not by 'email'",)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("customer_id,client_id,date,amount", "customer"),
        ("customer,client_id,date,amount", "customer"),
        ("email,billing email,date,amount", "customer"),
    ],
)
def test_two_candidates_are_refused_naming_both_and_the_way_out(take, header, name):
    with pytest.raises(InputRefused) as refusal:
        take(f"{header}\nc1,c2,2020-01-01,10\n")
    one, other, *_ = header.split(",")
    assert repr(one) in refusal.value.what
    assert repr(other) in refusal.value.what
    assert f'--map "{name}={one}"' in refusal.value.remedy
    found = take(f"{header}\nc1,c2,2020-01-01,10\n", columns=f"{name}={other}")
    assert found.files[0].columns["customer"] == other


def test_a_column_named_well_with_other_content_is_no_candidate(take):
    found = take("customer_id,date,time,amount\nc1,2020-01-01,08:26,10\n")
    assert found.files[0].columns["time"] == "date"


def test_two_columns_of_one_name_are_told_apart_by_place(take):
    with pytest.raises(InputRefused, match=r"'amount' \(column 3\) and 'amount' \(column 4\)"):
        take("customer_id,date,amount,amount\nc1,2020-01-01,10,11\n")


def test_twins_that_nobody_needs_do_no_harm(take):
    assert take("customer_id,date,amount,note,note\nc1,2020-01-01,10,a,b\n").purchases == 1


def test_missing_columns_are_listed_with_an_example(take):
    with pytest.raises(InputRefused) as refusal:
        take("Wer,Wann,Wieviel\nc1,2020-01-01,10\n")
    assert "no column for customer, time, amount (or quantity and price)" in refusal.value.what
    assert "'Wer', 'Wann', 'Wieviel'" in refusal.value.what
    assert '--map "customer=Wer,time=Wann,amount=Wieviel"' in refusal.value.remedy
    assert take("Wer,Wann,Wieviel\nc1,2020-01-01,10\n", columns="customer=Wer,time=Wann,amount=Wieviel").purchases == 1


def test_a_name_that_is_not_there_is_refused_with_the_nearest(take):
    with pytest.raises(InputRefused) as refusal:
        take("customer_id,date,amount\n" + ROW, columns="customer=custmer_id")
    assert "'custmer_id'" in refusal.value.what
    assert "'customer_id'" in refusal.value.remedy


def test_a_file_without_header_is_refused(take):
    with pytest.raises(InputRefused, match="the first line is no header"):
        take("c1,2020-01-01,10\nc2,2020-01-02,11\n")


@pytest.mark.parametrize("total", ["Total", "line_total"])
def test_an_amount_that_is_quantity_times_price_is_no_second_amount(take, total):
    found = take(f"customer,date,qty,price,{total}\na,2020-01-01,2,3,6\na,2020-01-02,1,5,5.00\n")
    assert found.files[0].layout == "order lines"


def test_an_amount_that_differs_from_quantity_times_price_is_refused(take, events):
    orders = "customer,date,qty,price,total\na,2020-01-01,2,3,16\na,2020-01-02,1,5,5\n"
    with pytest.raises(InputRefused, match="they differ") as refusal:
        take(orders)
    assert '--map "amount=total"' in refusal.value.remedy
    assert take(orders, columns="amount=total").files[0].layout == "orders"
    assert events("amount") == [(16.0,), (5.0,)]
    assert take(orders, columns="quantity=qty,price=price").files[0].layout == "order lines"
    assert events("amount") == [(6.0,), (5.0,)]


def test_a_column_can_be_left_out(take, events):
    take("customer,date,amount,order_id\na,2020-01-01,2,7\n", columns="order=")
    assert events("order_id") == [("#0:2",)]


def test_order_numbers_that_all_begin_with_c_are_not_taken_for_cancellations(take):
    orders = "customer,date,amount,order_id\n" + "".join(f"a,2020-01-0{i},2,C{i}\n" for i in range(1, 9))
    with pytest.raises(InputRefused, match="marks cancellations"):
        take(orders)
    assert take(orders, columns="order=").purchases == 8


def test_ids_keep_their_zeros_and_lose_only_a_float_artefact(take, events):
    take("customer,date,amount\n007,2020-01-01,2\n 7 ,2020-01-01,2\n7.0,2020-01-01,2\n")
    assert events("customer_id") == [("007",), ("7",), ("7",)]
    take("customer,date,amount\nx,2020-01-01,2\n7.0,2020-01-01,2\n")
    assert events("customer_id") == [("x",), ("7.0",)]
    found = take("customer,date,amount\n17850.0,2020-01-01,2\n,2020-01-01,2\n8.0,2020-01-01,2\n")
    assert events("customer_id") == [("17850",), ("8",)]
    assert found.files[0].notes == ("'.0' taken off the ids in 'customer'",)


def test_ids_with_and_without_a_float_artefact_are_one_customer(take, events):
    found = take("customer,date,amount,order\n17850.0,2020-01-01,2,1\n17850,2020-01-02,2,2\nNULL,2020-01-03,2,3\n")
    assert events("customer_id", "order_id") == [("17850", "1"), ("17850", "2")]
    assert found.files[0].notes == ("'.0' taken off the ids in 'customer'",)


def test_an_artefact_far_down_changes_nothing_or_everything(take, engine, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 12)
    rows = "7,2020-01-01,2\n" * 2_000
    take(f"customer,date,amount\n{rows}7.0,2020-01-01,2\n")
    assert engine.table("SELECT DISTINCT customer_id AS c FROM events")["c"].to_pylist() == ["7"]
    take(f"customer,date,amount\n{rows}7.0,2020-01-01,2\nx,2020-01-01,2\n")
    assert engine.table("SELECT DISTINCT customer_id AS c FROM events ORDER BY c")["c"].to_pylist() == ["7", "7.0", "x"]


def test_addresses_are_compared_in_small_letters_and_other_ids_are_not(take, events):
    rows = "Anna@Shop.example,2020-01-01,2\nanna@shop.example,2020-01-02,2\n"
    found = take(f"Email,date,amount\n{rows}")
    assert events("customer_id") == [("anna@shop.example",), ("anna@shop.example",)]
    assert found.files[0].notes == ("addresses in 'Email' compared in small letters",)
    assert take(f"Email,date,amount\n{rows.lower()}").files[0].notes == ()
    assert take("customer,date,amount\nAb,2020-01-01,2\nab,2020-01-01,2\n").files[0].notes == ()
    assert events("customer_id") == [("Ab",), ("ab",)]


@pytest.mark.parametrize("mark", ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"])
def test_invisible_characters_make_no_second_customer(take, events, rejections, mark):
    rows = f"anna,2020-01-01,2\n{mark}an{mark}na {mark},2020-01-02,2\nbjörn,2020-01-02,2\n{mark},2020-01-03,2\n"
    found = take("customer,date,amount\n" + rows)
    assert events("customer_id") == [("anna",), ("anna",), ("björn",)]
    assert found.files[0].notes == ("invisible characters taken off 'customer'",)
    assert rejections() == [(5, "null customer", "")]


@pytest.mark.parametrize("text", ["", "customer", "kunde=a", "customer=a,customer=b"])
def test_a_map_that_assigns_nothing_is_refused(text):
    with pytest.raises(ArgumentRefused) as refusal:
        ColumnMap.parse(text)
    assert refusal.value.where == "--map"


def test_headings_and_formats_may_hold_commas_and_colons(take, events):
    found = take(
        '"Customer, no",When:day,Total\nc1,"Dec 1, 2010 08:26",10\n',
        columns="customer=Customer, no,time=When:day:%b %d, %Y %H:%M,amount=Total",
    )
    assert found.files[0].columns == {"customer": "Customer, no", "time": "When:day", "amount": "Total"}
    assert str(events("time")[0][0]) == "2010-12-01 08:26:00"


@pytest.mark.parametrize(
    "option", ["time=date:%Q", "time=date:%d/%m", "amount=amount:semicolon", "time=date:%d/%m/%Y%"]
)
def test_a_reading_that_is_none_is_refused(take, option):
    with pytest.raises(InputRefused, match="no way to read a column"):
        take("customer,date,amount\n" + ROW, columns=option)
