"""A table of purchases becomes what the models read."""

import math
from datetime import date

from clove.engine.local import LocalEngine
from clove.features.btyd import btyd_summary
from clove.features.purchases import Columns
from clove.kernel.errors import NotEnoughData
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory
from clove.workflows.frames import calendar_unit, day_of, last_period, opened_purchases, periods_per_unit


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
    grain = calendar_unit(unit)
    given_day = None if as_of is None else day_of(as_of)
    with opened_purchases(frame, Columns(customer, time, amount), grain) as (engine, last_day):
        return history_as_of(engine, given_day or last_day, grain)


def history_as_of(engine: LocalEngine, day: date, grain: TimeUnit) -> PurchaseHistory:
    """The summary of the view `purchase` as of a day, that day included.

    Raises:
        NotEnoughData: No purchase by then.
    """
    until, length = last_period(day, grain), periods_per_unit(grain)
    summary = btyd_summary(engine, until)
    if not summary.frequency.size:
        raise NotEnoughData(f"no purchase up to {day}", where="as_of", remedy="Choose a later date")
    # the checks of `PurchaseHistory.of` hold by construction
    return PurchaseHistory(
        customer_id=summary.customer_id,
        frequency=summary.frequency,
        recency=(summary.last_period - summary.first_period) / length,
        T=(until - summary.first_period) / length,
        monetary_value=summary.monetary_value,
        unit=grain,
        log_intervals=summary.log_intervals - summary.frequency * math.log(length),
        as_of=day,
    )
