"""The segments of a portfolio: country, sales channel and product tier."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.decisions.price_table import price_table
from clove.kernel.arrays import Bools, Floats, Ints, Labels
from clove.workflows.contract_money import Money
from clove.workflows.summary import labels

SEGMENT = ("country_code", "channel", "tier")
UNKNOWN = "unknown"  # a channel or a tier that is not known is one of its own
USUAL_CHANNEL, USUAL_TIER = "direct", "standard"  # by which the shipped table speaks for it


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Those that occur, in alphabetical order; columns of shape (s,)."""

    names: pa.Table  # SEGMENT

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """All that occur in a table with these columns."""
        columns = list(SEGMENT)
        found = table.select(columns).group_by(columns).aggregate([])
        return cls(found.sort_by([(name, "ascending") for name in columns]))

    def __len__(self) -> int:
        return int(self.names.num_rows)

    def column(self, name: str) -> Labels:
        """One of `SEGMENT`, shape (s,)."""
        return labels(self.names, name)

    def code(self, table: pa.Table) -> Ints:
        """Row of each line's segment, shape (n,); -1 for one that does not occur."""
        found = pc.index_in(_keys(table), value_set=_keys(self.names).combine_chunks())
        codes: Ints = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return codes

    @property
    def known(self) -> Bools:
        """Whether channel and tier are known, shape (s,)."""
        found: Bools = (self.column("channel") != UNKNOWN) & (self.column("tier") != UNKNOWN)
        return found

    @property
    def shipped_rows(self) -> Ints:
        """Row of each segment in the shipped price table, shape (s,); an unknown channel or tier reads as the usual."""
        table = price_table()
        rows = {key: row for row, key in enumerate(zip(table.country, table.channel, table.tier, strict=True))}
        country = self.column("country_code")
        channel = np.where(self.column("channel") == UNKNOWN, USUAL_CHANNEL, self.column("channel"))
        tier = np.where(self.column("tier") == UNKNOWN, USUAL_TIER, self.column("tier"))
        return np.array([rows[key] for key in zip(country, channel, tier, strict=True)], dtype=np.int64)

    def shipped(self, column: str) -> Floats:
        """A figure of the shipped price table for each segment, shape (s,)."""
        figures: Floats = getattr(price_table(), column).astype(np.float64)[self.shipped_rows]
        return figures

    def shipped_money(self, column: str, money: Money) -> Floats:
        """An amount of the shipped price table, in the portfolio's currency, shape (s,); nan without a rate."""
        return self.shipped(column) * money.worth_of(price_table().currency[self.shipped_rows])


def _keys(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(table[name].cast(pa.string()) for name in SEGMENT), "\x1f")


def mean_by(values: Floats, group: Ints, groups: int) -> Floats:
    """Of the known values of each group, shape (s,); nan where none is known."""
    known = np.isfinite(values)
    count = np.bincount(group[known], minlength=groups)
    total = np.bincount(group[known], values[known], groups)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
