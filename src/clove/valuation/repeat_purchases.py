"""What a base of customers has bought again, period by period: what a model is held against through time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.kernel.period import TimeUnit
from clove.models.history import PurchaseHistory

MOST_PERIODS = 5_000
SLACK = 1e-9  # of a unit, by which rounding may move an end past a purchase
PERIODS = 120.0  # more than that a picture hardly bears
FEWEST_WEEKS = 8.0  # below which days are counted


@dataclass(frozen=True, slots=True, eq=False)
class RepeatPurchases:
    """A base of customers: when they first bought, and how many repeat purchases they made in each period since.

    Time counts in units from the base's first purchase. Only customers who came up to `as_of` are looked at.
    """

    births: Floats  # (k,) times of first purchases
    born: Floats  # (k,) how many customers came then
    ends: Floats  # (m,) ends of the periods, ascending; the as-of time is one of them
    counts: Floats  # (m,) repeat purchase occasions in each period, its end included
    as_of: float  # what lies after it was not known to the model
    unit: TimeUnit
    covariates: Mapping[str, Floats] = field(default_factory=dict)  # of those who came then, each (k,)
    began: datetime | None = None  # when the base's first purchase was, where the calendar is known

    @classmethod
    def of(
        cls,
        customer: ArrayLike,
        time: ArrayLike,
        *,
        as_of: float,
        until: float | None = None,
        every: float | None = None,
        unit: str | TimeUnit = "day",
    ) -> Self:
        """Count.

        Args:
            customer: Who bought, shape (p,).
            time: When, in units from any origin, shape (p,); purchases of a customer at one time are one occasion.
            as_of: The time up to which the model knows the purchases.
            until: The end of the observation; the last purchase if left out.
            every: Length of a period in units. If left out a week, or as many as a picture bears; a day where there
                are hardly any weeks.
            unit: Of the times.

        Raises:
            ArgumentRefused: No purchase up to the as-of time, an end before it, or periods without length.
        """
        grain = TimeUnit.of(unit)
        member = np.unique(np.atleast_1d(customer), return_inverse=True)[1].reshape(-1)
        when = np.atleast_1d(np.asarray(time, dtype=np.float64))
        if member.shape != when.shape or not np.isfinite(when).all():
            raise ArgumentRefused(
                f"{member.size} customers and {when.size} times, or a time that is not finite",
                where="RepeatPurchases.of",
                remedy="Give one customer and one finite time per purchase",
            )
        in_order = np.lexsort((when, member))
        member, when = member[in_order], when[in_order]
        opens = np.diff(member, prepend=-1) > 0
        first = when[opens][np.cumsum(opens) - 1]
        occasion = opens | (np.diff(when, prepend=np.nan) != 0)
        stop = max(float(when.max(initial=as_of)), as_of) if until is None else float(until)
        births, born = np.unique(when[opens & (when <= as_of)], return_counts=True)
        repeat = when[occasion & ~opens & (first <= as_of) & (when <= stop)]
        return cls.gathered(
            births, born, *np.unique(repeat, return_counts=True), as_of=as_of, until=stop, every=every, unit=grain
        )

    @classmethod
    def gathered(
        cls,
        births: Floats,
        born: Ints | Floats,
        times: Floats,
        repeats: Ints | Floats,
        *,
        as_of: float,
        until: float,
        every: float | None,
        unit: TimeUnit,
        began: datetime | None = None,
    ) -> Self:
        """From counts: `born` customers at each of the ascending `births`, `repeats` at each of the `times`.

        Raises:
            ArgumentRefused: Nobody came, an end before the as-of time, or periods without length.
        """
        if not (births.size and np.isfinite(as_of) and as_of <= until < np.inf):
            raise ArgumentRefused(
                f"{births.size} first purchases up to {as_of:g}, observed until {until:g}",
                where="as_of",
                remedy="Give an as-of time after the first purchase, and an end of the observation not before it",
            )
        origin = float(births[0])
        known, stop = as_of - origin, until - origin
        length = _length(unit, stop) if every is None else float(every)
        if not (np.isfinite(length) and length > 0 and stop / length <= MOST_PERIODS):
            raise ArgumentRefused(
                f"periods of {length:g} {unit.value}s over {stop:g} of them",
                where="every",
                remedy=f"Give a length above 0 that makes at most {MOST_PERIODS:,} periods",
            )
        # the as-of time ends a period, so the first may be short; a last one that is cut short is left out
        back = np.arange(np.ceil(known / length - SLACK) - 1, -1, -1) * length
        on = np.arange(1, np.floor((stop - known) / length + SLACK) + 1) * length
        ends = known + np.concatenate([-back, on])
        place = np.searchsorted(ends, times - origin - SLACK, side="left")
        counts = np.bincount(place, np.asarray(repeats, dtype=np.float64), ends.size + 1)[: ends.size].astype(
            np.float64
        )
        return cls(births - origin, np.asarray(born, dtype=np.float64), ends, counts, known, unit, began=began)

    def of_customers(self, history: PurchaseHistory) -> Self:
        """The same base with what was known of each customer from the start.

        Args:
            history: As of the same time, with covariates.

        Raises:
            ArgumentRefused: Another unit, or another number of customers.
        """
        history.expect_unit(self.unit, "RepeatPurchases")
        if len(history) != self.customers:
            raise ArgumentRefused(
                f"a history of {len(history):,} customers for purchases of {self.customers:,}",
                where="history",
                remedy="Give the history as of the same date",
            )
        births = np.maximum(self.as_of - history.T, 0.0)
        return replace(self, births=births, born=np.ones(births.size), covariates=history.covariates)

    @property
    def customers(self) -> int:
        """Who came up to the as-of time."""
        return int(self.born.sum())


def _length(unit: TimeUnit, span: float) -> float:
    """A week; longer where there would be too many of them, a day where there would be hardly any."""
    if unit is TimeUnit.OPPORTUNITY:
        return float(max(np.ceil(span / PERIODS), 1.0))
    week = 7 / unit.days
    if span < FEWEST_WEEKS * week and unit is not TimeUnit.WEEK:
        return 1 / unit.days
    return float(week * max(np.ceil(span / week / PERIODS), 1.0))
