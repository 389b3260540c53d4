"""Old forecasts by kind of customer, beside what came: how many purchases each kind made on average."""

from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.valuation.parameter_draws import interval, parameter_draws
from clove.valuation.streams import stream_keys

By: TypeAlias = Literal["frequency", "recency", "T", "silence"]

LAST_GROUP = 7  # "7+" repeat purchases
GROUPS = 8  # of equal size, where customers are grouped by a time
PARAMETER_DRAWS = 64
REPEATS = 8
BLOCK = 2_048  # customers


@dataclass(frozen=True, slots=True, eq=False)
class GroupCalibration:
    """Mean purchases of the customers of each group, forecast and actual."""

    by: str  # what the groups are cut by, in words
    names: tuple[str, ...]  # (k,)
    sizes: Ints  # (k,) customers
    predicted: Floats  # (k,) mean purchases forecast
    actual: Floats  # (k,)
    low: Floats | None = None  # (k,) the mean of what comes lies between in eight of ten cases
    high: Floats | None = None  # (k,)

    @classmethod
    def of(
        cls,
        model: PurchaseModel,
        history: PurchaseHistory,
        actual: ArrayLike,
        horizon: float,
        *,
        by: By = "frequency",
        seed: int = 1,
    ) -> Self:
        """Group the customers of an old forecast.

        Args:
            model: Fitted to what was known.
            history: What was known, of n customers.
            actual: Purchases that each made in the time after, shape (n,).
            horizon: How long that time was, in the history's unit.
            by: `"frequency"`, or a time in which groups of equal size are cut: `"recency"`, `"T"`, or `"silence"`,
                the time since the last purchase.
            seed: Of the intervals.

        Raises:
            ArgumentRefused: The lengths differ, or no such grouping.
        """
        came = np.atleast_1d(np.asarray(actual, dtype=np.float64))
        if came.shape != (len(history),) or not (np.isfinite(came) & (came >= 0)).all():
            raise ArgumentRefused(
                f"{came.size} numbers of purchases for {len(history)} customers, or one that is no count",
                where="actual",
                remedy="Give the purchases of every customer of the history, 0 where he made none",
            )
        words, names, member = _grouped(history, by)
        forecast = model.expected_purchases(history, horizon)
        totals = group_totals(model, history, horizon, member, groups=len(names), seed=seed)
        sizes = np.bincount(member, minlength=len(names))
        low, high = interval(totals / sizes)
        predicted, seen = (np.bincount(member, values, len(names)) / sizes for values in (forecast, came))
        return cls(words, names, sizes, predicted, seen, low, high)


def frequency_groups(frequency: Floats) -> tuple[tuple[str, ...], Ints]:
    """Names of the groups that occur, "0" to "7+" repeat purchases, (k,), and the group of each customer, (n,)."""
    present, member = np.unique(np.minimum(frequency, LAST_GROUP), return_inverse=True)
    names = tuple(f"{LAST_GROUP}+" if group == LAST_GROUP else f"{group:.0f}" for group in present)
    return names, member.reshape(-1).astype(np.int64)


def group_totals(
    model: PurchaseModel, history: PurchaseHistory, horizon: float, member: Ints, *, groups: int, seed: int
) -> Floats:
    """Draws of the purchases that the customers of each group make together, shape (d, k).

    Args:
        model: In the history's unit.
        history: Of n customers.
        horizon: Units ahead.
        member: Group of each customer, shape (n,).
        groups: k.
        seed: Of the draws.
    """
    for_theta, for_chance = (int(word) for word in np.random.SeedSequence(seed).generate_state(2))
    thetas = parameter_draws(model, PARAMETER_DRAWS, for_theta)
    horizons = np.full(PARAMETER_DRAWS, float(horizon))
    keys = stream_keys(history.customer_id, for_chance)
    totals = np.zeros((groups, PARAMETER_DRAWS * REPEATS))
    for start in range(0, len(history), BLOCK):
        rows = slice(start, start + BLOCK)
        drawn = model.purchase_counts(history.take(rows), thetas, horizons, REPEATS, keys[rows])
        membership = member[rows] == np.arange(groups)[:, None]
        totals += membership.astype(np.float64) @ drawn
    return totals.T


def _grouped(history: PurchaseHistory, by: str) -> tuple[str, tuple[str, ...], Ints]:
    """What is grouped by, in words; the groups' names, (k,); the group of each customer, (n,)."""
    unit = f"{history.unit.value}s"
    if by == "frequency":
        return ("repeat purchases before the forecast", *frequency_groups(history.frequency))
    times = {
        "recency": (f"{unit} from the first to the last purchase", history.recency),
        "T": (f"{unit} from the first purchase to the forecast", history.T),
        "silence": (f"{unit} since the last purchase", history.T - history.recency),
    }
    if by not in times:
        raise ArgumentRefused(
            f"{by!r} is nothing to group by", where="by", remedy=f"Use 'frequency', {', '.join(map(repr, times))}"
        )
    words, values = times[by]
    edges = np.unique(np.quantile(values, np.arange(1, GROUPS) / GROUPS, method="lower")) if values.size else values
    present, member = np.unique(np.searchsorted(edges, values, side="left"), return_inverse=True)
    return words, _ranges(values, member.reshape(-1), present.size), member.reshape(-1).astype(np.int64)


def _ranges(values: Floats, member: Ints, groups: int) -> tuple[str, ...]:
    lowest, highest = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(lowest, member, values)
    np.maximum.at(highest, member, values)
    return tuple(
        f"{low:.0f}" if f"{low:.0f}" == f"{high:.0f}" else f"{low:.0f} to {high:.0f}"
        for low, high in zip(lowest, highest, strict=True)
    )
