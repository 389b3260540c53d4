"""Which heading of a contract table most likely means a column that was not recognised."""

import difflib
import re
from collections.abc import Callable, Collection, Sequence

from clove.intake.dates import is_date
from clove.intake.headings import normal
from clove.intake.numbers import is_number
from clove.intake.sources.table import Table
from clove.ledger.contract_table import Column, Kind
from clove.ledger.countries import COUNTRIES

_ENOUGH = 0.5  # likeness of a heading that is proposed: a word that both begin with
_FITTING = 0.5  # of the sample's values
_BEGINNING = 3  # letters that two words have to share to begin alike
_YES_NO = frozenset(("true", "false", "t", "f", "yes", "no", "y", "n", "0", "1"))
_COUNTRIES = frozenset(normal(text) for c in COUNTRIES.values() for text in (c.code, c.short, c.name))


def likely(table: Table, columns: Sequence[Column], taken: Collection[int]) -> dict[str, str]:
    """Our columns and the heading that is most like each, none twice; without those that none is like.

    Words in common count before letters in common, and a heading whose values are of another kind never counts.

    Args:
        table: Headings and a sample.
        columns: Those that are looked for, the most important first.
        taken: Positions of headings that mean another column.
    """
    free = [place for place, heading in enumerate(table.headings) if heading and place not in taken]
    found: dict[str, str] = {}
    for column in columns:
        scores = {place: _likeness(column.name, table.headings[place]) for place in free if _fits(table, place, column)}
        best = max(scores, key=lambda place: scores[place], default=None)
        if best is not None and scores[best] >= _ENOUGH:
            free.remove(best)
            found[column.name] = table.headings[best]
    return found


def _likeness(name: str, heading: str) -> float:
    """Words in common, those that begin alike as half, and a little for letters in common."""
    theirs = [word for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).lower()) if word]
    shared = sum(max((_alike(word, other) for other in theirs), default=0.0) for word in name.split("_"))
    return shared + 0.5 * difflib.SequenceMatcher(None, normal(name), normal(heading)).ratio()


def _alike(word: str, other: str) -> float:
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    return 0.5 if len(short) >= _BEGINNING and long.startswith(short) else 0.0


def _fits(table: Table, place: int, column: Column) -> bool:
    """Whether most values of the sample are of the column's kind."""
    values = [text for row in table.sample if (text := row[place].strip())]
    fitting = sum(_reads_as(column)(text) for text in values)
    return bool(values) and fitting >= _FITTING * len(values)


def _reads_as(column: Column) -> Callable[[str], bool]:
    words = _COUNTRIES if column.name == "country_code" else frozenset(map(normal, column.words))
    readers: dict[Kind, Callable[[str], bool]] = {
        Kind.DATE: is_date,
        Kind.NUMBER: lambda text: is_number(text) and not is_date(text),
        Kind.WHOLE: lambda text: is_number(text) and not is_date(text),
        Kind.WORD: lambda text: normal(text) in words,
        Kind.YES_NO: lambda text: text.lower() in _YES_NO,
        Kind.CURRENCY: lambda text: bool(re.fullmatch("[A-Za-z]{3}", text)),
        Kind.ID: lambda text: not is_date(text),
    }
    return readers.get(column.kind, bool)
