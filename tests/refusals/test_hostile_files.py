"""Hostile and broken files: a refusal that names file, row and remedy; never another error, a hang or a guess."""

import gzip
import io
import os
import resource
import struct
import time
import zipfile
from datetime import date

import pytest
import xlsxwriter

from clove.intake.mapping import ColumnMap
from clove.intake.read import read
from clove.kernel.errors import InputRefused

TODAY = date(2026, 11, 20)
GOOD = "customer,date,amount\na,2020-01-01,5\n"


def refused(take, content, name="orders.csv", columns=""):
    with pytest.raises(InputRefused) as refusal:
        take(content, name, columns)
    assert name in refusal.value.where
    assert refusal.value.remedy
    return refusal.value


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "the file is empty"),
        ("\n\n  \n", "holds no rows"),
        ("customer,date,amount\n", "a header and no rows"),
        ("customer,date,amount", "a header and no rows"),
        ("customer,date,amount\n\n,,\n", "no row is a purchase"),
        ("customer^date^amount\na^2020-01-01^5\n", "not divided into columns"),
        ("hello", "not divided into columns"),
        ("name,when\na,b\n", "no column for customer, time, amount"),
        ("customer,date,amount\na;2020-01-01;5\n", "1 of 1 rows do not have the header's 3 cells"),
        ("customer,date,amount\na,2020-01-01,five\n", "no column for amount"),
        ("customer,date,amount\n,2020-01-01,5\n", "most frequent reason is 'null customer', in 1 rows"),
        (b"customer,date,amount\na,2020-01-01,5\0\n", "a zero byte"),
        (b"customer,date,amount\na\x01,2020-01-01,5\n", "the control character 0x01"),
        (GOOD.encode("utf-16-le"), "a zero byte"),
        (GOOD.encode("utf-16")[:-1], "a byte that is not utf-16"),
        (b"\xef\xbb\xbf" + GOOD.encode() + b"\xff,2020-01-01,5\n", "a byte that is not utf-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "the file is no text"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted or an old Excel workbook"),
        (b"BZh91AY", "bzip2"),
        (gzip.compress(GOOD.encode() * 500, mtime=0)[:-9], "cut off or damaged"),
        (gzip.compress(GOOD.encode(), mtime=0)[:-8] + bytes(8), "cut off or damaged"),
        (gzip.compress(b"", mtime=0), "holds no rows"),
    ],
)
def test_no_table_is_made_of_what_is_none(take, content, what):
    assert what in refused(take, content).what


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.csv.gz"])
def test_a_name_that_promises_another_kind(take, name):
    assert "the content is no" in refused(take, GOOD, name).what


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        (['"a,2020-01-01,5', "b,2020-01-02,6"], 2),  # never closed
        (
            ["a,2020-01-01,5", '"b,2020-01-02,6', '"c",2020-01-03,7', "d,2020-01-04,8"],
            3,
        ),  # closed by the next cell
        (
            ["a,2020-01-01,5", 'b,2020-01-02,"', "c,2020-01-03,7", 'd,2020-01-04,"', "e,2020-01-05,9"],
            3,
        ),  # twice
        (['"a\nb",2020-01-01,5', '"b" x,2020-01-02,6'], 3),  # text behind the closing quote
    ],
)
def test_an_open_quote_is_named_by_its_row(take, lines, row):
    refusal = refused(take, "\n".join(["customer,date,amount", *lines, ""]))
    assert "a quoted cell opens here" in refusal.what
    assert refusal.where.endswith(f"row {row}")


def test_a_quote_inside_a_bare_cell_is_an_ordinary_character(take, events):
    take('customer,date,amount,note\na,2020-01-01,5,12" ruler\nb,2020-01-02,6,"x, ""y"""\nc,2020-01-03,7,3" or 4"\n')
    assert events("customer_id") == [("a",), ("b",), ("c",)]


def test_a_line_without_end_does_not_fill_the_memory(take):
    bomb = gzip.compress(GOOD.encode() + b"a" * (200 << 20), compresslevel=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal = refused(take, bomb, "bomb.csv.gz")
    assert "a row is longer than 4 MiB" in refusal.what
    assert refusal.where.endswith("row 3")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250 << 10  # KiB


def test_many_columns_are_refused(take):
    wide = ",".join(f"c{i}" for i in range(10_000))
    assert "10,000 columns" in refused(take, f"{wide}\n{wide}\n").what


def test_wide_but_possible_tables_are_read(take):
    names, values = [f"x{i}" for i in range(900)], ["1"] * 900
    assert (
        take(
            ",".join(["customer", "date", "amount", *names]) + "\n" + ",".join(["a", "2020-01-01", "5", *values]) + "\n"
        ).purchases
        == 1
    )


def test_a_million_purchases_of_one_customer(take):
    started = time.perf_counter()
    assert take("customer,date,amount\n" + "a,2020-01-01,5\n" * 1_000_000).purchases == 1_000_000
    assert time.perf_counter() - started < 60


def test_paths_that_are_no_files(engine, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    for path, what in (
        (tmp_path, "a folder"),
        (tmp_path / "none.csv", "no such file"),
        (tmp_path / "pipe.csv", "no regular file"),
        (tmp_path / ("x" * 300), "cannot be opened"),
        (tmp_path / "loop.csv", "cannot be opened"),
    ):
        with pytest.raises(InputRefused, match=what) as refusal:
            read(engine, [path], mapping=None, today=TODAY)
        assert str(path) in refusal.value.where
    with pytest.raises(InputRefused, match="no file is given"):
        read(engine, [], mapping=None, today=TODAY)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(engine, write):
    path = write(GOOD)
    path.chmod(0)
    with pytest.raises(InputRefused, match="may not be read"):
        read(engine, [path], mapping=None, today=TODAY)


def test_a_file_given_twice_in_two_ways(engine, write, tmp_path):
    path = write(GOOD)
    (tmp_path / "again.csv").symlink_to(path)
    with pytest.raises(InputRefused, match="given twice"):
        read(engine, [path, tmp_path / "again.csv"], mapping=None, today=TODAY)


def book(parts=None, compression=zipfile.ZIP_DEFLATED, **sheet):
    """A workbook, with some parts replaced."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as plain:
        plain.add_worksheet("One").write_row(0, 0, ["customer", "date", "amount"])
        plain.worksheets()[0].write_row(1, 0, ["a", "2020-01-01", 5])
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", compression) as target:
        for info in source.infolist():
            target.writestr(info.filename, (parts or {}).get(info.filename, source.read(info)))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
CELLS = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def test_the_workbook_of_these_tests_is_a_good_one(take):
    assert take(book(), "a.xlsx").purchases == 1


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        (
            {SHEET: CELLS.format('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')},
            "spans a grid",
        ),
        (
            {SHEET: CELLS.format("<row r='1'><c r='A1'><v>1</v></c><c r='A4000000000'><v>1</v></c></row>")},
            "spans a grid",
        ),
        ({SHEET: CELLS.format('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>')}, "spans a grid"),
        ({SHEET: CELLS.format('<row r="1"/>' + " " * (80 << 20))}, "unpacks to more than"),
        ({SHEET: '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + CELLS.format("")}, "XML entities"),
        ({"xl/workbook.xml": "<workbook"}, ""),
        ({SHEET: "<worksheet><sheetData><row><c"}, ""),
        ({SHEET: CELLS.format("").encode("utf-16")}, "UTF-8"),
    ],
)
def test_a_hostile_workbook(take, parts, what):
    assert what in refused(take, book(parts), "a.xlsx").what


def test_a_workbook_that_lies_about_its_size(take):
    data = bytearray(book({SHEET: CELLS.format(" " * (300 << 20))}))
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(SHEET.encode()))
    data[at + 24 : at + 28] = struct.pack("<I", 1_000)  # the declared size in the directory
    assert "unpacks to more than" in refused(take, bytes(data), "a.xlsx").what


def test_an_encrypted_archive_and_a_plain_zip(take):
    data = bytearray(book())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "encrypted" in refused(take, bytes(data), "a.xlsx").what
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("orders.csv", GOOD)
    assert "no Excel workbook" in refused(take, out.getvalue(), "a.zip").what


def test_a_map_for_another_table(take):
    assert "there is no column 'Kunde'" in refused(take, GOOD, columns="customer=Kunde").what


def test_a_file_larger_than_the_memory(write, tmp_path):
    from clove.engine.local import LocalEngine

    lines = (f"customer-{i % 50_000},2020-01-01,5,order-{i},{'x' * 60}\n" for i in range(600_000))
    path = write("customer,date,amount,order_id,note\n" + "".join(lines))
    with LocalEngine.open(memory_limit="96MiB", threads=1, spill=tmp_path) as engine:
        assert read(engine, [path], mapping=ColumnMap({}), today=TODAY).purchases == 600_000
