"""A caller's table becomes purchases that may be summarised, or a refusal that counts the rows at fault."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql
from clove.kernel.errors import InputRefused, NotEnoughData
from clove.kernel.period import TimeUnit

MOST = 1e15  # an amount of this size is a mistake
PERIOD = {
    TimeUnit.HOUR: "date_diff('hour', TIMESTAMP '1970-01-01', time)",
    TimeUnit.DAY: "date_diff('day', DATE '1970-01-01', CAST(time AS DATE))",
    TimeUnit.WEEK: "date_diff('day', DATE '1970-01-01', CAST(time AS DATE))",
}
"""The running number of an occasion; purchases of one week stay as many occasions as they have days."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the caller calls them."""

    customer: str
    time: str
    amount: str | None


def read_purchases(engine: LocalEngine, table: str, columns: Columns, grain: TimeUnit) -> date:
    """Check every row of `table` and define the view `purchase` (customer_id, period, amount) over it.

    Returns:
        The day of the last purchase. A time with an offset counts in UTC.

    Raises:
        InputRefused: A column of the wrong type, or rows without a customer, a readable time or an amount.
        NotEnoughData: No row.
    """
    types = {field.name: field.type for field in engine.table(f"SELECT * FROM {table} LIMIT 0").schema}
    if not engine.table(f"SELECT 1 FROM {table} LIMIT 1").num_rows:
        raise NotEnoughData("no row in the table", remedy="Give at least one purchase")
    customer = _customer(columns.customer, types[columns.customer])
    time = _time(columns.time, types[columns.time])
    # a constant 0 passes the check of the rows; the summary then sees null
    amount = "0.0" if columns.amount is None else _amount(columns.amount, types[columns.amount])
    engine.execute(
        f"CREATE TEMP VIEW entry AS SELECT {customer} AS customer_id, {time} AS time, {amount} AS amount FROM {table}"
    )
    last_day = _judge(engine, columns)
    spend = "CAST(NULL AS DOUBLE)" if columns.amount is None else "amount"
    engine.execute(
        f"CREATE TEMP VIEW purchase AS SELECT customer_id, {PERIOD[grain]} AS period, {spend} AS amount FROM entry"
    )
    return last_day


def _judge(engine: LocalEngine, columns: Columns) -> date:
    (found,) = engine.table(feature_sql("purchase_faults"), {"most": MOST}).to_pylist()
    for role, name, fault, remedy in (
        ("customer", columns.customer, "no customer", "Remove those rows, or give each a customer"),
        ("time", columns.time, "no readable time", "Correct those times, as 2011-12-09 or 2011-12-09 12:50:00"),
        (
            "amount",
            columns.amount,
            "no amount from 0 up",
            "Correct those amounts; remove returns",
        ),
    ):
        count, first = found[f"{role}_count"], found[f"{role}_first"]
        if count:
            raise InputRefused(
                f"{count} of {found['row_count']} rows {'has' if count == 1 else 'have'} {fault}, "
                f"first in row {first}, counted from 0",
                where=f"column {name!r}",
                remedy=remedy,
            )
    day: date = found["last_day"]
    return day


def _customer(name: str, kind: pa.DataType) -> str:
    column = quoted(name)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return column
    if pa.types.is_floating(kind):
        return f"CASE WHEN NOT ISNAN({column}) THEN {column} END"
    if _is_text(kind):
        return f"NULLIF(CAST({column} AS VARCHAR), '')"
    raise _wrong_type(name, kind, "an identifier", "Give text or whole numbers")


def _time(name: str, kind: pa.DataType) -> str:
    column = quoted(name)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return f"CAST({column} AS TIMESTAMP)"
    if _is_text(kind):
        return f"TRY_CAST(CAST({column} AS VARCHAR) AS TIMESTAMP)"
    raise _wrong_type(name, kind, "a time", "Convert it to dates first, or to text as 2011-12-09")


def _amount(name: str, kind: pa.DataType) -> str:
    column = quoted(name)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return f"CAST({column} AS DOUBLE)"
    if _is_text(kind):
        return f"TRY_CAST(CAST({column} AS VARCHAR) AS DOUBLE)"
    raise _wrong_type(name, kind, "an amount", "Give numbers")


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or (pa.types.is_dictionary(kind) and _is_text(kind.value_type))
    )


def _wrong_type(name: str, kind: pa.DataType, role: str, remedy: str) -> InputRefused:
    return InputRefused(f"values of type {kind} are not {role}", where=f"column {name!r}", remedy=remedy)


def quoted(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
