"""The hardware of a simulated portfolio, and what it was worth from time to time."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Floats, Ints
from clove.valuation.contract_world import ContractWorld
from clove.valuation.contract_world.journal import Events
from clove.valuation.contract_world.month import NON_PAYMENT, THEFT
from clove.workflows.simulated_columns import Names, amounts, dates, numbered, table, words
from clove.workflows.simulated_service import DAYS

VALUED_EVERY = 6  # months
STATUS = ("installed", "retrieved", "in_refurbishment", "lost", "stolen")
INSTALLED, RETRIEVED, REFURBISHED, LOST, STOLEN = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class Devices:
    """By contract and time, shape (h,)."""

    contract: Ints
    first_day: Ints
    first_month: Ints
    last_month: Ints  # in which it left the vehicle, or the last of the history
    status: Ints
    status_day: Ints

    @classmethod
    def of(cls, world: ContractWorld, repairs: Events, ends: Events) -> Self:
        """The first device of each contract, and those for which it was swapped."""
        book, n = world.book, world.book.segment.size
        contract, day, month = np.arange(n), book.start_day, book.start
        if repairs:
            swap = repairs["swapped"]
            contract = np.concatenate([contract, repairs["contract"][swap]])
            day = np.concatenate([day, repairs["day"][swap]])
            month = np.concatenate([month, repairs["month"][swap]])
        order = np.lexsort((day, contract))
        contract, day, month = contract[order], day[order], month[order]
        status, status_day = np.full(contract.size, INSTALLED), day.copy()
        last_month = np.full(contract.size, world.calendar.months - 1)
        last_of = np.searchsorted(contract, np.arange(n), side="right") - 1
        if ends:
            device = last_of[ends["contract"]]
            left = np.where(ends["reason"] == THEFT, STOLEN, LOST)
            back = np.where(ends["reason"] == NON_PAYMENT, RETRIEVED, REFURBISHED)
            status[device] = np.where(ends["retrieved"], back, left)
            status_day[device], last_month[device] = ends["day"], ends["month"]
        swapped = np.flatnonzero(contract[1:] == contract[:-1])
        status[swapped], status_day[swapped] = REFURBISHED, day[swapped + 1]
        last_month[swapped] = month[swapped + 1]
        return cls(contract, day, month, last_month, status, status_day)

    @property
    def keys(self) -> Ints:
        """Contract and first day as one number, ascending."""
        return np.asarray(self.contract.astype(np.int64) * DAYS + self.first_day)

    def worth(self, world: ContractWorld, device: Ints, month: Ints | int) -> Floats:
        """In a straight line from the price, by the contract's own condition."""
        share = np.maximum(1 - (month - self.first_month[device]) / world.rules.hardware_life, 0.0)
        contract = self.contract[device]
        worth: Floats = np.round(world.book.hardware[contract] * world.book.condition[contract] * share, 2)
        return worth

    def hardware(self, world: ContractWorld, names: Names) -> pa.Table:
        """One row per device, as it is at the end."""
        every = np.arange(self.contract.size)
        worth = self.worth(world, every, world.calendar.months - 1)
        return table(
            "hardware",
            {
                "hardware_id": numbered("H", every),
                "contract_id": names.contract.take(pa.array(self.contract)),
                "status": words(STATUS, self.status),
                "purchase_cost": amounts(world.book.hardware[self.contract]),
                "residual_value": amounts(np.where(self.status >= LOST, 0.0, worth)),
                "purchased_on": dates(self.first_day),
                "status_date": dates(self.status_day),
            },
        )

    def valuations(self, world: ContractWorld) -> pa.Table:
        """One row when a device is bought, and one each half year while it is in its vehicle."""
        often = np.maximum(self.last_month - self.first_month, 0) // VALUED_EVERY + 1
        device = np.repeat(np.arange(often.size), often)
        turn = np.arange(device.size) - np.repeat(np.cumsum(often) - often, often)
        month = self.first_month[device] + VALUED_EVERY * turn
        day = np.where(turn == 0, self.first_day[device], world.calendar.first_day(month))
        return table(
            "hardware_valuations",
            {
                "hardware_id": numbered("H", device),
                "valued_on": dates(day),
                "residual_value": amounts(self.worth(world, device, month)),
            },
        )
