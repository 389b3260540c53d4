"""The table of customers: one row each, with value, interval and what to do."""

from datetime import date

import numpy as np
import pyarrow as pa

from clove.decisions.segments import SEGMENTS
from clove.workflows.factors import factor_column
from clove.workflows.forecasting import Valued
from clove.workflows.request import ValueRequest
from clove.workflows.summary import floats

NO_NEXT = "a purchase within the horizon is less likely than not"


def customer_table(valued: Valued, source: str, request: ValueRequest, as_of: date) -> pa.Table:
    """One row per customer, in the order of customer_id; `source` names what the forecast stands on.

    Money is rounded to the currency's minor unit, so that historical_value + clv = total_clv to the last digit;
    expected_spend, a factor of the forecast, keeps two digits more.
    """
    digits = request.currency.decimals
    features, expected, drawn = valued.features, valued.expected, valued.distribution
    historical, clv = np.round(valued.historical, digits), np.round(expected.clv, digits)
    frequency = floats(features, "frequency")
    days = np.ceil(valued.days_to_next)
    soon = days <= request.horizon.days(as_of)
    next_purchase = np.array([np.datetime64("NaT", "D")]).repeat(days.size)
    next_purchase[soon] = np.datetime64(as_of, "D") + days[soon].astype("timedelta64[D]")
    columns: dict[str, object] = {
        name: features[name]
        for name in ("customer_id", "first_purchase", "last_purchase", "orders", "frequency", "recency", "T")
    }
    columns |= {
        "monetary_value": pa.array(np.round(floats(features, "monetary_value"), digits + 2), from_pandas=True),
        "recency_days": features["recency_days"],
        "historical_value": historical,
        "probability_alive": np.round(expected.probability_alive, 6),
        "expected_purchases": np.round(expected.expected_purchases, 6),
        "expected_spend": pa.array(np.round(expected.expected_spend, digits + 2), from_pandas=True),
        "clv": clv,
        "clv_by_purchases": np.round(expected.by_purchases, digits),
        "clv_by_behaviour": pa.array(np.round(expected.by_behaviour, digits), from_pandas=True),
        "clv_p10": np.round(drawn.p10, digits),
        "clv_p50": np.round(drawn.p50, digits),
        "clv_p90": np.round(drawn.p90, digits),
        "total_clv": np.round(historical + clv, digits),
        "next_purchase": pa.array(next_purchase.astype("datetime64[s]")).cast(pa.date32()),
        "next_purchase_reason": pa.array(np.full(days.size, NO_NEXT), mask=soon),
        "percentile_rank": np.round(valued.rank, 4),
        "segment": pa.array(np.array([segment.name for segment in SEGMENTS])[valued.segment]),
        "action": pa.array(np.array([segment.action for segment in SEGMENTS])[valued.segment]),
    }
    columns |= {
        name: features[name]
        for name in ("rfm_recency_score", "rfm_frequency_score", "rfm_monetary_score", "rfm_combined_score")
    }
    columns["factors"] = factor_column(valued.explanation, features, clv, digits)
    columns["is_cold_start"] = pa.array(floats(features, "orders") < 2)
    columns["source"] = pa.array(np.where(frequency > 0, source, f"{source}, base's spend"))
    return pa.table(columns)
