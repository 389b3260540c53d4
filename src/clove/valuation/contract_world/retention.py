"""Customers who ask to leave, and a randomised trial of what keeps them."""

import numpy as np

from clove.kernel.arrays import Ints
from clove.valuation.contract_world.draws import For, choose
from clove.valuation.contract_world.ends import Leavers
from clove.valuation.contract_world.month import Month
from clove.valuation.contract_world.state import INTERVENTION, NEVER

LATE, TROUBLED = 0.6, 0.4  # from here on a contract is at risk
MONTHS_TO_CLAUSE = 2
DISCOUNT = 1  # the kind that lowers the fee


def ask_to_leave(month: Month, paying: Ints, leavers: Leavers) -> Ints:
    """Requests are opened by those who pay; they are answered in the next month."""
    asking = leavers.will_ask[np.isin(leavers.will_ask, paying, assume_unique=True)]
    month.state.notice[asking] = month.day(For.NOTICE_DAY, asking, 1, 20)
    return asking


def intervene(month: Month, paying: Ints, asked: Ints) -> None:
    """Some contracts enter the trial; chance alone decides who is treated."""
    if not month.happenings.interventions:
        return
    rules, state, book = month.rules, month.state, month.book
    left = book.clause[paying] - month.tenure(paying)
    late, troubled = state.lateness[paying] > LATE, state.tickets[paying] > TROUBLED
    near_end = np.abs(left) <= MONTHS_TO_CLAUSE
    chance = np.where(late | troubled | near_end, rules.trial_at_risk, rules.trial_others)
    chance = np.where(state.notice[paying] != NEVER, rules.trial_notice, chance)
    free = state.effect_until[paying] < month.index
    chosen = free & (month.u(For.TRIAL, paying) < chance)
    who, quiet = paying[chosen], ~(late | troubled | near_end)[chosen]
    treated = month.u(For.ARM, who) < rules.treated
    kind = choose(month.u(For.KIND, who), rules.kind_share)
    day = month.day(For.TRIAL_DAY, who, 21, 28)
    cost = np.where(treated, np.round(np.array(rules.kind_cost)[kind] / book.rand[who], 2), 0.0)
    month.flow[INTERVENTION, who] -= cost
    on_notice = np.isin(who, asked, assume_unique=True)
    month.journal.add(
        "interventions",
        who,
        month=month.index,
        day=day,
        kind=np.array(rules.kinds)[kind],
        treated=treated,
        cost=cost,
        on_notice=on_notice,
    )
    helped = who[treated]
    state.effect[helped] = np.array(rules.kind_effect)[kind[treated]] * np.where(
        quiet[treated] & ~on_notice[treated], rules.quiet_effect, 1.0
    )
    state.effect_until[helped] = month.index + rules.effect_months
    state.notice_treated[who[treated & on_notice]] = True
    if month.happenings.fee_changes:
        cut = treated & (kind == DISCOUNT)
        fee = np.round(state.fee[who[cut]] * (1 - rules.discount), 2)
        state.fee[who[cut]] = fee
        month.journal.add("fees", who[cut], day=day[cut], fee=fee)
