"""Files of every kind in a folder: what is found, how it is understood, and what is refused."""

import gzip
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from clove.engine.local import LocalEngine
from clove.intake.portfolio.mapping import PortfolioMap
from clove.intake.portfolio.read import read_portfolio
from clove.kernel.errors import ArgumentRefused, InputRefused
from clove.ledger.contracts import TABLES

TODAY = date(2026, 11, 20)
CONTRACTS = (
    "contract_id,customer_id,country_code,start_date,monthly_fee,status\n"
    "1,k1,ZAF,2024-01-15,199.5,active\n2,k2,ZAF,2024-03-31,1200,cancelled\n"
)
CHANGES = "contract_id,changed_on,status\n2,2024-05-01,cancelled\n"
COLUMNS = "contract_id, customer_id, country_code, start_date, monthly_fee, status, cancellation_date"


def contracts_of(folder, columns=""):
    with LocalEngine.open(threads=1) as engine:
        mapping = PortfolioMap.parse(columns) if columns else None
        found = read_portfolio(folder, engine, mapping=mapping, today=TODAY)
        return found, engine.table(f"SELECT {COLUMNS} FROM portfolio_contracts ORDER BY row").to_pylist()


def as_workbook(path, text):
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Notes").write(0, 0, "exported for a review")
        sheet = workbook.add_worksheet("Contracts")
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for i, line in enumerate(text.splitlines()):
            for j, cell in enumerate(line.split(",")):
                if i and j == 3:
                    sheet.write_datetime(i + 2, j, date.fromisoformat(cell), day)
                elif i and j in {0, 4}:
                    sheet.write_number(i + 2, j, float(cell))
                else:
                    sheet.write(i + 2, j, cell)


def as_parquet(path, text):
    head, *lines = (line.split(",") for line in text.splitlines())
    columns = dict(zip(head, map(list, zip(*lines, strict=True)), strict=True))
    columns["contract_id"] = pa.array([int(i) for i in columns["contract_id"]])
    columns["start_date"] = pa.array([date.fromisoformat(d) for d in columns["start_date"]])
    columns["monthly_fee"] = pa.array([float(fee) for fee in columns["monthly_fee"]])
    columns["country_code"] = pa.array(columns["country_code"]).dictionary_encode()
    columns["months_active"] = pa.array([None, 2], pa.int32())
    pyarrow.parquet.write_table(pa.table(columns), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("contracts.csv", lambda path: path.write_text(CONTRACTS)),
        ("Contracts.CSV", lambda path: path.write_text(CONTRACTS)),
        ("contracts.csv.gz", lambda path: path.write_bytes(gzip.compress(CONTRACTS.encode()))),
        ("contracts.tsv", lambda path: path.write_text(CONTRACTS.replace(",", "\t"))),
        ("contracts.txt", lambda path: path.write_text(CONTRACTS.replace(",", ";"))),
        ("contracts.parquet", lambda path: as_parquet(path, CONTRACTS)),
        ("contracts.xlsx", lambda path: as_workbook(path, CONTRACTS)),
    ],
)
def test_every_kind_of_file_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)
    (tmp_path / "status_changes.csv").write_text(CHANGES)
    found, rows = contracts_of(tmp_path)
    assert rows == [
        {
            "contract_id": "1",
            "customer_id": "k1",
            "country_code": "ZAF",
            "start_date": date(2024, 1, 15),
            "monthly_fee": 199.5,
            "status": "active",
            "cancellation_date": None,
        },
        {
            "contract_id": "2",
            "customer_id": "k2",
            "country_code": "ZAF",
            "start_date": date(2024, 3, 31),
            "monthly_fee": 1200.0,
            "status": "cancelled",
            "cancellation_date": date(2024, 5, 1),
        },
    ]
    assert found.tables[0].file == name
    assert found.present == {"contracts", "status_changes"}


def test_typed_values_of_parquet_are_judged_as_text_is(tmp_path, engine):
    (tmp_path / "contracts.csv").write_text(CONTRACTS)
    (tmp_path / "status_changes.csv").write_text(CHANGES)
    nan, inf = float("nan"), float("inf")
    payments = {
        "contract_id": pa.array(["1"] * 8),
        "period_year": pa.array([2024] * 8, pa.int64()),
        "period_month": pa.array([2.0, 2.5, 13.0, 2.0, 2.0, 2.0, None, 2.0]),
        "amount_due": pa.array([9, 9, 9, nan, inf, -1, 9, None], pa.float32()),
        "paid_date": pa.array([None, *[datetime(2024, 2, 3, 9, tzinfo=UTC)] * 7], pa.timestamp("ms")),
        "due_date": pa.array([None, *[datetime(2024, 2, 3, 9, tzinfo=UTC)] * 7], pa.timestamp("ms", "UTC")),
        "days_late": pa.array([None, *[3] * 7], pa.int8()),
    }
    pyarrow.parquet.write_table(pa.table(payments), tmp_path / "payments.parquet")
    found = read_portfolio(tmp_path, engine, mapping=None, today=TODAY)
    assert engine.table("SELECT * EXCLUDE (file) FROM portfolio_payments").to_pylist() == [
        {
            **dict.fromkeys(TABLES["payments"].schema.names),
            "contract_id": "1",
            "period_year": 2024,
            "period_month": 2,
            "amount_due": 9.0,
            "happened": date(2024, 2, 29),
            "currency": "ZAR",
            "row": 2,
        }
    ]
    rejected = engine.table("SELECT row, rule, value FROM rejections ORDER BY row").to_pylist()
    assert [tuple(line.values()) for line in rejected] == [
        (3, "not a whole number", "period_month = 2.5"),
        (4, "out of range", "period_month = 13.0"),
        (5, "unreadable number", "amount_due = nan"),
        (6, "unreadable number", "amount_due = inf"),
        (7, "out of range", "amount_due = -1.0"),
        (8, "missing value", "period_month"),
        (9, "missing value", "amount_due"),
    ]
    assert [(t.rows, t.kept) for t in found.tables if t.name == "payments"] == [(8, 1)]


def test_a_sheet_without_contracts_is_passed_over_and_said(tmp_path):
    as_workbook(tmp_path / "contracts.xlsx", CONTRACTS.replace("cancelled", "active"))
    found, _ = contracts_of(tmp_path)
    assert [(f.name, f.table) for f in found.findings] == [("no table", "contracts.xlsx [Notes]")]
    assert found.tables[0].sheet == "Contracts"


def test_headings_are_known_as_people_and_machines_write_them(portfolio, rows):
    found = portfolio(
        contracts="Contract ID,customerId,COUNTRY-CODE,startDate,Fee (ZAR),Clause,hue\n1,k,ZAF,2024-01-15,9,24,red\n",
        recovery_events="contractId,Theft Date,recovery_cost_to_business\n1,2024-02-01,450\n",
    )
    assert rows("portfolio_contracts", "monthly_fee", "cancellation_clause_months") == [(9.0, 24)]
    assert rows("portfolio_recovery_events", "stolen_on", "recovery_cost") == [(date(2024, 2, 1), 450.0)]
    assert found.tables[0].columns["monthly_fee"] == "Fee (ZAR)"
    assert "columns passed over: 'hue'" in found.tables[0].notes


def test_a_person_may_name_columns_and_how_they_are_written(portfolio, rows):
    head = "contract_id,customer_id,country_code,von,bis,gebuehr\n"
    portfolio(
        "contracts.start_date=von:%d/%m/%Y,contracts.monthly_fee=gebuehr:comma,contracts.cancellation_date=bis",
        contracts=head.replace(",", ";") + "1;k;ZAF;03/04/2024;2024-12-01;1.234\n",
    )
    assert rows("portfolio_contracts", "start_date", "monthly_fee", "cancellation_date") == [
        (date(2024, 4, 3), 1234.0, date(2024, 12, 1))
    ]


def test_a_column_that_is_given_empty_is_left_out(portfolio, rows):
    portfolio(
        "contracts.status=",
        contracts="contract_id,customer_id,country_code,start_date,monthly_fee,status\n1,k,ZAF,2024-04-03,9,cancelled\n",
    )
    assert rows("portfolio_contracts", "status") == [(None,)]


@pytest.mark.parametrize(
    ("columns", "refusal"),
    [
        ("fee=Fee", "assigns no column"),
        ("contracts.fee", "assigns no column"),
        ("contracts.fee=Fee", "'fee' is no column of contracts"),
        ("orders.amount=Fee", "'orders' is no table of ours"),
        ("contracts.region=a,contracts.region=b", "given twice"),
    ],
)
def test_a_map_that_names_nothing_of_ours_is_refused(columns, refusal):
    with pytest.raises(ArgumentRefused, match=refusal):
        PortfolioMap.parse(columns)


@pytest.mark.parametrize(
    ("columns", "contracts", "refusal", "remedy"),
    [
        ("contracts.monthly_fee=Price", CONTRACTS, "there is no column 'Price'", "There are"),
        ("contracts.start_date=start_date:comma", CONTRACTS, "is no way to read a column", "Give a date format"),
        (
            "",
            CONTRACTS.replace("monthly_fee", "monthlyfees"),
            "has no column for monthly_fee among",
            'with --map "contracts.monthly_fee=monthlyfees"',
        ),
        (
            "",
            CONTRACTS.replace("status", "Monthly Fee").replace("monthly_fee", "monthlyFee"),
            "'monthlyFee' and 'Monthly Fee' may each be the column monthly_fee",
            'with --map "contracts.monthly_fee=monthlyFee" or',
        ),
        (
            "",
            CONTRACTS.replace("2024-01-15", "01/02/2024"),
            "ambiguous dates",
            "contracts.start_date=start_date:%d/%m/%Y",
        ),
        ("", CONTRACTS.replace("199.5", "1.234").replace(",1200", ",1"), "decimal commas or", "contracts.monthly_fee="),
        ("", CONTRACTS.split("\n", maxsplit=1)[0] + "\n", "has a header and no rows", "Export the contracts again"),
        ("", "", "the file is empty", "Export the table again"),
    ],
)
def test_what_cannot_be_understood_without_guessing_is_refused(portfolio, columns, contracts, refusal, remedy):
    with pytest.raises(InputRefused, match=refusal) as refused:
        portfolio(columns, contracts=contracts)
    assert remedy in refused.value.remedy


def test_a_folder_has_to_hold_contracts_and_each_table_once(tmp_path, engine):
    def read(folder):
        return read_portfolio(folder, engine, mapping=None, today=TODAY)

    with pytest.raises(InputRefused, match="there is no such folder"):
        read(tmp_path / "none")
    with pytest.raises(InputRefused, match="no table of contracts; it is empty"):
        read(tmp_path)
    (tmp_path / "payments.csv").write_text("a,b,c\n1,2,3\n")
    with pytest.raises(InputRefused, match=r"no table of contracts; there are payments\.csv"):
        read(tmp_path)
    (tmp_path / "payments.csv").unlink()
    (tmp_path / "contracts.csv").write_text(CONTRACTS)
    with pytest.raises(InputRefused, match="this is a file, and a portfolio is a folder"):
        read(tmp_path / "contracts.csv")
    as_parquet(tmp_path / "contracts.parquet", CONTRACTS)
    with pytest.raises(InputRefused, match=r"contracts\.csv and contracts\.parquet are both the table contracts"):
        read(tmp_path)


def test_other_files_are_passed_over_and_named(tmp_path):
    (tmp_path / "contracts.csv").write_text(CONTRACTS.replace("cancelled", "active"))
    (tmp_path / "orders.csv").write_text("x")
    (tmp_path / "readme.md").write_text("x")
    (tmp_path / ".hidden.csv").write_text("x")
    (tmp_path / "payments").mkdir()
    found, _ = contracts_of(tmp_path)
    assert [(f.name, f.table) for f in found.findings] == [("no table", "orders.csv"), ("no table", "readme.md")]


def test_ids_of_two_tables_meet_where_one_wrote_them_as_fractions(portfolio):
    found = portfolio(
        contracts=CONTRACTS.replace("cancelled", "active"),
        payments="contract_id,period_year,period_month,amount_due\n1.0,2024,2,9\n2.0,2024,4,9\n",
    )
    assert found.tables[1].kept == 2
    assert "'.0' taken off the ids in 'contract_id'" in found.tables[1].notes


def test_a_table_whose_end_changes_how_its_beginning_reads_is_read_again(portfolio, rows, monkeypatch):
    monkeypatch.setattr("clove.intake.sources.text.BLOCK", 1 << 10)
    lines = [f"c{i},k,ZAF,0{1 + i % 9}/02/2024,9,agent" for i in range(300)]
    found = portfolio(
        contracts="\n".join([CONTRACTS.split("\n", maxsplit=1)[0], *lines, "c300,k,ZAF,13/02/2024,9,agent", ""])
    )
    assert found.contracts == 301
    assert rows("portfolio_contracts", "start_date")[-2:] == [(date(2024, 2, 3),), (date(2024, 2, 13),)]
    assert [(f.name, f.rows) for f in found.findings] == [("unknown word", 301)]


def test_a_file_in_windows_1252_is_read(tmp_path):
    (tmp_path / "contracts.csv").write_bytes(CONTRACTS.replace("k1", "Zoë").replace("cancelled", "").encode("cp1252"))
    _, rows = contracts_of(tmp_path)
    assert rows[0]["customer_id"] == "Zoë"
