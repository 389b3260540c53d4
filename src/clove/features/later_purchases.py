"""What customers of a date bought after it."""

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql


def later_purchases(engine: LocalEngine, as_of: int, until: int) -> pa.Table:
    """One row per customer of the view `purchase` (customer_id, period, amount) who came up to the period `as_of`.

    Columns, in the order of `customer_id`: `occasions` in the periods after `as_of` up to `until`; their `mean_spend`,
    null where there is none or amounts are unknown.
    """
    return engine.table(feature_sql("later_purchases"), {"as_of": as_of, "until": until})
