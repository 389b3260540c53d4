"""What every column of the tables that a run writes means: the one place from which pages and dictionaries take it."""

from collections.abc import Sequence
from dataclasses import dataclass

CURRENCY = "currency"
DAYS = "days"
COUNT = "count"
SHARE = "0 to 1"
FIFTH = "1 to 5"


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    unit: str  # empty where it has none
    words: str  # a sentence with its full stop; Markdown


CUSTOMER_ID = Column("customer_id", "", "The business's own key, as text.")
FIRST = Column("first_purchase", "date", "Day of the first purchase.")
LAST = Column("last_purchase", "date", "Day of the last purchase up to the as-of date.")
ORDERS = Column("orders", COUNT, "Distinct orders; without order numbers, rows.")
SUMMARY = (
    Column("frequency", COUNT, "Repeat purchase occasions: purchase days after the first."),
    Column("recency", DAYS, "From the first to the last purchase, as buy-till-you-die models count it."),
    Column("T", DAYS, "The customer's age: from the first purchase to the as-of date."),
    Column("monetary_value", CURRENCY, "Mean spend of the repeat purchase days; null for one-time buyers."),
)
RECENCY_DAYS = Column("recency_days", DAYS, "From the last purchase to the as-of date, as RFM counts it.")
SCORES = (
    Column("rfm_recency_score", FIFTH, "Fifth of `recency_days`, 5 the most recent; equal values get equal scores."),
    Column("rfm_frequency_score", FIFTH, "Fifth of `orders`, 5 the most."),
    Column("rfm_monetary_score", FIFTH, "Fifth of total spend, 5 the most."),
    Column("rfm_combined_score", "3 to 15", "Sum of the three scores."),
)

CUSTOMERS: tuple[Column, ...] = (
    CUSTOMER_ID,
    FIRST,
    LAST,
    ORDERS,
    *SUMMARY,
    RECENCY_DAYS,
    Column("historical_value", CURRENCY, "Purchases so far, net of returns, times margin."),
    Column(
        "probability_alive",
        SHARE,
        "Chance that the customer has not left for good, by the purchase model alone. "
        "Of one-time buyers the BG/NBD cannot know it and says 1.",
    ),
    Column(
        "expected_purchases",
        COUNT,
        "Purchase occasions over the horizon, on average over all that may happen; by the purchase model alone.",
    ),
    Column(
        "expected_spend",
        CURRENCY,
        "Mean spend of such an occasion, by the spend model alone: the blend's `clv` is not their product.",
    ),
    Column(
        "clv",
        CURRENCY,
        "Mean of the forecast: of the blend, or of the purchase model where there is none. Before returns.",
    ),
    Column(
        "clv_by_purchases",
        CURRENCY,
        "`expected_purchases` times `expected_spend`, discounted, times margin: what the purchase and spend models "
        "say alone.",
    ),
    Column(
        "clv_by_behaviour",
        CURRENCY,
        "What the boosted value says alone; null where there is none. `clv` = weight · `clv_by_purchases` + "
        "(1 - weight) · `clv_by_behaviour`, the weight being in `run.json` under `boosted_value`.",
    ),
    Column("clv_p10", CURRENCY, "In one of ten cases the outcome is below it; often 0."),
    Column("clv_p50", CURRENCY, "The median: as many cases below as above."),
    Column("clv_p90", CURRENCY, "In nine of ten cases the outcome is below it."),
    Column("total_clv", CURRENCY, "`historical_value` + `clv`."),
    Column(
        "next_purchase",
        "date",
        "The day by which a purchase is as likely as not; null where that never comes within the horizon.",
    ),
    Column("next_purchase_reason", "", "Why `next_purchase` is null."),
    Column("percentile_rank", "0 to 100", "Share of customers with a lower `clv`, ties counted half."),
    Column("segment", "", "Band of percentile ranks."),
    Column("action", "", "What to do with the segment."),
    *SCORES,
    Column(
        "factors",
        "",
        "What moved `clv`: the five strongest factors and everything else, each with its value and its money. Their "
        "money and the base, the forecast of a typical customer (`importance` in `run.json`), add up to `clv`. A list "
        "in the Parquet file, text in the CSV file.",
    ),
    Column("is_cold_start", "", "Fewer than two orders."),
    Column("source", "", "What the forecast stands on."),
)
"""Of customers.csv and customers.parquet, in their order."""

FEATURES: tuple[Column, ...] = (
    CUSTOMER_ID,
    FIRST,
    LAST,
    ORDERS,
    *SUMMARY,
    RECENCY_DAYS,
    Column("monetary_total", CURRENCY, "All purchases, before returns."),
    Column("monetary_avg", CURRENCY, "`monetary_total` / `orders`."),
    Column("monetary_max", CURRENCY, "Largest order."),
    Column("tenure_days", DAYS, "From the first to the last purchase."),
    Column("purchase_velocity", "orders a month", "`orders` per 30.44 days of tenure; `orders` where the tenure is 0."),
    Column("inter_purchase_days_avg", DAYS, "Mean days between one order and the next; 0 with one order."),
    Column("inter_purchase_days_std", DAYS, "Their standard deviation; 0 with fewer than three orders."),
    Column("unique_products", COUNT, "Distinct products; null where the file knows none."),
    Column("cancellation_rate", SHARE, "Return orders / (orders + return orders)."),
    Column("avg_quantity_per_item", COUNT, "Mean quantity of an order line; null where the file knows none."),
    Column("uk_customer", "0 or 1", "1 if any purchase came from the United Kingdom; null where no country is known."),
    Column("acquisition_month", "1 to 12", "Month of the first purchase."),
    Column("acquisition_quarter", "1 to 4", "Quarter of the first purchase."),
    Column("purchased_in_q4", "0 or 1", "1 if any purchase fell in October, November or December."),
    Column("weekend_purchase_ratio", SHARE, "Order lines on a Saturday or Sunday."),
    Column(
        "evening_purchase_ratio",
        SHARE,
        "Order lines from 17:00; null for everybody where the file knows no time of day.",
    ),
    *SCORES,
    Column("orders_30d", COUNT, "Orders in the 30 days up to the as-of date, that day included."),
    Column("orders_90d", COUNT, "Orders in the last 90 days."),
    Column("orders_180d", COUNT, "Orders in the last 180 days."),
    Column("revenue_30d", CURRENCY, "Purchases of the 30 days up to the as-of date, that day included."),
    Column("revenue_90d", CURRENCY, "Purchases of the last 90 days."),
    Column("revenue_180d", CURRENCY, "Purchases of the last 180 days."),
    Column("return_orders", COUNT, "Distinct orders that were returns of products."),
    Column("returned_amount", CURRENCY, "Returns of products."),
    Column("net_revenue", CURRENCY, "`monetary_total` less `returned_amount`."),
    Column(
        "interval_cv",
        "number",
        "Standard deviation of the days between purchase days over their mean: near 1 for purchases at random, smaller "
        "for regular ones; null with fewer than three purchase days.",
    ),
    Column("log_intervals", "log days", "Sum of the logarithms of the days between purchase days; 0 with one of them."),
    Column("first_order_value", CURRENCY, "Purchases of the first day."),
    Column("first_order_items", COUNT, "Their order lines."),
    Column("country", "", "Their country; null where it is not known."),
    Column("channel", "", "The channel through which they came; null where it is not known."),
    Column("first_category", "", "The product category with most of their amount; null where none is known."),
)
"""Of features.parquet, in their order."""


def glossary_table(columns: Sequence[Column]) -> str:
    """The lines of a Markdown table.

    >>> print(glossary_table((CUSTOMER_ID,)))
    | column | unit | meaning |
    |---|---|---|
    | `customer_id` |  | The business's own key, as text. |
    """
    rows = [f"| `{column.name}` | {column.unit} | {column.words} |" for column in columns]
    return "\n".join(["| column | unit | meaning |", "|---|---|---|", *rows])
