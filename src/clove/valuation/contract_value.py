"""What contracts are worth, in closed form, and in what parts.

    subscription_pv = sum S(t) f rho / (1+r)^t          cost_pv = sum S(t) c / (1+r)^t
    penalty_pv = sum (S(t-1) - S(t)) k penalty(m0+t-1) / (1+r)^t,   penalty(m) = 0.75 f max(M - m, 0)
    recovery_pv = sum S(t) theta/12 psi (phi f k_rec - cost_rec) / (1+r)^t
    remaining_value = subscription_pv + penalty_pv + recovery_pv - cost_pv
    ltv = realised + remaining_value - C0

over the months t = 1 … H, S(t) = prod (1 - q(s)). A contract that ends in month t pays no fee in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms, Horizon

BLOCK = 16_384  # contracts whose months are in memory at once


@dataclass(frozen=True, slots=True, eq=False)
class ContractValue:
    """Expected discounted cash, all of shape (n,), in each contract's currency."""

    subscription_pv: Floats
    cost_pv: Floats
    penalty_pv: Floats
    recovery_pv: Floats
    remaining_value: Floats  # what is still to come
    ltv: Floats  # realised + remaining - upfront
    ltv_to_cac: Floats  # (ltv + CAC) / CAC; nan without CAC

    @classmethod
    def of(cls, terms: ContractTerms, ends: ContractEnds, horizon: Horizon | None = None) -> Self:
        """Value contracts.

        Args:
            terms: Of n contracts.
            ends: Of the same contracts, in the same order.
            horizon: 60 months at 12 % a year if left out.
        """
        check_same(terms, ends)
        ahead = horizon or Horizon()
        discount = ahead.discount()
        from clove.valuation.contract_months import add_months

        annuity, clause_months = np.empty(len(terms)), np.empty(len(terms))
        for rows in blocks(len(terms)):
            months = ends.take(rows).probabilities(ahead.months)
            add_months(months, terms.clause[rows], terms.served[rows], discount, annuity[rows], clause_months[rows])
        subscription = terms.fee * terms.collected * annuity
        cost = terms.cost * annuity
        penalty = terms.penalty_step * clause_months
        recovery = terms.recoveries * terms.recovery_income * annuity
        remaining = subscription + penalty + recovery - cost
        ltv = terms.realised + remaining - terms.upfront
        return cls(subscription, cost, penalty, recovery, remaining, ltv, ltv_to_cac(ltv, terms))


def ltv_to_cac(ltv: Floats, terms: ContractTerms) -> Floats:
    """LTV:CAC = (ltv + CAC) / CAC, shape (n,); nan without CAC."""
    paid = terms.acquisition > 0
    return np.where(paid, (ltv + terms.acquisition) / np.where(paid, terms.acquisition, 1.0), np.nan)


def ltv_at_risk(terms: ContractTerms, paying: ContractEnds, horizon: Horizon | None = None) -> Floats:
    """What would be lost if the contracts ended now, shape (n,); below 0 where leaving would bring more.

    remaining_value at the segment's usual q, less the penalty that leaving now would bring.

    Args:
        terms: Of n contracts.
        paying: What is usual for paying contracts of the same segment and tenure, not the contract's own risk.
        horizon: 60 months at 12 % a year if left out.
    """
    now = terms.penalty_step * np.maximum(terms.clause - terms.served, 0)
    lost: Floats = ContractValue.of(terms, paying, horizon).remaining_value - now
    return lost


def blocks(n: int, size: int | None = None) -> Iterator[slice]:
    """Slices of at most so many rows, `BLOCK` if left out."""
    step = size or BLOCK
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


def check_same(terms: ContractTerms, ends: ContractEnds) -> None:
    """Raises `ArgumentRefused` where terms and ends are of different contracts."""
    if len(terms) != len(ends):
        raise ArgumentRefused(
            f"terms of {len(terms):,} contracts with ends of {len(ends):,}",
            where="contracts",
            remedy="Give both for the same contracts, in one order",
        )
    if ends.by_tenure and not np.array_equal(terms.served, ends.served):
        raise ArgumentRefused(
            "terms and ends of contracts that have not served the same months",
            where="contracts",
            remedy="Give both as of the same date, contracts in one order",
        )
