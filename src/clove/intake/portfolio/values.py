"""How the cells of a contract table become values: decided over the whole column, as SQL over its text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, text_of
from clove.intake.dates import DateEvidence, DatePlan
from clove.intake.headings import normal
from clove.intake.ids import NOBODY
from clove.intake.numbers import NumberEvidence, NumberPlan
from clove.intake.portfolio.headings import TableColumns
from clove.intake.sources.parquet import ParquetTable
from clove.intake.sources.table import Table
from clove.ledger.contract_table import Column, ContractTable, Kind
from clove.ledger.countries import COUNTRIES

_YES = ("true", "t", "yes", "y", "1", "1.0")
_NO = ("false", "f", "no", "n", "0", "0.0")
_LONGEST = max(map(len, NOBODY))
_NOT_A_NUMBER = "nan"  # a failed computation, not an empty cell


@dataclass(frozen=True, slots=True)
class ValuePlan:
    """How each cell of a table is read; two plans are equal when they read every cell alike."""

    dates: tuple[tuple[str, DatePlan], ...]
    numbers: tuple[tuple[str, NumberPlan], ...]
    whole_ids: frozenset[str]  # columns of numbers, some of them written as 17850.0
    typed: frozenset[str]  # columns whose cells are values of our kind, not text

    def is_empty(self, column: Column) -> str:
        """SQL for whether a trimmed cell says nothing, in the words in which exports say so."""
        cell = text_of(column.name)
        if column.name in self.typed:
            return f"({cell} IS NULL)"
        words = tuple(w for w in NOBODY if w and not (w == _NOT_A_NUMBER and column.kind is Kind.NUMBER))
        # CASE, so that only short cells are compared with the words
        return f"(CASE WHEN length({cell}) > {_LONGEST} THEN false ELSE lower({cell}) IN ({_list(('', *words))}) END)"

    def expression(self, column: Column) -> str:
        """SQL for the value of a trimmed cell: null where it is empty or cannot be read."""
        cell = text_of(column.name)
        if column.name in self.typed:
            return _value(column, cell)
        match column.kind:
            case Kind.DATE:
                read = f"CAST({dict(self.dates)[column.name].expression(cell)} AS DATE)"
            case Kind.NUMBER | Kind.WHOLE:
                read = dict(self.numbers)[column.name].expression(cell)
            case Kind.WORD:
                read = _word(column, cell)
            case Kind.YES_NO:
                said = f"lower({cell})"
                read = f"CASE WHEN {said} IN ({_list(_YES)}) THEN true WHEN {said} IN ({_list(_NO)}) THEN false END"
            case Kind.CURRENCY:
                read = f"CASE WHEN regexp_full_match({cell}, '[A-Za-z]{{3}}') THEN upper({cell}) END"
            case Kind.ID | Kind.TEXT:
                text = f"regexp_replace({cell}, '[.]0$', '')" if column.name in self.whole_ids else cell
                read = f"CASE WHEN NOT {self.is_empty(column)} THEN {text} END"
        return read


_TYPED = {
    Kind.DATE: lambda kind: pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and not kind.tz),
    Kind.NUMBER: lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind),
    Kind.WHOLE: lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind),
    Kind.YES_NO: pa.types.is_boolean,
}
"""Kind of column -> whether a type of Parquet holds its values as they are."""


def typed_columns(table: Table, columns: TableColumns, contract_table: ContractTable) -> frozenset[str]:
    """Our names of the columns whose values need not be read from text."""
    if not isinstance(table, ParquetTable):
        return frozenset()
    kinds = {c.name: _TYPED[c.kind] for c in contract_table.columns if c.name in columns.at and c.kind in _TYPED}
    return frozenset(name for name, holds in kinds.items() if holds(table.types[columns.at[name]]))


@dataclass(slots=True)
class ValueEvidence:
    """What the cells of one table say about how they are written, gathered piece by piece."""

    dates: dict[str, DateEvidence]
    numbers: dict[str, NumberEvidence]
    ids: tuple[str, ...]
    headings: Mapping[str, str]
    typed: frozenset[str]
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, table: Table, columns: TableColumns, contract_table: ContractTable) -> Self:
        """Nothing is seen yet."""
        typed = typed_columns(table, columns, contract_table)
        present = [c for c in contract_table.columns if c.name in columns.at and c.name not in typed]
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
            typed,
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
        return ValuePlan(known_dates, known_numbers, self._whole_ids, self.typed)

    def conclude(self) -> ValuePlan:
        """How to read the whole table.

        Raises:
            InputRefused: The values of a column contradict each other, or leave open how they are to be read.
        """
        return ValuePlan(
            tuple((name, evidence.conclude()) for name, evidence in self.dates.items()),
            tuple((name, evidence.conclude()) for name, evidence in self.numbers.items()),
            self._whole_ids,
            self.typed,
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


def _value(column: Column, cell: str) -> str:
    """A value that needs no reading: as our type, and finite."""
    if column.kind in {Kind.NUMBER, Kind.WHOLE}:
        return f"CASE WHEN isfinite(CAST({cell} AS DOUBLE)) THEN CAST({cell} AS DOUBLE) END"
    return f"CAST({cell} AS DATE)" if column.kind is Kind.DATE else cell


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
