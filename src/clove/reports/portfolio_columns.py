"""What every column of the tables behind a portfolio's figures means."""

from clove.reports.columns import COUNT, CURRENCY, Column

MRR_MOVEMENTS: tuple[Column, ...] = (
    Column("month_end", "date", "Last day of the month in which it moved."),
    Column("contract_id", "", "The business's own key, as text."),
    Column("country_code", "", "ISO 3166-1 code of three letters."),
    Column("sales_channel", "", "Through which it was sold; `unknown` is one of its own."),
    Column("product_tier", "", "Tier of its product; `unknown` is one of its own."),
    Column("movement", "", "new, expansion, contraction, suspended, reactivated, churned or fx."),
    Column("amount", CURRENCY, "By how much the monthly recurring revenue moved, in the portfolio's currency."),
    Column("amount_minor", "minor units", "The same as a whole number: these add up exactly."),
    Column("currency", "", "The portfolio's."),
)
"""Of mrr_movements.parquet, in their order."""

NOTICES: tuple[Column, ...] = (
    Column("contract_id", "", "The business's own key, as text."),
    Column("currency", "", "The contract's, in which its money is."),
    Column("opened_on", "date", "Day of the first request to cancel that is still open."),
    Column("days_open", "days", "From that day to the as-of date."),
    Column("monthly_fee", CURRENCY, "Fee of a month."),
    Column("months_left", COUNT, "Months left in the clause."),
    Column("penalty", CURRENCY, "Due if the contract ended now."),
    Column("remaining_value", CURRENCY, "Expected discounted cash of the months ahead."),
)
"""Of cancellation_notices.parquet, in their order."""
