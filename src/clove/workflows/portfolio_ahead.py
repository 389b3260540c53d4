"""What the existing book will bring month by month, the draws behind it, and a scenario of new business."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np

from clove.features.contracts import month_number
from clove.kernel.arrays import Floats, Ints
from clove.reports.portfolio_contents import CashFlowAhead, Figure, FlowMonth
from clove.valuation.cash_flow import CashFlow
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.waiting_cash_flow import WaitingCashFlow
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_segments import mean_by
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.portfolio_cohorts import Lives
from clove.workflows.portfolio_shares import HIGH, LOW, month_end

MONTHS_AHEAD = 36


@dataclass(frozen=True, slots=True, eq=False)
class BookAhead:
    """The live contracts over m months; k groups of contracts."""

    expected: Floats  # (m,) not discounted
    present: Floats  # (m,) discounted
    draws: Floats  # (m, d) not discounted
    remaining: Floats  # (k, d) remaining value of each group

    @classmethod
    def of(cls, valued: ValuedContracts, request: ContractRequest, months: int, group: Ints, groups: int) -> Self:
        """Follow them.

        Args:
            valued: n contracts.
            request: Horizon and seed, by which the draws are those of the contracts' intervals.
            months: How many to tell, m.
            group: Groups of each contract, shape (n, g); below 0 for none.
            groups: How many there are, k.
        """
        horizon, seed, rate = request.horizon, request.seed, valued.history.rate
        paying, unpaid = np.flatnonzero(valued.status == "active"), valued.unpaid
        paid = CashFlow.of(
            valued.terms.take(paying),
            valued.ends.take(paying),
            months,
            horizon,
            seed=seed,
            spreads=request.settings.spreads,
            worth=rate[paying],
            group=group[paying],
            groups=groups,
        )
        lapsed, worth = unpaid.lapsed.size, _worth_of_waiting(valued)
        waits = waiting_flows(valued, request, months)
        begins = np.zeros((unpaid.rows.size, max(wait.begins.shape[1] for wait in waits)))
        begins[:lapsed, : waits[0].begins.shape[1]] = waits[0].begins
        begins[lapsed:, : waits[1].begins.shape[1]] = waits[1].begins
        hoped = CashFlow.of(
            unpaid.paying,
            unpaid.ends,
            months,
            horizon,
            seed=seed,
            spreads=request.settings.spreads,
            begins=begins,
            worth=worth,
            group=group[unpaid.rows],
            groups=groups,
        )
        waited = waits[0].expected + waits[1].expected
        certain = np.nan_to_num(worth * (unpaid.value.total - unpaid.value.payment_weight * unpaid.if_paying))
        fixed = np.zeros(groups)
        for column in group[unpaid.rows].T:
            fixed += np.bincount(column[column >= 0], certain[column >= 0], groups)
        discount = (1 + horizon.monthly_rate) ** -np.arange(1.0, months + 1)
        return cls(
            paid.expected + waited,
            paid.expected * discount + waits[0].present + waits[1].present,
            paid.draws + hoped.draws + (waited - hoped.expected)[:, None],
            paid.values + hoped.values + fixed[:, None],
        )

    def cash_flow(
        self, valued: ValuedContracts, as_of: date, new: tuple[FlowMonth, ...] = (), scenario: str = ""
    ) -> CashFlowAhead:
        """The months for the page."""
        low, high = np.quantile(self.draws.sum(axis=0), [LOW, HIGH])
        known = valued.live & np.isfinite(valued.remaining)
        left = float((valued.remaining * valued.history.rate)[known].sum())
        discounted = float(self.present.sum())
        return CashFlowAhead(
            _months(self.expected, self.present, self.draws, as_of),
            Figure(float(self.expected.sum()), int(known.sum()), float(low), float(high)),
            discounted,
            left - discounted,
            new,
            scenario,
        )


def waiting_flows(
    valued: ValuedContracts, request: ContractRequest, months: int
) -> tuple[WaitingCashFlow, WaitingCashFlow]:
    """Of contracts that stopped paying, and of those that are suspended."""
    unpaid, worth = valued.unpaid, _worth_of_waiting(valued)
    parts = slice(0, unpaid.lapsed.size), slice(unpaid.lapsed.size, None)
    lapsed, suspended = (
        WaitingCashFlow.of(
            waiting,
            unpaid.paying.take(part),
            unpaid.ends.take(part),
            months,
            request.horizon,
            worth=worth[part],
            delay=delay,
        )
        # a suspended contract that returns pays from the month after
        for waiting, part, delay in zip(unpaid.waiting, parts, (0, 1), strict=True)
    )
    return lapsed, suspended


def _worth_of_waiting(valued: ValuedContracts) -> Floats:
    """Rate of each waiting contract, shape (u,); nan where its value is not known, as it is left out of the totals."""
    unpaid = valued.unpaid
    return np.where(np.isfinite(unpaid.value.total), valued.history.rate[unpaid.rows], np.nan)


def new_business(
    valued: ValuedContracts, lives: Lives, request: ContractRequest, as_of: date, *, back: int, months: int
) -> tuple[tuple[FlowMonth, ...], str]:
    """What contracts signed from now on would bring if as many were signed in each segment as lately, on such terms.

    Args:
        valued: Contracts.
        lives: Of the same contracts.
        request: Horizon and seed.
        as_of: Date.
        back: Months that are looked back on.
        months: How many to tell.

    Returns:
        The months, upfront cost in the month of the start and the first fee in the next; and the scenario in words.
    """
    found, rate, n = valued.assumptions, valued.history.rate, len(valued.assumptions.segments)
    recent = lives.start > month_number(as_of) - back
    number = np.bincount(found.segment[recent], minlength=n) / back
    which = np.flatnonzero(number > 0)
    names = (found.segments.column(name)[which].astype(str) for name in ("country_code", "channel", "tier"))

    def mean(values: Floats) -> Floats:
        return mean_by(np.where(recent, values, np.nan), found.segment, n)[which]

    terms, s = valued.terms, request.settings
    fee = mean(terms.fee * rate)
    signed = ContractTerms.of(
        np.array([f"new business {' '.join(name)}" for name in zip(*names, strict=True)], dtype=object),
        fee=fee,
        cost=mean(terms.cost * rate),
        upfront=mean(terms.upfront * rate),
        collected=mean(terms.collected),
        penalty_collected=found.penalty_share[which],
        clause=np.round(mean(terms.clause.astype(np.float64))),
        penalty_rate=s.penalty_rate,
        theft_rate=s.theft_rate,
        recovered=s.recovered,
        recovery_fee=s.recovery_fees * fee,
        recovery_collected=s.recovery_collected,
        recovery_cost=s.recovery_cost_fees * fee,
    )
    begins = np.repeat(number[which][:, None], months, axis=1)
    begins[:, 0] = 0.0  # those of the first month pay from the second on
    flow = CashFlow.of(
        signed,
        ContractEnds.of(found.hazards.whole, which, signed.served),
        months,
        replace(request.horizon, months=max(months, request.horizon.months)),
        seed=request.seed,
        spreads=request.settings.spreads,
        begins=begins,
    )
    spent = float(np.nansum(number[which] * signed.upfront))
    discount = (1 + request.horizon.monthly_rate) ** -np.arange(1.0, months + 1)
    expected = flow.expected - spent
    words = (
        f"{number.sum():,.1f} new contracts a month, as many in each segment and on such terms as in the last {back} "
        "months; how many there will be is taken as given"
    )
    return _months(expected, expected * discount, flow.draws - spent, as_of), words


def _months(expected: Floats, present: Floats, draws: Floats, as_of: date) -> tuple[FlowMonth, ...]:
    low, high = np.quantile(draws, [LOW, HIGH], axis=1)
    now = month_number(as_of)
    return tuple(
        FlowMonth(
            month_end(now + place + 1),
            float(expected[place]),
            float(low[place]),
            float(high[place]),
            float(present[place]),
        )
        for place in range(expected.size)
    )
