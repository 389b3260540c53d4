"""The segments of a portfolio: country, sales channel and product tier."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.decisions.price_table import price_table
from clove.kernel.arrays import Floats, Ints, Labels
from clove.workflows.summary import labels

SEGMENT = ("country_code", "channel", "tier")
UNKNOWN = "unknown"  # a channel or a tier that is not known is one of its own


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
    def shipped_rows(self) -> Ints:
        """Row of each segment in the shipped price table, shape (s,); -1 where it has none."""
        table = price_table()
        known = {key: row for row, key in enumerate(zip(table.country, table.channel, table.tier, strict=True))}
        keys = zip(*(self.column(name) for name in SEGMENT), strict=True)
        return np.array([known.get(key, -1) for key in keys], dtype=np.int64)

    def shipped(self, column: str) -> Floats:
        """A figure of the shipped price table for each segment, shape (s,); nan where it has no such segment."""
        values = np.append(getattr(price_table(), column).astype(np.float64), np.nan)
        figures: Floats = values[self.shipped_rows]
        return figures


def _keys(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(table[name].cast(pa.string()) for name in SEGMENT), "\x1f")


def mean_by(values: Floats, group: Ints, groups: int) -> Floats:
    """Of the known values of each group, shape (s,); nan where none is known."""
    known = np.isfinite(values)
    count = np.bincount(group[known], minlength=groups)
    total = np.bincount(group[known], values[known], groups)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
