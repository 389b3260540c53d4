"""Draws of what contracts bring, compiled: expectations under uncertain estimates, and outcomes with their chance.

The draws of a contract lie side by side, so that a month is one sweep over all of them; its random numbers are its own.
"""

import math

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled
from clove.models.random_numbers import bits, shuffle

STEP = 0x9E3779B97F4A7C15  # from one state of SplitMix64 to the next
FINE = 16_777_216.0  # 2^24 and
COARSE = 65_536.0  # 2^16 steps in which a probability is compared with random bits
# columns of what a contract's draws are made of
MONTHLY, PENALTY_STEP = 0, 1  # net cash of a month lived; expected penalty for each month left in the clause
FEE, COST, COLLECTED = 2, 3, 4  # a month's; probability that an invoice is paid
PENALTY_IF_PAID, PENALTY_PAID = 5, 6  # for each month left in the clause; probability that anything is paid
RECOVERIES, RECOVERY_FEE, RECOVERY_COLLECTED, RECOVERY_COST = 7, 8, 9, 10  # probability of one in a month, and its cash


@compiled
def draw_factors(  # noqa: PLR0917 - compiled code takes no keywords
    shared: Floats, scores: Floats, common: float, spread: float, state: np.uint64, order: Ints, factors: Floats
) -> None:
    """Draws of 1 + spread * (sqrt(w) shared + sqrt(1 - w) own).

    Args:
        shared: Standard normal draws that all contracts have, shape (d,).
        scores: Standard normal scores, shape (d,), which each contract has in an order of its own.
        common: The w, share of the variance that all contracts have in common.
        spread: Standard deviation.
        state: Stream.
        order: Room for the order, shape (d,).
        factors: Out, shape (d,).
    """
    shuffle(order, state)
    of_all, own = spread * math.sqrt(common), spread * math.sqrt(1.0 - common)
    for j in range(order.size):
        factors[j] = 1.0 + of_all * shared[j] + own * scores[order[j]]


@compiled
def draw_remaining(  # noqa: PLR0917 - compiled code takes no keywords
    ends: Floats, monthly: float, penalty_step: float, clause_left: int, back: float, on_ends: Floats, values: Floats
) -> None:
    """Remaining value of one contract in each draw, from the last month backward.

    V(t-1) = ((1 - x) (a + V(t)) + x penalty(m0 + t - 1)) / (1 + r), x = q(t) times the factor, cut to [0, 1].

    Args:
        ends: q(t), shape (h,).
        monthly: The a, net cash of a month lived.
        penalty_step: Penalty for each month left in the clause.
        clause_left: Months left in it now.
        back: 1 / (1 + r).
        on_ends: Factors on q, shape (d,), none below 0.
        values: Out, shape (d,).
    """
    values[:] = 0.0
    for t in range(ends.size - 1, -1, -1):
        q, penalty = ends[t], penalty_step * max(clause_left - t, 0)
        for j in range(values.size):
            stays = monthly + values[j]
            values[j] = back * (stays - min(q * on_ends[j], 1.0) * (stays - penalty))


@compiled
def draw_outcomes(  # noqa: PLR0917 - compiled code takes no keywords
    ends: Floats,
    terms: Floats,
    clause_left: int,
    discount: Floats,
    on_ends: Floats,
    lasts: Floats,
    lives: Floats,
    state: np.uint64,
    values: Floats,
) -> None:
    """What one contract brings in each draw, its end, payments, penalty and recoveries drawn.

    An invoice is paid in full or not at all, a penalty likewise; at most one recovery a month.

    Args:
        ends: q(t), shape (h,).
        terms: Columns as above, shape (11,).
        clause_left: Months left in the clause now.
        discount: Factor of each month, shape (h,).
        on_ends: Factors on q, shape (d,), none below 0.
        lasts: Uniform draws: the contract lives while its survival is above, shape (d,).
        lives: Room for the survival, shape (d,).
        state: Stream, of which every month and draw has a state.
        values: Out, shape (d,).
    """
    count = values.size
    fee, cost, recovery_fee, recovery_cost = terms[FEE], terms[COST], terms[RECOVERY_FEE], terms[RECOVERY_COST]
    pays, pays_penalty = np.uint64(terms[COLLECTED] * FINE), np.uint64(terms[PENALTY_PAID] * FINE)
    recovers, pays_recovery = np.uint64(terms[RECOVERIES] * FINE), np.uint64(terms[RECOVERY_COLLECTED] * COARSE)
    values[:] = 0.0
    lives[:] = 1.0
    for t in range(ends.size):
        q, penalty = ends[t], terms[PENALTY_IF_PAID] * max(clause_left - t, 0)
        place = state + np.uint64(t * count) * np.uint64(STEP)
        for j in range(count):
            # one state: 24 bits for the payment, 24 for a recovery, 16 for its fee
            chance = bits(place + np.uint64(j) * np.uint64(STEP))
            payment, recovery = chance >> np.uint64(40), (chance >> np.uint64(16)) & np.uint64(0xFFFFFF)
            lived = lives[j] > lasts[j]
            lives[j] *= 1.0 - min(q * on_ends[j], 1.0)
            stays = lives[j] > lasts[j]
            recovered = (recovery_fee if (chance & np.uint64(0xFFFF)) < pays_recovery else 0.0) - recovery_cost
            month = (fee if payment < pays else 0.0) - cost + (recovered if recovery < recovers else 0.0)
            end = penalty if payment < pays_penalty else 0.0
            values[j] += discount[t] * (month if stays else (end if lived else 0.0))
