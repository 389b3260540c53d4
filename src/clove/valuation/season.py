"""The season of a base as a clock: busy months count for more days than they have, quiet ones for fewer.

Where everybody buys at his own rate times a common intensity s(t), a purchase model that takes rates to be constant is
right in the time Lambda(t), the integral of s. A process whose intensity is known becomes a homogeneous one in that
time: Daley & Vere-Jones (2003), An Introduction to the Theory of Point Processes I, theorem 7.4.I.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import ClassVar, Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.documents import read_document

MONTHS = 12
BEGINNING, CYCLE_YEARS = 1970, 400  # after which the calendar repeats itself
CYCLE_DAYS = 146_097.0
EVEN = (1.0,) * MONTHS


@dataclass(frozen=True, slots=True)
class Season:
    """How many ordinary days a day of each month is worth in purchases; 1 on average over the calendar."""

    KIND: ClassVar[str] = "season"

    index: tuple[float, ...] = EVEN  # January first
    low: tuple[float, ...] = EVEN  # each lies between in eight of ten cases
    high: tuple[float, ...] = EVEN
    since: date | None = None  # first day of the months that it was learnt from; None where there is no season
    until: date | None = None  # the day as of which it was known

    @classmethod
    def none(cls) -> Self:
        """Every day counts as one."""
        return cls()

    @classmethod
    def of(cls, factors: Floats, low: Floats, high: Floats, *, since: date, until: date) -> Self:
        """From factors of any mean, each above 0, shapes (12,): they are scaled to mean 1."""
        mean = float(np.asarray(factors) @ _month_days()) / CYCLE_DAYS
        index, below, above = (tuple(float(each) for each in values / mean) for values in (factors, low, high))
        return cls(index, below, above, since, until)

    @property
    def known(self) -> bool:
        """Whether there is one."""
        return self.since is not None

    @property
    def years(self) -> float:
        """That it was learnt from; 0 where there is none."""
        return 0.0 if self.since is None or self.until is None else (self.until - self.since).days / 365.25

    def elapsed(self, start: date, end: date) -> float:
        """Days of this clock in (start, end]."""
        days = float((end - start).days)
        if not self.known:
            return days
        begun, ended = self.reading(np.array([_day(start), _day(end)], np.float64))
        return float(ended - begun)

    def reading(self, days: Floats) -> Floats:
        """What the clock shows at the end of each of these days since 1970-01-01, any shape, from 0 on."""
        if not self.known:
            return days
        ends, shown = _knots(self.index)
        beyond = np.maximum(days - ends[-1], 0.0)  # a whole cycle later the mean is what counts
        read: Floats = np.interp(days, ends, shown) + beyond
        return read

    def day_of(self, reading: Floats) -> Floats:
        """When the clock shows that, in days since 1970-01-01; inverse of `reading`."""
        if not self.known:
            return reading
        ends, shown = _knots(self.index)
        with np.errstate(invalid="ignore"):
            beyond = np.maximum(reading - shown[-1], 0.0)
        days: Floats = np.interp(reading, shown, ends) + beyond
        return days

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        return json.dumps({"model": self.KIND, **asdict(self)}, indent=2, default=date.isoformat)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The season that `to_json` wrote."""
        found = read_document(text, cls.KIND, ("index", "low", "high", "since", "until"))
        index, low, high = (tuple(float(each) for each in found[name]) for name in ("index", "low", "high"))
        since, until = (date.fromisoformat(found[name]) if found[name] else None for name in ("since", "until"))
        return cls(index, low, high, since, until)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The time after a date, by the calendar and by the season's clock."""

    as_of: date
    season: Season

    @classmethod
    def by_calendar(cls) -> Self:
        """After any date, where no season is known."""
        return cls(date(BEGINNING, 1, 1), Season.none())

    def units(self, days: float) -> float:
        """Of the clock in the next `days` of the calendar."""
        return float(self.each(np.array([days]))[0])

    def each(self, days: Floats) -> Floats:
        """The same of several spans, any shape."""
        if not self.season.known:
            return days
        return self.season.reading(_day(self.as_of) + days) - self._now

    def days(self, units: Floats) -> Floats:
        """Of the calendar until so much of the clock has passed, any shape; inf stays inf."""
        if not self.season.known:
            return units
        return self.season.day_of(self._now + units) - _day(self.as_of)

    @property
    def _now(self) -> float:
        return float(self.season.reading(np.array([_day(self.as_of)], np.float64))[0])


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _starts() -> Ints:
    """First days of all months of a cycle and of the one after it, since 1970-01-01."""
    month = np.datetime64(f"{BEGINNING}-01", "M") + np.arange(CYCLE_YEARS * MONTHS + 1)
    return month.astype("datetime64[D]").astype(np.int64)


@lru_cache(1)
def _month_days() -> Floats:
    """Days of each month of the year in a cycle, shape (12,)."""
    days: Floats = np.diff(_starts()).reshape(CYCLE_YEARS, MONTHS).sum(axis=0).astype(np.float64)
    return days


@lru_cache(32)
def _knots(index: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Last days of all months, and what the clock shows then; it shows -1 on the day before 1970."""
    starts = _starts()
    worth = np.diff(starts) * np.tile(index, CYCLE_YEARS)
    return (starts - 1).astype(np.float64), np.concatenate([[-1.0], np.cumsum(worth) - 1.0])
