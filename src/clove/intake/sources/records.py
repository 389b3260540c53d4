"""Cut a stream of bytes between records, minding quoted cells that hold line breaks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Ints
from clove.kernel.errors import InputRefused

MAX_RECORD = 4 << 20
"""Bytes. A longer row is a quote that never closes, or no table at all."""

_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


@dataclass(frozen=True, slots=True)
class Layout:
    """How the bytes of a file fall into rows and cells."""

    delimiter: str  # one character
    quoted: bool  # cells may stand in double quotes
    cells: int  # number of headings
    first_row: int  # row of the first record
    where: str  # the file, for refusals


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records."""

    data: bytes
    breaks_in_cells: bool  # some quoted cell holds a line break


class _Quotes(NamedTuple):
    opens: Ints  # byte of the quote that opens each quoted cell
    closes: Ints  # byte of the quote that closes it; the end of the data where it is not closed
    fault: int  # byte where a cell opens that does not end well; -1 if none does


def records(blocks: Iterable[bytes], layout: Layout) -> Iterator[Piece]:
    """Join blocks, cut in any way, and hand them out cut at the ends of records.

    Raises:
        InputRefused: A quote that is not closed, or a record beyond `MAX_RECORD`.
    """
    row, rest = layout.first_row, b""
    for block in blocks:
        data = rest + block
        breaks, cut, ends = _cut(data, layout, row, last=False)
        if cut:
            yield Piece(data[:cut], breaks)
        row += ends
        rest = data[cut:]
        if len(rest) > MAX_RECORD:
            _cut(rest, layout, row, last=True)  # names the quote, if it is one
            raise InputRefused(
                f"a row is longer than {MAX_RECORD >> 20} MiB",
                where=f"{layout.where}, row {row}",
                remedy="Check that the file is a table with line ends",
            )
    if rest:
        yield Piece(rest, _cut(rest, layout, row, last=True)[0])


def _cut(data: bytes, layout: Layout, row: int, *, last: bool) -> tuple[bool, int, int]:
    """Whether cells hold line breaks, where the last whole record ends, and how many records end before that."""
    if not layout.quoted or b'"' not in data:
        cut = data.rfind(b"\n") + 1
        return False, cut, data.count(b"\n", 0, cut)
    array = np.frombuffer(data, np.uint8)
    delimiter = ord(layout.delimiter)
    newlines = np.flatnonzero(array == _NEWLINE)
    quotes = _quoted_cells(data, array, delimiter)
    owner = np.searchsorted(quotes.opens, newlines, side="right") - 1
    inside = (owner >= 0) & (newlines < np.append(quotes.closes, 0)[owner])
    fault = quotes.fault
    if fault < 0 and inside.any():
        fault = _swallowing(array == delimiter, newlines[inside], owner[inside], quotes, layout.cells)
    if fault < 0 and last and quotes.closes.size and quotes.closes[-1] == len(data):
        fault = int(quotes.opens[-1])
    outside = newlines[~inside]
    if fault >= 0:
        raise InputRefused(
            "a quoted cell opens here and does not close where a cell ends, so the rows below would vanish into it",
            where=f"{layout.where}, row {row + int(np.searchsorted(outside, fault))}",
            remedy='Close the quote; a quote inside a quoted cell is written twice ("")',
        )
    return bool(inside.any()), int(outside[-1]) + 1 if outside.size else 0, outside.size


def _quoted_cells(data: bytes, array: NDArray[np.uint8], delimiter: int) -> _Quotes:
    """Pair the quotes: at once where each stands where a quote may stand, else by walking over them."""
    quotes = np.flatnonzero(array == _QUOTE)
    opens, closes = quotes[0::2], quotes[1::2]
    bounds = np.array([delimiter, _NEWLINE, _RETURN, _QUOTE], np.uint8)
    before, after = array[opens - 1], array[np.minimum(closes + 1, len(data) - 1)]
    if not (np.isin(before[opens > 0], bounds).all() and np.isin(after[closes < len(data) - 1], bounds).all()):
        return _walk(data, quotes, {delimiter, _NEWLINE, _RETURN})
    if opens.size > closes.size:
        closes = np.append(closes, len(data))
    apart = opens[1:] != closes[:-1] + 1  # a doubled quote closes and opens again: the cell goes on
    return _Quotes(opens[np.append(True, apart)], closes[np.append(apart, True)], -1)


def _walk(data: bytes, quotes: Ints, ends: set[int]) -> _Quotes:
    """The same for files with quotes inside cells that are not quoted, which are ordinary characters."""
    opens: list[int] = []
    closes: list[int] = []
    waiting = False
    skip = -1
    for position in quotes.tolist():
        if position == skip:
            continue
        following = data[position + 1] if position + 1 < len(data) else _NEWLINE
        if not waiting:
            if position == 0 or data[position - 1] in ends:
                opens.append(position)
                waiting = True
        elif following == _QUOTE:
            skip = position + 1
        elif following in ends:
            closes.append(position)
            waiting = False
        else:
            return _Quotes(np.array(opens[:-1], np.int64), np.array(closes, np.int64), opens[-1])
    if waiting:
        closes.append(len(data))
    return _Quotes(np.array(opens, np.int64), np.array(closes, np.int64), -1)


def _swallowing(delimiters: NDArray[np.bool_], breaks: Ints, owner: Ints, quotes: _Quotes, cells: int) -> int:
    """Byte where a cell opens that holds a line with as many delimiters as a whole row; -1 if none does.

    Two quotes left open, one at the end of each of two rows, look like one long cell: this tells them apart.
    """
    at = np.flatnonzero(delimiters)
    following = np.append(breaks[1:], np.int64(delimiters.size))
    ends = np.minimum(following, quotes.closes[owner])
    rows = np.searchsorted(at, ends) - np.searchsorted(at, breaks) >= max(cells - 1, 1)
    return int(quotes.opens[owner[int(np.argmax(rows))]]) if rows.any() else -1
