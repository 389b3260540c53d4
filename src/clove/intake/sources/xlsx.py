"""Excel workbooks: every sheet with a table that is looked for is read."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import python_calamine

from clove.intake.sources.table import MAX_COLUMNS, SAMPLE_ROWS, Chunk, cell_names
from clove.intake.sources.workbook_guard import check_workbook
from clove.kernel.errors import InputRefused

_BATCH = 50_000
_TITLES = 30  # rows above the headings that may hold a title

_WHOLE = 1e15  # below it, a float without a fraction is a whole number exactly
_MIN_HEADINGS = 3  # customer, time and amount

Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta


@dataclass(slots=True)
class Sheet:
    """One sheet, its headings taken from one of its rows."""

    path: Path
    sheet: str
    grid: python_calamine.CalamineSheet
    header_row: int
    headings: list[str]
    sample: list[list[str]]
    notes: list[str] = field(default_factory=list)
    has_serials: bool = True

    @property
    def label(self) -> str:
        """File and sheet."""
        return f"{self.path} [{self.sheet}]"

    def chunks(self) -> Generator[Chunk, None, None]:
        """All rows below the headings."""
        size = self.path.stat().st_size
        width = len(self.headings)
        rows = islice(self.grid.iter_rows(), self.header_row, None)
        row = self.header_row + 1
        total = max(1, self.grid.total_height)
        while piece := list(islice(rows, _BATCH)):
            columns = [_texts(column) for column in zip(*piece, strict=True)]
            position = pa.array(np.arange(row, row + len(piece), dtype=np.int64))
            row += len(piece)
            yield Chunk(
                pa.table([*columns[:width], position], names=[*cell_names(width), "row"]), (), round(size * row / total)
            )


def open_sheets(path: Path) -> Iterator[tuple[str, list[Sheet]]]:
    """The name of each sheet and the tables that it may hold: one for each row near the top that may be the headings.

    Raises:
        InputRefused: The workbook is damaged, encrypted, or would fill the memory.
    """
    check_workbook(path)
    try:
        with python_calamine.load_workbook(str(path)) as workbook:
            for meta in workbook.sheets_metadata:
                if meta.typ is python_calamine.SheetTypeEnum.WorkSheet:
                    hidden = meta.visible is not python_calamine.SheetVisibleEnum.Visible
                    grid = workbook.get_sheet_by_name(meta.name)
                    yield meta.name, _candidates(path, meta.name, grid, hidden=hidden)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputRefused(
            f"the workbook cannot be read ({error})",
            where=str(path),
            remedy="Open it in a spreadsheet and save it again as .xlsx without a password",
        ) from error


def _candidates(path: Path, name: str, grid: python_calamine.CalamineSheet, *, hidden: bool) -> list[Sheet]:
    top = [list(map(_text, row)) for row in islice(grid.iter_rows(), _TITLES + SAMPLE_ROWS)]
    found = []
    for at, row in enumerate(top[:_TITLES]):
        if sum(bool(cell.strip()) for cell in row) >= _MIN_HEADINGS:
            if len(row) > MAX_COLUMNS:
                raise InputRefused(
                    f"the sheet has {len(row):,} columns",
                    where=f"{path} [{name}]",
                    remedy="Keep only the columns that count",
                )
            notes = ["the sheet is hidden"] if hidden else []
            sample = top[at + 1 : at + 1 + SAMPLE_ROWS]
            found.append(Sheet(path, name, grid, at + 1, [cell.strip() for cell in row], sample, notes))
    return found


def _texts(column: Iterable[Cell]) -> pa.Array:
    return pa.array([cell if type(cell) is str else _text(cell) for cell in column], pa.string())


def _text(cell: Cell) -> str:
    """A cell as a CSV would hold it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _WHOLE else repr(cell)
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else str(cell)
