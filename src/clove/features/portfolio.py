"""A portfolio of contracts counted month by month, as of the last day of a month."""

from datetime import date

import pyarrow as pa

from clove.engine.local import LocalEngine
from clove.features.contracts import month_number
from clove.features.sets import feature_sql

MONTH_ENDS = "portfolio_month_ends"  # made by `hold_month_ends`
PAYS = ("active", "bad_billing")  # states that bear a fee
CONVERTED = (  # tables whose amounts count at the rate of their day, for `clove.features.exchange.convert`
    "contracts",
    "payments",
    "recovery_events",
    "costs_monthly",
    "costs_upfront",
    "interventions",
)


def hold_month_ends(engine: LocalEngine, as_of: date, months: int, *, currency: str, decimals: int) -> None:
    """Make the table `portfolio_month_ends`: every contract's state and fee at the end of each month.

    Args:
        engine: Holds the portfolio and, by `clove.features.exchange.convert`, the rates of its currencies.
        as_of: End of the last month; nothing after it is read.
        months: How many months of change there are to be, one month end more than that.
        currency: In which fees are added up.
        decimals: Of its minor unit.
    """
    engine.execute(
        f"CREATE OR REPLACE TABLE {MONTH_ENDS} AS {feature_sql('month_ends')}",
        {
            "as_of": as_of,
            "as_of_month": month_number(as_of),
            "first_month": month_number(as_of) - months,
            "currency": currency,
            "minor": 10**decimals,
        },
    )


def month_ends_total(engine: LocalEngine) -> pa.Table:
    """Monthly recurring revenue in minor units, and contracts, at the end of each month."""
    return engine.table(feature_sql("month_ends_total"))


def mrr_movements(engine: LocalEngine, as_of: date, months: int) -> pa.Table:
    """What moved it: contract, month, movement, amount in minor units."""
    return engine.table(feature_sql("mrr_movements"), {"first_month": month_number(as_of) - months})


def ended_by_month(engine: LocalEngine, as_of: date, months: int) -> pa.Table:
    """Contracts live at the start of each month and those that ended in it, by country, tier and months served."""
    return engine.table(feature_sql("ended_by_month"), {"first_month": month_number(as_of) - months})


def cohort_cash(engine: LocalEngine, as_of: date) -> pa.Table:
    """Money by month of the contracts' start and month of the calendar, without the upfront cost."""
    return engine.table(feature_sql("cohort_cash"), {"as_of": as_of})


def cohort_upfront(engine: LocalEngine, as_of: date) -> pa.Table:
    """Upfront cost by month of the contracts' start."""
    return engine.table(feature_sql("cohort_upfront"), {"as_of": as_of})


def quote_funnel(engine: LocalEngine, as_of: date, since: date) -> pa.Table:
    """Quotes after a day, and those of them that became contracts, by channel."""
    return engine.table(feature_sql("quote_funnel"), {"as_of": as_of, "since": since})


def cancellation_requests(engine: LocalEngine, as_of: date) -> pa.Table:
    """One row per request to cancel, with what had come of it."""
    return engine.table(feature_sql("cancellation_requests"), {"as_of": as_of})


def intervention_outcomes(engine: LocalEngine, as_of: date, watched: int) -> pa.Table:
    """Attempts to keep customers by kind, and how many contracts ended within so many months."""
    return engine.table(feature_sql("intervention_outcomes"), {"as_of": as_of, "watched": watched})
