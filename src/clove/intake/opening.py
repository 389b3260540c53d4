"""Open a file and find in it the tables that are looked for."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from clove.intake.sources.delimited import DelimitedTable, NotDivided
from clove.intake.sources.files import Kind
from clove.intake.sources.parquet import ParquetTable
from clove.intake.sources.table import Table
from clove.intake.sources.xlsx import Sheet, open_sheets
from clove.intake.suggestions import NoTable
from clove.kernel.errors import InputRefused

_QUOTED = 3  # rows that a refusal shows


class Understood(Protocol):
    """The columns of one table as they are understood."""

    @property
    def layout(self) -> str:
        """What a row is, for people; two layouts in one workbook are perhaps the same rows."""


C = TypeVar("C", bound=Understood)


def tables(
    path: Path, kind: Kind, recognise: Callable[[Table], C], passed_over: list[str], example: str
) -> Iterator[tuple[Table, C]]:
    """The tables of a file that are recognised, and how their columns are understood.

    Args:
        path: The file.
        kind: What it is.
        recognise: Understands the headings of a table, or raises `NoTable`.
        passed_over: Receives the names of sheets without such a table.
        example: Headings as they could be, for a remedy.

    Raises:
        InputRefused: The file holds no such table, or two that do not fit together.
    """
    if kind is Kind.WORKBOOK:
        yield from _sheets(path, recognise, passed_over, example)
        return
    if kind is Kind.PARQUET:
        parquet = ParquetTable.open(path)
        yield parquet, recognise(parquet)
        return
    yield _below_titles(path, recognise, example, packed=kind is Kind.GZIP)


def _below_titles(path: Path, recognise: Callable[[Table], C], example: str, *, packed: bool) -> tuple[Table, C]:
    """The first line of a text file that can be read as headings, most often the very first."""
    try:
        first = DelimitedTable.open(path, packed=packed)
        return first, recognise(first)
    except NotDivided as refusal:
        refused: InputRefused = refusal
        closest = 0
    except NoTable as refusal:
        refused, closest = refusal, refusal.found
    for table in DelimitedTable.below_titles(path, packed=packed):
        try:
            return table, recognise(table)
        except NoTable as refusal:
            if refusal.found > closest:
                refused, closest = refusal, refusal.found
    if isinstance(refused, NoTable) and not closest and sum(map(bool, first.headings)) <= 1:
        rows = [first.headings, *first.sample][:_QUOTED]
        raise NoTable(
            "no line near the top reads like a header; the rows begin "
            + ", ".join(repr(" | ".join(filter(None, map(str.strip, row)))[:60]) for row in rows),
            where=str(path),
            remedy=f"Put a line with column names above the rows, such as {example}",
        )
    raise refused


def _sheets(
    path: Path, recognise: Callable[[Table], C], passed_over: list[str], example: str
) -> Iterator[tuple[Table, C]]:
    """The sheets that are recognised, all in one layout."""
    first: tuple[str, str] | None = None
    refusals: list[NoTable] = []
    for name, candidates in open_sheets(path):
        found, refused = _first_table(candidates, recognise)
        if found is None:
            passed_over.append(name)
            refusals += refused
            continue
        table, columns = found
        if first and first[1] != columns.layout:
            raise InputRefused(
                f"sheet {first[0]!r} holds {first[1]} and sheet {name!r} holds {columns.layout}: perhaps the same",
                where=str(path),
                remedy="Save the sheet that counts as a file of its own and give that",
            )
        first = first or (name, columns.layout)
        yield table, columns
    if first is None:
        raise (
            refusals[0]
            if refusals
            else NoTable(
                "no sheet holds a table with at least three columns",
                where=str(path),
                remedy=f"Put headings such as {example} above the rows",
            )
        )


def _first_table(
    candidates: list[Sheet], recognise: Callable[[Table], C]
) -> tuple[tuple[Table, C] | None, list[NoTable]]:
    """The first row that can be read as headings."""
    refused = []
    for sheet in candidates:
        try:
            return (sheet, recognise(sheet)), []
        except NoTable as refusal:
            refused.append(refusal)
    return None, refused
