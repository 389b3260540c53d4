"""The buy-till-you-die summary of a table of purchases, periods being running whole numbers."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql
from clove.kernel.arrays import Floats, Ints, Labels

ROWS_TO_SORT = 20_000_000  # about 1 GB of arrays; a longer table is left to the engine, which can spill
KEY_BITS = 63  # of an int64 that stays positive


@dataclass(frozen=True, slots=True, eq=False)
class BtydSummary:
    """One entry per customer, all of shape (n,), in the order of customer_id."""

    customer_id: Labels
    frequency: Floats  # occasions after the first
    first_period: Floats
    last_period: Floats
    monetary_value: Floats  # mean spend of the repeat occasions, nan where there is none


def btyd_summary(engine: LocalEngine, until: int) -> BtydSummary:
    """Summarise the view `purchase` (customer_id, period, amount) up to the period `until`, which is included.

    Without amounts (null throughout) the monetary value is nan.
    """
    if engine.table("SELECT customer_id FROM purchase LIMIT 0").schema.field(0).type in _SIGNED:
        rows = engine.table(
            "SELECT CAST(customer_id AS BIGINT), period, amount FROM purchase WHERE period <= $until LIMIT $most",
            {"until": until, "most": ROWS_TO_SORT + 1},
        )
        customer, period = (rows.column(place).to_numpy() for place in (0, 1))
        if 0 < len(rows) <= ROWS_TO_SORT and _bits(customer) + _bits(period) <= KEY_BITS:
            known = rows.column(2).null_count == 0
            return summary_by_sorting(customer, period, rows.column(2).to_numpy() if known else None)
    table = engine.table(feature_sql("btyd"), {"until": until})
    labels, *figures = (column.to_numpy() for column in table.columns)
    return BtydSummary(labels, *figures)


def summary_by_sorting(customer: Ints, period: Ints, amount: Floats | None) -> BtydSummary:
    """The same as `btyd.sql` for whole-number customers, several times faster: one sort of one packed key.

    Args:
        customer: Shape (m,), m > 0.
        period: Shape (m,); together with `customer` it has to span no more than 63 bits.
        amount: Shape (m,), or None where it is unknown.
    """
    least, start = customer.min(), period.min()
    shift = _bits(period)
    key = customer - least
    key <<= shift
    key += period
    key -= start
    if amount is None:
        key.sort()
    else:
        order = np.argsort(key)
        key, amount = key[order], amount[order]

    opens = _first_of_each(key)
    occasion = key[opens]
    who = occasion >> shift
    first = _first_of_each(who)
    last = np.append(first[1:], who.size) - 1
    when = occasion & ((1 << shift) - 1)

    frequency = (last - first).astype(np.float64)
    mean = np.full(first.size, np.nan)
    if amount is not None:
        spend = np.add.reduceat(amount, opens)
        spend[first] = 0.0  # rather than subtracted afterwards, which would cancel digits
        np.divide(np.add.reduceat(spend, first), frequency, out=mean, where=frequency > 0)
    return BtydSummary(
        who[first] + least,
        frequency,
        (when[first] + start).astype(np.float64),
        (when[last] + start).astype(np.float64),
        mean,
    )


_SIGNED = (pa.int8(), pa.int16(), pa.int32(), pa.int64())


def _bits(values: Ints) -> int:
    return (int(values.max()) - int(values.min())).bit_length() if values.size else 0


def _first_of_each(ordered: Ints) -> Ints:
    """Positions at which a new value begins."""
    return np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
