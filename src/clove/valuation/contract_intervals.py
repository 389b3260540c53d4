"""How sure the value of a contract is: an interval of the expectation, and one of what will come.

The first asks how far the estimate may be off; the second adds chance: when the contract ends, which invoices and
penalties are paid, whether the vehicle is stolen and recovered.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.kernel.progress import Progress
from clove.models.streams import stream_keys
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import blocks, check_same

LEVELS = np.array([0.1, 0.9])
GOLDEN = (5**0.5 - 1) / 2
DRAWN = 4_096  # contracts that one thread draws before the next takes over


@dataclass(frozen=True, slots=True)
class Spreads:
    """How uncertain the estimates are taken to be, and how far that is common to all contracts."""

    draws: int = 200
    ends: float = 0.25  # relative standard deviation of q(t); a contract's own `relative_error` where that is larger
    cash: float = 0.15  # relative standard deviation of the net cash
    common: float = 0.5  # w: share of both variances that all contracts have in common
    penalty_when_paid: float = 0.675  # share of a penalty that is collected where anything of it is

    def __post_init__(self) -> None:
        within = 0 <= self.common <= 1 and 0 < self.penalty_when_paid <= 1
        if not (self.draws >= 2 and 0 <= self.ends < np.inf and 0 <= self.cash < np.inf and within):
            raise ArgumentRefused(
                f"{self}", where="Spreads", remedy="Give two draws or more, deviations of at least 0, shares in [0, 1]"
            )

    def scores(self) -> Floats:
        """An evenly spread sample of a standard normal, variance 1, shape (d,)."""
        from scipy.special import ndtri

        scores = ndtri((np.arange(self.draws) + 0.5) / self.draws)
        scaled: Floats = scores / scores.std()
        return scaled

    def shared(self, seed: int) -> Floats:
        """What all contracts have in common: even in ends, in cash, and in both together, shape (2, d)."""
        start = np.random.default_rng(seed).random()
        second = np.argsort(np.argsort((np.arange(self.draws) * GOLDEN + start) % 1))
        scores = self.scores()
        return np.stack([scores, scores[second]])


@dataclass(frozen=True, slots=True, eq=False)
class ContractIntervals:
    """P10 and P90, shape (n,), and the draws of totals; in each contract's currency."""

    remaining_p10: Floats  # of the expected remaining value
    remaining_p90: Floats
    ltv_p10: Floats  # of the expected ltv
    ltv_p90: Floats
    outcome_p10: Floats  # of what the remaining months will bring, discounted; nan where outcomes were not drawn
    outcome_p90: Floats
    outcome_pit: Floats  # randomised probability integral transform of what came; nan where that is unknown
    remaining_totals: Floats  # (k, d) of each group in each draw, unknown contracts left out
    ltv_totals: Floats  # (k, d)
    outcome_totals: Floats  # (k, d); 0 where outcomes were not drawn

    @classmethod
    def of(
        cls,
        terms: ContractTerms,
        ends: ContractEnds,
        horizon: Horizon | None = None,
        *,
        spreads: Spreads | None = None,
        seed: int = 1,
        outcomes: bool = True,
        group: Ints | None = None,
        groups: int = 1,
        worth: ArrayLike = 1.0,
        actual: Floats | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Draw.

        Args:
            terms: Of n contracts.
            ends: Of the same contracts.
            horizon: 60 months at 12 % a year if left out.
            spreads: The defaults if left out.
            seed: Same seed, same contract: same draws, whoever else is there.
            outcomes: Whether to draw outcomes too.
            group: Group of each contract for the totals, below `groups`, shape (n,); one group if left out.
            groups: How many there are.
            worth: Factor on each contract's money in the totals, such as its currency's rate.
            actual: What came in the months ahead, discounted likewise, for `outcome_pit`, shape (n,).
            progress: Told the share that is done.

        Raises:
            ArgumentRefused: Terms and ends of different contracts.
        """
        drawn = _draw(
            terms,
            ends,
            horizon or Horizon(),
            spread=spreads or Spreads(),
            seed=seed,
            levels=LEVELS,
            outcomes=outcomes,
            group=group,
            groups=groups,
            worth=worth,
            actual=actual,
            progress=progress,
        )
        quantiles, pit, totals = drawn
        constant = terms.realised - terms.upfront
        low, high = quantiles[:, 0, 0], quantiles[:, 0, 1]
        ltv_low, ltv_high = low + constant, high + constant
        came_low, came_high = quantiles[:, 1, 0], quantiles[:, 1, 1]
        return cls(low, high, ltv_low, ltv_high, came_low, came_high, pit, totals[0], totals[1], totals[2])


def outcome_quantiles(
    terms: ContractTerms, ends: ContractEnds, levels: Floats, horizon: Horizon, *, spreads: Spreads, seed: int
) -> Floats:
    """Quantiles of what the months ahead will bring, shape (n, l), from the same draws as the intervals.

    Args:
        terms: Of n contracts.
        ends: Of the same contracts.
        levels: Probabilities, shape (l,).
        horizon: How far ahead.
        spreads: Of the estimates.
        seed: As for the intervals.
    """
    return _draw(terms, ends, horizon, spread=spreads, seed=seed, levels=levels, outcomes=True)[0][:, 1]


def _draw(
    terms: ContractTerms,
    ends: ContractEnds,
    ahead: Horizon,
    *,
    spread: Spreads,
    seed: int,
    levels: Floats,
    outcomes: bool,
    group: Ints | None = None,
    groups: int = 1,
    worth: ArrayLike = 1.0,
    actual: Floats | None = None,
    progress: Progress | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Quantiles of both distributions, shape (n, 2, l), PITs, shape (n,), and totals, shape (3, k, d)."""
    from clove.valuation.contract_blocks import draw_block

    check_same(terms, ends)
    n, unknown = len(terms), np.full(len(terms), np.nan)
    discount, scores, shared = ahead.discount(), spread.scores(), spread.shared(seed)
    member = np.zeros(n, np.int64) if group is None else np.asarray(group, np.int64)
    factor = np.ascontiguousarray(np.broadcast_to(np.asarray(worth, np.float64), (n,)))
    came = unknown if actual is None else np.asarray(actual, np.float64)
    constant = terms.realised - terms.upfront
    error = np.maximum(ends.relative_error, spread.ends)
    quantiles, pit = np.full((n, 2, levels.size), np.nan), unknown.copy()
    parts = list(blocks(n))

    def draw(rows: slice) -> Floats:
        totals = np.zeros((3, groups, spread.draws))
        block = terms.take(rows)
        draw_block(
            ends.take(rows).probabilities(ahead.months),
            _columns(block, spread.penalty_when_paid),
            block.clause - block.served,
            error[rows],
            stream_keys(block.contract_id, seed),
            discount,
            shared,
            scores,
            spread.common,
            spread.cash,
            outcomes,
            member[rows],
            factor[rows],
            constant[rows],
            came[rows],
            levels,
            quantiles[rows],
            pit[rows],
            totals,
        )
        return totals

    totals = np.zeros((3, groups, spread.draws))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # summed in the order of the blocks, so that the last bit does not depend on the threads
        for done, part in enumerate(pool.map(draw, parts), start=1):
            totals += part
            if progress is not None:
                progress.share(done / len(parts))
    return quantiles, pit, totals


def _columns(terms: ContractTerms, when_paid: float) -> Floats:
    """What a contract's draws are made of, in the order of `contract_draws`, shape (n, 11)."""
    paid = np.maximum(terms.penalty_collected, when_paid)
    return np.column_stack(
        [
            terms.monthly,
            terms.penalty_step,
            terms.fee,
            terms.cost,
            terms.collected,
            terms.penalty_rate * terms.fee * paid,
            terms.penalty_collected / paid,
            terms.recoveries,
            terms.recovery_fee,
            terms.recovery_collected,
            terms.recovery_cost,
        ]
    )
