"""Order lines whose customer and time stand on the first line of the order alone."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FILLED = ("customer", "time", "country", "channel", "currency", "status")
"""What belongs to a whole order."""


@dataclass(slots=True)
class FillDown:
    """Fills empty cells from the first line of the same order, piece by piece; the lines of an order stand together."""

    order: str  # column of the order number
    names: tuple[str, ...]  # columns to be filled
    last: pa.Table | None = field(default=None, init=False)  # the last row so far, filled

    def fill(self, cells: pa.Table) -> pa.Table:
        """The same rows, filled. Cells without an order number stay as they are."""
        columns = [self.order, *self.names]
        part = cells.select(columns)
        carried = 0 if self.last is None else 1
        if self.last is not None:
            part = pa.concat_tables([self.last, part])
        part = part.combine_chunks()
        if not part.num_rows:
            return cells
        order = part[columns[0]]
        same = pc.and_(pc.equal(order[1:], order[:-1]), pc.not_equal(order[1:], "")).to_numpy(zero_copy_only=False)
        starts = np.flatnonzero(np.append(True, ~same))
        first = pa.array(np.repeat(starts, np.diff(np.append(starts, part.num_rows))))
        for position, name in enumerate(columns[1:], start=1):
            text = part[name]
            part = part.set_column(position, name, pc.if_else(pc.equal(text, ""), text.take(first), text))
        self.last = part.slice(part.num_rows - 1)
        for name in columns[1:]:
            cells = cells.set_column(cells.column_names.index(name), name, part[name].slice(carried))
        return cells
