"""What a table of contracts, and a column of one, is made of."""

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

AMOUNT_LIMIT = 1e12
"""A million million is no amount, and exact sums end there."""


class Kind(Enum):
    """What the values of a column are."""

    ID = "id"
    TEXT = "text"
    WORD = "word"  # one of the column's words
    CURRENCY = "currency"  # three letters
    DATE = "date"
    WHOLE = "whole number"
    NUMBER = "number"
    YES_NO = "yes or no"

    @property
    def arrow(self) -> pa.DataType:
        """The type in Arrow."""
        types = {Kind.DATE: pa.date32(), Kind.WHOLE: pa.int32(), Kind.NUMBER: pa.float64(), Kind.YES_NO: pa.bool_()}
        return types.get(self, pa.string())


@dataclass(frozen=True, slots=True)
class Column:
    """A column, what it means, and the rules that each of its values has to meet."""

    name: str
    kind: Kind
    meaning: str  # with the unit
    required: bool = False  # every row has a value; elsewhere null is unknown, never zero
    words: tuple[str, ...] = ()  # the values there are, of a word
    low: float | None = None  # the smallest value that may be
    high: float | None = None  # the largest
    parent: str = ""  # table whose row this id names
    parent_needed: bool = False  # a row whose parent is not there is rejected; elsewhere it is kept and counted
    money: bool = False  # an amount in the currency of the row
    money_on: tuple[str, ...] = ()  # dates at whose rate the amount is converted, the first that is known; else as-of

    @property
    def field(self) -> pa.Field:
        """The column in Arrow."""
        return pa.field(self.name, self.kind.arrow, nullable=not self.required)


@dataclass(frozen=True, slots=True)
class ContractTable:
    """A table, its columns, what makes two of its rows the same, and when a row happened."""

    name: str
    meaning: str  # what a row is
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()  # no two rows have the same; rows in which one of these is null are not compared
    happened: tuple[str, ...] = ()  # dates of a row, the first that is known counts; no date: the row is never held
    currency_from: tuple[str, ...] = ()  # ids that lead to the row whose currency is meant; none: the row's own

    @property
    def in_engine(self) -> str:
        """Name of the table in the engine."""
        return f"portfolio_{self.name}"

    @property
    def schema(self) -> pa.Schema:
        """The table in Arrow, as it lies in a file."""
        return pa.schema([column.field for column in self.columns])

    @property
    def by_name(self) -> dict[str, Column]:
        """Column name -> column."""
        return {column.name: column for column in self.columns}

    @property
    def has_period(self) -> bool:
        """Whether a row belongs to a month of the calendar."""
        return "period_month" in self.by_name

    @property
    def money(self) -> tuple[Column, ...]:
        """The columns that hold amounts."""
        return tuple(column for column in self.columns if column.money)
