"""What share of contracts is still there, by time since the start, without a curve presumed."""

import json
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused, NotEnoughData
from clove.models.documents import read_document
from clove.models.lifetimes import Lifetimes

NAME = "kaplan-meier"
ROUNDING = 1e-12  # relative; weights that add up to all at risk need not do so to the last bit
COLUMNS = ("time", "at_risk", "ended", "survival", "greenwood")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KaplanMeier:
    """Survival curves of g groups, S(t) = prod over times t_i up to t of (1 - ended_i / at risk_i), as steps.

    One row for each time of a group at which a contract ended or left the watch, groups one after the other. Kaplan &
    Meier (1958), JASA 53(282), 457-481; error by Greenwood's sum of ended / (at risk * (at risk - ended)); intervals on
    the scale of log(-log S): Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, chapter 1.
    Who is at risk at a time came under watch before it and was there until then, so that contracts censored at the
    time of an end count.

    >>> fitted = KaplanMeier.fit([1, 2, 2, 3], [True, True, False, False])
    >>> fitted.at([0, 1, 2.5]).round(6).tolist()
    [[1.0, 0.75, 0.5]]
    """

    start: Ints  # (g + 1,) first row of each group, and the number of rows
    time: Floats  # (r,) rising within a group
    at_risk: Floats  # (r,)
    ended: Floats  # (r,)
    survival: Floats  # (r,) from this time on
    greenwood: Floats  # (r,) squared error relative to the survival; where that is 0, of the time before
    findings: tuple[str, ...] = ()

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
        """From columns of shape (n,), as in `Lifetimes.of`.

        Args:
            durations: From the start to the end, or to where the watch stopped.
            ended: Whether it ended there.
            group: Cohort or segment, numbered from 0.
            groups: How many there are.
            weights: Contracts that each row stands for.
            entry: From the start to where the watch began.

        Raises:
            ArgumentRefused: Values that cannot be.
            NotEnoughData: No contract.
        """
        lives = Lifetimes.of(durations, ended, group=group, groups=groups, weights=weights, entry=entry)
        if not len(lives):
            raise NotEnoughData(
                "no contract was watched", where="KaplanMeier.fit", remedy="Give the contracts that had started"
            )
        times, rank = np.unique(np.concatenate([lives.duration, lives.entry]), return_inverse=True)
        out_rank, in_rank = rank[: len(lives)], rank[len(lives) :]
        keys, row = np.unique(lives.group * times.size + out_rank, return_inverse=True)
        of_group = keys // times.size
        start = np.searchsorted(of_group, np.arange(lives.groups + 1))
        left = np.bincount(row, lives.weight, keys.size).astype(np.float64)
        over = np.bincount(row, lives.weight * lives.ended, keys.size).astype(np.float64)
        gone = _running(left, start, of_group) - left
        at_risk = _came_before(lives, in_rank, keys, times.size) - gone
        all_ended = over >= at_risk * (1 - ROUNDING)
        with np.errstate(divide="ignore"):
            factor = np.where(all_ended, 0.0, np.log1p(-over / np.where(all_ended, np.inf, at_risk)))
            error = np.where(all_ended, 0.0, over / (at_risk * np.where(all_ended, np.inf, at_risk - over)))
        nobody = _running((all_ended & (over > 0)).astype(np.float64), start, of_group) > 0
        survival = np.where(nobody, 0.0, np.exp(_running(factor, start, of_group)))
        greenwood = _running(error, start, of_group)
        return cls(start, times[keys % times.size], at_risk, over, survival, greenwood, _findings(lives, start, nobody))

    @property
    def groups(self) -> int:
        """How many there are."""
        return self.start.size - 1

    @property
    def group(self) -> Ints:
        """Of each row, shape (r,)."""
        return np.repeat(np.arange(self.groups), np.diff(self.start))

    def standard_error(self) -> Floats:
        """Greenwood's, of the survival of each row, shape (r,); nan where that is 0 and nothing tells."""
        return np.where(self.survival > 0, self.survival * np.sqrt(self.greenwood), np.nan)

    def interval(self, share: float = 0.95) -> tuple[Floats, Floats]:
        """Low and high, between which the survival of each row lies in this share of cases, each of shape (r,).

        Before the first end no low is known, and after the last of all no high: nan.

        Raises:
            ArgumentRefused: The share is not within 0 and 1.
        """
        away = _deviations(share)
        inside = (self.survival > 0) & (self.survival < 1)
        log = np.log(np.where(inside, self.survival, 0.5))
        factor = np.exp(away * np.sqrt(self.greenwood) / np.abs(log))
        low = np.where(inside, np.exp(log * factor), np.where(self.survival == 0, 0.0, np.nan))
        high = np.where(inside, np.exp(log / factor), np.where(self.survival == 1, 1.0, np.nan))
        return low, high

    def at(self, times: ArrayLike) -> Floats:
        """Survival at times of shape (m,), shape (g, m).

        nan beyond the last time that a group was watched, unless nobody was left by then.
        """
        return self._step(self.survival, times, before=1.0)

    def interval_at(self, times: ArrayLike, share: float = 0.95) -> tuple[Floats, Floats]:
        """As `interval`, at times of shape (m,), each of shape (g, m)."""
        low, high = self.interval(share)
        return self._step(low, times, before=np.nan), self._step(high, times, before=1.0)

    def standard_error_at(self, times: ArrayLike) -> Floats:
        """As `standard_error`, at times of shape (m,), shape (g, m); 0 before the first end, as by Greenwood."""
        return self._step(self.standard_error(), times, before=0.0)

    def quantile(self, share_ended: float = 0.5) -> Floats:
        """The first time by which so large a share has ended, shape (g,); nan where the watch did not reach it."""
        return self._first_at_or_below(self.survival, _probability(share_ended))

    def quantile_interval(self, share_ended: float = 0.5, share: float = 0.95) -> tuple[Floats, Floats]:
        """Where low and high of the curve cross the quantile, each of shape (g,); nan where they do not.

        Brookmeyer & Crowley (1982), Biometrics 38(1), 29-41.
        """
        low, high = self.interval(share)
        level = _probability(share_ended)
        return self._first_at_or_below(low, level), self._first_at_or_below(high, level)

    def restricted_mean(self, horizon: float) -> tuple[Floats, Floats]:
        """Mean time until the end or the horizon, whichever comes first, and its standard error, each of shape (g,).

        The area under the curve up to the horizon. nan where a group was not watched for so long and had contracts
        left.

        Raises:
            ArgumentRefused: The horizon is no finite number above 0.
        """
        if not (np.isfinite(horizon) and horizon > 0):
            raise ArgumentRefused(f"horizon = {horizon!r}", where="KaplanMeier", remedy="Give a finite number above 0")
        group, begin = self.group, np.minimum(self.time, horizon)
        until = np.append(begin[1:], horizon)
        until[self.start[1:][self.start[1:] > 0] - 1] = horizon
        area = self.survival * (until - begin)
        first, some = np.zeros(self.groups), self.start[:-1] < self.start[1:]
        first[some] = begin[self.start[:-1][some]]
        mean = first + np.bincount(group, area, self.groups)
        # the area from each row on falls with every end before it
        ahead = np.bincount(group, area, self.groups)[group] - _running(area, self.start, group) + area
        left = self.at_risk - self.ended
        counts = (self.time <= horizon) & (left > ROUNDING * self.at_risk)
        size = np.where(counts, self.at_risk * left, 1.0)
        variance = np.bincount(group, np.where(counts, ahead**2 * self.ended / size, 0.0), self.groups)
        known = np.isfinite(self.at([horizon])[:, 0])
        return np.where(known, mean, np.nan), np.where(known, np.sqrt(variance), np.nan)

    def to_json(self) -> str:
        """Readable back by `from_json`, to the last bit."""
        columns = {name: getattr(self, name).tolist() for name in COLUMNS}
        return json.dumps({"model": NAME, "start": self.start.tolist(), **columns, "findings": self.findings})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The curves that `to_json` wrote."""
        fields = read_document(text, NAME, ("start", *COLUMNS, "findings"))
        time, at_risk, ended, survival, greenwood = (np.array(fields[name], dtype=np.float64) for name in COLUMNS)
        start = np.array(fields["start"], dtype=np.int64)
        return cls(start, time, at_risk, ended, survival, greenwood, tuple(fields["findings"]))

    def __repr__(self) -> str:
        return f"KaplanMeier({self.groups} groups, {self.time.size} times, {self.ended.sum():,.0f} ends)"

    def _step(self, values: Floats, times: ArrayLike, *, before: float) -> Floats:
        """What holds at a time is the value of the last row up to it, shape (g, m)."""
        wanted = np.asarray(times, dtype=np.float64)
        every, rank = np.unique(self.time, return_inverse=True)
        width = every.size + 1
        keys = self.group * width + rank + 1
        asked = np.arange(self.groups)[:, None] * width + np.searchsorted(every, wanted, side="right")
        row = np.searchsorted(keys, asked, side="right") - 1
        found = np.where(row >= self.start[:-1, None], np.append(values, np.nan)[row], before)
        last, level = self._last()
        found[(wanted > last[:, None]) & (level[:, None] > 0)] = np.nan
        return np.where(np.isnan(wanted), np.nan, found)

    def _last(self) -> tuple[Floats, Floats]:
        """Last time of each group and the survival there, each of shape (g,); nan and 1 where it has no contract."""
        some = self.start[:-1] < self.start[1:]
        row = np.where(some, self.start[1:] - 1, 0)
        return np.where(some, self.time[row], -np.inf), np.where(some, self.survival[row], 1.0)

    def _first_at_or_below(self, values: Floats, level: float) -> Floats:
        first = np.full(self.groups, np.inf)
        low = values <= level * (1 + ROUNDING)
        np.minimum.at(first, self.group[low], self.time[low])
        return np.where(np.isfinite(first), first, np.nan)


def _came_before(lives: Lifetimes, in_rank: Ints, keys: Ints, width: int) -> Floats:
    """Contracts of the row's group that came under watch before its time, shape (r,); at time 0 those of time 0 too."""
    arrival = lives.group * width + in_rank
    order = np.argsort(arrival, kind="stable")
    so_far = np.concatenate([[0.0], np.cumsum(lives.weight[order])])
    sorted_arrivals = arrival[order]
    origin = np.where(lives.entry[order] == 0, sorted_arrivals - 1, sorted_arrivals)  # before any time
    base = np.searchsorted(sorted_arrivals, keys // width * width, side="left")
    found: Floats = so_far[np.searchsorted(origin, keys, side="left")] - so_far[base]
    return found


def _running(values: Floats, start: Ints, group: Ints) -> Floats:
    """Sums so far within each group, shape (r,)."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    so_far: Floats = total[1:] - total[start[:-1]][group]
    return so_far


def _findings(lives: Lifetimes, start: Ints, nobody: Bools) -> tuple[str, ...]:
    found = []
    if without := int((lives.ends() == 0).sum()):
        found.append(f"In {without} of {lives.groups} groups no contract has ended: their curves stay at 1.")
    late = np.full(lives.groups, np.inf)
    np.minimum.at(late, lives.group, lives.entry)
    if since := int((np.isfinite(late) & (late > 0)).sum()):
        found.append(f"{since} of {lives.groups} groups were watched late only: their curves hold for who got there.")
    emptied = nobody[:-1] & (np.diff(np.repeat(np.arange(lives.groups), np.diff(start))) == 0)
    if emptied.any():
        found.append("In some groups all at risk ended while others came later: their curves stay at 0.")
    return tuple(found)


def _deviations(share: float) -> float:
    if not 0 < share < 1:
        raise ArgumentRefused(f"share = {share!r}", where="KaplanMeier", remedy="Give one within 0 and 1")
    return NormalDist().inv_cdf(0.5 + share / 2)


def _probability(share_ended: float) -> float:
    if not 0 < share_ended < 1:
        raise ArgumentRefused(f"share_ended = {share_ended!r}", where="KaplanMeier", remedy="Give one within 0 and 1")
    return 1 - share_ended
