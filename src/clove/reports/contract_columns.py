"""What every column of the tables means that the valuation of a portfolio writes: the one place for it."""

from clove.reports.columns import COUNT, SHARE, Column

OWN = "currency"  # of the contract
MONTHS = "months"

ID = Column("contract_id", "", "The business's own key, as text.")
CUSTOMER = Column("customer_id", "", "Who holds the contract.")
COUNTRY = Column("country_code", "", "ISO 3166-1 code of three letters.")
CURRENCY = Column("currency", "", "ISO 4217 code; all money of the row is in it.")
RATE = Column(
    "rate",
    "",
    "Units of the portfolio's currency that one unit of the row's buys: amounts times it can be added up and sorted.",
)
FEE = Column("monthly_fee", OWN, "Fee of a month as of the date.")
ACTION = Column("action", "", "What is worth most about a contract that stopped paying: continue, cancel or retrieve.")
GAIN = Column("action_gain", OWN, "What the action is worth more than the second best.")
PRIORITY = Column(
    "priority",
    OWN,
    "Of a stop: what a month of delay loses; of a continuation: what a month without agents' contact loses. The queue "
    "is in its order, in the portfolio's currency.",
)

CONTRACTS: tuple[Column, ...] = (
    ID,
    CUSTOMER,
    COUNTRY,
    Column("sales_channel", "", "Through which it was sold; `unknown` where nothing says so."),
    Column("product_tier", "", "Tier of its product; `unknown` where nothing says so."),
    CURRENCY,
    RATE,
    Column("status", "", "As of the date: active, bad_billing, suspended or cancelled."),
    FEE,
    Column("months_served", MONTHS, "Whole months after that of the start; the month of the end is not one."),
    Column(
        "monthly_churn",
        SHARE,
        "Chance that it ends in the next month, if the advice is followed of one that pays nothing; null where it has.",
    ),
    Column("p_churn_3m", SHARE, "Chance that it ends within three months; null likewise."),
    Column("tier", "", "GREEN below 0.30 of `p_churn_3m`, AMBER from there, RED above 0.60; both are settings."),
    Column(
        "remaining_value",
        OWN,
        "Expected discounted cash of the months to come; of a contract that stopped paying what the advised action is "
        "worth; 0 where it has ended.",
    ),
    Column("remaining_p10", OWN, "How far that estimate may be off: in one of ten cases it should be lower."),
    Column("remaining_p90", OWN, "In one of ten cases it should be higher."),
    Column("ltv", OWN, "`realised_value` + `remaining_value` - `upfront_cost`."),
    Column("ltv_p10", OWN, "As `remaining_p10`."),
    Column("ltv_p90", OWN, "As `remaining_p90`."),
    Column("outcome_p10", OWN, "What will come of the months ahead is below it in one of ten cases: far wider."),
    Column("outcome_p90", OWN, "Above it in one of ten cases."),
    Column("subscription_pv", OWN, "Part of `remaining_value`: fees that are expected to be paid, arrears included."),
    Column("penalty_pv", OWN, "Part of it: penalties of an early end."),
    Column("recovery_pv", OWN, "Part of it: fees of recovered vehicles less their cost."),
    Column(
        "cost_pv", OWN, "Part of it, which counts against it: monthly costs; of a stop its costs less its hardware."
    ),
    Column("upfront_cost", OWN, "Spent to win and fit it; the segment's mean where nothing is known of it."),
    Column(
        "realised_value", OWN, "Net cash up to the date, without the upfront cost; null where an invoice is unknown."
    ),
    Column(
        "payback_month", MONTHS, "First month, from its start, by which discounted cash makes up for `upfront_cost`."
    ),
    Column(
        "simple_payback_months",
        MONTHS,
        "`upfront_cost` over what a month brings after costs: neither discounted nor with any chance of an end.",
    ),
    Column("ltv_to_cac", "", "(`ltv` + what was spent to win the customer) over the latter; null where that is 0."),
    ACTION,
    GAIN,
    PRIORITY,
    Column("missing_because", "", "Why a value of the row is null."),
)
"""Of contracts.csv and contracts.parquet, in their order."""

COLLECTIONS: tuple[Column, ...] = (
    Column("rank", COUNT, "Place in the queue; 1 is the first to work."),
    ID,
    CUSTOMER,
    COUNTRY,
    CURRENCY,
    RATE,
    Column("credit_score_band", "", "A, B, C, D or unrated."),
    Column("months_lapsed", MONTHS, "Since the month whose invoice was the first to stay unpaid."),
    Column("arrears", OWN, "Unpaid invoices up to that month, without what had been left open before it."),
    FEE,
    Column("p_resume", SHARE, "Chance that payment comes back in the next month."),
    ACTION,
    GAIN,
    PRIORITY,
    Column("value", OWN, "What the best action is worth."),
    Column("ev_continue", OWN, "Worth of one month more, then whatever is best; the sum of the five parts after it."),
    Column("continue_upkeep", OWN, "Platform, SIM card and agents, a cost."),
    Column("continue_remaining", OWN, "`p_resume` times the remaining value of a contract that pays again."),
    Column("continue_later_invoices", OWN, "`p_resume` times what is paid of invoices after the lapse."),
    Column("continue_arrears", OWN, "`p_resume` times what is paid of the arrears."),
    Column("continue_afterwards", OWN, "If payment does not come back: the value a month later."),
    Column("ev_cancel", OWN, "Worth of cancelling now; the sum of the three parts after it."),
    Column("cancel_penalty", OWN, "Penalty that is collected."),
    Column("cancel_arrears", OWN, "Arrears that are collected."),
    Column("cancel_administration", OWN, "A cost."),
    Column("ev_retrieve", OWN, "Worth of fetching the hardware; the sum of the five parts after it."),
    Column("retrieve_penalty", OWN, "Penalty that is collected even so."),
    Column("retrieve_arrears", OWN, "Arrears that are collected."),
    Column("retrieve_administration", OWN, "A cost."),
    Column("retrieve_hardware", OWN, "Residual value of the hardware times the chance to get it."),
    Column("retrieve_visit", OWN, "Labour and travel, a cost."),
    Column("stop_after_months", COUNT, "Months from now after which to stop if nothing is paid before; 0 for now."),
    Column("stop_action", "", "What to do then."),
    Column("missing_because", "", "Why an action was not weighed."),
)
"""Of collections.csv and collections.parquet, in their order."""

PORTFOLIO = "the portfolio's currency"
SEGMENT = (
    COUNTRY,
    Column("sales_channel", "", "Through which its contracts are sold; `unknown` where nothing says so."),
    Column("product_tier", "", "Tier of the product; `unknown` where nothing says so."),
)

SEGMENTS: tuple[Column, ...] = (
    *SEGMENT,
    Column("currency", "", "ISO 4217 code of the portfolio's currency; all money of the table is in it."),
    Column("contracts", COUNT, "Live ones."),
    Column("monthly_fee", PORTFOLIO, "Mean fee of a month."),
    Column("monthly_churn", SHARE, "Mean chance that a contract ends in the next month."),
    Column("remaining_value", PORTFOLIO, "Of all its live contracts together."),
    Column("remaining_p10", PORTFOLIO, "How far that estimate may be off: in one of ten cases it should be lower."),
    Column("remaining_p90", PORTFOLIO, "In one of ten cases it should be higher."),
    Column("mean_ltv", PORTFOLIO, "Of the contracts of which it is known."),
    Column("mean_ltv_p10", PORTFOLIO, "As `remaining_p10`."),
    Column("mean_ltv_p90", PORTFOLIO, "As `remaining_p90`."),
    Column("mean_upfront_cost", PORTFOLIO, "Of a contract."),
    Column("median_payback_month", MONTHS, "Of the contracts that pay back; null where none does."),
    Column("never_pays_back", COUNT, "Contracts that do not within the horizon."),
)
"""Of segments.csv, in their order."""

PRICES: tuple[Column, ...] = (
    *SEGMENT,
    Column("currency", "", "ISO 4217 code; all money of the row is in it."),
    Column("quotes", COUNT, "Behind its demand; 0 where the illustrative table speaks alone."),
    Column("list_price", OWN, "Of a month; the mean fee of its contracts where no product lists one."),
    Column("verdict", "", "PROCEED or BLOCK, of a new contract at the list price."),
    Column("reasons", "", "What a blocked price fails; null where it may proceed."),
    Column("conversion", SHARE, "Share of quotes at the list price that become contracts."),
    Column("conversion_p10", SHARE, "How far that estimate may be off; null without quotes."),
    Column("conversion_p90", SHARE, "Likewise."),
    Column("ltv", OWN, "Of a new contract at the list price."),
    Column("ltv_p10", OWN, "How far that estimate may be off: in one of ten cases it should be lower."),
    Column("ltv_p90", OWN, "In one of ten cases it should be higher."),
    Column("payback_month", MONTHS, "Of a new contract; null for never within the horizon."),
    Column("break_even", OWN, "The price at which `ltv` is 0; null for none among those that were looked at."),
    Column("optimum", OWN, "The price with the highest profit per quote among those that were looked at."),
    Column("optimum_on_bound", "", "true where that is the lowest or the highest of them."),
)
"""Of prices.csv, in their order."""
