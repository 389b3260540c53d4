"""What customers of one group have in common: how often they come back and what they spend, beside the whole base.

A credibility mean: the group's own where it has shown enough, the whole base's where it has not. Bühlmann & Straub
(1970), "Glaubwürdigkeit für Schadensätze", Mitteilungen der Vereinigung Schweizerischer Versicherungsmathematiker 70,
111-133; for counts it is the posterior mean of a Poisson rate under a gamma prior. A customer is left out of his own
group's mean, so that a heavy buyer does not vouch for himself.
"""

import numpy as np

from clove.kernel.arrays import Floats, Ints

UNKNOWN = -1  # group of a customer of whom it is not known
BEYOND_CHANCE = 2.0  # standard deviations by which groups have to differ more than by chance to differ at all


def relative_rates(purchases: Floats, expected: Floats, group: Ints) -> Floats:
    """Log of how often the others of a customer's group come back, relative to all: 0 as often, shape (n,).

    Args:
        purchases: Repeat purchases so far, shape (n,).
        expected: Those that a purchase model expects of anybody by the customer's age, shape (n,): groups whose
            customers have only just come are not taken for groups who do not come back.
        group: From 0, or `UNKNOWN`, shape (n,).
    """
    mean, whole = mean_of_others(purchases, expected, group)
    return np.log(mean / whole) if whole > 0 else np.zeros(purchases.size)


def newcomers_lift(log_rate: Floats, unproven: Floats) -> Floats:
    """Log of the factor by which a group's rate moves what is expected of a customer, shape (n,).

    Of a purchase rate ~ Gamma(r, alpha) and its group's c times as high, ~ Gamma(r, alpha / c), so that after a time T
    the posterior means differ by (alpha + T) / (alpha / c + T): c for a newcomer, nothing for who has been watched
    long enough. With s = alpha / (alpha + T) this is 1 / (s / c + 1 - s), whatever the number of purchases.

    Args:
        log_rate: log c, shape (n,).
        unproven: s: what is expected of a customer of that age without a repeat purchase, of what is expected of one
            who has just come; from 0 to 1, shape (n,).
    """
    lift: Floats = -np.log1p(unproven * np.expm1(-log_rate))  # exactly 0 where the rate is that of all
    return lift


def relative_spend(spend: Floats, group: Ints) -> Floats:
    """The same of their spend per order, by the mean of its logs: one large order does not make a group large.

    Args:
        spend: Per order, above 0, shape (n,).
        group: As above.
    """
    mean, whole = mean_of_others(np.log(spend), np.ones(spend.size), group)
    return mean - whole


def mean_of_others(amount: Floats, base: Floats, group: Ints) -> tuple[Floats, float]:
    """Credibility mean of amount / base over the others of each customer's group, and the plain one over all.

    It is (sum of amounts + k * mean) / (sum of bases + k) with k = variance within groups / variance between them,
    both estimated from the data without bias; the mean of all where groups may well differ by chance alone, where there
    is one only, and where the group is not known.

    Args:
        amount: Shape (n,).
        base: What it is a share of, from 0 up, shape (n,).
        group: From 0, or `UNKNOWN`, shape (n,).

    Returns:
        Shape (n,), and the mean of all; 0 where nothing has a base.
    """
    total = float(base.sum())
    whole = float(amount.sum()) / total if total > 0 else 0.0
    mean = np.full(amount.size, whole)
    known = group >= 0
    of, a, b = group[known], amount[known], base[known]
    amounts, bases = np.bincount(of, a), np.bincount(of, b)
    some = bases > 0
    own = np.where(some, amounts / np.where(some, bases, 1.0), whole)
    # the residuals of a group sum to 0, so that each is smaller than its chance by its share of the base
    freedom = float((b * (1 - b / np.where(some, bases, 1.0)[of])).sum())
    apart = float(bases.sum() - (bases**2).sum() / max(float(bases.sum()), np.finfo(float).tiny))
    if freedom <= 0 or apart <= 0:
        return mean, whole
    within = float(((a - own[of] * b) ** 2).sum()) / freedom
    centre = float(amounts.sum() / bases.sum())
    spread, chances = float((bases * (own - centre) ** 2).sum()), int(some.sum()) - 1
    # by chance alone the spread over `within` is near chi-squared, of mean `chances` and twice that variance
    if spread <= within * (chances + BEYOND_CHANCE * np.sqrt(2 * chances)) or within <= 0:
        return mean, whole
    k = within * apart / (spread - chances * within)
    mean[known] = (amounts[of] - a + k * whole) / (bases[of] - b + k)
    return mean, whole
