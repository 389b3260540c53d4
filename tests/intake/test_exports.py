"""What common shops export is read as it comes, or refused with advice that works."""

import re
from datetime import date

import pytest

from clove.intake.mapping import ColumnMap
from clove.intake.read import read
from clove.intake.sources import delimited
from clove.kernel.errors import ArgumentRefused, InputRefused

TODAY = date(2026, 1, 1)
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Country\n"
)
FIRST = "#1,a@x.com,paid,2024-01-02 10:00:00 +0000,GBP,30,34,2024-01-02 09:00:00 +0000,1,Mug,10,M,GB\n"
MORE = "#1,,,,,,,,2,Cup,10,C,\n"
WOO = (
    "Order ID,Order Number,Order Status,Order Date,Email (Billing),Country Code (Billing),Order Total Amount,SKU,"
    "Quantity (- Refund),Item Cost\n"
)


def test_shopify_lines_take_customer_and_time_from_their_order(take, events):
    found = take(SHOPIFY + FIRST + MORE + MORE.replace("C,", "D,") + FIRST.replace("#1,a@", "#2,b@"))
    assert events("customer_id", "order_id", "item", "amount", "country") == [
        ("a@x.com", "#1", "M", 10.0, "GB"),
        ("a@x.com", "#1", "C", 20.0, "GB"),
        ("a@x.com", "#1", "D", 20.0, "GB"),
        ("b@x.com", "#2", "M", 10.0, "GB"),
    ]
    assert {str(time) for (time,) in events("time")} == {"2024-01-02 09:00:00"}
    assert found.currency == "GBP"
    assert any("first line hold for its other lines" in note for note in found.files[0].notes)


def test_an_order_that_is_cut_by_a_piece_is_filled_all_the_same(take, events, monkeypatch):
    orders = "".join(FIRST.replace("#1,a@", f"#{i},c{i}@") + MORE.replace("#1", f"#{i}") for i in range(9))
    take(SHOPIFY + orders)
    whole = events("customer_id", "order_id", "row")
    pieces = delimited.records
    monkeypatch.setattr(
        delimited,
        "records",
        lambda body, layout: pieces((line for block in body for line in block.splitlines(True)), layout),
    )
    take(SHOPIFY + orders)
    assert events("customer_id", "order_id", "row") == whole
    assert len(whole) == 18


def test_a_line_without_an_order_number_takes_nothing_from_the_one_above(take, rejections):
    take(SHOPIFY + FIRST + MORE.replace("#1", "") + MORE.replace("#1", "#2"))
    assert [rule for _, rule, _ in rejections()] == ["null customer", "null customer"]


def test_other_files_are_not_filled(take, rejections):
    take("customer,date,amount,order\na,2020-01-01,5,1\n,,5,1\n")
    assert rejections() == [(3, "null customer", "")]


def test_woocommerce_is_recognised_with_equal_order_numbers(take, events):
    found = take(WOO + "7,7,Completed,2024-01-02 10:00,a@x.com,GB,14,S,2,5\n")
    assert events("customer_id", "order_id", "amount") == [("a@x.com", "7", 10.0)]
    assert found.files[0].layout == "order lines"


def test_two_order_numbers_that_are_equal_are_no_tie(take):
    found = take("customer,date,amount,Order ID,Order Number\na,2020-01-01,5,7,7\n")
    assert found.files[0].columns["order"] == "Order ID"
    assert "order taken from 'Order ID'; 'Order Number' holds the same" in found.files[0].notes
    with pytest.raises(InputRefused, match="may each be the order column"):
        take("customer,date,amount,Order ID,Order Number\na,2020-01-01,5,7,8\n")


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Kundennummer;Bestelldatum;Betrag (€);Bestellnummer;Land", "customer time amount order country"),
        ("Kunden-Nr.;Datum;Umsatz in EUR;Auftragsnummer;Land", "customer time amount order country"),
        ("Cliente;Fecha;Importe;Pedido;País", "customer time amount order country"),
        ("Client;Date;Montant;Commande;Pays", "customer time amount order country"),
        ("Cliente;Data;Importo;Ordine;Paese", "customer time amount order country"),
        ("Klant;Besteldatum;Bedrag;Bestelnummer;Land", "customer time amount order country"),
        ("Cliente;Data;Total;Pedido;País", "customer time amount order country"),
        ("Customer Name;Order Date;Net sales;Order #;Country", "customer time amount order country"),
        ("Kunde;Datum;Einzelpreis;Artikelnummer;Menge", "customer time price item quantity"),
        ("Client;Date;Prix;Référence;Quantité", "customer time price item quantity"),
    ],
)
def test_headings_of_other_languages_and_units(take, header, columns):
    found = take(f"{header}\nc1;2020-01-01;10;7;3\n")
    assert found.files[0].columns == dict(zip(columns.split(), header.split(";"), strict=True))


def test_channels_and_categories_are_optional_and_recognised(take, events):
    head = "customer,date,amount"
    found = take(f"{head},UTM Source,Department\nann,2020-01-01,5,ads,tea\nbob,2020-01-02,5,,\n")
    assert {name: found.files[0].columns[name] for name in ("channel", "category")} == {
        "channel": "UTM Source",
        "category": "Department",
    }
    assert events("channel", "category") == [("ads", "tea"), (None, None)]
    # a weaker name counts only where there is no stronger
    assert take(f"{head},source,Sales Channel\nann,2020-01-01,5,x,web\n").files[0].columns["channel"] == "Sales Channel"
    take(f"{head},source,kind\nann,2020-01-01,5,ads,tea\n", columns="channel=,category=kind")
    assert events("channel", "category") == [(None, "tea")]
    take(f"{head}\nann,2020-01-01,5\n")
    assert events("channel", "category") == [(None, None)]


def test_an_order_s_channel_holds_for_all_its_lines(take, events):
    head = "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,Source"
    take(f"{head}\n#1,a@x.com,paid,2024-01-02,1,Tea,5,web\n#1,,,,2,Cup,4,\n#2,b@x.com,paid,2024-01-03,1,Tea,5,pos\n")
    assert events("channel") == [("web",), ("web",), ("pos",)]


def test_everything_that_is_open_is_said_at_once_with_one_map_that_works(take):
    orders = "Order ID,client,buyer,When,Paid in total,Stock\n7,a,b,2020-01-01,5.5,3\n8,c,d,2020-01-02,6.5,3\n"
    with pytest.raises(InputRefused) as refusal:
        take(orders)
    assert "no column for time, amount" in refusal.value.what
    assert "'client' and 'buyer' may each be the customer column" in refusal.value.what
    given = re.search(r'--map "(.*?)"', refusal.value.remedy)[1]
    assert given == "customer=client,time=When,amount=Paid in total"
    assert take(orders, columns=given).purchases == 2


def test_a_column_that_nothing_reads_like_is_not_suggested(take):
    with pytest.raises(InputRefused) as refusal:
        take("Order ID,Order Number,date,Tax Amount\n7,8,2020-01-01,5\n")
    assert "customer=" not in refusal.value.remedy
    assert "no column reads like customer" in refusal.value.remedy.lower()
    assert "COLUMN" not in refusal.value.remedy


@pytest.mark.parametrize("title", ["Sales report 2024,,\nBob,,\n,,\n", "Sales report 2024\n\n", "Orders; all\n"])
def test_titles_above_the_header_are_passed_over(take, events, title):
    rows = title.count("\n")
    found = take(title + "Customer,Date,Amount\na,2020-01-01,5\nb,2020-01-02,6\n")
    assert events("customer_id", "row") == [("a", rows + 2), ("b", rows + 3)]
    passed = "row 1" if rows == 1 else f"rows 1 to {rows}"
    assert f"{passed} above the header passed over" in found.files[0].notes


def test_a_file_without_any_header_shows_its_first_rows(take):
    with pytest.raises(InputRefused, match=r"no line near the top .*'Report', 'by Bob'"):
        take("Report,,\nby Bob,,\nx,y,z\n")


def test_a_column_that_is_empty_is_no_candidate(take):
    found = take("customer,date,amount,Invoice ID,order\na,2020-01-01,5,,7\n")
    assert found.files[0].columns["order"] == "order"


def test_two_currencies_are_refused_and_counted(take):
    orders = "customer,date,amount,Currency\na,2020-01-01,5,EUR\na,2020-01-02,5,eur\nb,2020-01-02,6,USD\n"
    with pytest.raises(InputRefused, match="2 currencies: EUR in 2 rows, USD in 1 rows") as refusal:
        take(orders)
    assert "--map currency=" in refusal.value.remedy
    assert take(orders, columns="currency=").currency is None


@pytest.mark.parametrize(
    ("header", "cells", "code"),
    [
        ("amount,currency", "5,gbp", "GBP"),
        ("amount,Währung", "5,€", "EUR"),
        ("Amount (USD),x", "5,", "USD"),
        ("amount,x", "£5,", "GBP"),
        ("amount,x", "5 EUR,", "EUR"),
        ("amount,x", "$5,", None),
        ("amount,currency", "$5,CAD", "CAD"),
        ("amount,x", "5,", None),
    ],
)
def test_one_currency_is_adopted(take, header, cells, code):
    assert take(f"customer,date,{header}\na,2020-01-01,{cells}\n").currency == code


def test_signs_that_contradict_are_refused(take):
    with pytest.raises(InputRefused, match="holds 2 currencies"):
        take("customer,date,amount\na,2020-01-01,£5\na,2020-01-02,$5\n")
    with pytest.raises(InputRefused, match="in USD and in another that it is in GBP"):
        take("customer,date,amount,currency\na,2020-01-01,£5,USD\n")


def test_files_of_two_currencies_are_refused(engine, write):
    head = "customer,date,amount,currency\n"
    files = [write(head + "a,2020-01-01,5,EUR\n", "a.csv"), write(head + "b,2020-01-01,5,GBP\n", "b.csv")]
    with pytest.raises(InputRefused, match=r"'a.csv' in EUR, 'b.csv' in GBP"):
        read(engine, files, mapping=None, today=TODAY)


@pytest.mark.parametrize(("code", "amount"), [("gbp", 32.79), ("jpy", 3279.0), ("kwd", 3.279)])
def test_the_minor_unit_of_stripe_depends_on_the_currency(take, events, code, amount):
    take(f"id,amount,created,currency,customer,status\nch_1,3279,1672653600,{code},cus_1,succeeded\n")
    assert events("amount") == [(amount,)]


def test_other_ids_are_not_taken_for_those_of_stripe(take, events):
    take("id,amount,created,currency,customer\n1,3279,2023-01-02,gbp,c\n")
    assert events("amount") == [(3279.0,)]


def test_what_was_never_paid_is_rejected_and_what_is_doubtful_is_noted(take, rejections):
    orders = "customer,date,amount,Order Status\na,2020-01-01,5,wc-Cancelled\na,2020-01-02,5,FAILED\n"
    orders += "a,2020-01-03,5,Refunded\na,2020-01-04,5,completed\na,2020-01-05,-5,cancelled\n,2020-01-04,5,failed\n"
    found = take(orders)
    assert rejections() == [(2, "not paid", "wc-Cancelled"), (3, "not paid", "FAILED"), (7, "null customer", "")]
    assert (found.purchases, found.returns) == (2, 1)
    assert any("'Refunded' in 1 row: they are counted as sales" in note for note in found.files[0].notes)
    assert take(orders, columns="status=").purchases == 4


def test_a_word_that_is_not_ours_is_named_with_those_that_are(take):
    with pytest.raises(ArgumentRefused, match="'status2' is no column of ours") as refusal:
        ColumnMap.parse("status2=x")
    assert "customer, time, amount" in refusal.value.remedy
    with pytest.raises(InputRefused, match="'status2' is no column of ours"):
        take("customer,date,amount\na,2020-01-01,5\n", columns="customer=customer,status2=x")


@pytest.mark.parametrize(("name", "content"), [("a.json", "{}"), ("orders.csv", '[{"customer": 1}]')])
def test_json_is_refused_with_what_is_read(take, name, content):
    with pytest.raises(InputRefused, match="JSON") as refusal:
        take(content, name)
    assert "CSV" in refusal.value.remedy
