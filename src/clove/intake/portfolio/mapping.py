"""Which of their columns is which of ours, table by table, as a person gives it with `--map`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from clove.kernel.errors import ArgumentRefused
from clove.ledger.contracts import TABLES

# a comma separates two assignments only where one of our tables follows: headings and formats may hold commas
_NEXT = re.compile(rf",(?=\s*(?:{'|'.join(TABLES)})\s*\.\s*\w+\s*=)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PortfolioMap:
    """Table -> our column -> their heading, with an optional reading after a colon; empty text leaves a column out.

    >>> PortfolioMap.parse("contracts.monthly_fee=Fee:comma,contracts.start_date=From:%d/%m/%Y").columns
    {'contracts': {'monthly_fee': 'Fee:comma', 'start_date': 'From:%d/%m/%Y'}}
    """

    columns: Mapping[str, Mapping[str, str]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `contracts.monthly_fee=Fee,payments.due_date=Due:%d/%m/%Y`.

        Raises:
            ArgumentRefused: Not of that form, a table or column that is not ours, or a column given twice.
        """
        found: dict[str, dict[str, str]] = {}
        for part in _NEXT.split(text):
            name, equals, heading = part.partition("=")
            table, dot, column = (word.strip().lower() for word in name.partition("."))
            if not (equals and dot):
                raise ArgumentRefused(
                    f"{part.strip()!r} assigns no column",
                    where="--map",
                    remedy="Write table.ours=theirs, with commas between, such as contracts.monthly_fee=Fee",
                )
            if table not in TABLES:
                raise ArgumentRefused(
                    f"{table!r} is no table of ours", where="--map", remedy=f"Ours are {', '.join(TABLES)}"
                )
            if column not in TABLES[table].by_name:
                raise ArgumentRefused(
                    f"{column!r} is no column of {table}",
                    where="--map",
                    remedy=f"Its columns are {', '.join(TABLES[table].by_name)}",
                )
            if column in found.setdefault(table, {}):
                raise ArgumentRefused(
                    f"{table}.{column} is given twice", where="--map", remedy=f"Give one column for {table}.{column}"
                )
            found[table][column] = heading.strip()
        return cls(found)

    def of(self, table: str) -> Mapping[str, str]:
        """What a person has said of one table."""
        return self.columns.get(table, {})
