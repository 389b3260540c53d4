"""The public data sets, against the figures that are known of them."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from clove.intake.read import read
from clove.intake.rejections import write_rejections

TODAY = date(2026, 11, 20)


@pytest.fixture
def retail(shared_data) -> Path:
    return shared_data / "online_retail_2010_2011.csv.gz"


@pytest.fixture
def cdnow(shared_data) -> Path:
    return shared_data / "cdnow" / "CDNOW_master.txt"


def test_online_retail_gives_the_known_figures(engine, retail, cdnow):
    found = read(engine, [retail], mapping=None, today=TODAY)
    rejected = {rule: rows for rule, rows, _ in found.rejected}
    assert found.rows_read == 541_909
    assert rejected["null customer"] == 135_080
    assert rejected["non-product stock code"] == 1_554
    assert found.returns == 8_905
    assert found.rows_read == found.purchases + found.returns + sum(rejected.values())
    assert (found.first_event, found.last_event) == (date(2010, 12, 1), date(2011, 12, 9))
    assert found.files[0].layout == "order lines"
    # rows with an id, not cancelled, above zero: 397,884; of these, no products and repeats are set apart
    assert found.purchases + rejected["non-product stock code"] + rejected["exact duplicate"] in range(397_884, 397_930)


def test_online_retail_before_duplicates_and_codes_adds_up_to_the_published_revenue(engine, retail, cdnow):
    read(engine, [retail], mapping=None, today=TODAY)
    lines = gzip.decompress(retail.read_bytes()).decode().splitlines()
    kept, sold = (
        engine.table("SELECT count(*) AS n, sum(amount) AS s FROM events WHERE kind = 'purchase'")
        .to_pylist()[0]
        .values()
    )
    apart = engine.table("SELECT row FROM rejections WHERE rule IN ('exact duplicate', 'non-product stock code')")
    rows = [next(csv.reader([lines[row - 1]])) for row in apart["row"].to_pylist()]
    good = [float(r[3]) * float(r[5]) for r in rows if float(r[3]) > 0 and float(r[5]) > 0]
    assert kept + len(good) == 397_884
    assert sold + sum(good) == pytest.approx(8_911_407.904, abs=0.01)


def test_cdnow_is_read_from_spaces_and_windows_line_ends(engine, retail, cdnow):
    found = read(engine, [cdnow], mapping=None, today=TODAY)
    rejected = {rule: rows for rule, rows, _ in found.rejected if rows}
    assert (found.rows_read, rejected) == (69_659, {"quantity or price not above zero": 80})
    total = engine.table("SELECT sum(amount) AS s, count(DISTINCT customer_id) AS n FROM events").to_pylist()[0]
    assert total["s"] == pytest.approx(2_500_315.63, abs=0.005)
    assert total["n"] == 23_502  # 68 of the 23,570 have orders of zero value alone
    assert engine.table("SELECT customer_id AS c FROM events ORDER BY row LIMIT 1")["c"][0].as_py() == "00001"


def test_rejections_are_written_by_file_and_row_and_the_same_each_time(engine, cdnow, tmp_path):
    for name in ("one.csv", "two.csv"):
        read(engine, [cdnow], mapping=None, today=TODAY)
        assert write_rejections(engine, tmp_path / name) == 80
    first = (tmp_path / "one.csv").read_bytes()
    assert first == (tmp_path / "two.csv").read_bytes()
    rows = [int(line.split(b",")[1]) for line in first.splitlines()[1:]]
    assert rows == sorted(rows)
    source = cdnow.read_text().splitlines()
    assert all(float(source[row - 1].split()[3]) == 0 for row in rows)
