"""A folder of contract tables becomes typed tables of the engine, and the table of rejections."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.intake.cells import literal
from clove.intake.opening import tables
from clove.intake.portfolio.dating import default_as_of, held_after
from clove.intake.portfolio.files import find_tables
from clove.intake.portfolio.findings import Finding, look
from clove.intake.portfolio.headings import TableColumns, recognise
from clove.intake.portfolio.links import set_apart
from clove.intake.portfolio.mapping import PortfolioMap
from clove.intake.portfolio.reading import REJECTED, ContractTableReader, staged
from clove.intake.portfolio.result import PortfolioReading, TableRead
from clove.intake.portfolio.rules import RULES
from clove.intake.portfolio.settling import settle
from clove.intake.read import REJECTIONS
from clove.intake.sources.delimited import DelimitedTable
from clove.intake.sources.files import check_all, hash_of, kind_of
from clove.intake.sources.table import Table
from clove.intake.sources.text import NotUtf8
from clove.kernel.errors import InputRefused
from clove.kernel.progress import Progress, Silent
from clove.ledger.contract_table import ContractTable
from clove.ledger.contracts import TABLES

NOTHING_KEPT = "every row rejected"
"""Name of the finding that a table has rows and not one of them counts."""


def read_portfolio(
    folder: Path,
    engine: LocalEngine,
    *,
    mapping: PortfolioMap | None,
    today: date,
    as_of: date | None = None,
    progress: Progress = Silent(),  # noqa: B008  (it has no state)
) -> PortfolioReading:
    """Read a folder with one file per table.

    Fills the engine's tables `portfolio_<table>`, empty for a table that is not there, and `rejections` (file, row,
    rule, value, remedy). They hold the columns of `clove.ledger.contracts.TABLES`, and `happened` (the day of the row,
    null where it has none), `currency` (of its amounts), `file` and `row`. Rows after the as-of date stay among them.

    Args:
        folder: CSV, TSV, XLSX or Parquet, named as the tables; text packed with gzip or not.
        engine: Where the tables are made; older ones of these names are replaced.
        mapping: Columns that a person has named; the others are recognised.
        today: No later day becomes the as-of date.
        as_of: The date to look from; by default the last month end that the tables reach.
        progress: Told the share of the bytes that are read.

    Raises:
        InputRefused: No table of contracts, a file that cannot be read or not be understood without guessing, or no
            contract left.
    """
    found = find_tables(folder)
    paths = list(found.tables.values())
    check_all(paths)
    digest = hash_of(paths)
    sizes = [path.stat().st_size for path in paths]
    for table in TABLES.values():
        schema = table.schema.append(pa.field("file", pa.int32())).append(pa.field("row", pa.int64()))
        engine.load(staged(table), schema.empty_table())
    engine.execute(
        f"CREATE OR REPLACE TABLE {REJECTED} "
        "(file INTEGER, row BIGINT, rule VARCHAR, value VARCHAR, remedy VARCHAR, contract VARCHAR)"
    )
    readers: list[ContractTableReader] = []
    findings = [_not_a_table(name) for name in found.passed_over]
    for i, (name, path) in enumerate(found.tables.items()):

        def report(consumed: int, earlier: int = sum(sizes[:i])) -> None:
            progress.share(min(1.0, (earlier + consumed) / max(1, sum(sizes))))

        given = mapping.of(name) if mapping else {}
        passed_over: list[str] = []
        for opened, columns in _opened(TABLES[name], path, given, passed_over):
            readers.append(_read(ContractTableReader(engine, opened, TABLES[name], columns, len(readers), report)))
            findings += _of_reader(readers[-1])
        findings += [_not_a_table(f"{path.name} [{sheet}]") for sheet in passed_over]
    if not any(reader.rows > reader.empty for reader in readers if reader.contract_table.name == "contracts"):
        raise InputRefused(
            "the table of contracts has a header and no rows",
            where=str(found.tables["contracts"]),
            remedy="Export the contracts again",
        )
    return _conclude(engine, found.tables, readers, findings, digest=digest, today=today, as_of=as_of)


def _opened(
    table: ContractTable, path: Path, given: Mapping[str, str], passed_over: list[str]
) -> Iterator[tuple[Table, TableColumns]]:
    """Each sheet of a file, or the one table of another, that holds the table."""
    example = ",".join(column.name for column in table.columns if column.required)
    understand = partial(recognise, contract_table=table, mapping=given)
    yield from tables(path, kind_of(path), understand, passed_over, example)


def _not_a_table(name: str) -> Finding:
    return Finding(
        "no table", name, 0, "not read: neither its name nor its columns are those of a table that Clove knows"
    )


def _read(reader: ContractTableReader) -> ContractTableReader:
    try:
        reader.read()
    except NotUtf8:
        if not isinstance(reader.table, DelimitedTable):
            raise
        reader.forget()
        reader = replace(reader, table=reader.table.reopened_as_cp1252())
        reader.read()
    return reader


def _of_reader(reader: ContractTableReader) -> list[Finding]:
    name = reader.contract_table.name
    findings = [
        Finding(
            "unknown word",
            name,
            rows,
            f"{column} is none of {', '.join(reader.contract_table.by_name[column].words)}, such as "
            f"{reader.first_unknown[column]!r}: taken as unknown",
        )
        for column, rows in reader.unknown_words.items()
    ]
    if reader.rows == reader.empty:
        findings.append(Finding("no rows", name, 0, "the table has a header and no rows"))
    return findings


def _conclude(
    engine: LocalEngine,
    paths: Mapping[str, Path],
    readers: list[ContractTableReader],
    findings: list[Finding],
    *,
    digest: str,
    today: date,
    as_of: date | None,
) -> PortfolioReading:
    """Compare rows with others, make the tables of the portfolio and of rejections, and count."""
    files = {name: [r.file for r in readers if r.contract_table.name == name] for name in TABLES}
    filled = set_apart(engine, files)
    if filled:
        detail = "cancelled without a date: taken from status_changes"
        findings.append(Finding("end from status changes", "contracts", filled, detail))
    settle(engine)
    done = [_table_read(engine, reader, paths[reader.contract_table.name].name) for reader in readers]
    findings[:0] = _nothing_kept(engine, done)
    rejected = _make_rejections(engine, done)
    contracts = TABLES["contracts"].in_engine
    currencies = engine.table(
        f"SELECT currency, count(*) AS n FROM {contracts} GROUP BY currency ORDER BY n DESC, currency"
    ).to_pylist()
    if not currencies:
        worst, rows, remedy = _most_frequent(engine, files["contracts"])
        raise InputRefused(
            f"no contract is left; the most frequent reason is {worst!r}, in {rows:,} rows",
            where=", ".join(readers[i].table.label for i in files["contracts"]),
            remedy=remedy,
        )
    engine.execute(f"DROP TABLE {REJECTED}")
    from_day = as_of or default_as_of(engine, today)
    present = list(dict.fromkeys(reader.contract_table.name for reader in readers))
    findings += look(engine, present, from_day)
    held = {name: held_after(engine, TABLES[name], from_day) for name in present}
    return PortfolioReading(
        tuple(done),
        rejected,
        tuple(findings),
        {line["currency"]: line["n"] for line in currencies},
        from_day,
        held,
        digest,
    )


def _table_read(engine: LocalEngine, reader: ContractTableReader, file_name: str) -> TableRead:
    table, file = reader.contract_table, {"file": reader.file}
    kept = engine.table(f"SELECT count(*) AS n FROM {table.in_engine} WHERE file = $file", file)["n"][0].as_py()
    rejected = engine.table(f"SELECT count(*) AS n FROM {REJECTED} WHERE file = $file", file)["n"][0].as_py()
    return TableRead(
        table.name,
        file_name,
        reader.table.sheet,
        reader.rows - reader.empty,
        kept,
        rejected,
        reader.columns.headings,
        reader.notes,
    )


def _nothing_kept(engine: LocalEngine, done: list[TableRead]) -> list[Finding]:
    """Tables that have rows of which not one counts."""
    found = []
    for file, each in enumerate(done):
        if each.rows and not each.kept:
            rule, rows, remedy = _most_frequent(engine, [file])
            detail = (
                f"not one of the {each.rows:,} rows of {each.file} counts, so it is as if the table were not there; "
                f"{rows:,} fell to {rule!r}: {remedy}"
            )
            found.append(Finding(NOTHING_KEPT, each.name, each.rows, detail))
    return found


def _make_rejections(engine: LocalEngine, done: list[TableRead]) -> tuple[tuple[str, int, str], ...]:
    """The table of rejections as people read it; rule, rows and remedy of each rule."""
    labels = ", ".join(literal(f"{t.file} [{t.sheet}]" if t.sheet else t.file) for t in done)
    engine.execute(
        f"CREATE OR REPLACE TABLE {REJECTIONS} AS SELECT [{labels}][file + 1] AS file, row, rule, "
        f"coalesce(value, '') AS value, remedy FROM {REJECTED}"
    )
    counted = engine.table(f"SELECT rule, count(*) AS rows FROM {REJECTED} GROUP BY rule").to_pylist()
    rows = {line["rule"]: line["rows"] for line in counted}
    return tuple((rule.name, rows.get(rule.name, 0), rule.remedy) for rule in RULES)


def _most_frequent(engine: LocalEngine, files: list[int]) -> tuple[str, int, str]:
    line = engine.table(
        f"SELECT rule, count(*) AS rows, min(remedy) AS remedy FROM {REJECTED} "
        f"WHERE file IN ({', '.join(map(str, files))}) GROUP BY rule ORDER BY rows DESC, rule LIMIT 1"
    ).to_pylist()[0]
    return line["rule"], line["rows"], line["remedy"]
