"""How many of each cohort were still there, period by period: what the models of retention are fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.lifetimes import Lifetimes


@dataclass(frozen=True, slots=True, eq=False)
class Survivors:
    """Renewals decided by all cohorts together, in k periods: they are all that the likelihood of a lifetime needs."""

    at_risk: Floats  # (k,) customers whose renewal was decided at the end of period 1, 2, …
    ended: Floats  # (k,) of those, who did not renew
    customers: float  # that were watched at all

    def __post_init__(self) -> None:
        n, e = self.at_risk, self.ended
        if n.ndim != 1 or n.shape != e.shape or not (np.isfinite(n) & (e >= 0) & (e <= n)).all():
            raise ArgumentRefused(
                "more customers ended in a period than were there, or counts below 0",
                where="Survivors",
                remedy="Count by period who was there at its start and who of them ended in it",
            )

    @classmethod
    def of(cls, *cohorts: ArrayLike) -> Self:
        """From survivors of each cohort: how many there were at first, after one period, after two, and so on.

        Cohorts may have been watched for different numbers of periods.

        Raises:
            ArgumentRefused: Counts that rise, are below 0, or of one period's start only.
        """
        rows = [np.asarray(cohort, dtype=np.float64) for cohort in cohorts]
        for place, row in enumerate(rows):
            if row.ndim != 1 or row.size < 2:
                raise _refusal(place, "no period was watched", "Give the survivors at the start and after each period")
            if not (np.isfinite(row) & (row >= 0)).all():
                raise _refusal(place, "survivors that are no finite numbers from 0 up", "Leave out periods to come")
            if (up := np.flatnonzero(np.diff(row) > 0)).size:
                before, after = row[up[0]], row[up[0] + 1]
                raise _refusal(
                    place,
                    f"survivors rise from {before:g} to {after:g} in period {up[0] + 1}",
                    "Count only those that were there from the start",
                )
        most = max((row.size for row in rows), default=1) - 1
        table = np.full((len(rows), most + 1), np.nan)
        for place, row in enumerate(rows):
            table[place, : row.size] = row
        watched = np.isfinite(table[:, 1:])
        at_risk = np.where(watched, table[:, :-1], 0.0).sum(axis=0)
        ended = np.where(watched, table[:, :-1] - table[:, 1:], 0.0).sum(axis=0)
        return cls(at_risk, ended, float(table[:, 0].sum()))

    @classmethod
    def of_lifetimes(
        cls,
        durations: ArrayLike,
        ended: ArrayLike,
        *,
        weights: ArrayLike | None = None,
        entry: ArrayLike | None = None,
    ) -> Self:
        """From columns of shape (n,) in whole periods, as in `Lifetimes.of` and `Lifetimes.counts`."""
        lives = Lifetimes.of(durations, ended, weights=weights, entry=entry, groups=1)
        at_risk, over = lives.counts()
        return cls(at_risk[0], over[0], float(lives.weight.sum()))

    @property
    def periods(self) -> int:
        """In which anybody was there."""
        return int((self.at_risk > 0).sum())

    def accept_for_fit(self, title: str, parameters: int) -> None:
        """Refuse counts from which so many parameters cannot be told.

        Args:
            title: The model's name for people.
            parameters: How many there are.

        Raises:
            NotEnoughData: Nobody or everybody ended at once, or fewer periods than parameters.
        """
        where = f"{title} fit"
        if not self.ended.any():
            raise NotEnoughData(
                f"none of {self.customers:,.0f} customers has ended in {_periods(self.periods)}",
                where=where,
                remedy="Wait for the first ends, or bound the rate with ExponentialLifetime",
            )
        if self.periods < parameters:
            raise NotEnoughData(
                f"customers were watched in {_periods(self.periods)}, {parameters} are needed for as many parameters",
                where=where,
                remedy="Give cohorts that were watched for longer",
            )


def to_survivors(survivors: Survivors | Sequence[float] | Floats) -> Survivors:
    """Counts as they are, or those of one cohort."""
    return survivors if isinstance(survivors, Survivors) else Survivors.of(survivors)


def _refusal(place: int, what: str, remedy: str) -> ArgumentRefused:
    return ArgumentRefused(what, where=f"cohort {place}", remedy=remedy)


def _periods(count: int) -> str:
    return f"{count} period" if count == 1 else f"{count} periods"
