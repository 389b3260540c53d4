"""What every contract is worth, how sure that is, and what to do about those that stopped paying."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Bools, Floats, Ints, Labels
from clove.kernel.progress import Progress
from clove.valuation.contract_ends import CLASSIFIER_MONTHS, ContractEnds
from clove.valuation.contract_intervals import ContractIntervals
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.contract_value import ContractValue
from clove.valuation.contract_waiting import PARTS
from clove.valuation.payback import RealisedCash, payback_month
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_unpaid import Unpaid
from clove.workflows.summary import floats, labels

STATUSES = ("active", "bad_billing", "suspended", "cancelled")
TIERS = ("GREEN", "AMBER", "RED")


@dataclass(frozen=True, slots=True, eq=False)
class ValuedContracts:
    """n contracts in the order of the state; money in each contract's currency, nan where unknown."""

    history: ContractHistory
    assumptions: Assumptions
    terms: ContractTerms
    ends: ContractEnds  # of contracts that pay
    status: Labels  # (n,)
    monthly_churn: Floats  # (n,) nan where the contract has ended
    churn_3m: Floats
    parts: Floats  # (4, n) subscription, penalty, recovery, cost
    remaining: Floats
    remaining_p10: Floats
    remaining_p90: Floats
    ltv: Floats
    ltv_p10: Floats
    ltv_p90: Floats
    outcome_p10: Floats
    outcome_p90: Floats
    payback: Floats
    unpaid: Unpaid
    remaining_totals: Floats  # (s, d) of live contracts by segment, in the portfolio's currency
    ltv_totals: Floats  # (s, d)

    @classmethod
    def of(
        cls,
        history: ContractHistory,
        assumptions: Assumptions,
        cash: pa.Table,
        request: ContractRequest,
        progress: Progress,
    ) -> Self:
        """Value contracts.

        Args:
            history: As of the date.
            assumptions: Learnt from it.
            cash: As in `contract_cash.sql`.
            request: Horizon, settings and seed.
            progress: Told the share that is done.
        """
        status = labels(history.state, "status")
        active, lapsed, suspended = (np.flatnonzero(status == name) for name in STATUSES[:3])
        terms, realised = _terms(history, assumptions, cash, request)
        ends = ContractEnds.of(assumptions.hazards.whole, assumptions.segment, terms.served)
        live = status != "cancelled"

        def drawn(terms: ContractTerms, ends: ContractEnds, rows: Ints, weight: Floats | float) -> ContractIntervals:
            """Totals are by segment, in the portfolio's currency, each contract with its weight."""
            return ContractIntervals.of(
                terms,
                ends,
                request.horizon,
                seed=request.seed,
                group=assumptions.segment[rows],
                groups=len(assumptions.segments),
                worth=history.rate[rows] * weight,
                spreads=request.settings.spreads,
                progress=progress,
            )

        # a contract that has ended brings nothing more: that is known
        columns = np.zeros((len(PARTS) + 4, len(terms)))
        paying, paid = (
            _of_paying(terms.take(active), ends.take(active), request),
            drawn(terms.take(active), ends.take(active), active, 1.0),
        )
        columns[:, active] = [*paying, paid.remaining_p10, paid.remaining_p90, paid.outcome_p10, paid.outcome_p90]
        unpaid = Unpaid.of(history, assumptions, terms, lapsed=lapsed, suspended=suspended, request=request)
        weight = unpaid.value.payment_weight
        hoped = drawn(unpaid.paying, unpaid.ends, unpaid.rows, weight)
        low, high = unpaid.interval(hoped.remaining_p10, hoped.remaining_p90, request.settings.spreads)
        columns[:, unpaid.rows] = [*unpaid.value.parts, low, high, *unpaid.outcomes.T]
        remaining = columns[0] + columns[1] + columns[2] - columns[3]
        next_month, within = (np.where(live, ends.within(months), np.nan) for months in (1, CLASSIFIER_MONTHS))
        next_month[unpaid.rows], within[unpaid.rows] = unpaid.ends_within(1), unpaid.ends_within(CLASSIFIER_MONTHS)
        constant = terms.realised - terms.upfront

        def summed(amount: Floats, rows: Ints) -> Floats:
            """By segment, in the portfolio's currency; what is not known is left out, shape (s, 1)."""
            worth = np.nan_to_num(history.rate[rows] * amount)
            total = np.bincount(assumptions.segment[rows], worth, len(assumptions.segments))
            return total.astype(np.float64)[:, None]

        certain = unpaid.value.total - weight * unpaid.if_paying
        # the ltv of a contract whose past is not known is not known either, and its remaining value no part of it
        known = np.isfinite(constant[unpaid.rows])
        owed = drawn(unpaid.paying, unpaid.ends, unpaid.rows, np.where(known, weight, 0.0))
        past = np.where(known, certain + constant[unpaid.rows], np.nan)
        return cls(
            history,
            assumptions,
            terms,
            ends,
            status,
            next_month,
            within,
            columns[:4],
            remaining,
            columns[4],
            columns[5],
            remaining + constant,
            columns[4] + constant,
            columns[5] + constant,
            columns[6],
            columns[7],
            _payback(terms, ends, realised, status == "active", request),
            unpaid,
            paid.remaining_totals + hoped.remaining_totals + summed(certain, unpaid.rows),
            paid.ltv_totals + owed.remaining_totals + summed(past, unpaid.rows),
        )

    @property
    def live(self) -> Bools:
        """Which have not ended, shape (n,)."""
        found: Bools = self.status != "cancelled"
        return found


def tier_of(churn_3m: Floats, amber: float, red: float) -> Labels:
    """GREEN, AMBER or RED, shape (n,); None where the chance is not known."""
    tiers: Labels = np.array(TIERS, dtype=object)[(churn_3m >= amber).astype(int) + (churn_3m > red)]
    tiers[np.isnan(churn_3m)] = None
    return tiers


def _terms(
    history: ContractHistory, found: Assumptions, cash: pa.Table, request: ContractRequest
) -> tuple[ContractTerms, RealisedCash]:
    state, s = history.state, request.settings
    served = state["months_served"].to_numpy().astype(np.int64)
    month, place = (np.asarray(cash[name].to_numpy(), dtype=np.int64) for name in ("month", "position"))
    amount = floats(cash, "cash")
    realised = np.bincount(place, amount, state.num_rows)
    # an invoice of which it is not known whether it was paid leaves all of it unknown, and so does having none at all
    invoices = floats(state, "invoices")
    known = np.where(np.isnan(invoices), np.isfinite(invoices).any(), invoices == floats(state, "known_invoices"))
    known &= ~((floats(state, "missing_invoices") > 0) | (floats(state, "missing_cost_months") > 0))
    realised = np.where(known, realised, np.nan)
    # money of the month of the start counts to the first, later money to the last
    offsets = np.concatenate([[0], np.cumsum(served)])
    some = served[place] > 0
    at = offsets[place[some]] + np.clip(month[some] - 1, 0, served[place[some]] - 1)
    by_month = np.bincount(at, amount[some], int(offsets[-1])).astype(np.float64)
    fee = floats(state, "monthly_fee")
    terms = ContractTerms.of(
        labels(state, "contract_id"),
        fee=fee,
        cost=found.cost,
        upfront=found.upfront,
        acquisition=found.acquisition,
        collected=found.collected,
        penalty_collected=found.penalty_share[found.segment],
        clause=found.clause,
        served=served,
        realised=realised,
        penalty_rate=s.penalty_rate,
        theft_rate=s.theft_rate,
        recovered=s.recovered,
        recovery_fee=s.recovery_fees * fee,
        recovery_collected=s.recovery_collected,
        recovery_cost=s.recovery_cost_fees * fee,
    )
    return terms, RealisedCash.of(served, by_month)


def _of_paying(terms: ContractTerms, ends: ContractEnds, request: ContractRequest) -> tuple[Floats, ...]:
    value = ContractValue.of(terms, ends, request.horizon)
    return value.subscription_pv, value.penalty_pv, value.recovery_pv, value.cost_pv


def _payback(
    terms: ContractTerms, ends: ContractEnds, realised: RealisedCash, paying: Bools, request: ContractRequest
) -> Floats:
    """Payback month, shape (n,); of a contract that has ended, or that pays nothing now, by what it brought alone."""
    over = (
        replace(terms, penalty_collected=np.where(paying, terms.penalty_collected, 0.0)),
        replace(ends, first=np.where(paying, ends.first, 1.0)),
    )
    months = payback_month(*over, request.horizon, realised)
    return np.where(np.isnan(terms.realised), np.nan, months)
