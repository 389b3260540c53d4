"""When contracts have earned back what it cost to win and fit them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import blocks, check_same


@dataclass(frozen=True, slots=True, eq=False)
class RealisedCash:
    """Net cash of every month that contracts have served, one contract after the other."""

    offsets: Ints  # (n + 1,) where each contract's months begin
    cash: Floats  # (sum of months served,) without the upfront cost

    @classmethod
    def of(cls, served: Ints, cash: Floats) -> Self:
        """From the months served of each contract, shape (n,), and the cash of all of them in that order.

        Raises:
            ArgumentRefused: More or fewer months than were served.
        """
        offsets = np.concatenate([[0], np.cumsum(np.asarray(served, dtype=np.int64))])
        if offsets[-1] != cash.size:
            raise ArgumentRefused(
                f"cash of {cash.size:,} months for {offsets[-1]:,} months served",
                where="RealisedCash",
                remedy="Give a figure for every month served, 0 where nothing came",
            )
        return cls(offsets, np.asarray(cash, dtype=np.float64))


def payback_month(
    terms: ContractTerms, ends: ContractEnds, horizon: Horizon | None = None, realised: RealisedCash | None = None
) -> Floats:
    """First month from the contract's start by which cumulative discounted net cash reaches the upfront cost.

    Realised cash first, then what is expected, all discounted to the start; 0 where nothing was spent.

    Args:
        terms: Of n contracts.
        ends: Of the same contracts.
        horizon: How far ahead to look; 60 months at 12 % a year if left out.
        realised: Month by month; without it only contracts that are new have a payback month.

    Returns:
        Shape (n,); nan where the cost is not made up for within the horizon, or the past is not known.
    """
    from clove.valuation.contract_months import pay_back

    check_same(terms, ends)
    ahead = horizon or Horizon()
    known = np.ones(len(terms), dtype=np.bool_) if realised is not None else terms.served == 0
    past = realised or RealisedCash(np.zeros(len(terms) + 1, dtype=np.int64), np.zeros(0))
    if realised is not None and not np.array_equal(np.diff(past.offsets), terms.served):
        raise ArgumentRefused(
            "realised cash of other months than the contracts served",
            where="payback_month",
            remedy="Give cash for each month served, contracts in the order of the terms",
        )
    months = np.empty(len(terms))
    monthly, penalty_step = terms.monthly, terms.penalty_step
    for rows in blocks(len(terms)):
        pay_back(
            ends.take(rows).probabilities(ahead.months),
            terms.clause[rows],
            terms.served[rows],
            monthly[rows],
            penalty_step[rows],
            terms.upfront[rows],
            past.offsets[rows.start : rows.stop + 1],
            past.cash,
            ahead.monthly_rate,
            months[rows],
        )
    return np.where(known, months, np.nan)


def simple_payback_months(terms: ContractTerms) -> Floats:
    """C0 / (f rho - c), shape (n,): undiscounted, and as if no contract ever ended; nan where a month earns nothing."""
    margin = terms.fee * terms.collected - terms.cost
    earns = margin > 0
    return np.where(earns, terms.upfront / np.where(earns, margin, 1.0), np.nan)
