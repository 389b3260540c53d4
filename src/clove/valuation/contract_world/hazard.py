"""How likely a contract is to end in a month."""

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.valuation.contract_world.book import Book
from clove.valuation.contract_world.calendar import Calendar
from clove.valuation.contract_world.rules import Happenings, Rules


def tenure_factor(month: Ints, clause: Ints, rules: Rules) -> Floats:
    """Factor on the segment's q in a contract's month 1, 2, …: early ends, the wait for the clause, renewals."""
    early = 1 + (rules.tenure_early - 1) * np.exp(-(month - 1) / rules.tenure_fades)
    left = clause - month  # months that remain after this one
    inside = np.where(left < 3, rules.tenure_last_months, rules.tenure_in_clause)
    factor: Floats = np.where(left >= 0, inside * early, rules.tenure_after_clause)
    for past, spike in enumerate(rules.clause_end):
        factor = np.where(left == -1 - past, spike, factor)
    renewal = (month > 1) & ((month - 1) % 12 == 0) & ((left >= 0) | (left < -len(rules.clause_end)))
    return np.where(renewal, factor * rules.renewal, factor)


def calm_hazard(book: Book, fee: Floats, tenure: Ints, season: int, rules: Rules) -> Floats:
    """Probability of a voluntary end in a month of a contract that is never late and asks for nothing."""
    hazard: Floats = (
        book.churn
        * tenure_factor(tenure, book.clause, rules)
        * (fee / book.list_price) ** rules.price_power
        * np.array(rules.hazard_by_band)[book.band]
        * book.frailty
        * rules.hazard_season[season]
    )
    return np.minimum(hazard, rules.highest_hazard)


def unrecovered_theft(rules: Rules, happenings: Happenings) -> float:
    """Probability that a month ends the contract by theft."""
    return rules.theft_year / 12 * (1 - rules.recovered) if happenings.thefts else 0.0


def resume_probability(band: Ints, lapsed: Ints, rules: Rules) -> Floats:
    """P(resumes this month | still lapsed); `lapsed` is 0 in the month after the one that stayed unpaid."""
    odds = rules.p0 * np.array(rules.resume_by_band)[band] * np.exp(-rules.decay * lapsed)
    resumes: Floats = np.minimum(1.0, odds)
    return resumes


def calm_path(book: Book, fee: Floats, *, first_month: int, months: int, calendar: Calendar, rules: Rules) -> Floats:
    """Voluntary hazard in each of the next months at this fee, without lateness or tickets, shape (n, months)."""
    path = np.empty((fee.size, months))
    for ahead in range(months):
        month = first_month + ahead
        path[:, ahead] = calm_hazard(book, fee, month - book.start, calendar.season(month), rules)
    return path
