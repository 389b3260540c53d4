"""Old forecasts by kind of customer, beside what came: how many purchases each kind made on average."""

from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.models.history import PurchaseHistory
from clove.models.purchase_model import PurchaseModel
from clove.models.streams import stream_keys
from clove.valuation.parameter_draws import interval, parameter_draws, with_parameters

By: TypeAlias = Literal["frequency", "recency", "T", "silence"]

LAST_GROUP = 7  # "7+" repeat purchases
GROUPS = 8  # of equal size, where customers are grouped by a time
PARAMETER_DRAWS = 64
REPEATS = 8
BLOCK = 2_048  # customers
MOST_OF_A_GROUP = 2_000  # customers who are drawn for an interval


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
        means = group_means(model, history, horizon, member, groups=len(names), seed=seed)
        sizes = np.bincount(member, minlength=len(names))
        low, high = interval(means)
        predicted, seen = (np.bincount(member, values, len(names)) / sizes for values in (forecast, came))
        return cls(words, names, sizes, predicted, seen, low, high)


def frequency_groups(frequency: Floats) -> tuple[tuple[str, ...], Ints]:
    """Names of the groups that occur, "0" to "7+" repeat purchases, (k,), and the group of each customer, (n,)."""
    present, member = np.unique(np.minimum(frequency, LAST_GROUP), return_inverse=True)
    names = tuple(f"{LAST_GROUP}+" if group == LAST_GROUP else f"{group:.0f}" for group in present)
    return names, member.reshape(-1).astype(np.int64)


def group_means(
    model: PurchaseModel, history: PurchaseHistory, horizon: float, member: Ints, *, groups: int, seed: int
) -> Floats:
    """Draws of the mean purchases to come of the customers of each group, shape (d, k).

    What the parameters leave open moves the customers of a group alike. Chance averages out with the square root of
    their number: in a large group some of them are drawn, and their chance is scaled.

    Args:
        model: In the history's unit.
        history: Of n customers.
        horizon: Units ahead.
        member: Group of each customer, shape (n,), every one of them with somebody in it.
        groups: k.
        seed: Of the draws.
    """
    rows = _some_of_each(member, groups)
    some, of = history.take(rows), member[rows]
    drawn_of, size_of = np.bincount(of, minlength=groups), np.bincount(member, minlength=groups)
    for_theta, for_chance = (int(word) for word in np.random.SeedSequence(seed).generate_state(2))
    thetas = parameter_draws(model, PARAMETER_DRAWS, for_theta)
    keys = stream_keys(some.customer_id, for_chance)
    totals = np.zeros((groups, PARAMETER_DRAWS * REPEATS))
    for start in range(0, rows.size, BLOCK):
        block = slice(start, start + BLOCK)
        counts = model.purchase_counts(
            some.take(block), thetas, np.full(PARAMETER_DRAWS, float(horizon)), REPEATS, keys[block]
        )
        totals += (of[block] == np.arange(groups)[:, None]).astype(np.float64) @ counts
    means = totals.T / drawn_of
    if rows.size == member.size:
        return means
    expected = np.stack(
        [
            np.bincount(of, with_parameters(model, theta).expected_purchases(some, horizon), groups) / drawn_of
            for theta in thetas
        ]
    )
    at_estimate = np.bincount(of, model.expected_purchases(some, horizon), groups) / drawn_of
    whole = np.bincount(member, model.expected_purchases(history, horizon), groups) / size_of
    shared = np.repeat(expected, REPEATS, axis=0)
    chance = (means - shared) * np.sqrt(drawn_of / size_of)
    return np.maximum(whole + (shared - at_estimate) + chance, 0.0)


def _some_of_each(member: Ints, groups: int) -> Ints:
    """Positions of all customers of small groups, and of so many of large ones, ascending."""
    chosen = []
    for group in range(groups):
        rows = np.flatnonzero(member == group)
        size = min(rows.size, MOST_OF_A_GROUP)
        chosen.append(rows[np.linspace(0, max(rows.size - 1, 0), size).round().astype(np.int64)])
    return np.sort(np.concatenate([np.zeros(0, np.int64), *chosen]))


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
