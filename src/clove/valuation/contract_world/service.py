"""Faults, questions and repairs."""

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.valuation.contract_world.billing import TEN_DAYS
from clove.valuation.contract_world.draws import For
from clove.valuation.contract_world.month import Month
from clove.valuation.contract_world.state import COST

KEPT = 0.7  # of recent tickets, a month later
WEIGHT = {"hardware_fault": 0.5, "billing": 0.6, "service_query": 0.1}
UNRESOLVED_WEIGHT = 0.5  # more
ESCALATED, NO_ACTION = 0.5, 0.8  # of the unresolved: up to here escalated, up to here closed without action
LONGEST_ANSWER = 12  # days


def serve(month: Month, staying: Ints) -> None:
    """A month's tickets of contracts that are in service, and the repairs that they lead to."""
    rules, state = month.rules, month.state
    state.tickets[staying] *= KEPT
    faulty = staying[month.u(For.FAULT, staying) < rules.fault]
    ends = month.u(For.FAULT_END, faulty)
    day = month.day(For.FAULT_DAY, faulty, 1, 16)
    _open(month, faulty, "hardware_fault", day)
    _repair(month, faulty[ends < rules.fault_repaired], day[ends < rules.fault_repaired], ends)

    late = state.lateness[staying] * TEN_DAYS / 10.0
    asks = month.u(For.BILLING, staying) < rules.billing_query + rules.billing_query_late * late
    _open(month, staying[asks], "billing", month.day(For.BILLING_DAY, staying[asks], 1, 16))
    asks = month.u(For.QUERY, staying) < rules.service_query
    _open(month, staying[asks], "service_query", month.day(For.QUERY_DAY, staying[asks], 1, 16))


def _open(month: Month, who: Ints, category: str, opened: Ints) -> None:
    """Tickets of one category; a contract has at most one of each in a month, and its luck with them is the month's."""
    u = month.u(For.RESOLUTION, who)
    unresolved = u < month.rules.unresolved
    within = u / month.rules.unresolved
    words = np.where(within < ESCALATED, "escalated", np.where(within < NO_ACTION, "closed_no_action", "pending"))
    closed = opened + np.floor(month.u(For.RESOLVED_DAY, who) * LONGEST_ANSWER).astype(np.int64)
    month.state.tickets[who] += WEIGHT[category] + np.where(unresolved, UNRESOLVED_WEIGHT, 0.0)
    month.journal.add(
        "tickets",
        who,
        category=category,
        opened=opened,
        closed=np.where(unresolved & (words == "pending"), -1, closed),
        resolution=np.where(unresolved, words, "resolved"),
    )


def _repair(month: Month, who: Ints, day: Ints, ends: Floats) -> None:
    """A technician comes; some devices are swapped for new ones. Where months cost their mean, the mean is all."""
    rules = month.rules
    swapped = ends[ends < rules.fault_repaired] < rules.fault_repaired * rules.fault_swapped
    month.state.device_since[who[swapped]] = month.index
    if month.happenings.hazards_known:
        cost = np.zeros(who.size)
    else:
        mean = rules.repair * month.book.monthly_cost[who] / (rules.fault * rules.fault_repaired)
        cost = np.round(mean * (0.5 + month.u(For.FAULT_SIZE, who)), 2)
    month.flow[COST, who] -= cost
    month.journal.add("repairs", who, month=month.index, day=day, cost=cost, swapped=swapped)
