"""A table of purchases becomes what the models read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.btyd import btyd_summary
from clove.features.purchases import Columns, read_purchases
from clove.kernel.errors import ArgumentRefused, InputRefused, NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory

EPOCH = date(1970, 1, 1)


def purchase_history(
    frame: object,
    *,
    customer: str,
    time: str,
    amount: str | None = None,
    as_of: date | str | None = None,
    unit: str = "day",
) -> PurchaseHistory:
    """Summarise purchases per customer, in the order of the customers' identifiers.

    Purchases of one day are one occasion, whatever the unit, except for hours, where purchases of one hour are.
    `"day"` counts calendar days; `"week"` counts the same days divided by seven, as the literature on CDNOW does;
    `"hour"` counts hours of the clock, and the as-of date then means its last hour.

    Args:
        frame: A pandas or polars DataFrame, a pyarrow Table, RecordBatch or RecordBatchReader, or a DuckDB
            relation; one row per purchase or order line.
        customer: The column of identifiers, text or whole numbers; they keep their type.
        time: The column of timestamps, dates or ISO text; a time with an offset counts in UTC.
        amount: The column of amounts from 0 up; without it the monetary value is nan.
        as_of: The last day that counts, as a date or ISO text; by default the day of the last purchase.
            Rows after it are left out.
        unit: `"hour"`, `"day"` or `"week"`.

    Raises:
        InputRefused: No such column or table, or rows that are no purchases; none is left out unsaid.
        NotEnoughData: No purchase up to the as-of date.
        ArgumentRefused: No such unit or date.

    >>> import pyarrow as pa
    >>> orders = pa.table({"who": ["ann", "bob", "ann"], "day": ["2024-01-01", "2024-01-03", "2024-01-08"]})
    >>> history = purchase_history(orders, customer="who", time="day", as_of="2024-01-31")
    >>> history.customer_id.tolist(), history.frequency.tolist(), history.recency.tolist(), history.T.tolist()
    (['ann', 'bob'], [1.0, 0.0], [7.0, 0.0], [30.0, 28.0])
    """
    grain = TimeUnit.of(unit)
    given_day = None if as_of is None else _day(as_of)
    columns = Columns(customer, time, amount)
    names = list(dict.fromkeys(name for name in (customer, time, amount) if name is not None))
    with LocalEngine.open() as engine, _table(engine, frame, names) as table:
        last_day = read_purchases(engine, table, columns, grain)
        day = given_day or last_day
        until = (day - EPOCH).days * 24 + 23 if grain is TimeUnit.HOUR else (day - EPOCH).days
        summary = btyd_summary(engine, until)
    if not summary.frequency.size:
        raise NotEnoughData(f"no purchase up to {day}", where="as_of", remedy="Choose a later date")
    length = 7.0 if grain is TimeUnit.WEEK else 1.0
    # the checks of `PurchaseHistory.of` hold by construction
    return PurchaseHistory(
        customer_id=summary.customer_id,
        frequency=summary.frequency,
        recency=(summary.last_period - summary.first_period) / length,
        T=(until - summary.first_period) / length,
        monetary_value=summary.monetary_value,
        unit=grain,
    )


def _day(as_of: date | str) -> date:
    remedy = "Give a day, such as 2011-12-09"
    if isinstance(as_of, str):
        try:
            return date.fromisoformat(as_of)
        except ValueError:
            raise ArgumentRefused(f"{as_of!r} is no date", where="as_of", remedy=remedy) from None
    if isinstance(as_of, datetime):
        # a pandas Timestamp is one; a time within the day cannot be honoured and is not ignored
        if (as_of.hour, as_of.minute, as_of.second, as_of.microsecond) != (0, 0, 0, 0):
            raise ArgumentRefused(f"{as_of} is a time within a day", where="as_of", remedy=remedy)
        return as_of.date()
    if isinstance(as_of, date):
        return as_of
    raise ArgumentRefused(f"{as_of!r} is no date", where="as_of", remedy=remedy)


@contextmanager
def _table(engine: LocalEngine, frame: Any, names: list[str]) -> Iterator[str]:  # noqa: ANN401 - many libraries' type
    """Let the engine read these columns of the frame and no others, so that a strange one beside them does no harm."""
    if isinstance(frame, pa.Table | pa.RecordBatch):
        _refuse_unknown(names, frame.schema.names)
        rows = frame.select(names)
    elif type(frame).__module__.partition(".")[0] in {"pandas", "polars"} and type(frame).__name__ == "DataFrame":
        _refuse_unknown(names, [str(name) for name in frame.columns])
        rows = _arrow(frame[names])
    elif hasattr(frame, "__arrow_c_stream__"):
        # a stream can be read once, and rows are read twice: the engine keeps them, on disk if need be
        stream = pa.RecordBatchReader.from_stream(frame)
        _refuse_unknown(names, stream.schema.names)
        schema = pa.schema([stream.schema.field(name) for name in names])
        engine.load("given", pa.RecordBatchReader.from_batches(schema, (batch.select(names) for batch in stream)))
        yield "given"
        return
    else:
        raise InputRefused(
            f"a {type(frame).__name__} is no table",
            where="frame",
            remedy="Give a pandas or polars DataFrame, a pyarrow Table or a DuckDB relation",
        )
    with engine.view("given", rows):
        yield "given"


def _arrow(frame: Any) -> object:  # noqa: ANN401 - a pandas or polars DataFrame
    """The same columns as Arrow, mostly without a copy; the engine would translate some at every query."""
    if "object" in map(str, frame.dtypes):
        return frame  # Python values of any kind, which the engine sorts out better
    try:
        return pa.Table.from_pandas(frame, preserve_index=False) if hasattr(frame, "iloc") else pa.table(frame)
    except pa.ArrowException as error:
        raise InputRefused(
            f"the table cannot be read ({error})",
            where="frame",
            remedy="Convert the columns to text, numbers or times",
        ) from error


def _refuse_unknown(names: list[str], known: list[str]) -> None:
    for name in names:
        if known.count(name) != 1:
            raise InputRefused(
                f"{'no column' if name not in known else 'more than one column'} {name!r} "
                f"among {', '.join(map(repr, known)) or 'none'}",
                where="frame",
                remedy="Name the columns of customer, time and amount as the frame does",
            )
