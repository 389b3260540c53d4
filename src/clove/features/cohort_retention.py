"""Who comes back, by the month in which they first bought."""

from datetime import date

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql


def cohort_retention(engine: LocalEngine, as_of: date) -> pa.Table:
    """One row per cohort and month since, the month of the first purchase being 0.

    Columns: `cohort_month` (its first day), `months_since`, `customers_active`, `cohort_size`. The as-of date's
    own month is there too and may be incomplete; months after it are not.
    """
    return engine.table(feature_sql("cohort_retention"), {"as_of": as_of})
