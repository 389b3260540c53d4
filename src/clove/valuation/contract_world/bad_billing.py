"""Contracts that stopped paying: given up, cured, or still waiting; and those that are suspended."""

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.contract_world.billing import UNPAID
from clove.valuation.contract_world.draws import For
from clove.valuation.contract_world.ends import end
from clove.valuation.contract_world.hazard import resume_probability
from clove.valuation.contract_world.market import COMPLEXITY_FACTOR
from clove.valuation.contract_world.month import NON_PAYMENT, Month
from clove.valuation.contract_world.state import ACTIVE, COST, HARDWARE, LAPSED, NEVER, SUBSCRIPTION, SUSPENDED

RESUMED, STOPPED = 1, 2  # what became of a lapse
VEHICLE_SOLD = 2


def give_up(month: Month, lapsed: Ints) -> tuple[Bools, Bools]:
    """The business's habit: it gives up more often the longer nothing is paid, whoever it is."""
    rules = month.rules
    months = month.state.lapsed[lapsed]
    chance = np.minimum(rules.give_up * np.maximum(months - 1, 0), rules.most_give_up)
    chance = np.where(months >= rules.longest_lapse, 1.0, chance)
    return month.u(For.GIVES_UP, lapsed) < chance, month.u(For.RETRIEVES, lapsed) < rules.retrieves


def device_value(month: Month, who: Ints) -> Floats:
    """What the installed device is worth, in a straight line from its price by its condition."""
    age = month.index - month.state.device_since[who]
    share = np.maximum(1 - age / month.rules.hardware_life, 0.0)
    value: Floats = np.round(month.book.hardware[who] * month.book.condition[who] * share, 2)
    return value


def resolve_lapses(month: Month, who: Ints) -> None:
    """Stops at the start of the month; of the others some resume, and the rest have lapsed for a month more."""
    state, rules, book = month.state, month.rules, month.book
    lapsed = month.only(who, LAPSED)
    stops, retrieves = month.stops(month, lapsed)
    _stop(month, lapsed[stops], retrieves[stops])

    waiting = lapsed[~stops]
    fee = state.fee[waiting]
    cost = book.monthly_cost[waiting]
    for line in (rules.platform * cost, rules.sim_data * cost, rules.collections * fee):
        month.flow[COST, waiting] -= np.round(line, 2)
    resumes = month.u(For.RESUMES, waiting) < resume_probability(book.band[waiting], state.lapsed[waiting], rules)
    back = waiting[resumes]
    day = month.day(For.RESUME_DAY, back, 5, 25)
    settles = month.u(For.ARREARS, back) < rules.arrears_on_resumption
    later = state.lapsed[back] + 1  # invoices since the one of the lapse, this month's included
    month.flow[SUBSCRIPTION, back] += np.where(settles, state.arrears[back], 0.0) + later * state.fee[back]
    month.journal.add(
        "invoices", waiting, month=month.index, due=fee, paid=0.0, late=-1, status=UNPAID, spell=state.spell[waiting]
    )
    month.journal.add(
        "spells", back, spell=state.spell[back], month=month.index, day=day, outcome=RESUMED, settled=settles
    )
    month.journal.add("statuses", back, day=day, status=ACTIVE)
    month.journal.add(
        "risk", waiting, month=month.index, lapsed=state.lapsed[waiting], band=book.band[waiting], resumed=resumes
    )
    state.lapsed[waiting[~resumes]] += 1
    state.status[back] = ACTIVE
    state.spell[back] = NEVER


def return_from_suspension(month: Month, who: Ints) -> None:
    """Suspended contracts cost their platform and data; some return, and pay from the next month; a few leave."""
    state, rules = month.state, month.rules
    suspended = month.only(who, SUSPENDED)
    u = month.u(For.SUSPENSION, suspended)
    leaving = u < rules.suspended_leaves
    going = suspended[leaving]
    share = np.array(rules.penalty_collected)[month.book.band[going]]
    reason = np.full(going.size, VEHICLE_SOLD, dtype=np.int64)
    end(
        month,
        going,
        day=month.day(For.END_DAY, going),
        reason=reason,
        penalty_share=share,
        retrieved=np.ones(going.size, dtype=np.bool_),
    )
    staying = suspended[~leaving]
    for part in (rules.platform, rules.sim_data):
        month.flow[COST, staying] -= np.round(part * month.book.monthly_cost[staying], 2)
    month.journal.add("paused", staying, month=month.index)
    returns = suspended[~leaving & (u < rules.suspended_leaves + rules.suspension_ends)]
    state.status[returns] = ACTIVE
    month.journal.add("statuses", returns, day=month.day(For.RESUME_DAY, returns, 5, 25), status=ACTIVE)


def _stop(month: Month, who: Ints, retrieves: Bools) -> None:
    """Cancel, and try to fetch the device where that is chosen; the invoice of the lapse may still be paid."""
    state, rules, book = month.state, month.rules, month.book
    day = month.day(For.END_DAY, who)
    settles = month.u(For.ARREARS, who) < rules.arrears_on_stop
    admin = np.round(rules.admin * state.fee[who], 2)
    month.flow[SUBSCRIPTION, who] += np.where(settles, state.arrears[who], 0.0)
    month.flow[COST, who] -= admin
    share = np.array(rules.penalty_collected)[book.band[who]]
    works = retrieves & (month.u(For.RETRIEVED, who) < rules.retrieval_works)
    per_km = rules.travel_per_km / book.rand[who]
    factor = np.array(COMPLEXITY_FACTOR)[book.complexity[who]]
    visit = np.where(retrieves, np.round(book.labour[who] + book.distance[who] * per_km * factor, 2), 0.0)
    month.flow[HARDWARE, who] += np.where(works, device_value(month, who), 0.0) - visit
    month.journal.add(
        "spells", who, spell=state.spell[who], month=month.index, day=day, outcome=STOPPED, settled=settles
    )
    month.journal.add("admin", who, month=month.index, amount=admin)
    month.journal.add("retrievals", who[retrieves], day=day[retrieves], cost=visit[retrieves], works=works[retrieves])
    collected = np.where(retrieves, share * rules.penalty_after_retrieval, share)
    reason = np.full(who.size, NON_PAYMENT, dtype=np.int64)
    end(month, who, day=day, reason=reason, penalty_share=collected, retrieved=works)
