"""What a reader of cells sees: text without the blanks around it, under our own names."""

import pyarrow as pa
import pyarrow.compute

from clove.engine.local import LocalEngine
from clove.intake.sources.table import Chunk

_BATCH = 30_720  # rows


def literal(text: str) -> str:
    """Text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def text_of(name: str) -> str:
    """The column of `incoming` that holds the trimmed text of one of our columns."""
    return f"{name}_text"


def named(chunk: Chunk, at: dict[str, int]) -> pa.Table:
    """The cells of a piece, and beside them the columns that matter, trimmed and under our names."""
    cells = chunk.cells
    for name, column in at.items():
        cells = cells.append_column(text_of(name), pyarrow.compute.utf8_trim_whitespace(cells[f"c{column}"]))
    # the engine's threads each take a batch, so one large batch would keep all but one idle
    return pa.Table.from_batches(cells.combine_chunks().to_batches(max_chunksize=_BATCH), cells.schema)


def values_at(engine: LocalEngine, column: str, rows: list[int]) -> dict[int, str]:
    """The cells of a column of `incoming` in these rows."""
    if not rows:
        return {}
    found = engine.table(f"SELECT row, {column} AS value FROM incoming WHERE row IN ({', '.join(map(str, rows))})")
    return dict(zip(found["row"].to_pylist(), found["value"].to_pylist(), strict=True))
