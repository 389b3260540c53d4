"""Blocks of contracts month by month, compiled: expected cash of each month, and the draws of its total."""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled
from clove.valuation.contract_blocks import CASH_STREAM, ENDS_STREAM
from clove.valuation.contract_draws import draw_factors


@compiled
def flow_block(  # noqa: C901, PLR0917 - compiled code takes no keywords, and its loops are one sweep
    ends: Floats,
    monthly: Floats,
    penalty_step: Floats,
    clause_left: Ints,
    error: Floats,
    keys: NDArray[np.uint64],
    discount: Floats,
    shared: Floats,
    scores: Floats,
    common: float,
    cash_spread: float,
    begins: Floats,
    worth: Floats,
    group: Ints,
    expected: Floats,
    totals: Floats,
    values: Floats,
) -> None:
    """Cash of a block of contracts, by the draws of their remaining values.

    Args:
        ends: q(t), shape (n, h).
        monthly: Net cash of a month lived, shape (n,).
        penalty_step: Penalty for each month left in the clause, shape (n,).
        clause_left: Months left in it, shape (n,).
        error: Relative standard deviation of q, shape (n,).
        keys: Streams, shape (n,).
        discount: Factor of each month, shape (h,).
        shared: Draws that all contracts have, of the ends and of the cash, shape (2, d).
        scores: Standard normal scores, shape (d,).
        common: Share of the variance that all have in common.
        cash_spread: Relative standard deviation of the net cash.
        begins: How often the contract's first month is each of the months ahead, shape (n, l).
        worth: Factor on a contract's money, shape (n,).
        group: Rows of `values`, shape (n, g); below 0 for none.
        expected: Out, added to: of each month, in closed form, shape (m,).
        totals: Out, added to: of each month in each draw, shape (m, d).
        values: Out, added to: all of it in each draw, discounted to now, shape (k, d).
    """
    count, months = scores.size, expected.size
    order = np.empty(count, np.int64)
    on_ends, on_cash = np.empty(count), np.empty(count)
    lives, cash, value = np.empty(count), np.empty(count), np.empty(count)
    grouped = values.shape[0] > 0
    for i in range(clause_left.size):
        if math.isnan(monthly[i] + penalty_step[i] + worth[i]):
            continue
        draw_factors(shared[0], scores, common, error[i], keys[i] ^ np.uint64(ENDS_STREAM), order, on_ends)
        draw_factors(shared[1], scores, common, cash_spread, keys[i] ^ np.uint64(CASH_STREAM), order, on_cash)
        on_ends[:] = np.maximum(on_ends, 0.0)
        lives[:] = 1.0
        value[:] = 0.0
        still = 1.0
        for t in range(ends.shape[1]):
            if t >= months and not grouped:
                break
            q, penalty, a = ends[i, t], penalty_step[i] * max(clause_left[i] - t, 0), monthly[i]
            back = discount[t]
            for j in range(count):
                gone = lives[j] * min(q * on_ends[j], 1.0)
                lives[j] -= gone
                cash[j] = on_cash[j] * (lives[j] * a + gone * penalty)
                value[j] += back * cash[j]
            left = still * q
            still -= left
            for begin in range(min(begins.shape[1], months - t)):
                often = worth[i] * begins[i, begin]
                if often != 0.0:
                    expected[t + begin] += often * (still * a + left * penalty)
                    total = totals[t + begin]
                    for j in range(count):
                        total[j] += often * cash[j]
        weight, later = 0.0, worth[i]
        for begin in range(begins.shape[1]):
            weight += later * begins[i, begin]
            later *= discount[0]
        for column in range(group.shape[1]):
            if group[i, column] >= 0:
                row = values[group[i, column]]
                for j in range(count):
                    row[j] += weight * value[j]
