"""How likely contracts are to end in each month ahead: the segment's curve, and what is known of the contract."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.models.tenure_hazard import TenureHazard

CLASSIFIER_MONTHS = 3  # that a classifier of ends looks ahead
HALF_LIFE = 6.0  # months in which a contract's own odds ratio halves, in logs


def monthly_probability(within: ArrayLike, months: int = CLASSIFIER_MONTHS) -> Floats:
    """From the probability of an end within months to that of each: q = 1 - (1 - p)^(1/months)."""
    p = np.asarray(within, dtype=np.float64)
    with np.errstate(divide="ignore"):  # log(0) of what is certain: q = 1
        q: Floats = -np.expm1(np.log1p(-p) / months)
    return q


def probability_within(monthly: ArrayLike, months: int = CLASSIFIER_MONTHS) -> Floats:
    """From the probability of each month to that of an end within them: p = 1 - (1 - q)^months."""
    q = np.asarray(monthly, dtype=np.float64)
    with np.errstate(divide="ignore"):
        p: Floats = -np.expm1(np.log1p(-q) * months)
    return p


@dataclass(frozen=True, slots=True, eq=False)
class ContractEnds:
    """q(t) of n contracts: probability of an end in month t ahead, given that the contract lives until then."""

    table: Floats  # (s, m) monthly probability by segment and months served; the last column holds beyond it
    segment: Ints  # (n,) row of the table
    served: Ints  # (n,) months
    factor: Floats  # (n,) on the table's probabilities, such as that of a price
    first: Floats  # (n,) a classifier's monthly probability for the first months; nan where there is none
    relative_error: Floats  # (n,) standard deviation of the estimate, relative to it; 0 where unknown
    half_life: float = HALF_LIFE

    @classmethod
    def of(
        cls,
        hazard: TenureHazard,
        segment: Ints,
        served: Ints,
        *,
        factor: ArrayLike = 1.0,
        first: ArrayLike | None = None,
        half_life: float = HALF_LIFE,
    ) -> Self:
        """From the segments' hazards.

        Args:
            hazard: Fitted.
            segment: Of each contract, shape (n,), as its rows of the hazard are numbered.
            served: Months, shape (n,).
            factor: On the hazard, shape (n,) or one figure; the product is cut at 1.
            first: Monthly probability of an end in the first three months by a classifier, shape (n,); nan for none.
                After them the hazard's odds times the contract's odds ratio, whose log halves every half-life.
            half_life: Months.

        Raises:
            ArgumentRefused: A segment that the hazard does not have, or a figure outside its range.
        """
        rows = np.asarray(segment, dtype=np.int64)
        if rows.size and not (rows.min() >= 0 and rows.max() < hazard.monthly.shape[0]):
            raise ArgumentRefused(
                f"segments up to {rows.max()} of a hazard with {hazard.monthly.shape[0]}",
                where="ContractEnds",
                remedy="Number the segments as in the fit",
            )
        n = rows.size
        own = np.full(n, np.nan) if first is None else _filled(first, n)
        return cls(
            hazard.monthly,
            rows,
            np.asarray(served, dtype=np.int64),
            _filled(factor, n),
            own,
            hazard.relative_error[rows],
            half_life,
        )

    @classmethod
    def constant(cls, monthly: ArrayLike, n: int | None = None) -> Self:
        """The same probability in every month, of shape (n,) or one for all n, held to be exact."""
        q = np.asarray(monthly, dtype=np.float64)
        each = _filled(q, q.size if n is None else n)
        zeros = np.zeros(each.size, dtype=np.int64)
        unknown = np.full(each.size, np.nan)
        return cls(each[:, None], np.arange(each.size), zeros, np.ones(each.size), unknown, np.zeros(each.size))

    def __post_init__(self) -> None:
        _check_probability("an end", self.table)
        _check_probability("an end by the classifier", self.first)
        if (self.factor < 0).any():
            raise ArgumentRefused(
                f"a factor of {self.factor.min():g}", where="ContractEnds", remedy="Give factors of at least 0"
            )
        if not self.half_life > 0:
            raise ArgumentRefused(
                f"a half-life of {self.half_life:g} months", where="ContractEnds", remedy="Give one above 0"
            )

    def __len__(self) -> int:
        return int(self.segment.size)

    @property
    def by_tenure(self) -> bool:
        """Whether the probabilities depend on the months served."""
        return bool(self.table.shape[1] > 1)

    def take(self, rows: slice | Ints) -> Self:
        """Some of the contracts."""
        return type(self)(
            self.table,
            self.segment[rows],
            self.served[rows],
            self.factor[rows],
            self.first[rows],
            self.relative_error[rows],
            self.half_life,
        )

    def probabilities(self, months: int) -> Floats:
        """q(1), q(2), …, shape (n, months)."""
        from clove.valuation.contract_months import fill_ends

        ends = np.empty((len(self), months))
        fill_ends(
            self.table,
            self.segment,
            self.served,
            self.factor,
            self.first,
            CLASSIFIER_MONTHS,
            self.half_life,
            ends,
        )
        return ends

    def within(self, months: int = CLASSIFIER_MONTHS) -> Floats:
        """Probability of an end within the next months, shape (n,)."""
        gone: Floats = 1 - np.prod(1 - self.probabilities(months), axis=1)
        return gone


def _filled(value: ArrayLike, n: int) -> Floats:
    filled: Floats = np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), (n,)))
    return filled


def _check_probability(what: str, value: Floats) -> None:
    if ((value < 0) | (value > 1)).any():
        raise ArgumentRefused(
            f"a probability of {what} of {np.nanmin(value):g} to {np.nanmax(value):g}",
            where="ContractEnds",
            remedy="Give probabilities in [0, 1]",
        )
