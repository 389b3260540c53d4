"""What contracts will bring month by month, and how sure that is: the draws of the remaining value, not yet added up.

    cash(t) = S(t) a + (S(t-1) - S(t)) k penalty(m0+t-1),   a = f rho + theta/12 psi (fee k_rec - cost_rec) - c

Discounted and added over all months of the horizon it is the remaining value, in closed form and in each draw.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clove.kernel.arrays import Floats, Ints
from clove.models.streams import stream_keys
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import Spreads
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import blocks, check_same


@dataclass(frozen=True, slots=True, eq=False)
class CashFlow:
    """Of n contracts together over m months, not discounted; contracts with an unknown figure are left out."""

    expected: Floats  # (m,) closed form
    draws: Floats  # (m, d)
    values: Floats  # (k, d) remaining value of each group in each draw

    @classmethod
    def of(
        cls,
        terms: ContractTerms,
        ends: ContractEnds,
        months: int,
        horizon: Horizon | None = None,
        *,
        spreads: Spreads | None = None,
        seed: int = 1,
        begins: Floats | None = None,
        worth: ArrayLike = 1.0,
        group: Ints | None = None,
        groups: int = 0,
    ) -> Self:
        """Follow contracts through the months.

        Args:
            terms: Of n contracts.
            ends: Of the same contracts.
            months: How many to tell, m.
            horizon: Months after which nothing more is counted, and the rate at which `values` are discounted; 60
                months at 12 % a year if left out.
            spreads: The defaults if left out.
            seed: As for the intervals: same seed, same draws.
            begins: How often each contract's first month is month 1, 2, … ahead, such as the chance that it pays again
                then, or the number of contracts of its kind that are signed then, shape (n, l); once, in month 1, if
                left out.
            worth: Factor on each contract's money, such as its currency's rate.
            group: Groups of each contract for `values`, below `groups`, shape (n, g); below 0 for none.
            groups: How many there are, k.

        Raises:
            ArgumentRefused: Terms and ends of different contracts.
        """
        from clove.valuation.cash_flow_blocks import flow_block

        check_same(terms, ends)
        n, ahead, spread = len(terms), horizon or Horizon(), spreads or Spreads()
        discount, scores, shared = ahead.discount(), spread.scores(), spread.shared(seed)
        factor = np.ascontiguousarray(np.broadcast_to(np.asarray(worth, np.float64), (n,)))
        first = np.ones((n, 1)) if begins is None else np.ascontiguousarray(begins, dtype=np.float64)
        member = np.full((n, 0), -1, np.int64) if group is None else np.ascontiguousarray(group, np.int64)
        error = np.maximum(ends.relative_error, spread.ends)

        def follow(rows: slice) -> tuple[Floats, Floats, Floats]:
            sums = np.zeros(months), np.zeros((months, spread.draws)), np.zeros((groups, spread.draws))
            block = terms.take(rows)
            flow_block(
                ends.take(rows).probabilities(ahead.months),
                block.monthly,
                block.penalty_step,
                block.clause - block.served,
                error[rows],
                stream_keys(block.contract_id, seed),
                discount,
                shared,
                scores,
                spread.common,
                spread.cash,
                first[rows],
                factor[rows],
                member[rows],
                *sums,
            )
            return sums

        totals = np.zeros(months), np.zeros((months, spread.draws)), np.zeros((groups, spread.draws))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            # summed in the order of the blocks, so that the last bit does not depend on the threads
            for part in pool.map(follow, blocks(n)):
                for whole, of_block in zip(totals, part, strict=True):
                    np.add(whole, of_block, out=whole)
        return cls(*totals)
