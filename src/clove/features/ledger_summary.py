"""The whole ledger in a dozen figures."""

from dataclasses import dataclass
from datetime import date

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql


@dataclass(frozen=True, slots=True)
class LedgerSummary:
    """As of a date, that day included; only the held rows lie after it."""

    purchase_rows: int
    return_rows: int
    held_purchase_rows: int
    held_return_rows: int
    customers: int  # with a purchase
    orders: int
    return_orders: int  # of any kind, products or not
    gross_revenue: float
    returned_amount: float  # products
    other_returned_amount: float  # postage, fees and adjustments
    first_event: date | None  # None where no event has happened yet
    last_event: date | None

    @property
    def held_rows(self) -> int:
        """Rows after the as-of date, purchases and returns."""
        return self.held_purchase_rows + self.held_return_rows


def ledger_summary(engine: LocalEngine, as_of: date) -> LedgerSummary:
    """Count what the ledger holds up to `as_of`, that day included, and what it holds back."""
    (row,) = engine.table(feature_sql("ledger_summary"), {"as_of": as_of}).to_pylist()
    return LedgerSummary(**row)
