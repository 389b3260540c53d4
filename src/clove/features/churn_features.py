"""What was known of contracts at the ends of months, for telling who leaves."""

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql

NINETEEN = (
    *("months_active", "monthly_fee", "credit_band_enc", "is_fleet", "avg_days_late", "pct_paid"),
    *("consecutive_bad_months", "ticket_count", "cancellation_tickets", "country_zaf", "country_ken", "country_nga"),
    *("channel_direct", "channel_dealer", "channel_online", "product_basic", "product_premium", "product_fleet"),
    "vehicle_complex",
)
"""The plain set: a contract's terms, and its payments and tickets since its start."""

EXTENDED = (
    *NINETEEN,
    *("months_to_clause_end", "months_since_anniversary", "price_to_list", "month_of_year", "days_late_3m"),
    *("days_late_6m", "days_late_12m", "months_since_payment", "unpaid_invoices", "months_lapsed", "is_suspended"),
    *("tickets_3m", "complaints_1m", "complaints_3m", "complaints_6m", "months_since_complaint", "open_tickets"),
    *("open_cancellation_requests", "months_since_cancellation_request", "months_since_intervention"),
    *("customer_contracts", "customer_ended", "customer_wishes_to_leave", "customer_leaving_rate"),
    *("channel_corporate", "country_tza"),
)
"""The plain set and what it leaves out: the end of the minimum term, the list price, and what happened lately."""

FEATURE_SETS = {"nineteen": NINETEEN, "extended": EXTENDED}

ROWS = "churn_rows"
BLOCK = 250_000  # contract-months at a time: what the engine holds does not grow with the portfolio


def churn_features(engine: LocalEngine, rows: pa.Table, currency: str) -> pa.Table:
    """The features of `EXTENDED`, one row per contract-month, ordered by contract and month.

    The fee counts in one currency at the rate of the month's end: `clove.features.exchange.convert` has run.

    Args:
        engine: Holds the portfolio.
        rows: `contract_id` and `month` (12 * year + month - 1): what is asked for, each once. A contract has started
            by the end of its months.
        currency: In which fees are told.
    """
    wanted = rows.select(["contract_id", "month"]).sort_by([("contract_id", "ascending"), ("month", "ascending")])
    parts = []
    try:
        for start in range(0, max(wanted.num_rows, 1), BLOCK):
            engine.load(ROWS, wanted.slice(start, BLOCK))
            parts.append(engine.table(feature_sql("churn_features"), {"currency": currency}))
    finally:
        engine.execute(f"DROP TABLE IF EXISTS {ROWS}")
    return pa.concat_tables(parts)
