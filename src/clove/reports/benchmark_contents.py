"""What a run of the CLV benchmark found, as its tables want it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from clove.valuation.benchmark_scores import BenchmarkScores


@dataclass(frozen=True, slots=True)
class BenchmarkLine:
    """One forecast of the customers who were kept apart."""

    key: str  # the published model it stands beside, or "clove-…"
    model: str  # for people
    source: Literal["published", "computed"]
    scores: BenchmarkScores | None
    missing_because: str = ""  # why there are no scores


@dataclass(frozen=True, slots=True)
class Importance:
    """Mean size of what a feature adds to the log of a forecast."""

    feature: str
    mean_contribution: float


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """Everything that the tables show."""

    observation: tuple[date, date]
    prediction: tuple[date, date]
    rows_read: int
    customers: int  # with a purchase in the observation window
    population: int  # of them, with two orders or more
    training: int
    test: int
    target_median: float  # of the training customers
    target_mean: float
    lines: tuple[BenchmarkLine, ...]  # each published one followed by its own computation, then Clove's
    importance: tuple[Importance, ...]  # of the recipe as computed, largest first
    published_importance: tuple[Importance, ...]
    notes: tuple[str, ...]
