"""A caller's table, from whatever library, is opened where the engine can read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.purchases import Columns, read_purchases
from clove.kernel.errors import ArgumentRefused, InputRefused
from clove.kernel.period import TimeUnit

EPOCH = date(1970, 1, 1)


@contextmanager
def opened_purchases(frame: object, columns: Columns, grain: TimeUnit) -> Iterator[tuple[LocalEngine, date]]:
    """An engine whose view `purchase` holds the frame's rows, every one checked, and the day of the last purchase.

    Raises:
        InputRefused: No such column or table, or rows that are no purchases.
        NotEnoughData: No row.
    """
    named = (columns.customer, columns.time, columns.amount)
    names = list(dict.fromkeys(name for name in named if name is not None))
    with LocalEngine.open() as engine, _table(engine, frame, names) as table:
        yield engine, read_purchases(engine, table, columns, grain)


def last_period(day: date, grain: TimeUnit) -> int:
    """The running number of the last period that belongs to a day; weeks are counted in days."""
    days = (day - EPOCH).days
    return days * 24 + 23 if grain is TimeUnit.HOUR else days


def periods_per_unit(grain: TimeUnit) -> float:
    """How many of the periods that occasions are counted in make a unit."""
    return 7.0 if grain is TimeUnit.WEEK else 1.0


def calendar_unit(unit: str) -> TimeUnit:
    """A unit that times can be counted in.

    Raises:
        ArgumentRefused: No such unit, or one that no clock counts.
    """
    grain = TimeUnit.of(unit)
    if grain is TimeUnit.OPPORTUNITY:
        raise ArgumentRefused(
            "opportunities cannot be counted from times", where="unit", remedy="Use hour, day or week"
        )
    return grain


def day_of(as_of: date | str, where: str = "as_of") -> date:
    """A day from a date or ISO text.

    Raises:
        ArgumentRefused: It is none, or a time within one.
    """
    remedy = "Give a day, such as 2011-12-09"
    if isinstance(as_of, str):
        try:
            return date.fromisoformat(as_of)
        except ValueError:
            raise ArgumentRefused(f"{as_of!r} is no date", where=where, remedy=remedy) from None
    if isinstance(as_of, datetime):
        # a pandas Timestamp is one; a time within the day cannot be honoured and is not ignored
        if (as_of.hour, as_of.minute, as_of.second, as_of.microsecond) != (0, 0, 0, 0):
            raise ArgumentRefused(f"{as_of} is a time within a day", where=where, remedy=remedy)
        return as_of.date()
    if isinstance(as_of, date):
        return as_of
    raise ArgumentRefused(f"{as_of!r} is no date", where=where, remedy=remedy)


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
