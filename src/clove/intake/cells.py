"""What a reader of cells sees: text without the blanks around it, under our own names."""

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute

from clove.engine.local import LocalEngine
from clove.intake.filling import FillDown
from clove.intake.sources.table import Chunk

_BATCH = 30_720  # rows
_IDS = ("customer", "order", "item")
_INVISIBLE = r"[\x{200B}-\x{200D}\x{2060}\x{FEFF}]"  # characters of no width, which would make two ids of one


def literal(text: str) -> str:
    """Text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def text_of(name: str) -> str:
    """The column of `incoming` that holds the trimmed text of one of our columns."""
    return f"{name}_text"


def named(
    chunk: Chunk, at: dict[str, int], filling: FillDown | None = None, ids: Collection[str] = _IDS
) -> tuple[pa.Table, frozenset[str]]:
    """The cells of a piece, and beside them the columns that matter, trimmed where they are text, under our names.

    Also our names of the columns that had invisible characters in their ids, which are taken off.
    """
    cells, mended = chunk.cells, set()
    for name, column in at.items():
        text = cells[f"c{column}"]
        if name in ids and not pyarrow.compute.all(pyarrow.compute.string_is_ascii(text), min_count=0).as_py():
            visible = pyarrow.compute.replace_substring_regex(text, _INVISIBLE, "")
            if not visible.equals(text):
                text = visible
                mended.add(name)
        if pa.types.is_string(text.type):
            text = pyarrow.compute.utf8_trim_whitespace(text)
        cells = cells.append_column(text_of(name), text)
    if filling:
        cells = filling.fill(cells)
    # the engine's threads each take a batch, so one large batch would keep all but one idle
    batches = cells.combine_chunks().to_batches(max_chunksize=_BATCH)
    return pa.Table.from_batches(batches, cells.schema), frozenset(mended)


def values_at(engine: LocalEngine, column: str, rows: list[int]) -> dict[int, str]:
    """The cells of a column of `incoming` in these rows."""
    if not rows:
        return {}
    found = engine.table(f"SELECT row, {column} AS value FROM incoming WHERE row IN ({', '.join(map(str, rows))})")
    return dict(zip(found["row"].to_pylist(), found["value"].to_pylist(), strict=True))
