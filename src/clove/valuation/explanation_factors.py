"""What may move a forecast, under names that people know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factor:
    """Something about a customer, and the columns of `clove.valuation.behaviour` that tell of it."""

    key: str
    title: str
    columns: tuple[str, ...] = ()


FREQUENCY, SILENCE, AGE, SPEND = 0, 1, 2, 3  # places of those that the purchase and spend models know
FACTORS = (
    Factor("frequency", "number of purchases", ("frequency", "orders", "purchase_rate", "rfm_frequency_score")),
    Factor(
        "silence",
        "silence since the last one",
        # the share of his age between first and last purchase is one less that of the silence
        ("silence", "tenure", "silence_in_intervals", "rfm_recency_score", "probability_alive"),
    ),
    Factor("age", "time as a customer"),
    Factor(
        "spend",
        "spend per order",
        ("monetary_avg", "monetary_max", "monetary_total", "monetary_value", "expected_spend", "rfm_monetary_score"),
    ),
    Factor(
        "lately",
        "orders of late",
        ("orders_30d", "orders_90d", "orders_180d", "revenue_30d", "revenue_90d", "revenue_180d"),
    ),
    Factor("estimate", "size of the estimate", ("expected_purchases", "expected_value", "rfm_combined_score")),
    Factor("products", "number of products", ("unique_products",)),
    Factor("quantity", "pieces per order line", ("avg_quantity_per_item",)),
    Factor("returns", "returns", ("cancellation_rate", "returned_share")),
    Factor("regularity", "regularity", ("interval_cv",)),
    Factor("country", "country", ("country_rate", "country_spend")),
    Factor("channel", "sales channel", ("channel_rate", "channel_spend")),
    Factor("category", "first product category", ("first_category_rate", "first_category_spend")),
    Factor("month", "month of the first order", ("acquisition_month_rate", "acquisition_month_spend")),
    Factor("hours", "weekends and evenings", ("weekend_purchase_ratio", "evening_purchase_ratio")),
)
REST = "everything else"
_PLACES = {column: place for place, factor in enumerate(FACTORS) for column in factor.columns}


def place_of(column: str) -> int:
    """Which of `FACTORS` a column tells of.

    Raises:
        KeyError: None does; a column that a model learns from needs a name that people know.
    """
    return _PLACES[column]
