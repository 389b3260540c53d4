"""What a page is built from: sections of sentences, pictures, tables and lists, in reading order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from clove.reports.shown import Shown, Unknown

WIDE = 5  # columns that a phone cannot bear


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `help` is its definition in plain words."""

    name: str
    number: bool = True
    tight: bool = False  # never broken over two lines
    help: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells that are text, unknown, or markup of our own making."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Shown, ...], ...]
    note: str = ""
    stack: bool = False  # on a phone each row becomes a card
    kind: str = "table"

    @property
    def wide(self) -> bool:
        """Whether a phone has to scroll it."""
        return not self.stack and len(self.columns) >= WIDE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why cells are unknown, each reason once."""
        return _reasons(cell for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with the words and the table that say the same."""

    anchor: str  # unique in the page; prefixes the ids inside the drawing
    title: str
    drawing: str  # SVG; empty when there is nothing to draw, and then the words say why
    words: str
    table: Table
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Pictures:
    """Drawings side by side where there is room."""

    pictures: tuple[Picture, ...]
    aside: tuple[str, ...] = ()  # paragraphs in the place of one more drawing
    kind: str = "pictures"


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs."""

    paragraphs: tuple[str, ...]
    kind: str = "words"


@dataclass(frozen=True, slots=True)
class Points:
    """A bulleted list."""

    points: tuple[str, ...]
    kind: str = "points"


@dataclass(frozen=True, slots=True)
class Next:
    """The one thing to do about a section."""

    words: str
    kind: str = "next"


@dataclass(frozen=True, slots=True)
class Card:
    """A named group with its figures, what it is and what to do."""

    name: str
    subtitle: str
    figures: tuple[tuple[str, Shown], ...]
    words: str
    action: str


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards in one row where there is room."""

    cards: tuple[Card, ...]
    kind: str = "cards"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why figures are unknown, each reason once."""
        return _reasons(figure for card in self.cards for _, figure in card.figures)


def _reasons(shown: Iterable[Shown]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(figure.reason for figure in shown if isinstance(figure, Unknown)))


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms with their meaning; the anchor lets other sections point at them."""

    terms: tuple[tuple[str, str, str], ...]  # anchor, term, meaning
    kind: str = "definitions"


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their figures."""

    facts: tuple[tuple[str, Shown], ...]
    kind: str = "facts"


Block: TypeAlias = Table | Pictures | Words | Points | Next | Cards | Definitions | Facts


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the reader: the finding first, then what shows it."""

    anchor: str
    title: str
    finding: str
    blocks: tuple[Block, ...]
