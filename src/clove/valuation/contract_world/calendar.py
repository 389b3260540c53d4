"""Months of the world are numbered from its first; days are counted from 1970-01-01."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import add_months


@dataclass(frozen=True, slots=True)
class Calendar:
    """The months that are simulated."""

    first_year: int
    first_month: int  # 1 to 12
    months: int  # of history

    @classmethod
    def ending(cls, end: date, months: int) -> Self:
        """So many months, the last of which is over on `end`.

        Raises:
            ArgumentRefused: `end` is not the last day of a month.
        """
        after = date.fromordinal(end.toordinal() + 1)
        if after.day != 1:
            raise ArgumentRefused(f"{end} is within a month", where="end", remedy="Give the last day of a month")
        first = add_months(after, -months)
        return cls(first.year, first.month, months)

    @property
    def end(self) -> date:
        """The last day of the history."""
        return date.fromordinal(add_months(date(self.first_year, self.first_month, 1), self.months).toordinal() - 1)

    def first_day(self, month: Ints | int) -> Ints:
        """The day on which a month begins."""
        index = np.asarray(month, dtype=np.int64) + 12 * (self.first_year - 1970) + self.first_month - 1
        days: Ints = index.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        return days

    def day(self, month: Ints | int, u: Floats, first: int = 1, last: int = 28) -> Ints:
        """A day of the month from `first` to `last`, by numbers in (0, 1)."""
        days: Ints = self.first_day(month) + first - 1 + np.floor(u * (last - first + 1)).astype(np.int64)
        return days

    def season(self, month: int) -> int:
        """January is 0."""
        return (self.first_month - 1 + month) % 12
