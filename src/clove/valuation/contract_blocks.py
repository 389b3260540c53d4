"""Blocks of contracts, compiled: quantiles, totals and the place of what came, from draws that are not kept."""

import math

import numpy as np
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.models.compiled import compiled
from clove.models.random_numbers import advance, shuffle, uniform
from clove.valuation.contract_draws import (
    COST,
    FEE,
    MONTHLY,
    PENALTY_IF_PAID,
    PENALTY_STEP,
    draw_factors,
    draw_outcomes,
    draw_remaining,
)
from clove.valuation.order_statistics import quantile

# part the streams of numbers from each other
ENDS_STREAM = 0x9FB21C651E98DF25
CASH_STREAM = 0xD6E8FEB86659FD93
END_MONTH_STREAM = 0xA3EC647659359ACD
CHANCE_STREAM = 0x8EBC6AF09C88C6E3
TIE_STREAM = 0xC2B2AE3D27D4EB4F
CLOSE = 1e-9  # of the cash that a contract moves: two ways to add up the same months differ by no more


@compiled
def fill_quantiles(values: Floats, levels: Floats, quantiles: Floats) -> None:
    """Quantiles of the draws, shape (d,), at the levels, shape (l,), into the last, shape (l,)."""
    for level in range(levels.size):
        quantiles[level] = quantile(values, levels[level])


@compiled
def add_to(total: Floats, values: Floats, constant: float, worth: float) -> None:
    """Add (values + constant) * worth to the total, both of shape (d,); nothing where they are not known."""
    if not math.isnan(values[0] + constant):
        for j in range(values.size):
            total[j] += worth * (values[j] + constant)


@compiled
def place_of(actual: float, values: Floats, slack: float, state: np.uint64) -> float:
    """Randomised probability integral transform of what came among the draws; nan where it is unknown.

    Args:
        actual: What came.
        values: Draws, shape (d,).
        slack: Draws this near are equal to it.
        state: Stream for ties.
    """
    if math.isnan(actual) or math.isnan(values[0]):
        return math.nan
    below, equal = 0, 0
    for j in range(values.size):
        below += values[j] < actual - slack
        equal += abs(values[j] - actual) <= slack
    return (below + uniform(advance(state)) * (equal + 1.0)) / (values.size + 1.0)


@compiled
def draw_block(  # noqa: PLR0917 - compiled code takes no keywords
    ends: Floats,
    terms: Floats,
    clause_left: Ints,
    error: Floats,
    keys: NDArray[np.uint64],
    discount: Floats,
    shared: Floats,
    scores: Floats,
    common: float,
    cash_spread: float,
    outcomes: bool,
    group: Ints,
    worth: Floats,
    constant: Floats,
    actual: Floats,
    levels: Floats,
    quantiles: Floats,
    pit: Floats,
    totals: Floats,
) -> None:
    """Both distributions of a block of contracts.

    Args:
        ends: q(t), shape (n, h).
        terms: Columns as in `contract_draws`, shape (n, 11).
        clause_left: Months left in the clause, shape (n,).
        error: Relative standard deviation of q, shape (n,).
        keys: Streams, shape (n,).
        discount: Factor of each month, shape (h,).
        shared: Draws that all contracts have, of the ends and of the cash, shape (2, d).
        scores: Standard normal scores, shape (d,).
        common: Share of the variance that all have in common.
        cash_spread: Relative standard deviation of the net cash.
        outcomes: Whether outcomes are drawn too.
        group: Row of the totals, shape (n,), as are the three that follow.
        worth: Factor on a contract's money in the totals.
        constant: Realised cash less upfront cost: what the ltv has beside the remaining value.
        actual: What came, discounted as the draws are; nan where unknown.
        levels: Probabilities of the quantiles, shape (l,).
        quantiles: Out, of the remaining value and of the outcome, shape (n, 2, l).
        pit: Out, of what came, shape (n,).
        totals: Out, added to: of remaining values, ltvs and outcomes, shape (3, k, d).
    """
    count = scores.size
    order = np.empty(count, np.int64)
    on_ends, on_cash, values = np.empty(count), np.empty(count), np.empty(count)
    lasts, lives = np.empty(count), np.empty(count)
    for i in range(clause_left.size):
        draw_factors(shared[0], scores, common, error[i], keys[i] ^ np.uint64(ENDS_STREAM), order, on_ends)
        draw_factors(shared[1], scores, common, cash_spread, keys[i] ^ np.uint64(CASH_STREAM), order, on_cash)
        on_ends[:] = np.maximum(on_ends, 0.0)
        draw_remaining(ends[i], terms[i, MONTHLY], terms[i, PENALTY_STEP], clause_left[i], discount[0], on_ends, values)
        values *= on_cash
        fill_quantiles(values, levels, quantiles[i, 0])
        add_to(totals[0, group[i]], values, 0.0, worth[i])
        add_to(totals[1, group[i]], values, constant[i], worth[i])
        if outcomes and not math.isnan(values[0]):
            state = shuffle(order, keys[i] ^ np.uint64(END_MONTH_STREAM))
            for j in range(count):
                state = advance(state)
                lasts[j] = (order[j] + uniform(state)) / count
            chance = keys[i] ^ np.uint64(CHANCE_STREAM)
            draw_outcomes(ends[i], terms[i], clause_left[i], discount, on_ends, lasts, lives, chance, values)
            values *= on_cash
            fill_quantiles(values, levels, quantiles[i, 1])
            add_to(totals[2, group[i]], values, 0.0, worth[i])
            moved = terms[i, FEE] + abs(terms[i, COST]) + terms[i, PENALTY_IF_PAID] * max(clause_left[i], 0)
            slack = CLOSE * ends.shape[1] * moved
            pit[i] = place_of(actual[i], values, slack, keys[i] ^ np.uint64(TIE_STREAM))
