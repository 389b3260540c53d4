"""What a backtest shows: plain values, filled by the workflow, shown by page, terminal and JSON alike."""

from dataclasses import dataclass
from datetime import date

from clove.kernel.money import Currency
from clove.reports.contents import SourceFile
from clove.valuation.comparison import Figure, Measured, Pooled

GROUPS = {"repeat": "Repeat buyers", "one-time": "One-time buyers", "all": "All customers"}
"""Names in documents and for people: two orders or more at the origin, one, any."""


@dataclass(frozen=True, slots=True)
class Tenths:
    """Customers in ten equal groups by forecast, lowest first; what is empty is unknown."""

    forecast: tuple[float | None, ...]  # mean of the means
    actual: tuple[Figure, ...]  # mean of what came


@dataclass(frozen=True, slots=True)
class Surprises:
    """Where outcomes fell within the forecast: ten equal parts of the randomised PIT."""

    shares: tuple[float, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class Forecaster:
    """One contestant on one group at one origin, by measure."""

    name: str
    title: str
    peeks: bool
    measures: dict[str, Measured]  # empty where it is missing
    tenths: Tenths | None
    surprises: Surprises | None  # None for a forecast that is one number
    missing_because: str = ""


@dataclass(frozen=True, slots=True)
class GroupAtOrigin:
    """A group of customers at one origin."""

    group: str  # a key of GROUPS
    customers: int
    actual_total: float
    forecasters: tuple[Forecaster, ...]  # the one in question first


@dataclass(frozen=True, slots=True)
class OriginScores:
    """One origin."""

    as_of: date
    until: date
    chosen: str  # title of the purchase model that old forecasts favoured by then
    chosen_because: str
    common_error: float  # standard deviation of a log
    learnt_from: int  # forecasts that were old by then
    groups: tuple[GroupAtOrigin, ...]
    made_of: str = ""  # what the forecast in question stood on, and what it had learnt from, a sentence


@dataclass(frozen=True, slots=True)
class PooledForecaster:
    """One contestant on one group over all origins, by measure."""

    name: str
    title: str
    peeks: bool
    origins: int  # at which it took part
    measures: dict[str, Pooled]  # empty where it never did
    tenths: Tenths | None  # means of those of the origins
    surprises: Surprises | None  # of all origins together
    missing_because: str = ""


@dataclass(frozen=True, slots=True)
class PooledGroup:
    """A group of customers over all origins."""

    group: str
    customers: int  # one who is judged at two origins counts twice
    forecasters: tuple[PooledForecaster, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """How old forecasts did. Money is in the currency's major unit."""

    as_of: date
    opened: date  # by which one in a hundred customers had come
    horizon: str  # "100 days"
    spacing: str  # how the origins lie, a sentence
    overlap: bool  # whether windows share days
    currency: Currency
    headline: str  # name of the forecaster in question
    pooled: tuple[PooledGroup, ...]  # in the order of GROUPS
    origins: tuple[OriginScores, ...]  # newest first
    resamples: int
    confidence: float  # of every interval
    files: tuple[SourceFile, ...]
    seed: int
    version: str
    data_hash: str

    def group(self, name: str) -> PooledGroup:
        """The pooled group of that name."""
        return next(group for group in self.pooled if group.group == name)

    @property
    def shown_first(self) -> PooledGroup:
        """Repeat buyers, of whom most can be said; all customers where there are none."""
        repeat = self.group("repeat")
        return repeat if repeat.customers else self.group("all")
