"""When customers came and when they bought again: what a model is tracked against."""

from dataclasses import dataclass

import numpy as np

from clove.engine.local import LocalEngine
from clove.features.purchases import PERIOD
from clove.features.sets import feature_sql
from clove.kernel.arrays import Floats
from clove.kernel.period import TimeUnit


@dataclass(frozen=True, slots=True, eq=False)
class PurchasesByPeriod:
    """One entry per period in which anybody bought, all of shape (p,), ascending."""

    period: Floats  # running whole numbers
    first: Floats  # customers who came then
    repeat: Floats  # purchase occasions of those who had come before


def repeat_purchases(engine: LocalEngine, as_of: int, until: int) -> PurchasesByPeriod:
    """Count the view `purchase` (customer_id, period, ...) of customers who came up to `as_of`, up to `until`."""
    rows = engine.table(feature_sql("repeat_purchases"), {"as_of": as_of, "until": until})
    period, first, repeat = (column.to_numpy().astype(np.float64) for column in rows.columns)
    return PurchasesByPeriod(period, first, repeat)


def read_ledger_purchases(engine: LocalEngine) -> None:
    """Define the view `purchase` over the ledger's `events`: a day is a period."""
    engine.execute(
        "CREATE OR REPLACE TEMP VIEW purchase AS "
        f"SELECT customer_id, {PERIOD[TimeUnit.DAY]} AS period FROM events WHERE kind = 'purchase'"
    )
