"""Whatever the bytes, a file is refused or read, and then every row is accounted for."""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clove.kernel.errors import InputRefused

quiet = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

CSV = b'customer,date,amount,order_id\na,2020-01-01,5,1\n"b,c",13/02/2020,"1,5",C2\n' * 2


def workbook() -> bytes:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as book:
        sheet = book.add_worksheet("One")
        sheet.write_row(0, 0, ["customer", "date", "amount"])
        sheet.write_row(1, 0, ["a", "2020-01-01", 5])
    return raw.getvalue()


def parquet() -> bytes:
    raw = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"customer": ["a"], "date": ["2020-01-01"], "amount": [5.0]}), raw)
    return raw.getvalue()


SEEDS = {"a.csv": CSV, "a.csv.gz": gzip.compress(CSV, mtime=0), "a.xlsx": workbook(), "a.parquet": parquet()}
HEADS = {"a.csv": b"", "a.csv.gz": b"\x1f\x8b\x08", "a.xlsx": b"PK\x03\x04", "a.parquet": b"PAR1"}


@pytest.mark.parametrize("name", SEEDS)
@quiet
@given(st.binary(max_size=300))
def test_any_bytes(take, name, content):
    try_to_take(take, HEADS[name] + content, name)


@pytest.mark.parametrize("name", SEEDS)
@quiet
@given(st.data())
def test_a_good_file_with_some_bytes_changed(take, name, data):
    content = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try_to_take(take, bytes(content), name)


tokens = st.sampled_from(
    ["customer", "date", "amount", "a", "2020-01-01", "5", "", "C1", "nan", "1,5", "1.5", "31/12/2020", '"', "''", "é"]
)


@quiet
@given(
    st.lists(st.lists(tokens, max_size=5), max_size=8),
    st.sampled_from([",", ";", "\t", "|", " "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
@example([["customer", "date", "amount"], ["a", "2020-01-01", "1,5"], ["", "", ""]], ";", "\n")
def test_tables_of_likely_words(take, rows, delimiter, end):
    try_to_take(take, end.join(delimiter.join(row) for row in rows), "a.csv")


def try_to_take(take, content, name):
    refusal = refusal_of(take, content, name)
    assert refusal is None or (name in refusal.where and refusal.what and refusal.remedy)


def refusal_of(take, content, name):
    """None where the file is read; `take` has then checked the identity of the counts."""
    try:
        take(content, name)
    except InputRefused as refusal:
        return refusal
    return None
