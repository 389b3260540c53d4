"""Spells without payment: who was lapsed, for which months, and whether payment came back."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Bools, Ints, Labels
from clove.kernel.errors import ArgumentRefused

BANDS = ("A", "B", "C", "D", "unrated")
"""Credit bands, best first; a customer of no known band is unrated."""

LONGEST = 1_200  # months, a century: above, the number is no count of months


def band_codes(band: Labels) -> Ints:
    """Index into `BANDS` of each label, shape (n,).

    Raises:
        ArgumentRefused: A label is no credit band.
    """
    labels = np.asarray(band)
    codes = np.full(labels.shape, -1, dtype=np.int64)
    for code, name in enumerate(BANDS):
        codes[labels == name] = code
    if (unknown := np.flatnonzero(codes < 0)).size:
        row = int(unknown[0])
        raise ArgumentRefused(
            f"{labels.tolist()[row]!r} is no credit band",
            where=f"band, row {row}",
            remedy=f"Give one of {', '.join(BANDS)}; unrated where the band is not known",
        )
    return codes


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """n spells without payment, as far as they were watched; columns of shape (n,).

    m counts the whole months that a contract has been lapsed. The month whose invoice was the first to stay unpaid is
    the month of the lapse; the month after it is the first in which payment can come back, and has m = 0.
    A spell that was ended otherwise (cancelled, retrieved, stolen) or still runs is one that has not resumed.
    """

    band: Ints  # index into BANDS
    first: Ints  # m of the first month that was watched; 0 if from the lapse on
    months: Ints  # that were watched
    resumed: Bools  # whether payment came back, in the last month watched

    def __post_init__(self) -> None:
        for name, low, high in (("band", 0, len(BANDS) - 1), ("first", 0, LONGEST), ("months", 0, LONGEST)):
            column = getattr(self, name)
            if column.shape != self.resumed.shape or column.dtype.kind not in "iu":
                raise ArgumentRefused(
                    f"{column.dtype} of shape {column.shape} beside {self.resumed.shape}",
                    where=f"Spells.{name}",
                    remedy="Give whole numbers, one for each spell",
                )
            if (bad := np.flatnonzero((column < low) | (column > high))).size:
                raise ArgumentRefused(
                    f"{column[bad[0]]} is not within {low} and {high}",
                    where=f"Spells.{name}, row {bad[0]}",
                    remedy="Check how the spell was counted",
                )
        if (bad := np.flatnonzero(self.resumed & (self.months == 0))).size:
            raise ArgumentRefused(
                "payment came back, but no month was watched",
                where=f"Spells.months, row {bad[0]}",
                remedy="Count the month in which payment came back",
            )

    def __len__(self) -> int:
        return int(self.band.size)

    def counts(self) -> tuple[Ints, Ints]:
        """Spells at risk, and spells that resumed, by band and m, each of shape (5, largest m + 1)."""
        after = self.first + self.months
        width = int(after.max(initial=0)) + 1
        entered, left, resumed = (np.zeros((len(BANDS), width), dtype=np.int64) for _ in range(3))
        np.add.at(entered, (self.band, self.first.clip(max=width - 1)), 1)
        np.add.at(left, (self.band, after), 1)
        np.add.at(resumed, (self.band[self.resumed], after[self.resumed] - 1), 1)
        return np.cumsum(entered - left, axis=1), resumed
