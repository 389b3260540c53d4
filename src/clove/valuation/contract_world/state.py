"""What changes about contracts from month to month."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.contract_world.book import Book

ACTIVE, LAPSED, SUSPENDED, ENDED = range(4)
STATES = ("active", "bad_billing", "suspended", "cancelled")
PARTS = ("subscription", "penalty", "recovery", "cost", "intervention", "hardware")
SUBSCRIPTION, PENALTY, RECOVERY, COST, INTERVENTION, HARDWARE = range(6)
VALUED = (SUBSCRIPTION, PENALTY, RECOVERY, COST)  # the parts of a contract's remaining value
NEVER = -1


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Arrays of shape (n,), changed in place by each month."""

    status: Ints
    fee: Floats
    lateness: Floats  # recent, in units of ten days
    tickets: Floats  # recent, by weight
    lapsed: Ints  # months since the one that first stayed unpaid
    arrears: Floats  # invoiced for that month
    spell: Ints  # number of the lapse
    notice: Ints  # day on which the customer asked to leave; NEVER
    notice_treated: Bools
    effect: Floats  # factor on the hazard by an intervention
    effect_until: Ints  # last month in which it holds
    device_since: Ints  # month
    end_month: Ints  # NEVER while it lives
    end_reason: Ints

    @classmethod
    def at_start(cls, book: Book) -> Self:
        """All contracts before their first month."""
        n = book.segment.size
        zeros, never = np.zeros(n), np.full(n, NEVER, dtype=np.int64)
        return cls(
            status=np.full(n, ACTIVE, dtype=np.int64),
            fee=book.first_fee.copy(),
            lateness=zeros.copy(),
            tickets=zeros.copy(),
            lapsed=np.zeros(n, dtype=np.int64),
            arrears=zeros.copy(),
            spell=never.copy(),
            notice=never.copy(),
            notice_treated=np.zeros(n, dtype=np.bool_),
            effect=np.ones(n),
            effect_until=never.copy(),
            device_since=book.start.copy(),
            end_month=never.copy(),
            end_reason=never.copy(),
        )

    def take(self, who: Ints) -> Self:
        """A copy of some of the contracts."""
        return type(self)(*(getattr(self, field.name)[who] for field in fields(self)))
