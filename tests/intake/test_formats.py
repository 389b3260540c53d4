"""The same orders in every format and encoding give the same events."""

import gzip
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clove.intake.read import read
from clove.intake.sources.records import Layout, records
from clove.kernel.errors import InputRefused

TODAY = date(2026, 11, 20)
CSV = 'customer_id,date,amount,order_id,note\nanna,2020-01-01 10:30,12.5,1,"a, ""b""\nc"\nbjörn,2020-01-02,-3,2,\n'
EXPECTED = [
    ("purchase", "anna", datetime.fromisoformat("2020-01-01 10:30"), 12.5, "1", 2),
    ("return", "björn", datetime.fromisoformat("2020-01-02"), 3.0, "2", 3),
]
COLUMNS = ("kind", "customer_id", "time", "amount", "order_id", "row")


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("a.csv", CSV.encode(), None),
        ("a.csv", CSV.replace("\n", "\r\n").encode(), None),
        ("a.csv", CSV.replace('\nc"', 'c"').replace("\n", "\r").encode(), None),
        ("a.csv", CSV.encode("utf-8-sig"), None),
        ("a.csv", CSV.encode("utf-16"), "read as UTF-16"),
        ("a.csv", b"\xfe\xff" + CSV.encode("utf-16-be"), "read as UTF-16"),
        ("a.csv", CSV.encode("cp1252"), "not UTF-8: read as Windows-1252"),
        ("a.csv.gz", gzip.compress(CSV.encode(), mtime=0), None),
        ("a", gzip.compress(CSV.encode(), mtime=0), None),
        ("a.tsv", CSV.replace("a, ", "a").replace(",", "\t").encode(), "cells separated by tabs"),
        ("a.txt", CSV.replace("a, ", "a").replace(",", "|").encode(), "cells separated by vertical bars"),
        ("a.csv", b"sep=;\n" + CSV.replace("a, ", "a").replace(",", ";").encode(), None),
        ("a.csv", CSV.rstrip("\n").encode(), None),
        ("a.csv", b"\n\n" + CSV.encode(), None),
    ],
)
def test_text_in_every_dress(take, events, name, content, note):
    found = take(content, name)
    shift = 1 if content.startswith(b"sep") else 2 if content.startswith(b"\n") else 0
    assert events(*COLUMNS) == [(*line[:-1], line[-1] + shift) for line in EXPECTED]
    assert note is None or note in found.files[0].notes


def test_a_byte_that_is_not_utf8_far_down_starts_the_file_again(take, engine, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 12)
    monkeypatch.setattr("clove.intake.sources.text.LOOK", 1 << 12)
    lines = [f"k{i},2020-01-01,5" for i in range(2_000)]
    found = take("\n".join(["customer,date,amount", *lines, "björn,2020-01-01,5"]).encode("cp1252"))
    assert found.purchases == 2_001
    assert engine.table("SELECT count(*) AS n FROM events WHERE customer_id = 'björn'")["n"][0].as_py() == 1


def workbook(path, **sheets):
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(r, c, value, day)
                    elif value is not None:
                        sheet.write(r, c, value)
    return path


HEAD = ["customer_id", "date", "amount", "order_id"]
ROWS = [
    ["anna", datetime.fromisoformat("2020-01-01 10:30"), 12.5, 1],
    ["björn", datetime.fromisoformat("2020-01-02"), -3, 2],
]


def test_a_workbook_with_a_title_and_other_sheets(engine, events, tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        Read=[["me", "and", "this"], ["x"]],
        One=[["Orders of 2020"], [], HEAD, ROWS[0], [], [None, None, None, None]],
        Two=[HEAD, ROWS[1]],
    )
    found = read(engine, [path], mapping=None, today=TODAY)
    assert events(*COLUMNS[:-1]) == [line[:-1] for line in EXPECTED]
    assert [(f.name, f.sheet, f.rows) for f in found.files] == [("a.xlsx", "One", 1), ("a.xlsx", "Two", 1)]
    assert found.files[0].notes[-1] == "sheet 'Read' holds no orders"
    assert events("file", "row") == [(0, 4), (1, 2)]


def test_day_counts_and_whole_numbers_of_a_workbook(engine, events, tmp_path):
    path = workbook(tmp_path / "a.xlsx", One=[HEAD, [17850, 40513.5, 2, 536365], [17851, 40514, 2, 536366]])
    found = read(engine, [path], mapping=None, today=TODAY)
    assert events("customer_id", "order_id", "time") == [
        ("17850", "536365", datetime.fromisoformat("2010-12-01 12:00")),
        ("17851", "536366", datetime.fromisoformat("2010-12-02")),
    ]
    assert "day counts of the spreadsheet read as dates" in found.files[0].notes


def test_sheets_with_two_layouts_are_refused(engine, tmp_path):
    lines = [["customer", "date", "quantity", "price"], ["a", "2020-01-01", 1, 2]]
    path = workbook(tmp_path / "a.xlsx", Orders=[HEAD, ROWS[0]], Lines=lines)
    with pytest.raises(InputRefused, match="sheet 'Orders' holds orders and sheet 'Lines' holds order lines"):
        read(engine, [path], mapping=None, today=TODAY)


def test_a_workbook_without_orders_is_refused(engine, tmp_path):
    with pytest.raises(InputRefused, match="no sheet holds a table"):
        read(engine, [workbook(tmp_path / "a.xlsx", One=[["hello"]])], mapping=None, today=TODAY)
    with pytest.raises(InputRefused, match="no column for customer"):
        read(engine, [workbook(tmp_path / "b.xlsx", One=[["a", "b", "c"], ["x", "y", "z"]])], mapping=None, today=TODAY)


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_with_its_own_types(engine, events, tmp_path, zone, unit):
    times = pa.array(
        [datetime.fromisoformat("2020-01-01 10:30"), datetime.fromisoformat("2020-01-02")], pa.timestamp("us")
    ).cast(pa.timestamp(unit, zone))
    table = pa.table(
        {
            "customer_id": pa.array(["anna", "björn"]).dictionary_encode(),
            "date": times,
            "amount": [12.5, -3.0],
            "order_id": pa.array([1, 2], pa.int32()),
            "tags": [["x"], None],
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    found = read(engine, [tmp_path / "a.parquet"], mapping=None, today=TODAY)
    assert events(*COLUMNS) == EXPECTED
    assert found.files[0].notes == (("times of 'date' turned into UTC",) if zone else ())


def test_several_files_with_layouts_of_their_own(engine, events, write):
    one = write("customer,date,amount\na,2020-01-01,5\n", "one.csv")
    two = write("Invoice;StockCode;Quantity;InvoiceDate;Price;Customer ID\n7;X;2;31/12/2020;1,5;a\n", "two.csv")
    shares = []

    class Listener:
        def stage(self, name):
            raise AssertionError(name)

        def share(self, done):
            shares.append(done)

    found = read(engine, [one, two], mapping=None, today=TODAY, progress=Listener())
    assert [f.layout for f in found.files] == ["orders", "order lines"]
    assert events("file", "row", "amount", "order_id") == [(0, 2, 5.0, "#0:2"), (1, 2, 3.0, "7")]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_duplicates_are_found_across_files(engine, rejections, write):
    text = "customer,date,amount,order_id\na,2020-01-01,5,1\n"
    other = "customer,date,amount,order_id\nb,2020-01-01,5,1\na,2020-01-01,5,1\n"
    found = read(engine, [write(text, "one.csv"), write(other, "two.csv")], mapping=None, today=TODAY)
    assert found.purchases == 2
    assert rejections() == [(3, "exact duplicate", "same as row 2 of file 1")]


def test_overlapping_exports_count_a_return_once(engine, rejections, write):
    head = "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n"
    sale, back = "1,A,2,2020-01-01,3,a\n", "C2,A,-2,2020-01-02,3,a\n"
    one, two = write(head + sale + back * 2, "one.csv"), write(head + "3,B,1,2020-01-03,3,a\n" + back, "two.csv")
    found = read(engine, [one, two], mapping=None, today=TODAY)
    assert (found.purchases, found.returns) == (2, 2)
    assert rejections() == [(3, "exact duplicate", "same as row 3 of file 1")]


def test_negative_amounts_without_an_order_number_are_never_duplicates(engine, write):
    text = "customer,date,amount\na,2020-01-01,5\na,2020-01-01,-5\n"
    one, two = write(text, "one.csv"), write(text + "b,2020-01-01,6\n", "two.csv")
    found = read(engine, [one, two], mapping=None, today=TODAY)
    assert (found.purchases, found.returns) == (3, 2)


def test_the_same_bytes_at_two_paths_are_refused(engine, write):
    text = "customer,date,amount\na,2020-01-01,5\n"
    one, other, two = (write(text, "one.csv"), write(text.replace("a,", "b,"), "b.csv"), write(text, "two.csv"))
    with pytest.raises(InputRefused, match=r"the same bytes as .*one\.csv") as refusal:
        read(engine, [one, other, two], mapping=None, today=TODAY)
    assert refusal.value.where == str(two)
    assert read(engine, [one, other], mapping=None, today=TODAY).purchases == 2


def test_orders_and_their_lines_in_two_files_are_refused(engine, write):
    orders = write("customer,date,amount,order_id\na,2020-01-01,5,6\na,2020-01-01,5,7\n", "orders.csv")
    lines = "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n"
    same = write(lines + "7,X,2,2020-01-01,2.5,a\n", "same.csv")
    others = write(lines + "8,X,2,2020-01-01,2.5,a\n", "others.csv")
    for files in ([orders, same], [same, orders]):
        with pytest.raises(InputRefused, match=r"orders\.csv holds orders and same\.csv holds order lines.* '7'"):
            read(engine, files, mapping=None, today=TODAY)
    assert read(engine, [orders, others], mapping=None, today=TODAY).purchases == 3


def test_the_hash_depends_on_content_and_order_alone(engine, write, tmp_path):
    one, two = (
        write("customer,date,amount\na,2020-01-01,5\n", "one.csv"),
        write("customer,date,amount\nb,2020-01-01,5\n", "2.csv"),
    )
    copy = write(one.read_bytes(), "copy.csv")

    def digest(*files):
        return read(engine, list(files), mapping=None, today=TODAY).data_hash

    assert digest(one, two) == digest(copy, two) != digest(two, one)


cells = st.text(st.sampled_from('ab,"\n\r é'), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=12), st.integers(1, 9))
def test_quoted_cells_survive_any_cut_of_the_stream(pairs, size):
    quoted = ['"' + c.replace('"', '""') + '"' for pair in pairs for c in pair]
    rows = [f"{quoted[2 * i]},{quoted[2 * i + 1]}\n".encode() for i in range(len(pairs))]
    data = b"".join(rows)
    blocks = [data[i : i + size] for i in range(0, len(data), size)]
    layout = Layout(",", quoted=True, cells=9, first_row=2, where="x")
    pieces = list(records(blocks, layout))
    assert b"".join(piece.data for piece in pieces) == data
    ends = {0}
    for row in rows:
        ends.add(max(ends) + len(row))
    at = 0
    for piece in pieces:
        at += len(piece.data)
        assert at in ends


def test_rows_keep_their_numbers_over_many_pieces_and_both_passes(take, engine, rejections, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 10)
    lines = ["customer,date,amount", *(f'c,01/02/2010,"{i}.5"' for i in range(1, 1_000))]
    lines[500], lines[600], lines[700], lines[800] = "broken,row", "", 'c,13/02/2010,"oh\nno"', "c,late,1.5"
    found = take("\n".join(lines))
    assert rejections() == [
        (501, "malformed row", "broken,row"),
        (701, "unreadable quantity or price", "oh\nno"),
        (801, "unreadable date", "late"),
    ]
    assert found.rows_read == 998
    assert found.files[0].notes == ("dates read as day/month/year", "1 empty row passed over")
    odd = engine.table("SELECT count(*) AS n FROM events WHERE amount <> row - 1 + 0.5")["n"][0].as_py()
    assert (found.purchases, odd) == (995, 0)


def test_what_was_read_too_early_is_taken_back(take, rejections, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 10)
    lines = [
        "customer,date,amount,order",
        "",
        *(f"7.0,2010-01-02,5,{i}" for i in range(1_000)),
        "x,13/02/2010,5,1000",
        "",
    ]
    lines[3] = "7.0,never,5,1"
    found = take("\n".join(lines))
    assert (found.rows_read, found.purchases) == (1_001, 1_000)
    assert rejections() == [(4, "unreadable date", "never")]
    assert "1 empty row passed over" in found.files[0].notes


def test_malformed_rows_keep_their_numbers_where_several_threads_parse(take, engine, rejections, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.delimited._BLOCK", 1 << 10)
    lines = ["customer,date,amount", *(f"c,2020-01-02,{i}" for i in range(2, 2_002))]
    lines[300], lines[1_900] = "broken,row", "one,more,broken,row"
    found = take("\n".join(lines))
    assert rejections() == [(301, "malformed row", "broken,row"), (1_901, "malformed row", "one,more,broken,row")]
    assert found.purchases == 1_998
    assert engine.table("SELECT count(*) AS n FROM events WHERE amount <> row")["n"][0].as_py() == 0


def test_a_row_longer_than_what_a_thread_takes_is_read(take, events, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.delimited._BLOCK", 1 << 10)
    lines = ["customer,date,amount,note", *(f"c,2020-01-02,{i},{'x' * 20}" for i in range(2, 302))]
    lines[150] = f"c,2020-01-02,151,{'y' * 5_000}"
    assert take("\n".join(lines)).purchases == 300
    assert all(amount == row for amount, row in events("amount", "row"))
