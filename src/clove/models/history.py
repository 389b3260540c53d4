"""What a buy-till-you-die model needs to know of each customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Bools, Floats, Labels
from clove.kernel.errors import ArgumentRefused, ImpossibleHistory
from clove.kernel.period import TimeUnit

OLDEST_YEARS = 500.0  # an age above is a matter of units, not of customers
DAYS_OF_A_YEAR = 365.25
COLUMNS = ("customer_id", "frequency", "recency", "T", "monetary_value")


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
    log_intervals: Floats | None = None  # sum of the logs of the times between occasions, 0 without; None if unknown
    covariates: Mapping[str, Floats] = field(default_factory=dict)  # what was known from the start, each (n,)
    as_of: date | None = None  # the last day that is known; None if nobody said

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
        log_intervals: ArrayLike | None = None,
        as_of: date | None = None,
    ) -> Self:
        """Check and hold a summary that was made elsewhere.

        Args:
            frequency: Repeat purchase occasions, shape (n,).
            recency: First to last purchase in units, shape (n,).
            T: First purchase to the as-of date in units, shape (n,).
            monetary_value: Mean spend of the repeat occasions, shape (n,); ignored where frequency is 0.
            customer_id: Labels, shape (n,); row numbers if left out.
            unit: `"hour"`, `"day"`, `"week"` or `"opportunity"`.
            log_intervals: Sum of the logs of the times between a customer's occasions, shape (n,); what a model
                of regular buyers needs.
            as_of: The last day that the history knows.

        Raises:
            ImpossibleHistory: Lengths differ, or a row is one that no customer can have, such as an age of
                centuries, which is a matter of units.
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
        grain = TimeUnit.of(unit)
        spend = np.where(x > 0, spend, np.nan)
        known = monetary_value is not None
        for impossible, fault, remedy in (
            (~(np.isfinite(x) & np.isfinite(t_x) & np.isfinite(age)), "a value that is not finite", "Remove that row"),
            ((x < 0) | (x != np.floor(x)), "a frequency that is no count", "Count repeat purchases in whole numbers"),
            ((t_x < 0) | (t_x > age), "a recency outside 0 to T", "Measure both from the first purchase"),
            (
                age * grain.days > OLDEST_YEARS * DAYS_OF_A_YEAR,
                f"an age above {OLDEST_YEARS:.0f} years in {grain.value}s",
                "Name the unit that recency and T count, such as unit='hour', or convert them",
            ),
            ((x == 0) & (t_x > 0), "no repeat purchase but a recency above 0", "Let recency be 0 there"),
            ((x > 0) & (t_x == 0), "repeat purchases but a recency of 0", "Merge purchases of one period"),
            (known & (x > 0) & ~(np.isfinite(spend) & (spend >= 0)), "a spend that is no amount", "Correct the spend"),
        ):
            _refuse(impossible, fault, remedy, (x, t_x, age, spend), labels)
        gaps = None if log_intervals is None else np.array(log_intervals, np.float64, ndmin=1)
        if gaps is not None:
            _refuse_column("log_intervals", gaps, x.size)
        return cls(labels, x, t_x, age, spend, grain, gaps, as_of=as_of)

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
                f"a history in {_plural(self.unit)} for a model in {_plural(unit)}",
                where=where,
                remedy="Fit and apply a model in one time unit",
            )

    def as_dict(self) -> dict[str, Labels]:
        """Columns by name, covariates last, each of shape (n,): what pandas and polars make a frame of."""
        return {**{name: getattr(self, name) for name in COLUMNS}, **self.covariates}

    def customer(self, customer_id: str | int) -> Self:
        """The history of one customer, shape (1,).

        Raises:
            ArgumentRefused: Nobody has that identifier, or several have.
        """
        rows = np.broadcast_to(np.asarray(self.customer_id == customer_id, dtype=np.bool_), len(self))
        if (found := int(rows.sum())) != 1:
            example = f", such as {self.customer_id[:1].tolist()[0]!r}" if len(self) else ""
            raise ArgumentRefused(
                f"{found or 'no'} customers {customer_id!r} among {len(self)}",
                where="customer",
                remedy=f"Give one of history.customer_id{example}, as text or number as it is there",
            )
        return self.take(rows)

    def take(self, rows: Bools | Labels | slice) -> Self:
        """The customers at these positions, or where a mask is true."""
        return type(self)(
            self.customer_id[rows],
            self.frequency[rows],
            self.recency[rows],
            self.T[rows],
            self.monetary_value[rows],
            self.unit,
            None if self.log_intervals is None else self.log_intervals[rows],
            {name: values[rows] for name, values in self.covariates.items()},
            self.as_of,
        )

    def with_covariates(self, covariates: Mapping[str, ArrayLike]) -> Self:
        """The same customers with what was known of each from the start.

        Args:
            covariates: By name, each of shape (n,): numbers, or 0 and 1 for belonging to a group.

        Raises:
            ImpossibleHistory: A length differs, or a value is not finite.
            ArgumentRefused: A covariate has the name of a column that every history has.
        """
        columns = {name: np.array(values, np.float64, ndmin=1) for name, values in covariates.items()}
        for name, values in columns.items():
            if name in COLUMNS:
                raise ArgumentRefused(
                    f"a covariate called {name!r}", where="covariates", remedy="Rename it: every history has that"
                )
            _refuse_column(name, values, len(self))
        return replace(self, covariates={**self.covariates, **columns})

    def covariate(self, name: str) -> Floats:
        """A covariate, shape (n,).

        Raises:
            ArgumentRefused: The history has none of that name.
        """
        if name not in self.covariates:
            known = ", ".join(map(repr, self.covariates)) or "none"
            raise ArgumentRefused(
                f"no covariate {name!r} among {known}", where="history", remedy="Add it with history.with_covariates"
            )
        return self.covariates[name]

    def grouped(self) -> tuple[Self, Floats]:
        """Customers with equal frequency, recency and T once, and how many each stands for, shapes (k,).

        What a fit on counts needs; spend, intervals and covariates are left out.
        """
        columns = np.column_stack([self.frequency, self.recency, self.T])
        _, rows, counts = np.unique(columns, axis=0, return_index=True, return_counts=True)
        some = self.take(rows)
        nothing = np.full(rows.size, np.nan)
        return replace(some, monetary_value=nothing, log_intervals=None, covariates={}), counts.astype(np.float64)


def _plural(unit: TimeUnit) -> str:
    return "opportunities" if unit is TimeUnit.OPPORTUNITY else f"{unit.value}s"


def _refuse_column(name: str, values: Floats, customers: int) -> None:
    if values.shape != (customers,):
        raise ImpossibleHistory(
            f"{values.shape} values for {customers} customers", where=name, remedy="Give one number per customer"
        )
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise ImpossibleHistory(
            f"{values[row]} in row {row}", where=name, remedy="Leave out that customer, or fill in what is not known"
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
