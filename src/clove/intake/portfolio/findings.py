"""What a person should know of a portfolio whose rows are all in order, each with how many rows it concerns."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from clove.engine.local import LocalEngine
from clove.ledger.contract_table import ContractTable
from clove.ledger.contracts import TABLES


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is no fault of a row, yet limits what can be told."""

    name: str
    table: str
    rows: int  # or months, where the name says so
    detail: str  # for people, with the first example


def look(engine: LocalEngine, present: Collection[str], as_of: date) -> Iterator[Finding]:
    """The findings of the tables that are there."""
    for table in (TABLES[name] for name in present):
        yield from _strangers(engine, table, present)
        yield from _undated(engine, table)
        yield from _without_currency(engine, table)
    if "payments" in present:
        yield from _missing_months(engine)
        yield from _begins_late(engine, "payments", as_of)
        yield from _several_invoices(engine)
    if "costs_monthly" in present:
        yield from _begins_late(engine, "costs_monthly", as_of)
    yield from _open_yet_ended(engine, as_of)


def _first(engine: LocalEngine, sql: str, as_of: date | None = None) -> dict[str, object]:
    """How many rows a query has, as `n`, and what the first of them holds."""
    found = engine.table(
        f"SELECT *, count(*) OVER () AS n FROM ({sql}) ORDER BY ALL LIMIT 1", {"as_of": as_of} if as_of else None
    ).to_pylist()
    return found[0] if found else {"n": 0}


def _strangers(engine: LocalEngine, table: ContractTable, present: Collection[str]) -> Iterator[Finding]:
    """Ids that name a row which is not there, in columns that a row can do without."""
    for column in table.columns:
        if not column.parent or column.parent_needed or column.parent not in present:
            continue
        parent = TABLES[column.parent].in_engine
        found = _first(
            engine,
            f"SELECT {column.name} AS id FROM {table.in_engine} ANTI JOIN {parent} USING ({column.name}) "
            f"WHERE {column.name} IS NOT NULL",
        )
        if found["n"]:
            yield Finding(
                "unknown id",
                table.name,
                int(str(found["n"])),
                f"{column.name} names no row of {column.parent}, such as {found['id']!r}: taken as unknown",
            )


def _undated(engine: LocalEngine, table: ContractTable) -> Iterator[Finding]:
    if not table.happened:
        return
    rows = engine.table(f"SELECT count(*) AS n FROM {table.in_engine} WHERE happened IS NULL")["n"][0].as_py()
    if rows:
        yield Finding(
            "no date", table.name, rows, f"{' and '.join(table.happened)} empty: taken to be from before the as-of date"
        )


def _without_currency(engine: LocalEngine, table: ContractTable) -> Iterator[Finding]:
    if not table.money:
        return
    rows = engine.table(f"SELECT count(*) AS n FROM {table.in_engine} WHERE currency IS NULL")["n"][0].as_py()
    if rows:
        yield Finding(
            "no currency", table.name, rows, "no country, currency or contract tells it: the amounts are unknown"
        )


def _missing_months(engine: LocalEngine) -> Iterator[Finding]:
    """Months between the first and the last invoice of a contract in which it has none and was not suspended."""
    found = _first(
        engine,
        f"""
        WITH months AS (
            SELECT DISTINCT contract_id, period_year * 12 + period_month - 1 AS month
            FROM {TABLES["payments"].in_engine}
        ), gaps AS (
            SELECT contract_id, month, lead(month) OVER (PARTITION BY contract_id ORDER BY month) AS following
            FROM months
        ), missing AS (
            SELECT contract_id, unnest(range(month + 1, following)) AS month FROM gaps WHERE following > month + 1
        ), spells AS (
            SELECT contract_id, status, year(changed_on) * 12 + month(changed_on) - 1 AS first,
                   lead(changed_on) OVER (PARTITION BY contract_id ORDER BY changed_on, file, row) AS ended
            FROM {TABLES["status_changes"].in_engine}
        )
        SELECT m.contract_id, m.month FROM missing AS m ANTI JOIN spells AS s
        ON s.contract_id = m.contract_id AND s.status = 'suspended' AND s.first <= m.month
           AND coalesce(year(s.ended) * 12 + month(s.ended) - 1 >= m.month, true)""",
    )
    if found["n"]:
        year, month = divmod(int(str(found["month"])), 12)
        yield Finding(
            "months without an invoice",
            "payments",
            int(str(found["n"])),
            f"between the first and the last of their contract, first {year}-{month + 1:02d} of contract "
            f"{found['contract_id']!r}: taken as not invoiced",
        )


def _begins_late(engine: LocalEngine, table: str, as_of: date) -> Iterator[Finding]:
    """Contracts with months served, and paying in them, before their first row of a month or after their last.

    Of costs, platform and data are looked at: they come every month. An invoice may as a rule fall due months later.
    """
    rows, changes = TABLES[table].in_engine, TABLES["status_changes"].in_engine
    due = "coalesce(due_date, make_date(period_year, period_month, 1))"
    known, delay = (
        (f"{due} <= $as_of", f"12 * (year({due}) - period_year) + month({due}) - period_month")
        if table == "payments"
        else ("happened <= $as_of AND cost_type IN ('platform', 'sim_data')", "0")
    )
    found = _first(
        engine,
        f"""
        WITH told AS (
            SELECT contract_id, 12 * period_year + period_month - 1 AS month, {delay} AS delay FROM {rows} WHERE {known}
        ), span AS (
            SELECT contract_id, min(month) AS first, max(month) AS last FROM told GROUP BY contract_id
        ), served AS (
            SELECT contract_id, first, last, unnest(range(
                12 * year(start_date) + month(start_date),
                least(
                    CASE WHEN cancellation_date <= $as_of
                        THEN 12 * year(cancellation_date) + month(cancellation_date) - 1
                        ELSE 12 * year($as_of) + month($as_of) END,
                    12 * year($as_of) + month($as_of)
                    - (SELECT greatest(0, quantile_disc(delay, 0.9)) FROM told)
                )
            )) AS month
            FROM {TABLES["contracts"].in_engine} LEFT JOIN span USING (contract_id)
            WHERE start_date <= $as_of AND EXISTS (SELECT 1 FROM told)
        ), spells AS (
            SELECT contract_id, status, 12 * year(changed_on) + month(changed_on) - 1 AS since,
                   lead(changed_on) OVER (PARTITION BY contract_id ORDER BY changed_on, status) AS ended
            FROM {changes} WHERE changed_on <= $as_of
        )
        SELECT contract_id FROM served AS m ANTI JOIN spells AS s
        ON s.contract_id = m.contract_id AND s.status <> 'active' AND s.since <= m.month
           AND coalesce(12 * year(s.ended) + month(s.ended) - 1 >= m.month, true)
        WHERE first IS NULL OR month < first OR month > last
        GROUP BY contract_id""",
        as_of,
    )
    if found["n"]:
        what = "an invoice" if table == "payments" else "a cost of platform or data"
        yield Finding(
            "history that begins late or stops early",
            table,
            int(str(found["n"])),
            f"contracts with months served without {what} before the first or after the last, such as "
            f"{found['contract_id']!r}: what they brought is taken as unknown",
        )


def _several_invoices(engine: LocalEngine) -> Iterator[Finding]:
    found = _first(
        engine,
        f"SELECT contract_id, period_year, period_month FROM {TABLES['payments'].in_engine} GROUP BY ALL "
        "HAVING count(*) > 1",
    )
    if found["n"]:
        yield Finding(
            "months with several invoices",
            "payments",
            int(str(found["n"])),
            f"first {found['period_year']}-{int(str(found['period_month'])):02d} of contract {found['contract_id']!r}: "
            "added up",
        )


def _open_yet_ended(engine: LocalEngine, as_of: date) -> Iterator[Finding]:
    """Contracts that are said to run and have ended; the dates count."""
    found = _first(
        engine,
        f"SELECT contract_id, status FROM {TABLES['contracts'].in_engine} "
        "WHERE status <> 'cancelled' AND cancellation_date <= $as_of",
        as_of,
    )
    if found["n"]:
        yield Finding(
            "status against date",
            "contracts",
            int(str(found["n"])),
            f"their cancellation_date is past and their status is another, such as {found['status']!r} of contract "
            f"{found['contract_id']!r}: taken as ended",
        )
