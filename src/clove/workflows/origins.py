"""The earlier dates from which a backtest forecasts: where they lie, and what was known on each."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Self

import numpy as np

from clove.engine.local import LocalEngine
from clove.kernel.errors import NotEnoughData
from clove.kernel.period import Horizon
from clove.valuation.judged import Judged
from clove.valuation.season import Season
from clove.workflows.holdout import Record, judge_old_forecasts
from clove.workflows.window import Window

CLOSEST_DAYS = 7  # origins nearer to each other than this are one and the same


@dataclass(frozen=True, slots=True)
class Spacing:
    """Where the origins lie."""

    origins: tuple[date, ...]  # newest first
    overlap: bool  # whether windows share days

    @classmethod
    def of(cls, opened: date, as_of: date, horizon: Horizon, count: int) -> Self:
        """Spread origins backwards from the last one whose window ends by the as-of date.

        Windows follow each other without a gap where at least as much history as a window is long lies before the
        first. Where the history is too short for that, the origins stand at equal distances between the first date
        that has so much history and the last one.

        Args:
            opened: When the base's first customers came.
            as_of: No window ends later.
            horizon: Length of a window.
            count: How many origins.

        Raises:
            NotEnoughData: The history is too short for so many windows of this length.
        """
        newest = _last_start(as_of, horizon)
        first = opened + timedelta(days=horizon.days(opened))
        apart = (newest - first).days
        if apart < CLOSEST_DAYS * (count - 1):
            raise NotEnoughData(
                f"{count} windows of {horizon.words}, each after at least as much history, do not fit between "
                f"{opened} and {as_of}",
                where="--horizon",
                remedy=_remedy(opened, as_of, horizon, count),
            )
        following = [newest]
        while len(following) < count and (earlier := _last_start(following[-1], horizon)) >= first:
            following.append(earlier)
        if len(following) == count:
            return cls(tuple(following), overlap=False)
        return cls(tuple(newest - timedelta(days=apart * place // (count - 1)) for place in range(count)), overlap=True)

    @property
    def words(self) -> str:
        """For people."""
        count = len(self.origins)
        if count == 1:
            return "One date."
        if not self.overlap:
            return f"{count} dates, each window ending where the next begins."
        return (
            f"{count} dates at equal distances. The history is too short for windows side by side, so they overlap, "
            "and what came in the days that two share counts in both."
        )


def _last_start(until: date, horizon: Horizon) -> date:
    """The last date whose window ends by `until`."""
    start = until - timedelta(days=horizon.days(until))
    while horizon.end(start) > until:
        start -= timedelta(days=1)
    while horizon.end(start + timedelta(days=1)) <= until:
        start += timedelta(days=1)
    return start


def _remedy(opened: date, as_of: date, horizon: Horizon, count: int) -> str:
    most = ((as_of - opened).days - CLOSEST_DAYS * (count - 1)) // 2
    one_fits = _last_start(as_of, horizon) >= opened + timedelta(days=horizon.days(opened))
    fewer = "fewer --origins, " if count > 1 and one_fits else ""
    if most >= 1:
        return f"Give --horizon {most}d or less, {fewer}or a longer history"
    return f"Give {fewer}a longer history"


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """What was known on an earlier date, and what came in the window after it."""

    window: Window
    record: Record  # of forecasts that were old by then: what their errors have in common, and which model they favour
    seed: int
    # by kind of purchase model and its clock, so that none is made twice
    made: dict[tuple[str, Season], Judged] = field(default_factory=dict)

    @classmethod
    def opened(cls, engine: LocalEngine, as_of: date, until: date, *, seed: int, model: str) -> Self:
        """Look back from a date.

        Args:
            engine: Holds the events.
            as_of: Nothing after it is looked at, but for what came.
            until: End of the window, that day included.
            seed: Of the draws.
            model: Kind of the purchase model, or `AUTO`.

        Raises:
            NotEnoughData: Too few customers by then.
        """
        try:
            window = Window.opened(engine, as_of, until)
        except NotEnoughData as error:
            raise NotEnoughData(
                error.what,
                where=f"the origin {as_of}",
                remedy="Give a longer history, fewer --origins or a shorter --horizon",
            ) from error
        days = (until - as_of).days
        record = judge_old_forecasts(engine, window.features, as_of, horizon_days=days, seed=seed, model=model)
        return cls(window.told_in(record.season.season), record, seed)

    def by_calendar(self) -> Self:
        """The same for who knows no season."""
        return replace(self, window=self.window.told_in(Season.none()))

    @property
    def repeat(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Who had placed two orders or more by then, shape (n,)."""
        orders = self.window.features["orders"].to_numpy()
        return np.asarray(orders >= 2)
