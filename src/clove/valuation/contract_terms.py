"""What is known of contracts when they are valued: fees, costs, terms, and what they brought so far."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints, Labels
from clove.kernel.errors import ArgumentRefused

PENALTY_RATE = 0.75  # of the fees left in the clause
THEFT_RATE = 0.036  # thefts per year
RECOVERED = 0.72  # share of thefts
RECOVERY_FEES = 10.0  # monthly fees
RECOVERY_COLLECTED = 0.90  # share of recovery fees
RECOVERY_COST_FEES = 3.0  # monthly fees
HIGHEST_RATE = 1.0  # a year; beyond it per cent were meant
TWELVE = "0.12 for twelve per cent"
SHARES = ("collected", "penalty_collected", "penalty_rate", "recovered", "recovery_collected")


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """How far a contract is looked ahead, and at what rate its cash is discounted."""

    months: int = 60
    discount_rate: float = 0.12  # per year

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ArgumentRefused(
                f"a horizon of {self.months} months", where="Horizon", remedy="Give at least one month"
            )
        if not (np.isfinite(self.discount_rate) and self.discount_rate > -1):
            raise ArgumentRefused(
                f"a discount rate of {self.discount_rate!r}", where="Horizon", remedy=f"Give a rate, {TWELVE}"
            )

    def check_rate(self) -> None:
        """Refuse a rate that was meant in per cent.

        Raises:
            ArgumentRefused: It is above 1.
        """
        if self.discount_rate > HIGHEST_RATE:
            raise ArgumentRefused(
                f"a discount rate of {self.discount_rate:g} is {self.discount_rate:,.0%} a year",
                where="discount rate",
                remedy=f"Give a share of one, {TWELVE}",
            )

    @property
    def monthly_rate(self) -> float:
        """The r of (1 + r)^12 = 1 + R."""
        return float((1 + self.discount_rate) ** (1 / 12) - 1)

    def discount(self) -> Floats:
        """Factors of months 1, 2, …, shape (h,): cash of a month counts at its end."""
        factors: Floats = (1 + self.discount_rate) ** (-np.arange(1.0, self.months + 1) / 12)
        return factors


@dataclass(frozen=True, slots=True, eq=False)
class ContractTerms:
    """n contracts as of one date; money in each contract's currency, every field of shape (n,).

    Where an amount is unknown it is nan, and so is every figure made of it.
    """

    contract_id: Labels
    fee: Floats  # per month
    cost: Floats  # expected per month, without what is spent to keep the customer
    upfront: Floats  # what it cost to win and fit the contract
    acquisition: Floats  # the part of that spent on marketing, sales and call centre
    collected: Floats  # share of invoiced fees that is paid
    penalty_collected: Floats  # penalty collected / penalty due over all ends
    clause: Ints  # months of the minimum term; 0 for none
    served: Ints  # months served as of the date; 0 for a new contract
    realised: Floats  # net cash to date, without the upfront cost; 0 for a new contract
    penalty_rate: Floats  # share of the fees left in the clause that is due as a penalty
    theft_rate: Floats  # thefts per year
    recovered: Floats  # share of thefts
    recovery_fee: Floats  # charged for a recovery
    recovery_collected: Floats  # share of recovery fees that is paid
    recovery_cost: Floats  # of one recovery

    @classmethod
    def of(
        cls,
        contract_id: Labels,
        *,
        fee: ArrayLike,
        cost: ArrayLike,
        upfront: ArrayLike = 0.0,
        acquisition: ArrayLike = 0.0,
        collected: ArrayLike = 1.0,
        penalty_collected: ArrayLike = 0.0,
        clause: ArrayLike = 0,
        served: ArrayLike = 0,
        realised: ArrayLike = 0.0,
        penalty_rate: ArrayLike = PENALTY_RATE,
        theft_rate: ArrayLike = THEFT_RATE,
        recovered: ArrayLike = RECOVERED,
        recovery_fee: ArrayLike | None = None,
        recovery_collected: ArrayLike = RECOVERY_COLLECTED,
        recovery_cost: ArrayLike | None = None,
    ) -> Self:
        """From arrays of shape (n,), or one figure for all.

        Args:
            contract_id: Labels, by which each contract's random numbers are keyed.
            fee: At least 0, as is the clause and the months served.
            cost: Per month.
            upfront: CAC, fitment and hardware.
            acquisition: CAC.
            collected: In [0, 1], as are all shares.
            penalty_collected: Over all ends, those that bear no penalty included.
            clause: Whole months; 0 for no clause.
            served: Whole months.
            realised: Net cash to date.
            penalty_rate: Share of the fees left in the clause.
            theft_rate: Per year, at most 12.
            recovered: Share of thefts.
            recovery_fee: `RECOVERY_FEES` monthly fees if left out.
            recovery_collected: Share of recovery fees.
            recovery_cost: `RECOVERY_COST_FEES` monthly fees if left out.

        Raises:
            ArgumentRefused: A figure outside its range, or shapes that do not fit.
        """
        labels = np.asarray(contract_id)
        fees = np.asarray(fee, dtype=np.float64)
        given = {
            "fee": fees,
            "cost": cost,
            "upfront": upfront,
            "acquisition": acquisition,
            "collected": collected,
            "penalty_collected": penalty_collected,
            "clause": clause,
            "served": served,
            "realised": realised,
            "penalty_rate": penalty_rate,
            "theft_rate": theft_rate,
            "recovered": recovered,
            "recovery_fee": RECOVERY_FEES * fees if recovery_fee is None else recovery_fee,
            "recovery_collected": recovery_collected,
            "recovery_cost": RECOVERY_COST_FEES * fees if recovery_cost is None else recovery_cost,
        }
        arrays = {name: _shaped(name, value, labels.size) for name, value in given.items()}
        return cls(labels, **arrays)  # type: ignore[arg-type]  # mypy takes each of the arrays for each of the fields

    def __post_init__(self) -> None:
        _check("fee", self.fee, 0.0, np.inf)
        for name in SHARES:
            _check(name, getattr(self, name), 0.0, 1.0)
        _check("theft_rate", self.theft_rate, 0.0, 12.0)
        _check("clause", self.clause, 0, np.inf)
        _check("served", self.served, 0, np.inf)

    def __len__(self) -> int:
        return int(self.fee.size)

    def take(self, rows: slice | Ints) -> Self:
        """Some of the contracts."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def recoveries(self) -> Floats:
        """Expected per month, shape (n,): theta / 12 * psi."""
        return self.theft_rate / 12 * self.recovered

    @property
    def recovery_income(self) -> Floats:
        """Expected of one recovery, net of its cost, shape (n,)."""
        return self.recovery_fee * self.recovery_collected - self.recovery_cost

    @property
    def monthly(self) -> Floats:
        """Expected net cash of a month in which the contract lives, shape (n,)."""
        return self.fee * self.collected + self.recoveries * self.recovery_income - self.cost

    @property
    def penalty_step(self) -> Floats:
        """Expected penalty for each month left in the clause, shape (n,): penalty(m) = step * max(M - m, 0)."""
        return self.penalty_rate * self.fee * self.penalty_collected


def _shaped(name: str, value: ArrayLike, n: int) -> Floats | Ints:
    array = np.asarray(value)
    kind: type = np.float64
    if name in {"clause", "served"}:
        kind = np.int64
        if not np.array_equal(array, np.trunc(array)):
            raise ArgumentRefused(f"{name} is no whole number of months", where="ContractTerms", remedy="Give months")
    if array.shape not in {(), (n,)}:
        raise ArgumentRefused(
            f"{name} has the shape {array.shape} for {n:,} contracts",
            where="ContractTerms",
            remedy="Give one figure, or one for each contract",
        )
    shaped: Floats | Ints = np.ascontiguousarray(np.broadcast_to(array, (n,)).astype(kind))
    return shaped


def _check(name: str, value: Floats | Ints, low: float, high: float) -> None:
    """Unknown figures pass."""
    wrong = np.flatnonzero((value < low) | (value > high) | np.isinf(value))
    if wrong.size:
        raise ArgumentRefused(
            f"{name} is {value[wrong[0]]:g} for {wrong.size:,} of {value.size:,} contracts, the first of them in row "
            f"{wrong[0]}",
            where="ContractTerms",
            remedy=f"Give {name} of at least {low:g}" + (f" and at most {high:g}" if np.isfinite(high) else ""),
        )
