"""A full row of every table comes back as it was written, whatever the file."""

from datetime import date

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from clove.features.exchange import convert, converted
from clove.intake.portfolio.read import read_portfolio
from clove.ledger.contract_table import Column, Kind
from clove.ledger.contracts import TABLES

TODAY = date(2026, 11, 20)


def sample(column: Column) -> object:
    """A value that the column's rules allow."""
    if column.name == "cancellation_date":
        return date(2024, 9, 30)
    values = {
        Kind.ID: f"{column.name} 1",
        Kind.TEXT: "Cape, “west”",
        Kind.WORD: column.words[-1] if column.words else "",
        Kind.CURRENCY: "ZAR",
        Kind.DATE: date(2024, 5, 17),
        Kind.WHOLE: {"period_year": 2024}.get(column.name, 7),
        Kind.NUMBER: 1.0 if column.name == "rate" else 12.25,
        Kind.YES_NO: True,
    }
    value = values[column.kind]
    return "ZAF" if column.name == "country_code" else value


def full_tables() -> dict[str, pa.Table]:
    return {t.name: pa.table({c.name: [sample(c)] for c in t.columns}, schema=t.schema) for t in TABLES.values()}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_full_row_of_every_table_is_read_as_it_was_written(tmp_path, engine, ending):
    tables = full_tables()
    for name, table in tables.items():
        if ending == "csv":
            pyarrow.csv.write_csv(table, tmp_path / f"{name}.csv")
        else:
            pyarrow.parquet.write_table(table, tmp_path / f"{name}.parquet")
    found = read_portfolio(tmp_path, engine, mapping=None, today=TODAY)
    assert found.present == set(TABLES)
    assert engine.table("SELECT * FROM rejections").to_pylist() == []
    assert [t.notes for t in found.tables] == [()] * len(TABLES)
    for name, table in tables.items():
        contract_table = TABLES[name]
        columns = ", ".join(contract_table.schema.names)
        read = engine.table(f"SELECT {columns} FROM {contract_table.in_engine}")
        assert read.schema.types == contract_table.schema.types, name
        assert read.to_pylist() == table.to_pylist(), name
    convert(engine, "ZAR", found.as_of)
    for contract_table in TABLES.values():
        if contract_table.money:
            columns = ", ".join(contract_table.schema.names)
            read = engine.table(f"SELECT {columns} FROM {converted(contract_table.name)}")
            assert read.to_pylist() == tables[contract_table.name].to_pylist()


def test_one_contract_alone_and_all_contracts_cancelled_are_portfolios(tmp_path, engine):
    table = full_tables()["contracts"]
    pyarrow.csv.write_csv(table, tmp_path / "contracts.csv")
    found = read_portfolio(tmp_path, engine, mapping=None, today=TODAY)
    assert (found.contracts, found.currency, found.as_of) == (1, "ZAR", date(2024, 9, 30))
    assert not found.findings
