"""Files of orders become the tables `events` and `rejections` of the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from clove.engine.local import LocalEngine
from clove.intake.cells import literal
from clove.intake.checks import DUPLICATE, RULES, remedy_sql
from clove.intake.columns import ORDERS, recognise
from clove.intake.mapping import ColumnMap
from clove.intake.opening import tables
from clove.intake.reading import TableReader
from clove.intake.sources.delimited import DelimitedTable
from clove.intake.sources.files import check_all, hash_of, kind_of
from clove.intake.sources.text import NotUtf8
from clove.kernel.errors import InputRefused
from clove.kernel.progress import Progress, Silent
from clove.ledger.events import EVENT_SCHEMA, EVENTS

REJECTIONS = "rejections"
"""Name of the table in the engine: file, row, rule, value, remedy."""

_HEADINGS = "customer_id,date,amount"


@dataclass(frozen=True, slots=True)
class FileRead:
    """One table of one file and how its columns were understood."""

    name: str
    sheet: str | None
    rows: int  # without empty ones
    layout: str  # "orders" or "order lines"
    columns: dict[str, str]  # ours -> theirs
    notes: tuple[str, ...]
    currency: str | None = None  # ISO 4217, where the table says it


@dataclass(frozen=True, slots=True)
class Intake:
    """What came of the files: rows_read = purchases + returns + the sum of the rejected."""

    files: tuple[FileRead, ...]
    rows_read: int
    purchases: int
    returns: int
    rejected: tuple[tuple[str, int, str], ...]  # rule, rows, remedy; in the order of the rules, those with no row too
    data_hash: str  # SHA-256 over the bytes of the files, in the order given
    first_event: date
    last_event: date
    currency: str | None = None  # the one currency of all tables that say theirs


def read(
    engine: LocalEngine,
    files: Sequence[Path],
    *,
    mapping: ColumnMap | None,
    today: date,
    progress: Progress = Silent(),  # noqa: B008  (it has no state)
) -> Intake:
    """Read files of orders or order lines.

    Fills the engine's tables `events` (`clove.ledger.events.EVENT_SCHEMA`) and `rejections` (file, row, rule, value,
    remedy). Rows after the as-of date stay among the events.

    Args:
        engine: Where the tables are made; older ones of these names are replaced.
        files: CSV, TSV or other delimited text, packed with gzip or not, XLSX, Parquet.
        mapping: Columns that a person has named; the others are recognised.
        today: Later dates are rejected.
        progress: Told the share of the bytes that are read.

    Raises:
        InputRefused: A file cannot be read or not be understood without guessing, or no row is a purchase or a return.
    """
    check_all(files)
    kinds = [kind_of(path) for path in files]
    digest = hash_of(files)
    short = [path.name for path in files]
    names = [str(path) if short.count(path.name) > 1 else path.name for path in files]
    sizes = [path.stat().st_size for path in files]
    _make_tables(engine)
    done: list[FileRead] = []
    for i, (path, kind) in enumerate(zip(files, kinds, strict=True)):

        def report(consumed: int, earlier: int = sum(sizes[:i])) -> None:
            progress.share(min(1.0, (earlier + consumed) / max(1, sum(sizes))))

        passed_over: list[str] = []
        before = len(done)
        for table, columns in tables(path, kind, partial(recognise, mapping=mapping), passed_over, _HEADINGS):
            reader = TableReader(engine, table, columns, len(done), today, report)
            done.append(_read_table(reader, names[i]))
        notes = tuple(f"sheet {sheet!r} holds no orders" for sheet in passed_over)
        done[before] = replace(done[before], notes=done[before].notes + notes)
    return _conclude(engine, files, done, digest)


def _read_table(reader: TableReader, name: str) -> FileRead:
    try:
        reader.read()
    except NotUtf8:
        if not isinstance(reader.table, DelimitedTable):
            raise
        reader.forget()
        reader = replace(reader, table=reader.table.reopened_as_cp1252())
        reader.read()
    return FileRead(
        name,
        reader.table.sheet,
        reader.rows - reader.empty,
        reader.columns.layout,
        reader.columns.headings,
        reader.notes,
        reader.currencies.code(reader.rows) or None,
    )


def _make_tables(engine: LocalEngine) -> None:
    engine.load(EVENTS, EVENT_SCHEMA.empty_table())
    engine.execute(
        "CREATE OR REPLACE TABLE intake_keys (file INTEGER, row BIGINT, key_a UBIGINT, key_b UBIGINT, "
        "is_return BOOLEAN)"
    )
    engine.execute("CREATE OR REPLACE TABLE intake_rejections (file INTEGER, row BIGINT, rule VARCHAR, value VARCHAR)")


def _conclude(engine: LocalEngine, files: Sequence[Path], done: list[FileRead], digest: str) -> Intake:
    """Settle the currency, set duplicates apart, count, and make the table of rejections."""
    currency = _currency(done)
    _refuse_two_layouts(engine, files, done)
    engine.execute(_DUPLICATES)
    for statement in _SET_APART:
        engine.execute(statement)
    names = [_label(f) for f in done]
    labels = ", ".join(literal(name) for name in names)
    engine.execute(
        f"CREATE OR REPLACE TABLE {REJECTIONS} AS SELECT [{labels}][file + 1] AS file, row, rule, "
        f"coalesce(value, '') AS value, {remedy_sql('rule')} AS remedy FROM intake_rejections"
    )
    counted = engine.table("SELECT rule, count(*) AS rows FROM intake_rejections GROUP BY rule").to_pylist()
    rejected = {line["rule"]: line["rows"] for line in counted}
    events = engine.table(
        f"SELECT count(*) FILTER (kind = 'purchase') AS purchases, count(*) FILTER (kind = 'return') AS returns, "
        f"CAST(min(time) AS DATE) AS first, CAST(max(time) AS DATE) AS last FROM {EVENTS}"
    ).to_pylist()[0]
    for name in ("intake_keys", "intake_rejections", "intake_duplicates"):
        engine.execute(f"DROP TABLE {name}")
    rules = tuple((rule.name, rejected.get(rule.name, 0), rule.remedy) for rule in RULES)
    if events["first"] is None:
        worst, rows, remedy = max(rules, key=lambda line: line[1])
        raise InputRefused(
            f"no row is a purchase or a return; the most frequent reason is {worst!r}, in {rows:,} rows",
            where=", ".join(str(path) for path in files),
            remedy=remedy,
        )
    return Intake(
        tuple(done),
        sum(f.rows for f in done),
        events["purchases"],
        events["returns"],
        rules,
        digest,
        events["first"],
        events["last"],
        currency,
    )


def _currency(done: list[FileRead]) -> str | None:
    """The one currency of all tables that say theirs."""
    said = {f.currency: f.name for f in reversed(done) if f.currency}
    if len(said) > 1:
        raise InputRefused(
            f"the files are in {len(said)} currencies: "
            + ", ".join(f"{name!r} in {code}" for code, name in sorted(said.items())),
            remedy="Value one currency at a time; or give --map currency=, if the amounts are all in one",
        )
    return next(iter(said), None)


def _label(table: FileRead) -> str:
    return f"{table.name} [{table.sheet}]" if table.sheet else table.name


def _refuse_two_layouts(engine: LocalEngine, files: Sequence[Path], done: list[FileRead]) -> None:
    """Orders and their lines, in two tables, are the same money twice."""
    orders = [i for i, table in enumerate(done) if table.layout == ORDERS]
    if len(orders) in (0, len(done)):
        return
    shared = engine.table(
        f"SELECT a.order_id, a.file AS one, b.file AS other FROM {EVENTS} AS a JOIN {EVENTS} AS b USING (order_id) "
        f"WHERE a.file IN ({_numbers(orders)}) AND b.file NOT IN ({_numbers(orders)}) "
        "ORDER BY a.file, a.row, b.file, b.row LIMIT 1"
    ).to_pylist()
    if shared:
        one, other = (_label(done[shared[0][name]]) for name in ("one", "other"))
        raise InputRefused(
            f"{one} holds orders and {other} holds order lines, and both have the order {shared[0]['order_id']!r}: "
            "it would count twice",
            where=", ".join(str(path) for path in files),
            remedy="Give the one that counts",
        )


def _numbers(tables: list[int]) -> str:
    return ", ".join(map(str, tables))


# the rule of cancellations comes first, so that a return may repeat: but not one that another file has as well
_DUPLICATES = """
CREATE OR REPLACE TABLE intake_duplicates AS
SELECT * FROM (
    SELECT file, row, is_return, first_value(file) OVER same AS first_file, first_value(row) OVER same AS first_row
    FROM intake_keys SEMI JOIN
         (SELECT key_a, key_b FROM intake_keys GROUP BY key_a, key_b HAVING count(*) > 1) USING (key_a, key_b)
    WINDOW same AS (PARTITION BY key_a, key_b ORDER BY file, row))
WHERE file <> first_file OR (row <> first_row AND NOT is_return)"""

_SET_APART = (
    f"DELETE FROM {EVENTS} USING intake_duplicates AS d WHERE {EVENTS}.file = d.file AND {EVENTS}.row = d.row",
    # a repeated row whose date fails too counts here, since this rule comes first
    "DELETE FROM intake_rejections AS r USING intake_duplicates AS d WHERE r.file = d.file AND r.row = d.row",
    f"""INSERT INTO intake_rejections SELECT file, row, {literal(DUPLICATE.name)}, 'same as row ' || first_row ||
        CASE WHEN file = first_file THEN '' ELSE ' of file ' || (first_file + 1) END FROM intake_duplicates""",
)
