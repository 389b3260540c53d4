"""What contracts that pay nothing now will bring month by month: until they pay again, leave or are stopped, and after.

What a month of waiting brings counts at the month's beginning, as in the decision about bad billing; what a contract
brings that pays again counts at the months' ends.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_waiting import Waiting


@dataclass(frozen=True, slots=True, eq=False)
class WaitingCashFlow:
    """Of n waiting contracts together over m months; contracts with an unknown value are left out."""

    expected: Floats  # (m,) not discounted
    present: Floats  # (m,) discounted; over all months that there are, their value
    begins: Floats  # (n, h) chance that payment comes back in month 1, 2, …; 0 for contracts that are left out

    @classmethod
    def of(
        cls,
        waiting: Waiting,
        terms: ContractTerms,
        ends: ContractEnds,
        months: int,
        horizon: Horizon,
        *,
        worth: Floats,
        delay: int = 0,
    ) -> Self:
        """Follow contracts through the months.

        Args:
            waiting: n contracts over h months.
            terms: Of the same contracts, as if they paid from now on.
            ends: Likewise.
            months: How many to tell, m.
            horizon: Months that are counted once a contract pays again, and the discount rate.
            worth: Factor on each contract's money, shape (n,); nan leaves a contract out, as one of unknown value has
                to be.
            delay: Months from that in which payment comes back to the first that is paid.
        """
        known = np.flatnonzero(np.isfinite(worth))
        all_contracts, h = waiting.pays.shape
        found, rate = _taken(waiting, known), worth[known]
        terms, ends = terms.take(known), ends.take(known)
        back, factors = 1 / (1 + horizon.monthly_rate), horizon.discount()
        last = h + delay + horizon.months + 1
        expected, present = np.zeros(last), np.zeros(last)
        begins = np.zeros((all_contracts, h))
        here = np.ones(known.size)

        def add(month: int, amount: Floats, share: Floats) -> None:
            """What comes at the beginning of a month."""
            money = float(np.where(share > 0, share * rate * amount, 0.0).sum())
            expected[month] += money
            present[month] += back**month * money

        for month in range(h + 1):
            stopped = found.stops == month
            add(month, _net(found.on_stop), np.where(stopped, here, 0.0))
            here = np.where(stopped, 0.0, here)
            if month == h:
                break
            add(month, -found.upkeep, here)
            leaving, paying = here * found.leaves[:, month], here * found.pays[:, month]
            add(month, _net(found.on_leaving[:, :, month]), leaving)
            if (paying > 0).any():
                first = month + delay
                cash = _cash_if_paying(terms, ends, first, horizon.months)
                # what comes at once: arrears, and invoices of the lapse
                add(month, _net(found.on_payment[:, :, month]) - back**delay * (cash @ factors), paying)
                money = np.where(paying[:, None] > 0, (paying * rate)[:, None] * cash, 0.0).sum(axis=0)
                expected[first : first + horizon.months] += money
                present[first : first + horizon.months] += back**first * factors * money
                begins[known, month] = paying
            here = here - leaving - paying
        return cls(_cut(expected, months), _cut(present, months), begins)


def _taken(waiting: Waiting, rows: Ints) -> Waiting:
    return Waiting(
        waiting.pays[rows],
        waiting.leaves[rows],
        waiting.upkeep[rows],
        waiting.on_payment[:, rows],
        waiting.on_leaving[:, rows],
        waiting.stops[rows],
        waiting.on_stop[:, rows],
    )


def _cash_if_paying(terms: ContractTerms, ends: ContractEnds, later: int, months: int) -> Floats:
    """Expected cash of each month once a contract pays again after so many months, shape (n, h)."""
    q = ContractEnds(
        ends.table, ends.segment, ends.served + later, ends.factor, ends.first, ends.relative_error, ends.half_life
    ).probabilities(months)
    stays = np.cumprod(1 - q, axis=1)
    gone = np.concatenate([np.ones((len(terms), 1)), stays[:, :-1]], axis=1) - stays
    left = np.maximum((terms.clause - terms.served - later)[:, None] - np.arange(months), 0)
    cash: Floats = stays * terms.monthly[:, None] + gone * terms.penalty_step[:, None] * left
    return cash


def _net(parts: Floats) -> Floats:
    net: Floats = parts[0] + parts[1] + parts[2] - parts[3]
    return net


def _cut(values: Floats, months: int) -> Floats:
    """Its first months; 0 after the last that there is."""
    filled = np.zeros(months)
    filled[: min(months, values.size)] = values[:months]
    return filled
