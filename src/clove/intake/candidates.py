"""One table in the course of being understood: which of its columns may be which of ours."""

import re
from dataclasses import dataclass, field

from clove.intake.dates import is_date
from clove.intake.headings import HEADINGS, spellings
from clove.intake.numbers import is_number
from clove.intake.sources.table import Table

NUMERIC = ("amount", "quantity", "price")
NEEDED = ("customer", "time", *NUMERIC)
_LIKELY = 0.5  # of the sample's values read as what the heading says, where two columns bear such a heading


@dataclass(slots=True)
class Search:
    """What is settled so far, what was passed over and why."""

    table: Table
    values: list[list[str]]  # per column, the sample's cells that are not empty
    at: dict[str, int] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    options: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)  # columns named well whose content is something else
    ties: dict[str, list[int]] = field(default_factory=dict)  # needed columns that could be several
    clash: tuple[int, int, int] | None = None  # an amount that is not quantity times price, and these two

    @classmethod
    def of(cls, table: Table) -> "Search":
        """Nothing is settled yet."""
        rows = table.sample
        return cls(table, [[r[i].strip() for r in rows if r[i].strip()] for i in range(len(table.headings))])

    @property
    def where(self) -> str:
        """File and row of the headings."""
        return f"{self.table.label}, row {self.table.header_row}"

    def heading(self, column: int) -> str:
        """A heading for people; two of one name are told apart by their place."""
        name = self.table.headings[column]
        return f"{name!r}" if self.table.headings.count(name) == 1 else f"{name!r} (column {column + 1})"

    def candidates(self, name: str) -> list[int]:
        """Columns that may be this one; weaker names count only where there is no stronger."""
        taken = set(self.at.values())
        for words in HEADINGS[name]:
            named = [i for i, h in enumerate(self.table.headings) if spellings(h) & words and i not in taken]
            shares = {i: self._share(name, i) for i in named}
            fit = [i for i in named if shares[i] >= _LIKELY] or [i for i in named if shares[i] > 0]
            self.doubts += [
                f"{self.heading(i)} looks like the {name} column, but holds {self.values[i][0]!r}"
                for i in named
                if not shares[i]
            ]
            filled = [i for i in fit if self.values[i]]
            if filled or (fit and (name in NEEDED or not self.table.sample)):
                return filled or fit
            note = f" is empty in the first {len(self.table.sample):,} rows: passed over"
            self.notes += [f"{self.heading(i)}{note}" for i in fit]
        return []

    def take(self, name: str, *, needed: bool) -> None:
        """Settle one of our columns, if it is there; a needed one that may be several becomes a tie."""
        if name in self.at or name in self.left_out:
            return
        fit = self.candidates(name)
        if not fit:
            return
        if len(fit) > 1 and name not in NUMERIC and self._alike(fit):
            others = ", ".join(self.heading(i) for i in fit[1:])
            self.notes.append(f"{name} taken from {self.heading(fit[0])}; {others} holds the same")
        elif len(fit) > 1 and needed:
            self.ties[name] = fit
        elif len(fit) > 1:
            others = ", ".join(self.heading(i) for i in fit[1:])
            self.notes.append(f"{name} taken from {self.heading(fit[0])}, not from {others}")
        elif name == "customer":
            self._note_other_customers(fit[0])
        self.at[name] = fit[0]

    def _share(self, name: str, column: int) -> float:
        """How many of the sample's values read as what the heading says; 1 where there is nothing to read."""
        values = self.values[column]
        if not values or (name != "time" and name not in NUMERIC):
            return 1.0
        good = sum(
            is_date(v, serials=self.table.has_serials, epochs=True) if name == "time" else is_number(v) for v in values
        )
        return good / len(values)

    def _alike(self, columns: list[int]) -> bool:
        """Whether the columns hold the same in every row of the sample; two of one name are told apart all the same."""
        headings = {self.table.headings[i] for i in columns}
        if len(headings) < len(columns) or not self.table.sample:
            return False
        return all(len({row[i].strip() for i in columns}) == 1 for row in self.table.sample)

    def _note_other_customers(self, column: int) -> None:
        strong, weak = HEADINGS["customer"]
        also = [self.heading(i) for i, h in enumerate(self.table.headings) if spellings(h) & weak and i != column]
        if also and spellings(self.table.headings[column]) & strong:
            self.notes.append(f"customers told apart by {self.heading(column)}, not by {', '.join(also)}")


def is_plain(text: str) -> bool:
    """Whether a cell is a number as machines write it."""
    return re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) is not None
