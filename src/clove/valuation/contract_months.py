"""Month by month through contracts, compiled: when they end, and what the months add up to."""

import math

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled

SURE = 1e-12  # probabilities nearer to 0 or 1 have no odds to speak of


@compiled
def fill_ends(  # noqa: PLR0917 - compiled code takes no keywords
    table: Floats,
    segment: Ints,
    served: Ints,
    factor: Floats,
    first: Floats,
    first_months: int,
    half_life: float,
    ends: Floats,
) -> None:
    """Probability that a contract ends in each month ahead, if it is still there.

    Args:
        table: By segment and months served, shape (s, m); the last column holds beyond it.
        segment: Row of the table, shape (n,), as are the three that follow.
        served: Months served.
        factor: On the table's probabilities.
        first: The classifier's monthly probability in the first months; nan where there is none.
        first_months: How many those are.
        half_life: Months in which the log of the contract's odds ratio halves after them.
        ends: Out, shape (n, h).
    """
    last = table.shape[1] - 1
    for i in range(segment.size):
        k, m = segment[i], served[i]
        judged = not math.isnan(first[i])
        log_ratio = 0.0
        if judged:
            stays = 1.0
            for t in range(first_months):
                stays *= 1.0 - min(table[k, min(m + t, last)] * factor[i], 1.0)
            usual = min(max(1.0 - stays ** (1.0 / first_months), SURE), 1.0 - SURE)
            own = min(max(first[i], SURE), 1.0 - SURE)
            log_ratio = math.log(own / (1.0 - own)) - math.log(usual / (1.0 - usual))
        for t in range(ends.shape[1]):
            q = min(table[k, min(m + t, last)] * factor[i], 1.0)
            if judged:
                if t < first_months:
                    q = first[i]
                elif q < 1.0:
                    odds = q / (1.0 - q) * math.exp(log_ratio * 2.0 ** (-(t + 1 - first_months) / half_life))
                    q = odds / (1.0 + odds)
            ends[i, t] = q


@compiled
def add_months(  # noqa: PLR0917 - compiled code takes no keywords
    ends: Floats, clause: Ints, served: Ints, discount: Floats, annuity: Floats, clause_months: Floats
) -> None:
    """Discounted months lived, and discounted months left in the clause at the end.

    Args:
        ends: Probabilities, shape (n, h).
        clause: Months, shape (n,), as are all but the discount.
        served: Months.
        discount: Factor of each month, shape (h,).
        annuity: Out, sum of S(t) / (1 + r)^t.
        clause_months: Out, sum of (S(t-1) - S(t)) max(M - m, 0) / (1 + r)^t.
    """
    for i in range(clause.size):
        lives, lived, left = 1.0, 0.0, 0.0
        for t in range(ends.shape[1]):
            left += lives * ends[i, t] * max(clause[i] - served[i] - t, 0) * discount[t]
            lives *= 1.0 - ends[i, t]
            lived += lives * discount[t]
        annuity[i] = lived
        clause_months[i] = left


@compiled
def pay_back(  # noqa: PLR0917 - compiled code takes no keywords
    ends: Floats,
    clause: Ints,
    served: Ints,
    monthly: Floats,
    penalty_step: Floats,
    upfront: Floats,
    offsets: Ints,
    cash: Floats,
    rate: float,
    months: Floats,
) -> None:
    """First month from the start by which discounted net cash has made up for the upfront cost.

    Args:
        ends: Probabilities ahead, shape (n, h).
        clause: Months, shape (n,), as are the four that follow and the last.
        served: Months.
        monthly: Expected net cash of a month lived.
        penalty_step: Expected penalty for each month left in the clause.
        upfront: Cost.
        offsets: Where each contract's past begins in `cash`, shape (n + 1,).
        cash: Net cash of each month served, in order.
        rate: Monthly.
        months: Out; nan where it never does.
    """
    for i in range(clause.size):
        months[i] = math.nan
        total, worth, month = -upfront[i], 1.0, 0
        if total >= 0.0:
            months[i] = 0.0
            continue
        for j in range(offsets[i], offsets[i + 1]):
            worth /= 1.0 + rate
            month += 1
            total += worth * cash[j]
            if total >= 0.0:
                months[i] = month
                break
        if not math.isnan(months[i]):
            continue
        lives = 1.0
        for t in range(ends.shape[1]):
            worth /= 1.0 + rate
            month += 1
            gone = lives * ends[i, t]
            lives -= gone
            total += worth * (lives * monthly[i] + gone * penalty_step[i] * max(clause[i] - served[i] - t, 0))
            if total >= 0.0:
                months[i] = month
                break
