"""When a base began, as it was known on a date: later customers must not move the past."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Ints

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """When each customer came."""

    days: Ints  # (n,) since the epoch, ascending

    @classmethod
    def of(cls, features: pa.Table) -> Self:
        """From a feature table."""
        return cls(np.sort(features["first_purchase"].cast(pa.int32()).to_numpy()).astype(np.int64))

    def by(self, day: date) -> date:
        """The day by which one in a hundred of those known then had come: one stray date must not stretch a history."""
        known = int(np.searchsorted(self.days, (day - EPOCH).days, side="right"))
        return EPOCH + timedelta(days=int(self.days[(known - 1) // 100])) if known else day
