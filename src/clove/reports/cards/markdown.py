"""Markdown that says exactly what it is given, whatever a file's name or a column's heading holds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clove.reports.shown import identifier

MEANT = re.compile(r"([\\`*_\[\]<>|~])")  # letters that Markdown would take for marks


@dataclass(frozen=True, slots=True)
class Mark:
    """Text of our own that may hold marks, such as a name in backquotes."""

    text: str


Cell = str | Mark


def plain(text: str) -> str:
    r"""Somebody else's words on one line, marks and invisible characters disarmed, a very long one shortened.

    >>> print(plain("a|b <i> __x__"))
    a\|b \<i\> \_\_x\_\_
    """
    return escaped(identifier(text))


def escaped(text: str) -> str:
    """A sentence of ours that may name somebody else's things."""
    return MEANT.sub(r"\\\1", " ".join(text.split())).replace("&", "&amp;")


def heading(text: str, level: int = 2) -> str:
    """A heading."""
    return f"{'#' * level} {escaped(text)}"


def paragraph(*sentences: str) -> str:
    """Sentences, those that are empty left out; escape what is not ours before."""
    return " ".join(sentence for sentence in sentences if sentence)


def bullets(lines: Sequence[str]) -> str:
    """A list."""
    return "\n".join(f"* {line}" for line in lines)


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, words: int = 1) -> str:
    """A table whose first columns hold words, the others numbers.

    Args:
        columns: Headings.
        rows: Cells; text is escaped, marks are kept.
        words: How many columns are set to the left.
    """
    rule = ["---" if place < words else "---:" for place in range(len(columns))]
    lines = [[escaped(column) for column in columns], rule, *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def document(*blocks: str) -> str:
    """Blocks with an empty line between, those that are empty left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def _cell(cell: Cell) -> str:
    return cell.text if isinstance(cell, Mark) else escaped(cell)
