"""How long contracts were watched, and whether they ended: what every estimate of survival is made from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused

LONGEST = 1_200  # months, a century: a longer count of months is no count of months


@dataclass(frozen=True, slots=True, eq=False)
class Lifetimes:
    """n contracts, each watched from `entry` to `duration`; columns of shape (n,), in one unit of time from the start.

    One that had not ended when the watch did is censored. One that came under watch late (`entry` above 0) had lived
    until then, and is counted only from there on: left truncation.
    """

    duration: Floats  # from the start to the end, or to where the watch stopped
    ended: Bools  # whether the contract ended there
    entry: Floats  # from the start to where the watch began
    weight: Floats  # contracts that the row stands for
    group: Ints  # 0, 1, …: cohort or segment
    groups: int

    @classmethod
    def of(
        cls,
        duration: ArrayLike,
        ended: ArrayLike,
        *,
        group: ArrayLike | None = None,
        groups: int | None = None,
        weights: ArrayLike | None = None,
        entry: ArrayLike | None = None,
    ) -> Self:
        """From columns.

        Args:
            duration: Finite, from 0 up.
            ended: Truth values, or 0 and 1.
            group: Cohort or segment of each, numbered from 0; one for all if left out.
            groups: How many there are, where the last ones may have no contract.
            weights: Contracts that each row stands for, above 0; one if left out.
            entry: 0, or above 0 and below the duration; 0 for all if left out.

        Raises:
            ArgumentRefused: Columns of different lengths, or with values that cannot be.
        """
        length = np.asarray(duration, dtype=np.float64)
        over = np.asarray(ended)
        since = np.zeros(length.shape) if entry is None else np.asarray(entry, dtype=np.float64)
        counted = np.ones(length.shape) if weights is None else np.asarray(weights, dtype=np.float64)
        of_group = np.zeros(length.shape, dtype=np.int64) if group is None else np.asarray(group)
        columns = {"ended": over, "entry": since, "weights": counted, "group": of_group}
        for name, column in columns.items():
            if length.ndim != 1 or column.shape != length.shape:
                raise _refusal(f"{name} of the shape {column.shape} beside durations of {length.shape}", "columns")
        if of_group.dtype.kind not in "iu":
            raise _refusal(f"groups of {of_group.dtype}, not numbered from 0", "group")
        count = int(of_group.max(initial=-1)) + 1 if groups is None else groups
        for wrong, fault in (
            (~(np.isfinite(length) & (length >= 0)), "a duration that is no finite number from 0 up"),
            ((over != 0) & (over != 1), "an end that is neither true nor false"),
            (
                ~((since >= 0) & ((since < length) | (since == 0))),
                "an entry below 0, or not before the end of the watch",
            ),
            (~(np.isfinite(counted) & (counted > 0)), "a weight that counts no contracts"),
            (~((of_group >= 0) & (of_group < count)), f"a group that is not one of 0 to {count - 1}"),
        ):
            if wrong.any():
                raise _refusal(f"{fault}; {int(wrong.sum())} of {length.size} rows", f"row {int(np.argmax(wrong))}")
        return cls(length, over.astype(np.bool_), since, counted, of_group.astype(np.int64), count)

    def __len__(self) -> int:
        return int(self.duration.size)

    def watched(self) -> Floats:
        """Time under watch of all contracts of a group, shape (g,)."""
        return self._sum(self.weight * (self.duration - self.entry))

    def ends(self) -> Floats:
        """Contracts of a group that ended, shape (g,)."""
        return self._sum(self.weight * self.ended)

    def counts(self) -> tuple[Floats, Floats]:
        """Contract-months by group and months served, and how many of them were the last, each of shape (g, m).

        Column m is the month that a contract begins with m months served; one that ends in its month t has a duration
        of t, and one that was still there after it has too.

        Raises:
            ArgumentRefused: Durations or entries that are no whole numbers of months, or an end in month 0.
        """
        whole = (self.duration == np.floor(self.duration)) & (self.entry == np.floor(self.entry))
        counted = whole & (self.duration <= LONGEST) & ~(self.ended & (self.duration == 0))
        if not counted.all():
            raise ArgumentRefused(
                f"durations that are no numbers of months from 1 to {LONGEST}; {int((~counted).sum())} of {len(self)}",
                where=f"row {int(np.argmin(counted))}",
                remedy="Count whole months, an end in the month of the start as one of month 1",
            )
        width = max(int(self.duration.max(initial=0)), 1)
        cells = (self.groups, width + 1)
        come, gone, ended = (np.zeros(cells) for _ in range(3))
        last = self.duration.astype(np.int64)
        np.add.at(come, (self.group, self.entry.astype(np.int64)), self.weight)
        np.add.at(gone, (self.group, last), self.weight)
        np.add.at(ended, (self.group[self.ended], last[self.ended] - 1), self.weight[self.ended])
        at_risk = np.cumsum(come - gone, axis=1)
        return at_risk[:, :width], ended[:, :width]

    def _sum(self, values: Floats) -> Floats:
        return np.bincount(self.group, values, self.groups).astype(np.float64)


def _refusal(what: str, where: str) -> ArgumentRefused:
    return ArgumentRefused(what, where=f"Lifetimes.of, {where}", remedy="Check how the contracts were watched")
