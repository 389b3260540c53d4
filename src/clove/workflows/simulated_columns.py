"""Simulated events as columns of the portfolio's tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clove.kernel.arrays import Bools, Ints
from clove.ledger.contracts import TABLES
from clove.valuation.contract_world import ContractWorld

ROWS = 500_000  # of a table at a time
Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """The keys of a portfolio, as text."""

    contract: pa.Array
    customer: pa.Array
    quote: pa.Array
    product: pa.Array  # by segment

    @classmethod
    def of(cls, world: ContractWorld) -> Self:
        """Numbered from 1 in the order of the world."""
        market = world.market
        return cls(
            numbered("K", np.arange(world.book.segment.size)),
            numbered("C", np.arange(int(world.book.customer.max()) + 1)),
            numbered("Q", np.arange(world.quotes.segment.size)),
            pa.array([f"{country}-{tier}" for country, tier in zip(market.country, market.tier, strict=True)]),
        )


def numbered(letter: str, numbers: Ints, width: int = 7) -> pa.Array:
    """Keys such as K0000001 for 0."""
    import pyarrow.compute as pc

    digits = pc.utf8_lpad(pa.array(numbers + 1).cast(pa.string()), width, padding="0")
    return pc.binary_join_element_wise(letter, digits, "")


def words(choices: Sequence[str], which: NDArray[Any]) -> pa.Array:
    """The word of each number; null for a negative one."""
    return pa.array(choices, pa.string()).take(pa.array(which, mask=which < 0))


def dates(days: NDArray[Any], unknown: Bools | None = None) -> pa.Array:
    """Days since 1970-01-01 as dates; null where unknown."""
    return pa.array(np.asarray(days, dtype=np.int32), pa.int32(), mask=unknown).cast(pa.date32())


def amounts(values: NDArray[Any], unknown: Bools | None = None) -> pa.Array:
    """Amounts; null where unknown or not a number."""
    return pa.array(np.asarray(values, dtype=np.float64), mask=unknown, from_pandas=True)


def table(name: str, columns: Columns) -> pa.Table:
    """A table of the portfolio with these columns; those that are not given are null."""
    schema = TABLES[name].schema
    length = len(next(iter(columns.values())))
    if unknown := columns.keys() - set(schema.names):
        raise KeyError(f"{name} has no columns {sorted(unknown)}")
    return pa.table(
        [
            pa.array(columns[field.name]).cast(field.type) if field.name in columns else pa.nulls(length, field.type)
            for field in schema
        ],
        schema=schema,
    )


def slices(length: int) -> Iterator[slice]:
    """Parts of so many rows that fit in memory; one empty part of nothing."""
    for start in range(0, max(length, 1), ROWS):
        yield slice(start, min(start + ROWS, length))


def period(world: ContractWorld, months: NDArray[Any]) -> Columns:
    """Year and month of the calendar."""
    index = months.astype(np.int64) + 12 * world.calendar.first_year + world.calendar.first_month - 1
    return {"period_year": pa.array(index // 12), "period_month": pa.array(index % 12 + 1)}
