"""Contracts that bring no payment now: what they are worth, and what to do about those that stopped paying."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from clove.decisions.collection_settings import CollectionSettings
from clove.decisions.collections import ACTIONS, UNDECIDED, CollectionDecisions, decide, stop_parts
from clove.decisions.lapsed_contracts import LapsedContracts
from clove.decisions.technician_visit import complexity_factors, visit_cost
from clove.kernel.arrays import Floats, Ints
from clove.models.spells import band_codes
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import LEVELS, Spreads, outcome_quantiles
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.contract_value import ContractValue
from clove.valuation.contract_waiting import PARTS, StopOutcomes, Waiting, WaitingValue
from clove.valuation.contract_waiting import outcome_quantiles as waiting_outcomes
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_request import ContractRequest
from clove.workflows.summary import floats, labels

TEN_TO_NINETY = 1.2815515655446004  # standard deviations to both sides that hold 80 % of a normal
OUTCOMES = (np.arange(40) + 0.5) / 40  # levels at which a contract's outcome is looked at, if it paid


@dataclass(frozen=True, slots=True, eq=False)
class Unpaid:
    """u contracts without payment: l that stopped paying, then those that are suspended."""

    rows: Ints  # (u,) of all contracts
    value: WaitingValue  # (u,)
    paying: ContractTerms  # (u,) as if they paid from now on
    ends: ContractEnds  # (u,) likewise
    if_paying: Floats  # (u,) remaining value then
    by_chance: Floats  # (u,) how far the total is off, P50 to P90, for what is not known of the chance of resumption
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
        settings = collection_settings(request)
        contracts = _lapsed(history, found, terms, lapsed, request)
        decisions = decide(contracts, found.resumption, settings)
        first = _waiting_of_lapsed(contracts, decisions, found, terms=terms.take(lapsed), rows=lapsed, request=request)
        second = _waiting_of_suspended(found, terms.take(suspended), suspended, request)
        rate = request.horizon.monthly_rate
        both = [WaitingValue.of(waiting, rate) for waiting in (first, second)]
        rows = np.concatenate([lapsed, suspended])
        paying, ends = _if_paying(terms.take(rows), found, rows, 0)
        remaining = ContractValue.of(paying, ends, request.horizon).remaining_value
        spread = outcome_quantiles(
            paying, ends, OUTCOMES, request.horizon, spreads=request.settings.spreads, seed=request.seed
        )
        around = spread - remaining[:, None]
        never = StopOutcomes.of(np.zeros(suspended.size), ())
        outcomes = [
            waiting_outcomes(
                first,
                _stop_outcomes(contracts, decisions, settings, request.settings.spreads),
                rate,
                around=around[: lapsed.size],
                levels=LEVELS,
            ),
            waiting_outcomes(second, never, rate, around=around[lapsed.size :], levels=LEVELS),
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
            np.concatenate([_by_chance(first, both[0], found, rate), np.zeros(suspended.size)]),
            np.concatenate(outcomes),
            contracts,
            decisions,
            (first, second),
        )

    def interval(self, if_paying_low: Floats, if_paying_high: Floats, spreads: Spreads) -> tuple[Floats, Floats]:
        """P10 and P90 of the remaining value, shape (u,) each.

        Three errors, taken as independent: of what the contract is worth if it pays again; of the cash that comes in
        any case, such as a penalty, as uncertain as all cash; and of the chance that payment comes back.

        Args:
            if_paying_low: P10 of the remaining value if it paid from now on, shape (u,).
            if_paying_high: P90 of it.
            spreads: How uncertain estimates are taken to be.
        """
        weight = self.value.payment_weight
        certain = TEN_TO_NINETY * spreads.cash * np.abs(self.value.total - weight * self.if_paying)
        apart = (
            np.hypot(np.hypot(weight * (bound - self.if_paying), certain), self.by_chance)
            for bound in (if_paying_low, if_paying_high)
        )
        below, above = apart
        return self.value.total - below, self.value.total + above

    def ends_within(self, months: int) -> Floats:
        """Probability that they end in the months ahead if the advice is followed, shape (u,)."""
        monthly = self.ends.within(1)
        found = [
            _ended(waiting, monthly[part], months) for waiting, part in zip(self.waiting, self._parts, strict=True)
        ]
        return np.where(np.isnan(self.value.total), np.nan, np.concatenate(found))

    @property
    def _parts(self) -> tuple[slice, slice]:
        count = len(self.contracts)
        return slice(0, count), slice(count, self.rows.size)

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
    settings, n = collection_settings(request), len(contracts)
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


def collection_settings(request: ContractRequest) -> CollectionSettings:
    """Those of the request; discount and penalty are the portfolio's."""
    settings = request.settings
    return replace(
        settings.collections,
        annual_discount=request.horizon.discount_rate,
        penalty_rate=settings.penalty_rate,
    )


def _by_chance(waiting: Waiting, value: WaitingValue, found: Assumptions, rate: float) -> Floats:
    """Change of the total if the chance of resumption is higher than thought by 1.28 of its standard errors."""
    resumption = found.resumption
    if resumption.evidence is None or not resumption.standard_errors()[0] > 0:
        return np.zeros(value.total.size)
    more = np.exp(TEN_TO_NINETY * resumption.standard_errors()[0] / resumption.p0)
    higher = replace(waiting, pays=np.minimum(waiting.pays * more, 1.0))
    changed: Floats = np.abs(WaitingValue.of(higher, rate).total - value.total)
    return changed


def _ended(waiting: Waiting, monthly: Floats, months: int) -> Floats:
    """Share that has left, was stopped, or paid again and then ended, within the months ahead, shape (n,)."""
    n, h = waiting.pays.shape
    here, ended = np.ones(n), np.zeros(n)
    for month in range(months):
        stopped = np.where(waiting.stops == month, here, 0.0)
        here = here - stopped
        ended += stopped
        if month < h:
            leaving, paying = here * waiting.leaves[:, month], here * waiting.pays[:, month]
            ended += leaving + paying * (1 - (1 - monthly) ** (months - 1 - month))
            here = here - leaving - paying
    return ended


def _stop_outcomes(
    contracts: LapsedContracts, decisions: CollectionDecisions, settings: CollectionSettings, spreads: Spreads
) -> StopOutcomes:
    """Of a stop: a part of the penalty or nothing, the arrears or nothing, the hardware or nothing."""
    ahead = np.nan_to_num(decisions.stop_month - contracts.months_lapsed).astype(np.int64)
    fetch = decisions.stop_action == ACTIONS.index("retrieve")
    due = settings.penalty(contracts.fee, contracts.clause, contracts.months_served + ahead)
    kept = settings.collected(contracts.band) * np.where(fetch, settings.kept_after_retrieval, 1.0)
    settled = np.maximum(kept, spreads.penalty_when_paid)
    visit = np.where(fetch, contracts.retrieval_cost, 0.0)
    return StopOutcomes.of(
        -settings.administration * contracts.fee - visit,
        (
            (settled * due, kept / settled),
            (contracts.arrears, np.full(len(contracts), settings.arrears_collected)),
            (
                np.where(fetch, contracts.residual_value, 0.0),
                np.where(fetch, settings.retrieval_success, 0.0),
            ),
        ),
    )
