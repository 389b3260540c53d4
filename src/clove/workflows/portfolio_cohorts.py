"""The contracts of each quarter of start: how many are left, what they brought and what they cost."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from clove.features.contracts import month_number
from clove.kernel.arrays import Floats, Ints
from clove.reports.portfolio_contents import CohortHeat, CohortLine, Figure
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.portfolio_shares import median, month_start, months_of
from clove.workflows.summary import floats, labels

MONEY = ("fees", "penalties", "recovery_fees", "monthly_costs", "recovery_costs", "unknown_receipts")
NO_UPFRONT = "no upfront cost is known"
NOT_YET = "the contracts have not brought their upfront cost yet"
NO_PAYBACK = "no contract pays back within the horizon"
NEVER = 1_000_000  # later than any month


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """When n contracts started and ended, in running months."""

    start: Ints  # (n,)
    end: Ints  # (n,) `NEVER` where it is live

    @classmethod
    def of(cls, valued: ValuedContracts, as_of: date) -> "Lives":
        """From the state; a contract that is said to have ended on no known day has ended by the as-of month."""
        state = valued.history.state
        ended = months_of(state, "ended_on")
        undated = np.where(labels(state, "status") == "cancelled", month_number(as_of), NEVER)
        return cls(months_of(state, "start_date"), np.where(ended >= 0, ended, undated))


def cohort_lines(
    valued: ValuedContracts, lives: Lives, cash: pa.Table, upfront: pa.Table, as_of: date, *, invoiced: bool
) -> tuple[CohortLine, ...]:
    """Unit economics by quarter of start, the oldest first.

    Args:
        valued: Contracts.
        lives: Of the same contracts.
        cash: `cohort_cash.sql`.
        upfront: `cohort_upfront.sql`.
        as_of: Nothing after it is known.
        invoiced: Whether any invoice is known.
    """
    now = month_number(as_of)
    quarter, of_cash, of_upfront = (
        months // 3 for months in (lives.start, cash["start_month"].to_numpy(), upfront["start_month"].to_numpy())
    )
    unknown = np.isnan(valued.terms.realised)
    lines = []
    for each in np.unique(quarter).tolist():
        mine, rows = quarter == each, of_cash == each
        sums = {name: float(floats(cash, name)[rows].sum()) for name in MONEY}
        collected = sums["fees"] + sums["penalties"] + sums["recovery_fees"]
        fitted = int(floats(upfront, "fitted")[of_upfront == each].sum())
        spent = float(floats(upfront, "upfront_cost")[of_upfront == each].sum()) if fitted else float("nan")
        payback = valued.payback[mine]
        lines.append(
            CohortLine(
                quarter=f"{3 * each // 12} Q{each % 4 + 1}",
                contracts=int(mine.sum()),
                live=int((lives.end[mine] == NEVER).sum()),
                retention=tuple(float((lives.end[mine] > last).mean()) for last in range(3 * each + 2, now + 1, 3)),
                collected=collected if invoiced else float("nan"),
                monthly_costs=sums["monthly_costs"],
                recovery_costs=sums["recovery_costs"],
                gross_profit=collected - sums["monthly_costs"] if invoiced else float("nan"),
                upfront_cost=spent,
                fitted=fitted,
                payback=_payback(cash, rows, spent, fitted, now),
                expected_payback=median(payback, NO_PAYBACK),
                never_pays_back=int((np.isnan(payback) & ~unknown[mine]).sum()),
                unknown_receipts=int(sums["unknown_receipts"]),
            )
        )
    return tuple(lines)


def cohort_heat(lives: Lives, cash: pa.Table, upfront: pa.Table, as_of: date) -> CohortHeat:
    """Cumulative revenue beside upfront cost, by month of start and months since it."""
    now = month_number(as_of)
    starts, contracts = np.unique(lives.start, return_counts=True)
    spent = np.full(starts.size, np.nan)
    spent[np.searchsorted(starts, upfront["start_month"].to_numpy())] = floats(upfront, "upfront_cost")
    ages = now - int(starts.min()) + 1
    row = np.searchsorted(starts, cash["start_month"].to_numpy())
    age = np.clip(cash["month"].to_numpy() - cash["start_month"].to_numpy(), 0, ages - 1)
    revenue = np.zeros((starts.size, ages))
    np.add.at(revenue, (row, age), floats(cash, "fitted_collected"))
    come = np.arange(ages) <= (now - starts)[:, None]
    known = come & np.isfinite(spent)[:, None]
    cumulative = np.where(known, revenue.cumsum(axis=1), np.nan)
    return CohortHeat(
        tuple(month_start(month) for month in starts.tolist()),
        tuple(contracts.tolist()),
        spent,
        cumulative,
        cumulative / np.where(spent > 0, spent, np.nan)[:, None],
    )


def _payback(
    cash: pa.Table, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], spent: float, n: int, now: int
) -> Figure:
    """Of ages that all contracts of the quarter have reached."""
    if not n:
        return Figure(float("nan"), 0, because=NO_UPFRONT)
    start, month = cash["start_month"].to_numpy()[rows], cash["month"].to_numpy()[rows]
    reached = now - int(start.max(initial=0))
    age = np.clip(month - start, 0, None)
    seen = age <= reached
    net: Floats = np.bincount(age[seen], floats(cash, "fitted_net")[rows][seen], max(reached, 0) + 1).cumsum()
    enough = np.flatnonzero(net >= spent)
    return Figure(float(enough[0]), n) if enough.size else Figure(float("nan"), n, because=NOT_YET)
