"""Shares that were counted, with the interval that their counts leave open; and the calendar of running months."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.kernel.arrays import Floats, Ints
from clove.reports.portfolio_contents import Figure

LOW, HIGH = 0.1, 0.9
UNKNOWN = "unknown"


def share(count: float, of: float, because: str) -> Figure:
    """A share with its Jeffreys interval, P10 to P90; unknown where there is nothing to take a share of.

    Brown, Cai & DasGupta (2001), Statistical Science 16(2), 101-133, section 3.1.2: the bounds are quantiles of
    Beta(x + 1/2, n - x + 1/2); the lower one is 0 where x = 0, the upper one 1 where x = n.
    """
    if of <= 0:
        return Figure(float("nan"), 0, because=because)
    from scipy.special import betaincinv

    low = 0.0 if count == 0 else float(betaincinv(count + 0.5, of - count + 0.5, LOW))
    high = 1.0 if count == of else float(betaincinv(count + 0.5, of - count + 0.5, HIGH))
    return Figure(float(count / of), int(of), low, high)


def estimate(value: float, n: int, draws: Floats, because: str = "") -> Figure:
    """An expected value with the bounds of its draws; unknown where nothing is known."""
    if n == 0 or not np.isfinite(value):
        return Figure(float("nan"), n, because=because)
    low, high = np.quantile(draws, [LOW, HIGH])
    return Figure(value, n, float(low), float(high))


def median(values: Floats, because: str) -> Figure:
    """Of the known ones."""
    known = values[np.isfinite(values)]
    return Figure(float(np.median(known)), known.size) if known.size else Figure(float("nan"), 0, because=because)


def month_end(month: int) -> date:
    """Last day of a running month.

    >>> month_end(12 * 2024 + 1)
    datetime.date(2024, 2, 29)
    """
    return month_start(month + 1) - timedelta(days=1)


def month_start(month: int) -> date:
    """First day of a running month, 12 * year + month - 1."""
    return date(month // 12, month % 12 + 1, 1)


def months_of(table: pa.Table, column: str) -> Ints:
    """Running months of a column of days, shape (n,); -1 where there is none."""
    days = table[column].combine_chunks()
    known = days.is_valid().to_numpy(zero_copy_only=False)
    numbers = days.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    months: Ints = numbers.astype("datetime64[M]").astype(np.int64) + 12 * 1970
    return np.where(known, months, -1)


def codes(names: pa.ChunkedArray) -> tuple[list[str], Ints]:
    """The names that occur, in alphabetical order, and each line's among them; unknown is one of them."""
    found = pc.fill_null(names, UNKNOWN).combine_chunks().dictionary_encode()
    each = found.dictionary.to_pylist()
    rank = np.argsort(np.argsort(np.array(each, dtype=object)))
    return sorted(each), rank.astype(np.int64)[found.indices.to_numpy()]
