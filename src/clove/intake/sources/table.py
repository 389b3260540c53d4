"""What every reader hands out: headings, a sample, and text cells piece by piece."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

SAMPLE_ROWS = 200
"""Rows that are looked at to recognise the columns; how they are read is decided over all rows."""

MAX_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows. Columns `c0`, `c1`, … hold text, `row` the position in the file, the first row being 1.

    A reader that knows the types of its columns may be asked to keep some values as they are.
    """

    cells: pa.Table
    malformed: tuple[tuple[int, str], ...]  # rows with a wrong number of cells, and their text
    consumed: int  # bytes of the file that are read so far


class Table(Protocol):
    """One table of a file. `chunks` may be called again and starts anew."""

    @property
    def label(self) -> str:
        """File name and, in a workbook, the sheet."""

    @property
    def sheet(self) -> str | None:
        """Name of the sheet, where there are sheets."""

    @property
    def header_row(self) -> int:
        """Row of the headings."""

    @property
    def headings(self) -> list[str]:
        """As they stand in the file."""

    @property
    def sample(self) -> list[list[str]]:
        """Cells of the first rows below the headings."""

    @property
    def has_serials(self) -> bool:
        """Whether a bare number in a time column may be a spreadsheet's day count."""

    @property
    def notes(self) -> list[str]:
        """What a person should know of how the file was opened."""

    def chunks(self) -> Generator[Chunk, None, None]:
        """All rows below the headings."""


def cell_names(count: int) -> list[str]:
    """Names of the text columns of a chunk."""
    return [f"c{i}" for i in range(count)]
