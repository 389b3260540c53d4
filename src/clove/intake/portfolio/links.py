"""Rules that look at more than one row: ids that come twice, contracts without an end, rows without their contract."""

from collections.abc import Collection, Mapping

from clove.engine.local import LocalEngine
from clove.intake.cells import literal
from clove.intake.checks import Rule
from clove.intake.portfolio.reading import REJECTED, staged
from clove.intake.portfolio.rules import CANCELLED_WITHOUT_DATE, DUPLICATE, NO_PARENT, PARENT_REJECTED
from clove.ledger.contract_table import ContractTable
from clove.ledger.contracts import TABLES

_BROKEN = "intake_broken"


def set_apart(engine: LocalEngine, files: Mapping[str, Collection[int]]) -> int:
    """Move the staged rows that break such a rule to the rejections.

    Args:
        engine: Holds the staged tables.
        files: Table -> indices of the files that it came from; a table that is not there has none.

    Returns:
        How many contracts got the date of their cancellation from `status_changes`.
    """
    for table in TABLES.values():
        if table.key and files[table.name]:
            _set_duplicates_apart(engine, table)
    filled = _fill_ends(engine)
    _set_endless_apart(engine)
    for table in TABLES.values():
        for column in table.columns:
            if column.parent_needed and files[table.name] and files[column.parent]:
                _set_orphans_apart(engine, table, column.name, column.parent, files["contracts"])
    return filled


def _set_duplicates_apart(engine: LocalEngine, table: ContractTable) -> None:
    """All but the first of the rows with one key."""
    name, key = staged(table), ", ".join(table.key)
    known = " AND ".join(f"{column} IS NOT NULL" for column in table.key)
    engine.execute(
        f"""
        CREATE OR REPLACE TABLE {_BROKEN} AS
        SELECT file, row, {literal(DUPLICATE.name)} AS rule, 'same as row ' || first_row AS value,
               {literal(DUPLICATE.remedy)} AS remedy, CAST(NULL AS VARCHAR) AS contract
        FROM (SELECT file, row, first_value(file) OVER same AS first_file, first_value(row) OVER same AS first_row
              FROM {name} SEMI JOIN
                   (SELECT {key} FROM {name} WHERE {known} GROUP BY {key} HAVING count(*) > 1) USING ({key})
              WINDOW same AS (PARTITION BY {key} ORDER BY file, row))
        WHERE file <> first_file OR row <> first_row"""
    )
    _move(engine, name)


def _fill_ends(engine: LocalEngine) -> int:
    """Cancelled contracts without a date take that of their cancellation in `status_changes`.

    A contract of which nothing else says what it is now has ended if its newest change says so.
    """
    contracts, changes = staged("contracts"), staged("status_changes")
    ends = (
        "SELECT contract_id, max(changed_on) FILTER (WHERE status = 'cancelled') AS ended_on, "
        f"max(changed_on) AS newest FROM {changes} GROUP BY contract_id"
    )
    open_ended = (
        "c.cancellation_date IS NULL AND e.ended_on >= c.start_date "
        "AND (c.status = 'cancelled' OR c.status IS NULL AND e.ended_on = e.newest)"
    )
    filled = engine.table(
        f"SELECT count(*) AS n FROM {contracts} AS c JOIN ({ends}) AS e USING (contract_id) WHERE {open_ended}"
    )["n"][0].as_py()
    if filled:
        engine.execute(
            f"UPDATE {contracts} AS c SET cancellation_date = e.ended_on FROM ({ends}) AS e "
            f"WHERE e.contract_id = c.contract_id AND {open_ended}"
        )
    return int(filled)


def _set_endless_apart(engine: LocalEngine) -> None:
    """A contract that is cancelled, nobody knows when, has no length of life."""
    name = staged("contracts")
    _break(
        engine,
        CANCELLED_WITHOUT_DATE,
        f"SELECT file, row, 'status = cancelled' AS value, contract_id AS contract FROM {name} "
        "WHERE status = 'cancelled' AND cancellation_date IS NULL",
    )
    _move(engine, name)


def _set_orphans_apart(
    engine: LocalEngine, table: ContractTable, column: str, parent: str, contract_files: Collection[int]
) -> None:
    """Rows whose parent is not there, or was rejected."""
    name = staged(table)
    rows = (
        f"SELECT file, row, {literal(column + ' = ')} || {column} AS value, CAST(NULL AS VARCHAR) AS contract "
        f"FROM {name} ANTI JOIN {staged(parent)} USING ({column}) WHERE {column} "
    )
    refused = (
        f"(SELECT contract FROM {REJECTED} WHERE contract IS NOT NULL AND file IN "
        f"({', '.join(map(str, contract_files))}))"
    )
    if parent == "contracts":
        _break(engine, PARENT_REJECTED, f"{rows} IN {refused}")
        _move(engine, name)
    _break(engine, NO_PARENT, f"{rows} IS NOT NULL")
    _move(engine, name)


def _break(engine: LocalEngine, rule: Rule, rows: str) -> None:
    engine.execute(
        f"CREATE OR REPLACE TABLE {_BROKEN} AS SELECT file, row, {literal(rule.name)} AS rule, value, "
        f"{literal(rule.remedy)} AS remedy, contract FROM ({rows})"
    )


def _move(engine: LocalEngine, name: str) -> None:
    """Take the broken rows out of a staged table."""
    engine.execute(f"INSERT INTO {REJECTED} SELECT file, row, rule, value, remedy, contract FROM {_BROKEN}")
    engine.execute(f"DELETE FROM {name} AS t USING {_BROKEN} AS b WHERE t.file = b.file AND t.row = b.row")
    engine.execute(f"DROP TABLE {_BROKEN}")
