"""One rate of ending for each cohort or segment, whatever the time since the start, with an exact interval."""

import json
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.documents import read_document
from clove.models.lifetimes import Lifetimes

NAME = "exponential-lifetime"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExponentialLifetime:
    """Lifetimes with a constant hazard, one for each of g groups: ends ~ Poisson(rate * time watched).

    Rates are per unit of the time watched, such as a month. Intervals by the chi-square distribution, exact for Poisson
    counts: Garwood (1936), Biometrika 28(3/4), 437-442. They hold at least as often as they say.

    >>> ExponentialLifetime.of([100, 50], [5, 0]).rate.tolist()
    [0.05, 0.0]
    """

    watched: Floats  # (g,) time under watch of all contracts of the group
    ended: Floats  # (g,) contracts of them that ended
    findings: tuple[str, ...] = ()

    @classmethod
    def of(cls, watched: ArrayLike, ended: ArrayLike) -> Self:
        """From sums by group.

        Args:
            watched: Contract-months, or another unit of time, shape (g,).
            ended: Ends in them, shape (g,).

        Raises:
            ArgumentRefused: Sums that cannot be.
            NotEnoughData: No group was watched at all.
        """
        time, ends = np.asarray(watched, dtype=np.float64), np.asarray(ended, dtype=np.float64)
        if time.ndim != 1 or time.shape != ends.shape:
            raise ArgumentRefused(
                f"sums of the shapes {time.shape} and {ends.shape}",
                where=cls.__name__,
                remedy="Give time watched and ends of each group",
            )
        if not (np.isfinite(time) & np.isfinite(ends) & (time >= 0) & (ends >= 0)).all() or ends[time == 0].any():
            raise ArgumentRefused(
                "time or ends below 0, or ends of a group that was not watched",
                where=cls.__name__,
                remedy="Sum up the time from entry to end of every contract, and the ends",
            )
        if not time.any():
            raise NotEnoughData(
                "no contract was watched for any time", where=cls.__name__, remedy="Wait, or take an earlier start"
            )
        silent = int(((time > 0) & (ends == 0)).sum())
        found = f"In {silent} of {time.size} groups no contract has ended: only a highest rate is known of them."
        return cls(time, ends, (found,) if silent else ())

    @classmethod
    def fit(
        cls,
        durations: ArrayLike,
        ended: ArrayLike,
        *,
        group: ArrayLike | None = None,
        groups: int | None = None,
        weights: ArrayLike | None = None,
        entry: ArrayLike | None = None,
    ) -> Self:
        """From columns of shape (n,), as in `Lifetimes.of`."""
        lives = Lifetimes.of(durations, ended, group=group, groups=groups, weights=weights, entry=entry)
        return cls.of(lives.watched(), lives.ends())

    @property
    def rate(self) -> Floats:
        """Ends per unit of time watched, the likeliest rate, shape (g,); nan of a group that was not watched."""
        return np.where(self.watched > 0, self.ended / np.where(self.watched > 0, self.watched, 1.0), np.nan)

    def interval(self, share: float = 0.95) -> tuple[Floats, Floats]:
        """Low and high rate, between which it lies in at least this share of cases, each of shape (g,).

        The low one is 0 where nobody has ended; nan for a group that was not watched.

        Raises:
            ArgumentRefused: The share is not within 0 and 1.
        """
        from scipy.special import gammaincinv

        if not 0 < share < 1:
            raise ArgumentRefused(f"share = {share!r}", where=type(self).__name__, remedy="Give one within 0 and 1")
        time = np.where(self.watched > 0, self.watched, np.nan)
        some = np.where(self.ended > 0, self.ended, 1.0)
        low = np.where(self.ended > 0, gammaincinv(some, (1 - share) / 2), 0.0) / time
        return low, gammaincinv(self.ended + 1, (1 + share) / 2) / time

    def probability(self, time: float = 1.0) -> Floats:
        """P(ends within so much time), the same at any age, shape (g,)."""
        return -np.expm1(-self.rate * time)

    def survival(self, times: ArrayLike) -> Floats:
        """P(still there after so much time), at times of shape (m,), shape (g, m)."""
        return self._survival(self.rate, times)

    def survival_interval(self, times: ArrayLike, share: float = 0.95) -> tuple[Floats, Floats]:
        """Low and high of `survival`, from the interval of the rate, each of shape (g, m)."""
        low, high = self.interval(share)
        return self._survival(high, times), self._survival(low, times)

    @property
    def mean_lifetime(self) -> Floats:
        """Expected time from any moment until the end, shape (g,); nan where nobody has ended."""
        return 1 / np.where(self.ended > 0, self.rate, np.nan)

    def mean_lifetime_interval(self, share: float = 0.95) -> tuple[Floats, Floats]:
        """Low and high of `mean_lifetime`, each of shape (g,); the high one is infinite where nobody has ended."""
        low, high = self.interval(share)
        return 1 / high, np.where(low == 0, np.inf, 1 / np.where(low == 0, 1.0, low))

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        told = {"watched": self.watched.tolist(), "ended": self.ended.tolist(), "findings": self.findings}
        return json.dumps({"model": NAME, **told})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The rates that `to_json` wrote."""
        fields = read_document(text, NAME, ("watched", "ended", "findings"))
        watched, ended = (np.array(fields[name], dtype=np.float64) for name in ("watched", "ended"))
        return cls(watched, ended, tuple(fields["findings"]))

    def __repr__(self) -> str:
        return f"ExponentialLifetime({self.watched.size} groups, {self.ended.sum():,.0f} ends)"

    @staticmethod
    def _survival(rate: Floats, times: ArrayLike) -> Floats:
        found: Floats = np.exp(-rate[:, None] * np.asarray(times, dtype=np.float64))
        return found
