"""Returns of people who, as far as the file knows, never bought."""

from dataclasses import dataclass
from datetime import date

from clove.engine.local import LocalEngine
from clove.features.sets import feature_sql


@dataclass(frozen=True, slots=True)
class ReturnsWithoutPurchases:
    """They are no customers of the feature table, so their returns are told apart."""

    customers: int
    returned_amount: float  # products
    other_amount: float  # postage, fees and adjustments


def returns_without_purchases(engine: LocalEngine, as_of: date) -> ReturnsWithoutPurchases:
    """Count the customers with returns but no purchase up to `as_of`, that day included."""
    (row,) = engine.table(feature_sql("returns_without_purchases"), {"as_of": as_of}).to_pylist()
    return ReturnsWithoutPurchases(**row)
