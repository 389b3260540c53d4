"""How the cells of a contract table become values: decided over the whole column, as SQL over its text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, text_of
from clove.intake.dates import DateEvidence, DatePlan
from clove.intake.headings import normal
from clove.intake.ids import NOBODY
from clove.intake.numbers import NumberEvidence, NumberPlan
from clove.intake.portfolio.headings import TableColumns
from clove.intake.sources.table import Table
from clove.ledger.contract_table import Column, ContractTable, Kind
from clove.ledger.countries import COUNTRIES

_YES = ("true", "t", "yes", "y", "1", "1.0")
_NO = ("false", "f", "no", "n", "0", "0.0")
_NOT_A_NUMBER = "nan"  # a failed computation, not an empty cell


@dataclass(frozen=True, slots=True)
class ValuePlan:
    """How each cell of a table is read; two plans are equal when they read every cell alike."""

    dates: tuple[tuple[str, DatePlan], ...]
    numbers: tuple[tuple[str, NumberPlan], ...]
    whole_ids: frozenset[str]  # columns of numbers, some of them written as 17850.0

    def expression(self, column: Column) -> str:
        """SQL for the value of a trimmed cell: null where it is empty or cannot be read."""
        cell = text_of(column.name)
        if column.kind is Kind.DATE:
            return f"CAST({dict(self.dates)[column.name].expression(cell)} AS DATE)"
        if column.kind in {Kind.NUMBER, Kind.WHOLE}:
            return dict(self.numbers)[column.name].expression(cell)
        if column.kind is Kind.WORD:
            return _word(column, cell)
        if column.kind is Kind.YES_NO:
            bare = f"lower({cell})"
            return f"CASE WHEN {bare} IN ({_list(_YES)}) THEN true WHEN {bare} IN ({_list(_NO)}) THEN false END"
        if column.kind is Kind.CURRENCY:
            return f"CASE WHEN regexp_full_match({cell}, '[A-Za-z]{{3}}') THEN upper({cell}) END"
        read = f"regexp_replace({cell}, '[.]0$', '')" if column.name in self.whole_ids else cell
        return f"CASE WHEN NOT {is_empty(column)} THEN {read} END"


def is_empty(column: Column) -> str:
    """SQL for whether a trimmed cell says nothing, in the words in which exports say so."""
    cell = text_of(column.name)
    words = tuple(w for w in NOBODY if w and not (w == _NOT_A_NUMBER and column.kind is Kind.NUMBER))
    return f"({cell} = '' OR lower({cell}) IN ({_list(words)}))"


@dataclass(slots=True)
class ValueEvidence:
    """What the cells of one table say about how they are written, gathered piece by piece."""

    dates: dict[str, DateEvidence]
    numbers: dict[str, NumberEvidence]
    ids: tuple[str, ...]
    headings: Mapping[str, str]
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, table: Table, columns: TableColumns, contract_table: ContractTable) -> Self:
        """Nothing is seen yet."""
        present = [c for c in contract_table.columns if c.name in columns.at]
        said, where, given = columns.headings, table.label, columns.options

        def mapped(column: Column) -> str:
            return f"{contract_table.name}.{column.name}"

        return cls(
            {
                c.name: DateEvidence(said[c.name], where, given.get(c.name, ""), table.has_serials, c.name, mapped(c))
                for c in present
                if c.kind is Kind.DATE
            },
            {
                c.name: NumberEvidence(said[c.name], where, c.name, given.get(c.name, ""), mapped(c))
                for c in present
                if c.kind in {Kind.NUMBER, Kind.WHOLE}
            },
            tuple(c.name for c in present if c.kind is Kind.ID),
            said,
        )

    def add(self, engine: LocalEngine) -> None:
        """Look at the cells in `incoming`."""
        for dates in self.dates.values():
            dates.add(engine)
        for numbers in self.numbers.values():
            numbers.add(engine)
        asked = {}
        for name in self.ids:
            cell = text_of(name)
            if f"{name}_other" not in self.seen:
                asked[f"{name}_other"] = f"NOT regexp_full_match({cell}, '[0-9]+([.]0)?') AND {cell} <> ''"
                asked[f"{name}_point_zero"] = f"suffix({cell}, '.0') AND regexp_full_match({cell}, '[0-9]+[.]0')"
        if asked:
            answers = ", ".join(f"coalesce(bool_or({sql}), false) AS {name}" for name, sql in asked.items())
            found = engine.table(f"SELECT {answers} FROM incoming").to_pylist()[0]
            self.seen |= {name for name, yes in found.items() if yes}

    def plan(self) -> ValuePlan | None:
        """How to read what was seen so far; None while that is open."""
        dates = [(name, evidence.plan()) for name, evidence in self.dates.items()]
        numbers = [(name, evidence.plan()) for name, evidence in self.numbers.items()]
        known_dates = tuple((name, plan) for name, plan in dates if plan is not None)
        known_numbers = tuple((name, plan) for name, plan in numbers if plan is not None)
        if len(known_dates) < len(dates) or len(known_numbers) < len(numbers):
            return None
        return ValuePlan(known_dates, known_numbers, self._whole_ids)

    def conclude(self) -> ValuePlan:
        """How to read the whole table.

        Raises:
            InputRefused: The values of a column contradict each other, or leave open how they are to be read.
        """
        return ValuePlan(
            tuple((name, evidence.conclude()) for name, evidence in self.dates.items()),
            tuple((name, evidence.conclude()) for name, evidence in self.numbers.items()),
            self._whole_ids,
        )

    def notes(self) -> list[str]:
        """What a person should know of the reading."""
        found = []
        for name, evidence in self.dates.items():
            found += [f"{self.headings[name]}: {note}" for note in evidence.notes()]
        for numbers in self.numbers.values():
            found += numbers.notes()
        return [*found, *(f"'.0' taken off the ids in {self.headings[n]!r}" for n in sorted(self._whole_ids))]

    @property
    def _whole_ids(self) -> frozenset[str]:
        return frozenset(n for n in self.ids if f"{n}_point_zero" in self.seen and f"{n}_other" not in self.seen)


def _word(column: Column, cell: str) -> str:
    """The word as we write it: capitals and the marks between its parts make no difference."""
    ours = {normal(word): word for word in column.words}
    if column.name == "country_code":
        ours |= {normal(text): c.code for c in COUNTRIES.values() for text in (c.short, c.name)}
    bare = f"regexp_replace(lower({cell}), '[^a-z0-9]+', '', 'g')"
    cases = " ".join(f"WHEN {literal(theirs)} THEN {literal(word)}" for theirs, word in ours.items())
    return f"CASE WHEN {cell} IN ({_list(column.words)}) THEN {cell} ELSE CASE {bare} {cases} END END"


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in words)
