"""Whether a base has a season, and which: months of several years held against what a model without one expects.

The log of (repeat purchases made / expected) of each month seen is a level, a trend, an effect of the calendar month,
and noise, all normal: a linear mixed model (Robinson 1991, "That BLUP is a good thing", Statistical Science 6, 15-32).
The effects are its best linear unbiased predictions: what one year alone says is shrunk, what years repeat is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.purchase_model import PurchaseModel
from clove.valuation.season import MONTHS, Season

OPENING_DAYS = 91  # not looked at: a base's first purchases are followed by others sooner than any later ones
YEAR = 365
MOST_YEARS = 6  # looked back: seasons change too
PRIOR_NOISE, PRIOR_MONTHS = 0.10, 12.0  # log units that no year repeats, taken to be seen in so many months
TREND = 0.15  # standard deviation of the log per year that the model may be off by
LEVEL = 10.0  # the same of the level: anything
SURE = 5.41  # twice the log of the likelihood ratio; 1 % of bases without a season exceed it
EFFECTS = np.concatenate([[0.0], np.geomspace(0.02, 1.0, 24)])  # standard deviations of the months' effects tried
NOISES = np.geomspace(0.01, 1.0, 24)  # the same of the noise
ROUNDS, CLOSE = 8, 1e-3  # of model and season in turn; log units
AGES = 2_001  # at which the expectation of a customer is computed
EIGHT_OF_TEN = 1.2816  # standard deviations to both sides
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Purchased:
    """When customers came and bought again, in days since 1970-01-01, ascending; all that was known on a day."""

    births: Floats  # (k,)
    born: Floats  # (k,) customers who came then
    times: Floats  # (p,)
    repeats: Floats  # (p,) repeat purchases then


@dataclass(frozen=True, slots=True)
class FoundSeason:
    """A season, or none; and why, in words."""

    season: Season
    because: str

    @classmethod
    def nothing(cls, because: str) -> "FoundSeason":
        """No season."""
        return cls(Season.none(), because)


def too_short(opened: date, as_of: date) -> str:
    """Why no season can be learnt yet, in words; empty where each day of the year was seen after the opening months."""
    if (as_of - opened).days >= OPENING_DAYS + YEAR:
        return ""
    return f"a season needs a year of orders after the first {OPENING_DAYS} days, and they begin on {opened}"


def learn_season(
    purchased: Purchased, opened: date, as_of: date, fit: Callable[[Season], PurchaseModel]
) -> FoundSeason:
    """Fit model and season in turn until neither moves.

    Args:
        purchased: Up to `as_of`.
        opened: When the base's first customers came, long enough ago.
        as_of: The last day that is known.
        fit: The purchase model in the clock of a season, in days.

    Raises:
        NotEnoughData: A fit has too little to go by.
        DidNotConverge: A fit found no optimum.
    """
    since = max(opened + timedelta(days=OPENING_DAYS), as_of - timedelta(days=round(MOST_YEARS * 365.25)))
    seen = _Months.of(since, as_of)
    made = seen.counted(purchased)
    season = Season.none()
    found = _Effects.of(seen, made, seen.expected(purchased, fit(season), season), season)
    if found.gain < SURE:
        return FoundSeason.nothing(
            f"the months from {since} on differ by no more than months do that have no season in common"
        )
    for _ in range(ROUNDS):
        season, before = found.season(since, as_of), season
        if np.abs(np.log(season.index) - np.log(before.index)).max() < CLOSE:
            break
        found = _Effects.of(seen, made, seen.expected(purchased, fit(season), season), season)
    return FoundSeason(season, f"learnt from the repeat purchases of {since} to {as_of}")


@dataclass(frozen=True, slots=True, eq=False)
class _Months:
    """Months of the calendar, the first and the last of which may be cut."""

    ends: Ints  # (m + 1,) last days, since the epoch; the first is that before the first month
    month: Ints  # (m,) 0 for January

    @classmethod
    def of(cls, since: date, as_of: date) -> "_Months":
        """From `since` to `as_of`, both included."""
        first, last = np.datetime64(since, "M"), np.datetime64(as_of, "M")
        months = np.arange(first, last + 1)
        ends = (months + 1).astype("datetime64[D]").astype(np.int64) - 1
        ends[-1] = (as_of - EPOCH).days
        return cls(np.concatenate([[(since - EPOCH).days - 1], ends]), months.astype(np.int64) % MONTHS)

    @property
    def days(self) -> Floats:
        """Of each, shape (m,)."""
        return np.diff(self.ends).astype(np.float64)

    def counted(self, purchased: Purchased) -> Floats:
        """Repeat purchases in each, shape (m,)."""
        running = np.concatenate([[0.0], np.cumsum(purchased.repeats)])
        counts: Floats = np.diff(running[np.searchsorted(purchased.times, self.ends, side="right")])
        return counts

    def expected(self, purchased: Purchased, model: PurchaseModel, season: Season) -> Floats:
        """Repeat purchases in each by a model in the season's clock, shape (m,)."""
        births = season.reading(purchased.births)
        ages = np.maximum(season.reading(self.ends.astype(np.float64)) - births[:, None], 0.0)
        grid = np.linspace(0.0, max(float(ages.max()), 1.0), AGES)
        total = purchased.born @ np.interp(ages, grid, model.expected_purchases_new_customer(grid))
        return np.diff(total)


@dataclass(frozen=True, slots=True, eq=False)
class _Effects:
    """What the calendar months do, in logs."""

    mean: Floats  # (12,)
    deviation: Floats  # (12,) of each from the mean of all
    gain: float  # twice the log of the likelihood ratio to a world without a season

    @classmethod
    def of(cls, seen: _Months, made: Floats, expected: Floats, season: Season) -> "_Effects":
        """Predicted at the most probable spread of effects and of noise.

        Args:
            seen: m months.
            made: Repeat purchases in each, shape (m,).
            expected: By the model in the clock of `season`, shape (m,).
            season: Whose effects are added back: they are to be found anew.
        """
        own = np.array(season.index)[seen.month]
        # half a purchase more on both sides: the log of none does not exist
        logs = np.log((made + 0.5) / (expected / own + 0.5))
        chance = 1 / (expected + 0.5)
        cut = np.minimum(30.0 / seen.days, 30.0)  # of a few days less averages out
        years = (seen.ends[1:] - seen.ends[1:].mean()) / 365.25
        member = (seen.month[:, None] == np.arange(MONTHS)).astype(np.float64)
        always = np.diag(chance) + TREND**2 * np.outer(years, years) + LEVEL**2
        together = member @ member.T
        noise, effect = (each.reshape(-1) for each in np.meshgrid(NOISES, EFFECTS, indexing="ij"))
        spread = always + noise[:, None, None] ** 2 * np.diag(cut) + effect[:, None, None] ** 2 * together
        fits = np.linalg.solve(spread, np.broadcast_to(logs, (noise.size, logs.size))[..., None])[..., 0] @ logs
        known_before = PRIOR_MONTHS * (2 * np.log(noise) + (PRIOR_NOISE / noise) ** 2)
        probable = -0.5 * (np.linalg.slogdet(spread)[1] + fits + known_before)
        best = int(probable.argmax())
        gain = 2 * float(probable[best] - probable[effect == 0].max())
        weights = np.linalg.solve(spread[best], member).T * effect[best] ** 2
        centred = np.eye(MONTHS) - 1 / MONTHS
        left = centred @ (effect[best] ** 2 * (np.eye(MONTHS) - weights @ member)) @ centred
        return cls(weights @ logs, np.sqrt(np.maximum(np.diag(left), 0.0)), gain)

    def season(self, since: date, as_of: date) -> Season:
        """The same as factors."""
        width = EIGHT_OF_TEN * self.deviation
        low, middle, high = (np.exp(self.mean + side * width) for side in (-1, 0, 1))
        return Season.of(middle, low, high, since=since, until=as_of)
