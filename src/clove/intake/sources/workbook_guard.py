"""A workbook is a zip of XML; what it unpacks to is measured before anything reads it as a workbook."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from pathlib import Path

from clove.kernel.errors import InputRefused

MAX_INFLATED = 2 << 30
"""Bytes of all parts together."""

MAX_RATIO = 200
"""Inflated to packed; a spreadsheet seldom passes 50."""

SMALL = 64 << 20
"""Bytes up to which the ratio does not matter."""

MAX_GRID = 50_000_000
"""Cells of the rectangle from the first to the last used one, which is held in memory."""

_MAX_PARTS = 10_000
_PIECE = 1 << 20
_OVERLAP = 4096  # much longer than a cell reference, so that none is cut in two
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# begin with a plain letter: the search for a fixed beginning is what makes them fast
_ROWS = re.compile(rb"""r\s*=\s*["'][A-Za-z]*(\d+)""")
_COLUMNS = re.compile(rb"""r\s*=\s*["']([A-Za-z]+)\d""")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def check_workbook(path: Path) -> None:
    """Refuse what would unpack to a monstrous size, a monstrous grid, or is no workbook.

    Raises:
        InputRefused: As above; also a damaged or encrypted archive.
    """
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive, path.stat().st_size, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise InputRefused(
            f"the workbook is damaged ({error})",
            where=where,
            remedy="Open it in a spreadsheet and save it again as .xlsx",
        ) from error


def _check_parts(archive: zipfile.ZipFile, packed: int, where: str) -> None:
    parts = archive.infolist()
    names = [part.filename.lower() for part in parts]
    if "xl/workbook.xml" not in names:
        raise InputRefused(
            "this is a zip archive, but no Excel workbook (.xlsx)",
            where=where,
            remedy="Unpack it and give the file in it, or save the workbook as .xlsx",
        )
    if len(parts) > _MAX_PARTS or len(set(names)) < len(names):
        raise InputRefused(
            "the workbook has parts that no spreadsheet writes", where=where, remedy="Save it again as .xlsx"
        )
    bound = min(MAX_INFLATED, max(SMALL, MAX_RATIO * packed))
    declared = sum(part.file_size for part in parts)
    if declared > bound:
        raise _too_large(where)
    total = 0
    for part in parts:
        if part.flag_bits & 1 or part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise InputRefused("the workbook is encrypted", where=where, remedy="Save it without a password")
        grid = _Grid(f"{where}, {part.filename}")
        is_sheet = _SHEET.fullmatch(part.filename) is not None
        for piece, added in _inflated(archive, part):
            total += added
            if total > bound:
                raise _too_large(where)
            if _FORBIDDEN.search(piece):
                raise InputRefused(
                    "the workbook defines XML entities, which no spreadsheet does", where=where, remedy="Save it again"
                )
            if is_sheet:
                grid.look(piece)


def _inflated(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """The bytes of a part with a little of what came before, and how many are new.

    The size that the archive declares is not believed: reading goes on until the stream itself ends.
    """
    unbound = copy(part)
    unbound.file_size = 1 << 62
    tail = b""
    with archive.open(unbound) as stream:
        while piece := stream.read(_PIECE):
            yield tail + piece, len(piece)
            tail = piece[-_OVERLAP:]


class _Grid:
    """The rectangle that the cells of a sheet span."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.rows = 0
        self.columns = 0

    def look(self, piece: bytes) -> None:
        """Take in more cells.

        Raises:
            InputRefused: The rectangle is larger than what is held in memory.
        """
        if b"\0" in piece:
            raise InputRefused("the sheet is not written in UTF-8", where=self.where, remedy="Save it again as .xlsx")
        self.rows = max(self.rows, max(map(int, set(_ROWS.findall(piece))), default=0))
        for letters in set(_COLUMNS.findall(piece)):
            self.columns = max(self.columns, _column_number(letters))
        if self.rows * self.columns > MAX_GRID or self.rows > 1 << 20 or self.columns > 1 << 14:
            raise InputRefused(
                f"the sheet has a cell in row {self.rows:,} and one in column {self.columns:,}, "
                "so it spans a grid that would fill the memory",
                where=self.where,
                remedy="Delete the stray cells, or save the table as CSV",
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(where: str) -> InputRefused:
    return InputRefused(
        f"the workbook unpacks to more than {MAX_INFLATED >> 30} GiB or {MAX_RATIO} times its size",
        where=where,
        remedy="Save the table as CSV",
    )
