"""CSV, TSV and other text tables, packed with gzip or not; the delimiter is found by content."""

import csv
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.csv

from clove.intake.sources.records import MAX_RECORD, Layout, Piece, records
from clove.intake.sources.table import MAX_COLUMNS, SAMPLE_ROWS, Chunk, cell_names
from clove.intake.sources.text import TextFile
from clove.kernel.errors import InputRefused

SPACES = " "
"""Stands for runs of spaces between cells."""

DELIMITERS = (",", ";", "\t", "|", SPACES)
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", SPACES: "spaces"}
_HINT = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)  # the line with which a spreadsheet says its delimiter
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_TITLES = 20  # lines above the headings that may hold titles
_MIN_HEADINGS = 3  # customer, time and amount
_SHOWN = 200  # characters of a malformed row
_BLOCK = MAX_RECORD + (1 << 20)  # bytes a thread parses at a time; a row has to fit


class NotDivided(InputRefused):
    """A first line that is not divided into columns: it may be a title, with the headings below."""


@dataclass(slots=True)
class DelimitedTable:
    """A text table. Made by `open`."""

    file: TextFile
    delimiter: str
    header_row: int
    headings: list[str]
    sample: list[list[str]]
    skipped: int  # bytes, as UTF-8, up to the first row below the headings
    titles: int = 0  # lines above the headings
    notes: list[str] = field(default_factory=list)
    sheet: str | None = None
    has_serials: bool = False

    @classmethod
    def open(cls, path: Path, *, packed: bool) -> Self:
        """Find the encoding, the delimiter and the headings.

        Raises:
            InputRefused: The file is no text, or has no table in it.
        """
        file = TextFile(path, packed=packed)
        return cls._of(file, file.look())

    @classmethod
    def below_titles(cls, path: Path, *, packed: bool) -> Iterator[Self]:
        """The tables that the file may hold below lines of titles: one for each line near the top."""
        file = TextFile(path, packed=packed)
        start = file.look()
        above: list[str] = []
        for line in _LINE.findall(start.decode(errors="ignore"))[: _TITLES + 1]:
            if above and sum(line.count(d) for d in DELIMITERS[:-1]) + 1 >= _MIN_HEADINGS:
                try:
                    table = cls._of(file, start, len(above))
                except InputRefused:  # this line is not divided into columns: the next may be
                    table = None
                if table and sum(map(bool, table.headings)) >= _MIN_HEADINGS:
                    yield table
            above.append(line)

    def reopened_as_cp1252(self) -> Self:
        """The same file when it turned out not to be UTF-8."""
        file = TextFile(self.file.path, self.file.packed, "cp1252", self.file.old_line_ends)
        return self._of(file, file.first(), self.titles)

    @classmethod
    def _of(cls, file: TextFile, start: bytes, titles: int = 0) -> Self:
        where = str(file.path)
        lines = _LINE.findall(start.decode(errors="ignore"))
        blank = next((i for i, line in enumerate(lines) if i >= titles and line.strip()), len(lines))
        hint = _HINT.fullmatch(lines[blank]) if blank < len(lines) else None
        if hint:
            blank += 1
        body = lines[blank:]
        if not body:
            raise InputRefused("the file holds no rows", where=where, remedy="Export the table again")
        delimiter = hint[1] if hint and hint[1] in DELIMITERS else _delimiter(body, where)
        rows = _split(body, delimiter)
        headings, used = next(rows, ([], 1))
        if len(headings) > MAX_COLUMNS:
            raise InputRefused(
                f"the table has {len(headings):,} columns", where=where, remedy="Export only the columns that count"
            )
        skipped = len("".join(lines[: blank + used]).encode())
        sample = [cells for cells, _ in islice(rows, SAMPLE_ROWS) if len(cells) == len(headings)]
        notes = [] if delimiter == "," else [f"cells separated by {_NAMES[delimiter]}"]
        if file.encoding == "cp1252":
            notes.append("not UTF-8: read as Windows-1252")
        elif file.encoding == "utf-16":
            notes.append("read as UTF-16")
        if titles:
            notes.append(f"{'row 1' if blank == 1 else f'rows 1 to {blank}'} above the header passed over")
        return cls(file, delimiter, blank + 1, [h.strip() for h in headings], sample, skipped, titles, notes)

    @property
    def label(self) -> str:
        """The file."""
        return str(self.file.path)

    def chunks(self) -> Generator[Chunk, None, None]:
        """All rows below the headings."""
        quoted = self.delimiter != SPACES
        row = self.header_row + 1
        layout = Layout(self.delimiter if quoted else "\t", quoted, len(self.headings), row, self.label)
        with closing(self.file.blocks()) as blocks:
            for piece in records(_behind(blocks, self.skipped), layout):
                cells, malformed, read = self._parse(piece, layout, row)
                yield Chunk(cells, malformed, self.file.consumed)
                row += read

    def _parse(self, piece: Piece, layout: Layout, row: int) -> tuple[pa.Table, tuple[tuple[int, str], ...], int]:
        data = piece.data if layout.quoted else _single_tabs(piece.data)
        try:
            cells, malformed = _parsed(data, piece, layout)
        except pa.ArrowException as error:
            raise InputRefused(
                f"the rows from here on cannot be parsed ({error})",
                where=f"{layout.where}, row {row}",
                remedy="Export the table again as CSV",
            ) from error
        malformed = [(row + number - 1, text) for number, text in malformed]
        read = cells.num_rows + len(malformed)
        position = np.arange(cells.num_rows, dtype=np.int64)
        if malformed:
            bad = np.array([number for number, _ in malformed]) - row
            # the k-th malformed row pushes every later good row down by one
            position += np.searchsorted(bad - np.arange(bad.size), position, side="right")
        held = tuple(bad for bad in malformed if bad[1].strip(f"{layout.delimiter} \t\r\n"))  # else an empty line
        return cells.append_column("row", pa.array(position + row)), held, read


def _parsed(data: bytes, piece: Piece, layout: Layout) -> tuple[pa.Table, list[tuple[int, str]]]:
    """The rows that fit as text cells, and the others' number within the piece, from 1, and text."""
    if not piece.breaks_in_cells:
        try:
            cells, malformed = _cells(data, piece, layout, threads=True)
        except pa.ArrowInvalid:  # a row fits no block: one thread takes the piece whole, or says what is wrong
            malformed = [(0, "")]
        if not malformed:
            return cells, malformed
    return _cells(data, piece, layout, threads=False)  # only one thread knows which row it is at


def _cells(data: bytes, piece: Piece, layout: Layout, *, threads: bool) -> tuple[pa.Table, list[tuple[int, str]]]:
    names = cell_names(layout.cells)
    malformed: list[tuple[int, str]] = []

    def skip(found: pyarrow.csv.InvalidRow) -> str:
        malformed.append((found.number or 0, found.text[:_SHOWN]))
        return "skip"

    cells = pyarrow.csv.read_csv(
        pa.BufferReader(data),
        pyarrow.csv.ReadOptions(
            use_threads=threads, block_size=_BLOCK if threads else len(data) + 1, column_names=names
        ),
        pyarrow.csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if layout.quoted else False,
            newlines_in_values=piece.breaks_in_cells,
            ignore_empty_lines=False,
            invalid_row_handler=skip,
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    return cells, malformed


def _behind(blocks: Iterable[bytes], ahead: int) -> Iterator[bytes]:
    """The blocks without so many bytes of their beginning."""
    for block in blocks:
        yield block[ahead:]
        ahead = max(0, ahead - len(block))


def _single_tabs(data: bytes) -> bytes:
    return re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t\r]+$", b"", data))


def _split(lines: Iterable[str], delimiter: str) -> Iterator[tuple[list[str], int]]:
    """Cells of each record and the lines it took."""
    if delimiter == SPACES:
        for line in lines:
            yield line.split(), 1
        return
    reader = csv.reader(lines, delimiter=delimiter)
    used = 0
    try:
        for cells in reader:
            yield cells, reader.line_num - used
            used = reader.line_num
    except csv.Error:  # an overlong cell: the sample ends here, the reading proper will name the row
        return


def _delimiter(body: list[str], where: str) -> str:
    """The delimiter that cuts the first rows most evenly into the most cells."""
    best, score = "", (0.0, 0)
    for delimiter in DELIMITERS:
        counts = [len(cells) for cells, _ in islice(_split(body, delimiter), SAMPLE_ROWS) if cells]
        if not counts or counts[0] < 2:
            continue
        even = sum(count == counts[0] for count in counts) / len(counts)
        if (round(even, 1), counts[0]) > score:
            best, score = delimiter, (round(even, 1), counts[0])
    if not best:
        raise NotDivided(
            f"the first line is not divided into columns ({body[0].strip()[:80]!r})",
            where=where,
            remedy="Separate the cells by commas, semicolons, tabs, vertical bars or spaces",
        )
    return best
