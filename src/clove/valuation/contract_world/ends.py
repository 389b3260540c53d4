"""Contracts that end: by the customer's will, and what is due for it."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.contract_world.draws import For
from clove.valuation.contract_world.hazard import calm_hazard
from clove.valuation.contract_world.month import THEFT, Month
from clove.valuation.contract_world.state import ENDED, NEVER, PENALTY

LOST_DEVICES = 0.4  # of those that customers leave with
EARLIEST_TO_MATTER = 1.0  # a weight of tickets at which service is the likely reason


@dataclass(frozen=True, slots=True, eq=False)
class Leavers:
    """Those who mean to leave and will ask first."""

    will_ask: Ints


def hazard(month: Month, who: Ints) -> Floats:
    """Probability that a contract means to leave in the month, of those that have not asked."""
    rules, state = month.rules, month.state
    chance = calm_hazard(
        month.book.take(who), state.fee[who], month.tenure(who), month.calendar.season(month.index), rules
    )
    if not month.happenings.hazards_known:
        chance = chance * np.exp(rules.hazard_by_lateness * state.lateness[who])
        chance *= np.exp(rules.hazard_by_tickets * state.tickets[who])
    if month.happenings.interventions:
        chance = np.where(state.effect_until[who] >= month.index, chance * state.effect[who], chance)
    return np.minimum(chance, rules.highest_hazard)


def saved_probability(month: Month, who: Ints) -> Floats:
    """Of those who asked to leave, to be kept this month."""
    rules = month.rules
    return np.where(month.state.notice_treated[who], rules.saved_treated, rules.saved)


def leave(month: Month, active: Ints) -> Leavers:
    """Answers to last month's requests, and those who leave at once."""
    state = month.state
    asked = state.notice[active] != NEVER
    waiting, others = active[asked], active[~asked]

    kept = month.u(For.SAVED, waiting) < saved_probability(month, waiting)
    day = month.day(For.RESOLVED_DAY, waiting, 1, 14)
    month.journal.add(
        "requests",
        waiting,
        opened=state.notice[waiting],
        closed=day,
        resolution=np.where(kept, "resolved", "escalated"),
    )
    state.notice[waiting] = NEVER
    state.notice_treated[waiting] = False

    means_to = others[month.u(For.LEAVES, others) < hazard(month, others)]
    if month.happenings.hazards_known:
        asks = np.zeros(means_to.size, dtype=np.bool_)
    else:
        asks = month.u(For.NOTICE, means_to) < month.rules.notice_share
    going = np.concatenate([waiting[~kept], means_to[~asks]])
    days = np.concatenate([day[~kept], month.day(For.END_DAY, means_to[~asks])])
    share = np.array(month.rules.penalty_collected)[month.book.band[going]]
    retrieved = month.u(For.LOST, going) >= LOST_DEVICES
    end(month, going, day=days, reason=_reasons(month, going), penalty_share=share, retrieved=retrieved)
    return Leavers(means_to[asks])


def end(month: Month, who: Ints, *, day: Ints, reason: Ints, penalty_share: Floats, retrieved: Bools) -> None:
    """End contracts: the penalty is invoiced, and a part of it is collected or nothing."""
    state, rules = month.state, month.rules
    left = np.maximum(month.book.clause[who] - (month.tenure(who) - 1), 0)
    due = np.where(reason == THEFT, 0.0, np.round(rules.penalty_rate * state.fee[who] * left, 2))
    part = np.maximum(penalty_share, rules.penalty_when_paid)
    collected = np.where(month.u(For.PENALTY, who) < penalty_share / part, np.round(part * due, 2), 0.0)
    state.status[who] = ENDED
    state.end_month[who] = month.index
    state.end_reason[who] = reason
    month.flow[PENALTY, who] += collected
    month.journal.add(
        "ends", who, month=month.index, day=day, reason=reason, due=due, collected=collected, retrieved=retrieved
    )


def _reasons(month: Month, who: Ints) -> Ints:
    """Why customers say that they leave: a high price, tickets, or something else."""
    state = month.state
    price = 0.25 * (state.fee[who] / month.book.list_price[who]) ** 3
    service = 0.08 + 0.5 * np.minimum(state.tickets[who], EARLIEST_TO_MATTER)
    weights = np.column_stack([price, service, *(np.full(who.size, w) for w in (0.25, 0.20, 0.10))])
    edges = np.cumsum(weights, axis=1)
    u = month.u(For.REASON, who) * edges[:, -1]
    reasons: Ints = (u[:, None] >= edges).sum(axis=1).astype(np.int64)
    return reasons
