"""Parquet, read row group by row group; values become the text that a CSV would hold."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from clove.intake.sources.table import MAX_COLUMNS, SAMPLE_ROWS, Chunk, cell_names
from clove.kernel.errors import InputRefused

_BATCH = 65_536


@dataclass(slots=True)
class ParquetTable:
    """A Parquet file. Made by `open`. Its first row counts as row 2, as if the headings stood above it."""

    path: Path
    headings: list[str]
    sample: list[list[str]]
    header_row: int = 1
    notes: list[str] = field(default_factory=list)
    sheet: str | None = None
    has_serials: bool = False
    types: list[pa.DataType] = field(default_factory=list)
    kept: frozenset[int] = frozenset()  # columns that are handed out with their own values, not as text

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the schema and the first rows.

        Raises:
            InputRefused: The file is damaged, or its columns are too many.
        """
        with _refusing_damage(path), pyarrow.parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            headings = [str(name) for name in schema.names]
            if len(headings) > MAX_COLUMNS or not headings:
                raise InputRefused(
                    f"the table has {len(headings):,} columns",
                    where=str(path),
                    remedy="Export only the columns that count",
                )
            first = next(file.iter_batches(batch_size=SAMPLE_ROWS), None)
            zones = [f.name for f in schema if pa.types.is_timestamp(f.type) and f.type.tz]
            columns = [] if first is None else [_text(column).to_pylist() for column in first.columns]
        notes = [f"times of {name!r} turned into UTC" for name in zones]
        return cls(path, headings, [list(row) for row in zip(*columns, strict=True)], notes=notes, types=schema.types)

    @property
    def label(self) -> str:
        """The file."""
        return str(self.path)

    def chunks(self) -> Generator[Chunk, None, None]:
        """All rows."""
        size = self.path.stat().st_size
        row = self.header_row + 1
        names = [*cell_names(len(self.headings)), "row"]
        with _refusing_damage(self.path), pyarrow.parquet.ParquetFile(self.path) as file:
            total = max(1, file.metadata.num_rows)
            for batch in file.iter_batches(batch_size=_BATCH):
                batch.validate(full=True)
                rows = pa.array(np.arange(row, row + batch.num_rows, dtype=np.int64))
                columns = [c if i in self.kept else _text(c) for i, c in enumerate(batch.columns)]
                cells = pa.table([*columns, rows], names=names)
                row += batch.num_rows
                yield Chunk(cells, (), round(size * (row - self.header_row - 1) / total))


@contextmanager
def _refusing_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputRefused(
            f"the Parquet file is damaged or of a kind that is not read here ({str(error).splitlines()[0][:200]})",
            where=str(path),
            remedy="Write it again, with columns of text, numbers and times",
        ) from error


def _text(column: pa.Array) -> pa.Array:
    """Text of each value, empty for null. Times lose their zone as UTC."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        # a zone's clock is turned into UTC; finer than a microsecond is cut off
        micro = column.cast(pa.timestamp("us", kind.tz), safe=False)
        column = micro.cast(pa.timestamp("us")) if kind.tz else micro
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        column = column.cast(pa.string())
    elif pa.types.is_nested(kind):
        column = pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string()).fill_null("")
