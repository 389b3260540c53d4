"""Contracts that bring no payment now: what they are worth, and what to do about those that stopped paying."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from clove.decisions.collections import ACTIONS, UNDECIDED, CollectionDecisions, decide, stop_parts
from clove.decisions.lapsed_contracts import LapsedContracts
from clove.decisions.technician_visit import complexity_factors, visit_cost
from clove.kernel.arrays import Floats, Ints
from clove.models.spells import band_codes
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import LEVELS, Spreads, outcome_quantiles
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.contract_value import ContractValue
from clove.valuation.contract_waiting import PARTS, Waiting, WaitingValue
from clove.valuation.contract_waiting import outcome_quantiles as waiting_outcomes
from clove.workflows.contract_assumptions import Assumptions, ContractHistory
from clove.workflows.contract_request import ContractRequest
from clove.workflows.summary import floats, labels

OUTCOMES = (np.arange(40) + 0.5) / 40  # levels at which a contract's outcome is looked at, if it paid


@dataclass(frozen=True, slots=True, eq=False)
class Unpaid:
    """u contracts without payment: l that stopped paying, then those that are suspended."""

    rows: Ints  # (u,) of all contracts
    value: WaitingValue  # (u,)
    paying: ContractTerms  # (u,) as if they paid from now on
    ends: ContractEnds  # (u,) likewise
    if_paying: Floats  # (u,) remaining value then
    outcomes: Floats  # (u, 2) P10 and P90 of what they will bring
    contracts: LapsedContracts  # (l,) as the decision saw them
    decisions: CollectionDecisions  # (l,)
    waiting: tuple[Waiting, Waiting]  # of those that stopped paying, and of those that are suspended

    @classmethod
    def of(
        cls,
        history: ContractHistory,
        found: Assumptions,
        terms: ContractTerms,
        *,
        lapsed: Ints,
        suspended: Ints,
        request: ContractRequest,
    ) -> Self:
        """Decide about those that stopped paying, and value all of them on that decision.

        Args:
            history: As of the date.
            found: What it tells.
            terms: Of all contracts.
            lapsed: Rows of those that stopped paying.
            suspended: Rows of those that are suspended.
            request: Horizon, settings and seed.
        """
        settings = request.settings.collections
        contracts = _lapsed(history, found, terms, lapsed, request)
        decisions = decide(contracts, found.resumption, settings)
        first = _waiting_of_lapsed(contracts, decisions, found, terms=terms.take(lapsed), rows=lapsed, request=request)
        second = _waiting_of_suspended(found, terms.take(suspended), suspended, request)
        rate = request.horizon.monthly_rate
        both = [WaitingValue.of(waiting, rate) for waiting in (first, second)]
        rows = np.concatenate([lapsed, suspended])
        paying, ends = _if_paying(terms.take(rows), found, rows, 0)
        remaining = ContractValue.of(paying, ends, request.horizon).remaining_value
        spread = outcome_quantiles(paying, ends, OUTCOMES, request.horizon, spreads=Spreads(), seed=request.seed)
        place = slice(0, lapsed.size), slice(lapsed.size, rows.size)
        outcomes = [
            waiting_outcomes(waiting, rate, remaining[part], spread[part], LEVELS)
            for waiting, part in zip((first, second), place, strict=True)
        ]
        return cls(
            rows,
            WaitingValue(
                np.concatenate([value.parts for value in both], axis=1),
                np.concatenate([value.total for value in both]),
                np.concatenate([value.payment_weight for value in both]),
            ),
            paying,
            ends,
            remaining,
            np.concatenate(outcomes),
            contracts,
            decisions,
            (first, second),
        )

    @property
    def lapsed(self) -> Ints:
        """Rows of those that stopped paying, shape (l,)."""
        return self.rows[: len(self.contracts)]


def _if_paying(terms: ContractTerms, found: Assumptions, rows: Ints, later: int) -> tuple[ContractTerms, ContractEnds]:
    """The contracts as if they paid again after so many months more."""
    segment = found.segment[rows]
    paying = replace(terms, collected=found.collected_paying[segment], served=terms.served + later)
    return paying, ContractEnds.of(found.hazards.paying, segment, paying.served)


def _parts_if_paying(
    terms: ContractTerms, found: Assumptions, rows: Ints, months: range, request: ContractRequest
) -> Floats:
    """PARTS of the remaining value if payment comes back after each number of months, shape (4, u, h)."""
    parts = np.empty((len(PARTS), len(terms), len(months)))
    for place, later in enumerate(months):
        value = ContractValue.of(*_if_paying(terms, found, rows, later), request.horizon)
        parts[:, :, place] = value.subscription_pv, value.penalty_pv, value.recovery_pv, value.cost_pv
    return parts


def _lapsed(
    history: ContractHistory, found: Assumptions, terms: ContractTerms, rows: Ints, request: ContractRequest
) -> LapsedContracts:
    state, mine, settings = history.state.take(rows), terms.take(rows), request.settings
    # a kilometre costs so many rand; without a rate of the rand it cannot be told
    travel = settings.travel_rate / history.money.rand_of(labels(state, "currency"))
    factor = complexity_factors(labels(state, "complexity"))
    visit = visit_cost(found.labour[rows], floats(state, "distance_km"), factor, travel)
    parts = _parts_if_paying(mine, found, rows, range(settings.collections.horizon + 1), request)
    return LapsedContracts(
        band=band_codes(labels(state, "band")),
        months_lapsed=state["months_lapsed"].to_numpy().astype(np.int64),
        months_served=mine.served,
        clause=mine.clause,
        fee=mine.fee,
        arrears=floats(state, "arrears"),
        monthly_cost=found.upkeep[rows],
        residual_value=floats(state, "residual_value"),
        retrieval_cost=visit,
        remaining_if_resumed=parts[0] + parts[1] + parts[2] - parts[3],
        collected_share=found.collected_paying[found.segment[rows]],
    )


def _waiting_of_lapsed(
    contracts: LapsedContracts,
    decisions: CollectionDecisions,
    found: Assumptions,
    *,
    terms: ContractTerms,
    rows: Ints,
    request: ContractRequest,
) -> Waiting:
    """The months until the advised stop."""
    settings, n = request.settings.collections, len(contracts)
    decided = decisions.action != UNDECIDED
    left = np.where(decided, decisions.stop_month - contracts.months_lapsed, np.nan)
    months = int(np.nanmax(left, initial=0.0))
    on_payment = _parts_if_paying(terms, found, rows, range(months), request)
    ahead = np.arange(months)
    invoices = contracts.collected_share[:, None] * contracts.fee[:, None] * (contracts.months_lapsed[:, None] + ahead)
    on_payment[0] += invoices + (settings.arrears_on_resumption * contracts.arrears)[:, None]
    chance = np.empty((n, months))
    on_stop = np.full((len(PARTS), n), np.nan)
    for month in range(months + 1):
        if month < months:
            chance[:, month] = found.resumption.probability(contracts.band, contracts.months_lapsed + month)
        cancel, retrieve = stop_parts(contracts, settings, month)
        cancelled = [cancel.arrears, cancel.penalty, np.zeros(n), -cancel.administration]
        fetched = [retrieve.arrears, retrieve.penalty, np.zeros(n)]
        fetched.append(-retrieve.administration - retrieve.hardware - retrieve.visit)
        which = np.where(decisions.stop_action == ACTIONS.index("retrieve"), fetched, cancelled)
        on_stop = np.where(left == month, which, on_stop)
    upkeep = contracts.monthly_cost + settings.agents * contracts.fee
    stops = np.where(decided, left, 0).astype(np.int64)
    none = np.zeros((n, months))
    return Waiting(chance, none, upkeep, on_payment, np.zeros_like(on_payment), stops, on_stop)


def _waiting_of_suspended(found: Assumptions, terms: ContractTerms, rows: Ints, request: ContractRequest) -> Waiting:
    """All months of the horizon: a suspended contract returns and then pays from the next month, or it leaves."""
    n, months = len(terms), request.horizon.months
    back = 1 / (1 + request.horizon.monthly_rate)
    on_payment = back * _parts_if_paying(terms, found, rows, range(1, months + 1), request)
    on_leaving = np.zeros_like(on_payment)
    left = np.maximum((terms.clause - terms.served)[:, None] - np.arange(months), 0)
    on_leaving[1] = terms.penalty_step[:, None] * left
    return Waiting(
        np.full((n, months), found.suspension_ends),
        np.full((n, months), found.suspended_leaves),
        found.upkeep[rows],
        on_payment,
        on_leaving,
        np.full(n, months),
        np.zeros((len(PARTS), n)),
    )
