"""Contracts that have stopped paying, and what a decision about them rests on."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.models.spells import BANDS

MAY_BE_UNKNOWN = (
    *("fee", "arrears", "residual_value", "retrieval_cost", "monthly_cost", "remaining_if_resumed", "collected_share"),
)
MAY_BE_NEGATIVE = ("remaining_if_resumed",)


@dataclass(frozen=True, slots=True, eq=False)
class LapsedContracts:
    """n contracts without payment as of a month's end; shape (n,) unless said otherwise, money in each one's currency.

    Not a number means unknown, and is allowed for `MAY_BE_UNKNOWN`: without a residual value or a retrieval cost
    there is no retrieving, without the fee or the arrears no action at all, and without one of the others no continuing
    can be told and so no action.

    Raises:
        ArgumentRefused: A figure that no contract can have, with its row.
    """

    band: Ints  # index into clove.models.spells.BANDS: see band_codes
    months_lapsed: Ints  # m: 0 at the end of the month whose invoice was the first to stay unpaid
    months_served: Ints  # m0
    clause: Ints  # M, months of the minimum term; 0 for none
    fee: Floats  # f, a month
    arrears: Floats  # A: unpaid invoices up to the lapse; later ones count on resumption only
    monthly_cost: Floats  # platform and sim data, without agents
    residual_value: Floats  # of the hardware in the vehicle
    retrieval_cost: Floats  # labour and travel: see visit_cost
    remaining_if_resumed: Floats  # remaining value once it pays again; shape (n,) if alike at any month, else (n, h):
    # column j if it resumes in the month after j more months, in which m0 and m have moved on by j
    collected_share: Floats  # rho of paying contracts in the segment, of the invoices after the lapse

    def __post_init__(self) -> None:
        for field in fields(self):
            self._check(field.name)

    def __len__(self) -> int:
        return int(self.band.size)

    def take(self, rows: slice) -> Self:
        """Some of the contracts."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def remaining_after(self, months: int) -> Floats:
        """Remaining value if it resumes in the month after so many more months, shape (n,)."""
        remaining = self.remaining_if_resumed
        return remaining if remaining.ndim == 1 else remaining[:, months]

    def _check(self, name: str) -> None:
        column = getattr(self, name)
        rows = column.shape[:1] if name == "remaining_if_resumed" and column.ndim == 2 else column.shape
        whole = name in {"band", "months_lapsed", "months_served", "clause"}
        if rows != self.band.shape or column.dtype.kind not in ("iu" if whole else "f"):
            raise ArgumentRefused(
                f"{column.dtype} of shape {column.shape} beside {self.band.shape}",
                where=f"LapsedContracts.{name}",
                remedy=f"Give {'whole numbers' if whole else 'floating-point numbers'}, one for each contract",
            )
        low = -np.inf if name in MAY_BE_NEGATIVE else 0.0
        high = {"band": len(BANDS) - 1.0, "collected_share": 1.0}.get(name, np.inf)
        wrong = (column < low) | (column > high) | np.isinf(column)
        if name not in MAY_BE_UNKNOWN:
            wrong |= np.isnan(column)
        if wrong.any():
            at = np.argwhere(wrong)[0]
            limits = f"a number from {low:g}" if high == np.inf else f"a number from {low:g} to {high:g}"
            raise ArgumentRefused(
                f"{column[tuple(at)]} cannot be",
                where=f"LapsedContracts.{name}, row {at[0]}",
                remedy=f"Give {'a finite number' if low == -np.inf else limits}"
                + (", or nan where it is unknown" if name in MAY_BE_UNKNOWN else ""),
            )
