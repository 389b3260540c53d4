"""What it costs to win a contract and to fit its hardware, part by part."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from clove.decisions.price_table import PriceTable
from clove.decisions.technician_visit import TRAVEL, visit_cost
from clove.kernel.arrays import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class UpfrontCost:
    """C0 of n contracts, in each one's currency, shape (n,) each; nan where unknown."""

    cac_marketing: Floats
    cac_sales: Floats
    cac_call_centre: Floats
    fitment_labour: Floats
    fitment_travel: Floats
    hardware: Floats

    @classmethod
    def of_table(cls, rows: PriceTable, distance_km: Floats, factor: Floats) -> Self:
        """As the price table has it, with a fitment at that distance.

        Args:
            rows: Of the table, n of them.
            distance_km: To the vehicle, shape (n,).
            factor: Of its complexity, shape (n,).
        """
        labour, travel = fitment_parts(rows.base_labour, distance_km, factor, rows.rand)
        return cls(rows.cac_marketing, rows.cac_sales, rows.cac_call_centre, labour, travel, rows.hardware)

    def take(self, rows: Ints) -> Self:
        """Some of the contracts."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def acquisition(self) -> Floats:
        """CAC: marketing, sales and call centre, shape (n,)."""
        return self.cac_marketing + self.cac_sales + self.cac_call_centre

    @property
    def total(self) -> Floats:
        """All of it, shape (n,)."""
        return self.acquisition + self.fitment_labour + self.fitment_travel + self.hardware


def fitment_parts(base_labour: Floats, distance_km: Floats, factor: Floats, rand: Floats) -> tuple[Floats, Floats]:
    """Labour and travel of a fitment, in the currency of which one unit buys `rand`, shape (n,) each."""
    nothing = np.zeros(base_labour.shape)
    labour = visit_cost(base_labour, nothing, factor)
    return labour, visit_cost(nothing, distance_km, factor, TRAVEL / rand)
