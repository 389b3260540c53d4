"""What a buy-till-you-die model needs to know of each customer."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Bools, Floats, Labels
from clove.kernel.errors import ArgumentRefused, ImpossibleHistory
from clove.kernel.period import TimeUnit


@dataclass(frozen=True, slots=True, eq=False)
class PurchaseHistory:
    """One row per customer, all arrays of shape (n,), validated when it is made by `of`.

    Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284, section 2.
    """

    customer_id: Labels
    frequency: Floats  # x: repeat purchase occasions, whole numbers
    recency: Floats  # t_x: first to last purchase, in units
    T: Floats  # age: first purchase to the as-of date, in units
    monetary_value: Floats  # mean spend of the repeat occasions; nan where there is none, and throughout if unknown
    unit: TimeUnit

    @classmethod
    def of(
        cls,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        monetary_value: ArrayLike | None = None,
        *,
        customer_id: ArrayLike | None = None,
        unit: str | TimeUnit = "day",
    ) -> Self:
        """Check and hold a summary that was made elsewhere.

        Args:
            frequency: Repeat purchase occasions, shape (n,).
            recency: First to last purchase in units, shape (n,).
            T: First purchase to the as-of date in units, shape (n,).
            monetary_value: Mean spend of the repeat occasions, shape (n,); ignored where frequency is 0.
            customer_id: Labels, shape (n,); row numbers if left out.
            unit: `"hour"`, `"day"` or `"week"`.

        Raises:
            ImpossibleHistory: Lengths differ, or a row is one that no customer can have.
        """
        x, t_x, age = (np.array(a, dtype=np.float64, ndmin=1) for a in (frequency, recency, T))
        spend = np.full(x.shape, np.nan) if monetary_value is None else np.array(monetary_value, np.float64, ndmin=1)
        labels = np.arange(x.size) if customer_id is None else np.array(customer_id, ndmin=1)
        if not x.shape == t_x.shape == age.shape == spend.shape == labels.shape or x.ndim != 1:
            raise ImpossibleHistory(
                f"arrays of shapes {x.shape}, {t_x.shape}, {age.shape}, {spend.shape} and {labels.shape}",
                where="PurchaseHistory",
                remedy="Give one-dimensional arrays of one length",
            )
        spend = np.where(x > 0, spend, np.nan)
        known = monetary_value is not None
        for impossible, fault, remedy in (
            (~(np.isfinite(x) & np.isfinite(t_x) & np.isfinite(age)), "a value that is not finite", "Remove that row"),
            ((x < 0) | (x != np.floor(x)), "a frequency that is no count", "Count repeat purchases in whole numbers"),
            ((t_x < 0) | (t_x > age), "a recency outside 0 to T", "Measure both from the first purchase"),
            ((x == 0) & (t_x > 0), "no repeat purchase but a recency above 0", "Let recency be 0 there"),
            ((x > 0) & (t_x == 0), "repeat purchases but a recency of 0", "Merge purchases of one period"),
            (known & (x > 0) & ~(np.isfinite(spend) & (spend >= 0)), "a spend that is no amount", "Correct the spend"),
        ):
            _refuse(impossible, fault, remedy, (x, t_x, age, spend), labels)
        return cls(labels, x, t_x, age, spend, TimeUnit.of(unit))

    def __len__(self) -> int:
        return self.frequency.size

    @classmethod
    def accept(cls, history: object) -> None:
        """Refuse anything else with the way to make one.

        Raises:
            ArgumentRefused: Not a purchase history.
        """
        if not isinstance(history, cls):
            raise ArgumentRefused(
                f"a {type(history).__name__} is no purchase history",
                where="history",
                remedy="Make one with clove.purchase_history(orders, customer=..., time=..., amount=...), or with "
                "PurchaseHistory.of(frequency, recency, T) from a summary",
            )

    def expect_unit(self, unit: TimeUnit, where: str) -> None:
        """Refuse to be applied to a model in another unit.

        Raises:
            ArgumentRefused: The units differ.
        """
        if self.unit is not unit:
            raise ArgumentRefused(
                f"a history in {self.unit.value}s for a model in {unit.value}s",
                where=where,
                remedy="Fit and apply a model in one time unit",
            )

    def as_dict(self) -> dict[str, Labels]:
        """Columns by name, each of shape (n,): what pandas and polars make a frame of."""
        return {name: getattr(self, name) for name in ("customer_id", "frequency", "recency", "T", "monetary_value")}

    def take(self, rows: Bools | Labels) -> Self:
        """The customers at these positions, or where a mask is true."""
        return type(self)(
            self.customer_id[rows],
            self.frequency[rows],
            self.recency[rows],
            self.T[rows],
            self.monetary_value[rows],
            self.unit,
        )


def _refuse(impossible: Bools, fault: str, remedy: str, columns: tuple[Floats, ...], labels: Labels) -> None:
    count = int(impossible.sum())
    if not count:
        return
    row = int(np.argmax(impossible))
    x, t_x, age, spend = (column[row] for column in columns)
    raise ImpossibleHistory(
        f"{fault} (frequency {x:g}, recency {t_x:g}, T {age:g}, spend {spend:g}); "
        f"{count} such row{'' if count == 1 else 's'} of {labels.size}",
        where=f"customer {labels[row]}",
        remedy=remedy,
    )
