"""Which contract-months a churn classifier learns from, which it is calibrated on, and which it is asked about."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa

from clove.features.contracts import month_number
from clove.kernel.arrays import Bools, Ints
from clove.models.streams import stream_keys
from clove.workflows.summary import labels

AHEAD = 3  # months of the label
CALIBRATED = 6  # newest months whose label is known
LEARNT = 36  # months before them
FOLDS = 3  # by customer
MOST_ROWS = 300_000  # to learn from; of more, every second, third, … month of each contract
MOST_CALIBRATED = 100_000
NEVER = 1 << 40  # a month that does not come


@dataclass(frozen=True, slots=True, eq=False)
class ContractMonths:
    """Contracts at the ends of months at which they lived, shape (n,)."""

    contract: Ints  # row of the state
    month: Ints  # 12 * year + month - 1
    ended: Bools  # within the next months; False where they are not over
    fold: Ints  # of the customer: contracts of one are never on both sides

    def table(self, state: pa.Table) -> pa.Table:
        """`contract_id` and `month`."""
        names = state["contract_id"].combine_chunks().take(pa.array(self.contract))
        return pa.table({"contract_id": names, "month": self.month})

    def joined(self, *others: Self) -> Self:
        """All of them in one."""
        every = (self, *others)
        return type(self)(
            *(
                np.concatenate([getattr(each, name) for each in every])
                for name in ("contract", "month", "ended", "fold")
            )
        )

    @property
    def ends(self) -> int:
        """Contracts that ended, each counted once."""
        return int(np.unique(self.contract[self.ended]).size)


@dataclass(frozen=True, slots=True, eq=False)
class ChurnSplit:
    """The labels of `learnt` are over when the first month of `calibrated` ends; `now` is the as-of month."""

    learnt: ContractMonths
    calibrated: ContractMonths
    now: ContractMonths

    @classmethod
    def of(cls, state: pa.Table, as_of: date, *, seed: int) -> Self:
        """Choose them.

        Args:
            state: Of all contracts as of the date, as in `contract_state.sql`.
            as_of: The last day of a month.
            seed: Same seed, same folds and rows.
        """
        lives = _Lives.of(state, seed)
        end = month_number(as_of)
        first_judged = end - AHEAD - CALIBRATED + 1
        learnt = lives.months(first_judged - AHEAD - LEARNT + 1, first_judged - AHEAD)
        calibrated = lives.months(first_judged, end - AHEAD)
        return cls(lives.some(learnt, MOST_ROWS), lives.some(calibrated, MOST_CALIBRATED), lives.months(end, end))


@dataclass(frozen=True, slots=True, eq=False)
class _Lives:
    """From which month on contracts lived, and in which they ended; shape (n,)."""

    start: Ints
    end: Ints  # NEVER while they live
    fold: Ints
    phase: Ints  # of a contract: which of its months are taken where not all are

    @classmethod
    def of(cls, state: pa.Table, seed: int) -> Self:
        customers = state["customer_id"].combine_chunks().dictionary_encode()
        for_fold, for_phase = (int(word) for word in np.random.SeedSequence(seed).generate_state(2))
        fold = (stream_keys(customers.dictionary.to_numpy(zero_copy_only=False), for_fold) % np.uint64(FOLDS)).astype(
            np.int64
        )
        phase = (stream_keys(labels(state, "contract_id"), for_phase) >> np.uint64(32)).astype(np.int64)
        ended = _months(state["ended_on"])
        return cls(_months(state["start_date"]), ended, fold[customers.indices.to_numpy()], phase)

    def months(self, first: int, last: int) -> ContractMonths:
        """All at whose end a contract lived."""
        month = np.arange(first, last + 1)
        contract, place = np.nonzero((self.start[:, None] <= month) & (self.end[:, None] > month))
        at = month[place]
        return ContractMonths(contract, at, self.end[contract] <= at + AHEAD, self.fold[contract])

    def some(self, rows: ContractMonths, most: int) -> ContractMonths:
        """Every k-th month of each contract, from one of its own on."""
        every = -(-rows.month.size // most)
        if every <= 1:
            return rows
        kept = (rows.month + self.phase[rows.contract]) % every == 0
        return ContractMonths(rows.contract[kept], rows.month[kept], rows.ended[kept], rows.fold[kept])


def _months(days: pa.ChunkedArray) -> Ints:
    """Running numbers of the months of days; NEVER where there is none."""
    day = days.to_numpy(zero_copy_only=False).astype("datetime64[M]")
    number = day.astype(np.int64) + 12 * 1970
    return np.where(np.isnat(day), NEVER, number)
