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
