"""What the cards say beside the value report: how the models came to be, and what the tables hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clove.models.tree_settings import TreeSettings
from clove.reports.contents import ValueReport
from clove.valuation.blend import Blend
from clove.valuation.common_error import CommonError
from clove.valuation.comparison import Figure


@dataclass(frozen=True, slots=True)
class Fit:
    """A model fitted by maximum likelihood."""

    title: str
    customers: int | None  # that entered it; None where that is not known
    log_likelihood: float | None
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tuned:
    """Settings that were tried on earlier dates."""

    trials: int
    examples: int
    score: float  # of the best
    untuned: float  # of the settings that hold without tuning


@dataclass(frozen=True, slots=True)
class Boosted:
    """How the boosted value learnt."""

    origins: tuple[date, ...]  # newest first
    window_days: float
    rows: int
    buyers: int  # rows with a purchase
    level: float  # spend that came / spend that was expected
    tree_features: int
    line_features: int
    form: str  # of the trees' mean, half a sentence
    settings: TreeSettings
    tuned: Tuned | None  # None where nothing was tuned
    blend: Blend


@dataclass(frozen=True, slots=True)
class Forecaster:
    """One who was judged on the newest window."""

    name: str
    figures: Mapping[str, Figure]  # by key of `clove.valuation.metrics`


@dataclass(frozen=True, slots=True)
class Judged:
    """Every measure of the newest window with its interval."""

    customers: int
    of_customers: int  # how many there were; more where only some were judged, for speed
    confidence: float
    resamples: int
    forecasters: tuple[Forecaster, ...]  # the forecast itself first


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column of a table in this run."""

    name: str
    kind: str  # for people: "text", "date", "whole number", "number", "yes or no", "list"
    nulls: int
    distinct: int | None  # of text
    low: float | date | None  # of what can be ordered
    median: float | date | None
    high: float | date | None
    share: float | None  # of yes


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table."""

    file: str
    rows: int
    columns: tuple[ColumnFacts, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cards:
    """Everything that the three documents say."""

    report: ValueReport
    model_title: str  # of purchases
    compared_customers: int  # on whom the choice of the model rests
    fits: tuple[Fit, ...]
    boosted: Boosted | None
    no_boosted_because: str  # empty where there is one
    common: CommonError
    horizon_days: int
    judged: Judged | None
    command: str  # that repeats the run
    versions: Mapping[str, str]
    tables: tuple[TableFacts, ...]  # customers, features
