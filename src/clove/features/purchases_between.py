"""What came after a date: the truth that an old forecast is held against."""

from datetime import date

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql


def purchases_between(engine: LocalEngine, after: date, until: date) -> pa.Table:
    """Purchases in (after, until], one row per customer who made any, in the order of customer_id.

    Columns: `customer_id`, `purchase_days` (days with a purchase), `spend` (gross, in the major unit).
    """
    return engine.table(feature_sql("purchases_between"), {"after": after, "until": until})
