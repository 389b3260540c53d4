"""A portfolio of contracts as rows of features, as of the last day of a month."""

from datetime import date

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql

GRACE_DAYS = 31


def month_number(day: date) -> int:
    """A running whole number, twelve a year."""
    return 12 * day.year + day.month - 1


def contract_state(
    engine: LocalEngine, as_of: date, *, cost_months: int = 12, hardware_months: int = 60, grace_days: int = GRACE_DAYS
) -> pa.Table:
    """One row per contract that had started by then, in the order of contract_id: terms, standing, billing, costs.

    Args:
        engine: Holds the portfolio.
        as_of: Nothing after it is read.
        cost_months: Newest months whose cost lines tell of the months to come.
        hardware_months: Over which a unit that was never valued loses its price.
        grace_days: After the due date, in which an invoice is not yet unpaid.
    """
    for part, figures in (
        ("contract_billing", {"as_of_month": month_number(as_of), "grace_days": grace_days}),
        ("contract_hardware", {"hardware_months": hardware_months}),
    ):
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {part} AS {feature_sql(part)}", {"as_of": as_of, **figures})
    return engine.table(
        feature_sql("contract_state"),
        {
            "as_of": as_of,
            "as_of_month": month_number(as_of),
            "cost_months": cost_months,
        },
    )


def contract_cash(engine: LocalEngine, as_of: date) -> pa.Table:
    """Net cash by contract (its row of `contract_state`) and month since its start, without the upfront cost."""
    return engine.table(feature_sql("contract_cash"), {"as_of": as_of})


def contract_exits(engine: LocalEngine, as_of: date) -> pa.Table:
    """Contracts by segment, months watched, and whether they ended."""
    return engine.table(feature_sql("contract_exits"), {"as_of": as_of, "as_of_month": month_number(as_of)})


def unpaid_spells(
    engine: LocalEngine, as_of: date, standing: str = "bad_billing", *, grace_days: int = GRACE_DAYS
) -> pa.Table:
    """One row per spell of a status that brings no payment.

    Args:
        engine: Holds the portfolio.
        as_of: Nothing after it is read.
        standing: `"bad_billing"`, told by dated statuses or else by unpaid invoices, or `"suspended"`.
        grace_days: After the due date, in which an invoice is not yet unpaid.
    """
    return engine.table(
        feature_sql("unpaid_spells"),
        {"as_of": as_of, "as_of_month": month_number(as_of), "standing": standing, "grace_days": grace_days},
    )


def penalties(engine: LocalEngine, as_of: date, penalty_rate: float, *, penalty_months: int = 3) -> pa.Table:
    """Penalties due and collected by segment, and how many ends were the customer's own will.

    Args:
        engine: Holds the portfolio.
        as_of: Nothing after it is read.
        penalty_rate: Share of the fees left in the minimum term that is due.
        penalty_months: After the end, by which a penalty is collected if ever.
    """
    return engine.table(
        feature_sql("penalties"),
        {
            "as_of": as_of,
            "as_of_month": month_number(as_of),
            "penalty_rate": penalty_rate,
            "penalty_months": penalty_months,
        },
    )


def segment_quotes(engine: LocalEngine, as_of: date, *, signing_days: int = 30) -> pa.Table:
    """One row per quote.

    Args:
        engine: Holds the portfolio, and the rates of its currencies.
        as_of: Nothing after it is read.
        signing_days: After the quote, by which a contract comes of it if ever.
    """
    return engine.table(feature_sql("segment_quotes"), {"as_of": as_of, "signing_days": signing_days})


def segment_upfront(engine: LocalEngine, as_of: date) -> pa.Table:
    """Upfront costs by segment, currency and kind."""
    return engine.table(feature_sql("segment_upfront"), {"as_of": as_of})
