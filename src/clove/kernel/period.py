"""Time units and horizons. A month is a month of the calendar, never 30 days."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Self

from clove.kernel.errors import ArgumentRefused


class TimeUnit(Enum):
    """The grain of a purchase history: recency and T count these."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    OPPORTUNITY = "opportunity"  # to buy, of which the business decides how many there are: a yearly appeal, a match

    @property
    def days(self) -> float:
        """Length of one unit in days; nan for an opportunity, which has none."""
        return {TimeUnit.HOUR: 1 / 24, TimeUnit.DAY: 1.0, TimeUnit.WEEK: 7.0, TimeUnit.OPPORTUNITY: float("nan")}[self]

    @classmethod
    def of(cls, name: "str | TimeUnit") -> Self:
        """The unit of that name.

        Raises:
            ArgumentRefused: No unit has that name.
        """
        try:
            return cls(name)
        except ValueError:
            known = ", ".join(unit.value for unit in cls)
            raise ArgumentRefused(f"{name!r} is no time unit", where="unit", remedy=f"Use one of {known}") from None


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter.

    >>> add_months(date(2011, 1, 31), 1)
    datetime.date(2011, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead a forecast looks: whole calendar months, weeks or days.

    >>> Horizon.parse("12m").end(date(2011, 12, 9))
    datetime.date(2012, 12, 9)
    >>> Horizon.parse("12m").days(date(2011, 12, 9))
    366
    """

    count: int
    unit: str  # "d", "w" or "m"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `12m`, `26w`, `90d` or `1y`; the unit may be written out, as in `5 months`.

        Raises:
            ArgumentRefused: Not of that form, or outside 1 day to 10 years.
        """
        remedy = "Give a whole number and a unit, such as 12m, 26w, 90d, 1y or 5months, up to ten years"
        match = re.fullmatch(r"\s*(\d{1,4})\s*(?:([dwmy])|(day|week|month|year)s?)\s*", text.lower())
        if match is None:
            raise ArgumentRefused(f"{text!r} is no horizon", where="--horizon", remedy=remedy)
        count, unit = int(match[1]), match[2] or match[3][0]
        if unit == "y":
            count, unit = count * 12, "m"
        horizon = cls(count, unit)
        if not 1 <= count <= {"d": 3660, "w": 522, "m": 120}[unit]:
            raise ArgumentRefused(f"a horizon of {text!r} is out of range", where="--horizon", remedy=remedy)
        return horizon

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def words(self) -> str:
        """For people: `12 months`."""
        name = {"d": "day", "w": "week", "m": "month"}[self.unit]
        return f"{self.count} {name}{'' if self.count == 1 else 's'}"

    def end(self, as_of: date) -> date:
        """The last day of the horizon."""
        if self.unit == "m":
            return add_months(as_of, self.count)
        return as_of + timedelta(days=self.count * (7 if self.unit == "w" else 1))

    def days(self, as_of: date) -> int:
        """Days from the as-of date to the end."""
        return (self.end(as_of) - as_of).days

    def month_ends(self, as_of: date) -> list[tuple[int, float]]:
        """Steps of the discounted sum: (days since the as-of date, years since it) at the end of each.

        Whole calendar months count as twelfths of a year; a last step that is cut short counts by its days.

        >>> Horizon.parse("2m").month_ends(date(2011, 1, 31))
        [(28, 0.08333333333333333), (59, 0.16666666666666666)]
        """
        end = self.end(as_of)
        steps: list[tuple[int, float]] = []
        month = 1
        while (day := add_months(as_of, month)) <= end:
            steps.append(((day - as_of).days, month / 12))
            month += 1
        last = steps[-1] if steps else (0, 0.0)
        if last[0] < (end - as_of).days:
            rest = (end - as_of).days - last[0]
            steps.append(((end - as_of).days, last[1] + rest / 365.25))
        return steps
