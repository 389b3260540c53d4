"""What intake refuses ends at the terminal in one message and exit code 3, with nothing left behind."""

import gzip
import io
import os
import subprocess
import sys
import zipfile

import pytest

GOOD = b"customer,date,amount\na,2020-01-01,5\n"


def bomb() -> bytes:
    """A zip that calls itself a workbook and unpacks to more than a sheet may."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", " " * (80 << 20))
    return out.getvalue()


def value(folder, *files, options=()):
    return subprocess.run(
        [sys.executable, "-m", "clove", "value", *files, "--out", "out", *options],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )


def refused(folder, *files):
    done = value(folder, *files)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr
    assert "→" in done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    return done.stderr


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("orders.csv", b"", "the file is empty"),
        ("orders.csv", b"customer,date,amount\n", "a header and no rows"),
        ("orders.csv", b"name,when\na,b\n", "no column for"),
        ("orders.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "the file is no text"),
        ("orders.csv", b"customer,date,amount\n" + b'"a,2020-01-01,5\n', "a quoted cell opens here"),
        ("orders.csv", GOOD + b"b,31/12/2020,5\nc,12/31/2020,5\n", "mixed date formats"),
        ("orders.csv.gz", gzip.compress(GOOD * 500, mtime=0)[:-9], "cut off or damaged"),
        ("orders.xlsx", b"PK\x03\x04" + bytes(range(200)), "damaged"),
        ("orders.xlsx", bomb(), "unpacks to more than"),
        ("orders.parquet", b"PAR1" + bytes(range(200)), "damaged"),
    ],
    ids=["empty", "header", "headings", "picture", "quote", "dates", "gzip", "workbook", "bomb", "parquet"],
)
def test_a_hostile_file_is_refused_in_one_message(tmp_path, name, content, what):
    (tmp_path / name).write_bytes(content)
    message = refused(tmp_path, name)
    assert what in message
    assert name in message


def test_a_workbook_without_orders_is_refused(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "orders.xlsx")) as book:
        book.add_worksheet("One").write_row(0, 0, ["a", "b", "c"])
    assert "no column for" in refused(tmp_path, "orders.xlsx")


def test_the_same_bytes_twice_are_refused(tmp_path):
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_bytes(GOOD)
    assert "the same bytes" in refused(tmp_path, "one.csv", "two.csv")


def test_the_last_day_of_the_calendar_is_no_defect(tmp_path):
    (tmp_path / "orders.csv").write_bytes(GOOD)
    done = value(tmp_path, "orders.csv", options=["--today", "9999-12-31"])
    assert done.returncode in {2, 3, 4}, done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr
