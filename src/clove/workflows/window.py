"""An earlier date, what was known then, and what came after it."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.engine.local import LocalEngine
from clove.features.customer_features import customer_features
from clove.features.purchases_between import purchases_between
from clove.kernel.arrays import Floats
from clove.kernel.errors import NotEnoughData
from clove.models.history import PurchaseHistory
from clove.workflows.summary import history_of

FEWEST_CUSTOMERS = 50
FEWEST_REPEAT = 20


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What was known as of an earlier date, and what came after it."""

    as_of: date
    until: date
    features: pa.Table  # n rows
    history: PurchaseHistory
    actual_purchases: Floats  # (n,) days with a purchase
    actual: Floats  # (n,) spend

    @classmethod
    def opened(cls, engine: LocalEngine, as_of: date, until: date) -> Self:
        """Customers who came later than `as_of` are not judged.

        Raises:
            NotEnoughData: Too few customers by then.
        """
        features = customer_features(engine, as_of)
        history = history_of(features)
        repeat = int((history.frequency > 0).sum())
        if len(history) < FEWEST_CUSTOMERS or repeat < FEWEST_REPEAT:
            raise NotEnoughData(
                f"{len(history)} customers had bought by {as_of}, {repeat} of them on two days or more; "
                f"{FEWEST_CUSTOMERS} and {FEWEST_REPEAT} are needed",
                remedy="Give a longer history",
            )
        return cls(as_of, until, features, history, *_what_came(engine, history, as_of, until))

    @property
    def days(self) -> float:
        """Its length."""
        return float((self.until - self.as_of).days)


def _what_came(engine: LocalEngine, history: PurchaseHistory, after: date, until: date) -> tuple[Floats, Floats]:
    """Purchase days and spend in (after, until] of each customer known by then, both of shape (n,)."""
    later = purchases_between(engine, after, until)
    place = pc.index_in(pa.array(history.customer_id), value_set=later["customer_id"].combine_chunks())
    rows = place.fill_null(later.num_rows).to_numpy(zero_copy_only=False)
    # who bought nothing is sent to a last entry of zeros
    days, spend = (
        np.append(later[name].to_numpy().astype(np.float64), 0.0)[rows] for name in ("purchase_days", "spend")
    )
    return days, spend
