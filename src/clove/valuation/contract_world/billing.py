"""Invoices, payments that come late, in part or not at all, and fees that rise."""

import numpy as np

from clove.kernel.arrays import Ints
from clove.valuation.contract_world.draws import For
from clove.valuation.contract_world.month import Month
from clove.valuation.contract_world.state import COST, LAPSED, NEVER, SUBSCRIPTION, SUSPENDED

LATENESS_KEPT = 0.8  # of recent lateness, a month later
TEN_DAYS = 10.0
LATEST = 25  # days; the money of a month comes within it, or the contract has lapsed
LEAST_PART, MOST_PART = 0.1, 0.9  # of an invoice that is paid in part
SPELLS = 1000  # more than there are months
PAID, PARTIAL, UNPAID, REVERSED, WRITTEN_OFF = range(5)
PAYMENT_STATUS = ("paid", "partial", "unpaid", "reversed", "written_off")
REVERSALS = 0.3  # of the invoices with which a lapse begins


def lapse_month(spell: Ints) -> Ints:
    """The month whose invoice was the first to stay unpaid, by the number of the spell."""
    return spell % SPELLS


def raise_fees(month: Month, staying: Ints) -> None:
    """After each year served most fees rise a little."""
    if not month.happenings.fee_changes:
        return
    rules = month.rules
    tenure = month.tenure(staying)
    due = staying[(tenure > 1) & ((tenure - 1) % 12 == 0)]
    chosen = due[month.u(For.INCREASE, due) < rules.increase_share]
    low, high = rules.increase
    fee = np.round(month.state.fee[chosen] * (1 + low + (high - low) * month.u(For.INCREASE_BY, chosen)), 2)
    month.state.fee[chosen] = fee
    month.journal.add("fees", chosen, day=month.calendar.first_day(month.index), fee=fee)


def bill(month: Month, staying: Ints) -> None:
    """Invoice contracts that are active; some lapse, some pay a part, some are suspended afterwards."""
    state, rules, book = month.state, month.rules, month.book
    due = state.fee[staying]
    band = book.band[staying]
    season = month.calendar.season(month.index)
    lapses = np.zeros(staying.size, dtype=np.bool_)
    if month.happenings.lapses:
        chance = np.array(rules.lapse_by_band)[band] * rules.lapse_season[season]
        chance *= np.exp(rules.lapse_by_lateness * state.lateness[staying])
        lapses = month.u(For.LAPSES, staying) < chance

    missing = 1 - book.own_share[staying]
    u = month.u(For.SHORT, staying)
    if month.happenings.hazards_known:  # an invoice is paid or it is not
        short, part = u < missing, np.zeros(staying.size)
    else:
        middle = (LEAST_PART + MOST_PART) / 2
        short = u < missing / (1 - middle)
        part = LEAST_PART + (MOST_PART - LEAST_PART) * month.u(For.SHORT_BY, staying)
    paid = np.where(lapses, 0.0, np.where(short, np.round(due * part, 2), due))
    none = paid <= 0
    mean_late = np.array(rules.late_days)[band] * book.slowness[staying]
    late = np.minimum(np.floor(-np.log(month.u(For.LATE, staying)) * mean_late), LATEST).astype(np.int64)
    status = np.where(none, UNPAID, np.where(short, PARTIAL, PAID))
    status = np.where(lapses & (month.u(For.REVERSED, staying) < REVERSALS), REVERSED, status)
    month.flow[SUBSCRIPTION, staying] += paid

    state.lateness[staying] = LATENESS_KEPT * state.lateness[staying] + (1 - LATENESS_KEPT) * (late / TEN_DAYS)
    lapsed = staying[lapses]
    state.status[lapsed] = LAPSED
    state.lapsed[lapsed] = 0
    state.arrears[lapsed] = due[lapses]
    state.spell[lapsed] = lapsed * SPELLS + month.index  # unique: a contract lapses once in a month
    month.journal.add("statuses", lapsed, day=month.day(For.LAPSE_DAY, lapsed, 20, 28), status=LAPSED)
    month.journal.add("lapses", lapsed, spell=state.spell[lapsed], month=month.index)
    month.journal.add(
        "invoices",
        staying,
        month=month.index,
        due=due,
        paid=paid,
        late=np.where(none, -1, late),
        status=status,
        spell=np.where(lapses, state.spell[staying], NEVER),
    )
    _spend(month, staying)
    _suspend(month, staying[~lapses])


def _spend(month: Month, staying: Ints) -> None:
    """Platform, data and support; repairs are a mean where hazards are known, else what faults cost."""
    rules = month.rules
    shares = [rules.platform, rules.sim_data, rules.support]
    if month.happenings.hazards_known:
        shares.append(rules.repair)
    for share in shares:
        month.flow[COST, staying] -= np.round(share * month.book.monthly_cost[staying], 2)


def _suspend(month: Month, paying: Ints) -> None:
    if not month.happenings.lapses:
        return
    state = month.state
    chosen = paying[(month.u(For.SUSPENDS, paying) < month.rules.suspension) & (state.notice[paying] == NEVER)]
    state.status[chosen] = SUSPENDED
    month.journal.add("statuses", chosen, day=month.day(For.SUSPEND_DAY, chosen, 15, 28), status=SUSPENDED)
