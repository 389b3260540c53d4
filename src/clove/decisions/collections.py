"""A contract that stopped paying: follow it on, cancel it, or fetch the hardware, and when.

An optimal stopping problem, solved backward from the month in which every contract is stopped. Puterman (1994),
Markov Decision Processes, section 4.5 (backward induction) and 3.4.4 (optimal stopping).
"""

from dataclasses import dataclass, fields

import numpy as np

from clove.decisions.collection_settings import CollectionSettings
from clove.decisions.lapsed_contracts import LapsedContracts
from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.models.resumption import Resumption

ACTIONS = ("continue", "cancel", "retrieve")  # where two are worth the same, the earlier one is advised
UNDECIDED = -1
BLOCK = 16_384  # contracts whose years ahead stay in the processor's cache

NO_RETRIEVAL = (
    "",
    "no hardware with a residual value is known, so there is nothing to retrieve",
    "the cost of retrieving is unknown, so retrieving is not weighed",
)
NO_CONTINUATION = (
    "",
    "the monthly cost is unknown, so continuing cannot be weighed",
    "the value after payment resumes is unknown, so continuing cannot be weighed",
    "the fee is unknown, so no action can be weighed",
    "what is owed is unknown, so no action can be weighed",
)
NO_ACTION = 3  # index of the first of these that holds of a contract without a month left too


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """An expected value as a sum: each part of shape (n,), costs below 0, not a number where unknown."""

    @property
    def total(self) -> Floats:
        """The expected value, shape (n,)."""
        total: Floats = np.sum([getattr(self, field.name) for field in fields(self)], axis=0)
        return total


@dataclass(frozen=True, slots=True, eq=False)
class Cancelling(Parts):
    """EV_cancel."""

    penalty: Floats
    arrears: Floats
    administration: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Retrieving(Parts):
    """EV_retrieve."""

    penalty: Floats
    arrears: Floats
    administration: Floats
    hardware: Floats
    visit: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Continuing(Parts):
    """EV_continue: one more month, then whatever is best."""

    upkeep: Floats  # platform, sim data and agents
    remaining: Floats  # p times the remaining value
    later_invoices: Floats  # p times what of the invoices since the lapse is paid
    arrears: Floats  # p times
    afterwards: Floats  # (1 - p) times the value a month later, discounted


@dataclass(frozen=True, slots=True, eq=False)
class CollectionDecisions:
    """What to do about each of n lapsed contracts; columns of shape (n,), not a number where unknown."""

    cancel: Cancelling
    retrieve: Retrieving
    carry_on: Continuing  # told from the horizon on too, where it is no option any more
    resumption: Floats  # p(m)
    value: Floats  # V(m), of the best action
    action: Ints  # index into ACTIONS, UNDECIDED where the value of continuing or cancelling is unknown
    gain: Floats  # over the second best; not a number where there is no second
    priority: Floats  # of a stop: what waiting a month loses; of a continuation: what a month without contact loses
    stop_month: Floats  # months lapsed at which to stop unless payment resumes before; m for a stop
    stop_action: Ints  # what to do then
    no_retrieval: Ints  # index into NO_RETRIEVAL
    no_continuation: Ints  # index into NO_CONTINUATION


@dataclass(frozen=True, slots=True, eq=False)
class _Later:
    """A month from now, if a contract is still lapsed then; columns of shape (n,)."""

    value: Floats  # V(m + 1)
    stop_month: Floats  # months lapsed at which to stop
    stop_action: Ints  # what to do then


def decide(
    contracts: LapsedContracts, resumption: Resumption, settings: CollectionSettings | None = None
) -> CollectionDecisions:
    """The best action now, and the month in which to stop if nothing changes.

    Raises:
        ArgumentRefused: The remaining values reach less far than the months ahead.
    """
    settings = settings or CollectionSettings()
    _check_reach(contracts, settings)
    blocks = [
        _a_month_later(contracts.take(slice(start, start + BLOCK)), resumption, settings)
        for start in range(0, max(len(contracts), 1), BLOCK)
    ]
    later = _Later(*(np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(_Later)))
    return _now(contracts, resumption, settings, later)


def stop_parts(
    contracts: LapsedContracts, settings: CollectionSettings, ahead: int = 0
) -> tuple[Cancelling, Retrieving]:
    """What stopping brings after so many more months in which the contract stays lapsed."""
    c, s = contracts, settings
    penalty = s.collected(c.band) * s.penalty(c.fee, c.clause, c.months_served + ahead)
    arrears = s.arrears_collected * c.arrears
    administration = -s.administration * c.fee
    after = s.kept_after_retrieval * penalty
    hardware = s.retrieval_success * c.residual_value
    return (
        Cancelling(penalty, arrears, administration),
        Retrieving(after, arrears, administration, hardware, -c.retrieval_cost),
    )


def continue_parts(
    contracts: LapsedContracts, settings: CollectionSettings, chance: Floats, later: Floats, ahead: int = 0
) -> Continuing:
    """What one month more brings after so many more months in which the contract stays lapsed.

    Args:
        contracts: n of them.
        settings: Shares and costs.
        chance: p of that month, shape (n,).
        later: Value of the contract a month later if it is still lapsed then, shape (n,).
        ahead: Months from now.
    """
    c, s = contracts, settings
    return Continuing(
        upkeep=-(c.monthly_cost + s.agents * c.fee),
        remaining=chance * c.remaining_after(ahead),
        later_invoices=chance * c.collected_share * c.fee * (c.months_lapsed + ahead),
        arrears=chance * s.arrears_on_resumption * c.arrears,
        afterwards=(1.0 - chance) * later / s.monthly_factor,
    )


def _a_month_later(contracts: LapsedContracts, resumption: Resumption, settings: CollectionSettings) -> _Later:
    """Backward over the months ahead, from one in which every contract is stopped."""
    last = _months_ahead(contracts, settings)
    value, stop_month, stop_action = _stop(contracts, settings, last)
    for ahead in range(last - 1, 0, -1):
        stop, month, which = _stop(contracts, settings, ahead)
        lapsed = contracts.months_lapsed + ahead
        chance = resumption.probability(contracts.band, lapsed)
        carry_on = continue_parts(contracts, settings, chance, value, ahead).total
        continuing = (lapsed < settings.horizon) & ~(carry_on < stop)  # an unknown value stays unknown
        value = np.where(continuing, carry_on, stop)
        stop_month = np.where(continuing, stop_month, month)
        stop_action = np.where(continuing, stop_action, which)
    return _Later(value, stop_month, stop_action)


def _stop(contracts: LapsedContracts, settings: CollectionSettings, ahead: int) -> tuple[Floats, Floats, Ints]:
    """Value of the better stop after so many more months, the months lapsed by then, and which it is."""
    cancel, retrieve = (parts.total for parts in stop_parts(contracts, settings, ahead))
    which = np.where(retrieve > cancel, ACTIONS.index("retrieve"), ACTIONS.index("cancel"))
    return np.fmax(cancel, retrieve), (contracts.months_lapsed + ahead).astype(np.float64), which


def _now(
    contracts: LapsedContracts, resumption: Resumption, settings: CollectionSettings, later: _Later
) -> CollectionDecisions:
    """The decision, given what is best a month later."""
    m = contracts.months_lapsed
    cancel, retrieve = stop_parts(contracts, settings)
    chance = resumption.probability(contracts.band, m)
    carry_on = continue_parts(contracts, settings, chance, later.value)
    continuing = carry_on.total
    may = m < settings.horizon
    options = np.stack([np.where(may, continuing, -np.inf), cancel.total, np.nan_to_num(retrieve.total, nan=-np.inf)])
    known = ~np.isnan(options[:2]).any(axis=0)
    value = np.where(known, options.max(axis=0), np.nan)
    action = np.where(known, np.argmax(options, axis=0), UNDECIDED)
    second = np.sort(options, axis=0)[1]
    stopping = known & (action != ACTIONS.index("continue"))
    # without contact p falls this month; what is best then may be a stop
    lost = settings.contact * (
        carry_on.remaining + carry_on.later_invoices + carry_on.arrears - chance * later.value / settings.monthly_factor
    )
    best_stop = np.fmax(cancel.total, retrieve.total)
    without_contact = np.fmax(best_stop, continuing - lost)
    return CollectionDecisions(
        cancel,
        retrieve,
        carry_on,
        resumption=chance,
        value=value,
        action=action,
        gain=np.where(known & np.isfinite(second), value - np.where(np.isfinite(second), second, 0.0), np.nan),
        priority=value - np.where(stopping, continuing, without_contact),
        stop_month=np.where(known, np.where(stopping, m, later.stop_month), np.nan),
        stop_action=np.where(known, np.where(stopping, action, later.stop_action), UNDECIDED),
        no_retrieval=np.select([np.isnan(contracts.residual_value), np.isnan(contracts.retrieval_cost)], [1, 2]),
        no_continuation=np.select(
            [np.isnan(quantity) for quantity in (contracts.fee, contracts.arrears, contracts.monthly_cost, continuing)],
            [NO_ACTION, NO_ACTION + 1, 1, 2],
        ),
    )


def _months_ahead(contracts: LapsedContracts, settings: CollectionSettings) -> int:
    """After which every contract is stopped; at least one, because waiting a month is always weighed."""
    youngest = int(contracts.months_lapsed.min(initial=settings.horizon))
    return max(settings.horizon - youngest, 1)


def _check_reach(contracts: LapsedContracts, settings: CollectionSettings) -> None:
    remaining, needed = contracts.remaining_if_resumed, _months_ahead(contracts, settings)
    if remaining.ndim == 2 and remaining.shape[1] < needed:
        raise ArgumentRefused(
            f"remaining values of {remaining.shape[1]} months, {needed} are needed",
            where="LapsedContracts.remaining_if_resumed",
            remedy="Give a column for each month until the last contract is stopped, or one value for each contract",
        )
