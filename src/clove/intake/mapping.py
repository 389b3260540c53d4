"""Which of their columns is which of ours, as a person gives it with `--map`."""

import re
from dataclasses import dataclass
from typing import Self

from clove.kernel.errors import ArgumentRefused

NAMES = (
    "customer",
    "time",
    "amount",
    "order",
    "item",
    "quantity",
    "price",
    "country",
    "channel",
    "category",
    "currency",
    "status",
)
"""Our names for the columns of an order file."""

# a comma separates two assignments only where one of our names follows: headings and formats may hold commas
_NEXT = re.compile(rf",(?=\s*(?:{'|'.join(NAMES)})\s*=)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Our name -> their heading, with an optional reading after a colon; empty text leaves the column out.

    >>> ColumnMap.parse("customer=Customer ID,time=Date:%d/%m/%Y").columns
    {'customer': 'Customer ID', 'time': 'Date:%d/%m/%Y'}
    """

    columns: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `customer=Customer ID,time=InvoiceDate:%d/%m/%Y,amount=Total:comma`.

        Raises:
            ArgumentRefused: Not of that form, a name that is not ours, or a name given twice.
        """
        columns: dict[str, str] = {}
        for part in _NEXT.split(text):
            name, equals, heading = part.partition("=")
            name = name.strip().lower()
            if not equals or name not in NAMES:
                raise ArgumentRefused(
                    f"{name!r} is no column of ours" if equals else f"{part.strip()!r} assigns no column",
                    where="--map",
                    remedy=f"Write ours=theirs, with commas between; ours are {', '.join(NAMES)}",
                )
            if name in columns:
                raise ArgumentRefused(f"{name!r} is given twice", where="--map", remedy=f"Give one column for {name}")
            columns[name] = heading.strip()
        return cls(columns)
