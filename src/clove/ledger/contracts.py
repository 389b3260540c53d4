"""The tables of a portfolio of contracts. Only `contracts` has to be there; the more there is, the more can be told.

A portfolio is a folder with one file per table. Amounts are in the major unit of the contract's currency. Columns that
say what is so now (`status`, `months_active`, `resolution`, `residual_value`) are never features: the state as of a
date is rebuilt from dated rows.
"""

from collections.abc import Mapping

from clove.ledger.contract_columns import (
    CONTRACT,
    MAX_CLAUSE,
    MAX_DISTANCE,
    PERIOD,
    PERIOD_END,
    START,
    an_id,
    country,
    currency,
    day,
    money,
    number,
    text,
    whole,
    word,
    yes_no,
)
from clove.ledger.contract_table import Column, ContractTable, Kind

CHANNELS = ("direct", "dealer", "corporate", "online", "broker")
TIERS = ("basic", "standard", "premium", "fleet")
CONTRACT_STATES = ("active", "bad_billing", "suspended", "cancelled")
CREDIT_BANDS = ("A", "B", "C", "D", "unrated")
CUSTOMER_TYPES = ("individual", "fleet", "corporate", "dealer")
COMPLEXITIES = ("standard", "complex", "premium")
CANCELLATION_REASONS = (
    *("voluntary_price_sensitivity", "voluntary_service", "voluntary_vehicle_sold", "voluntary_competitor"),
    *("voluntary_other", "forced_non_payment", "forced_theft", "forced_other"),
)
UPFRONT_COSTS = ("cac_marketing", "cac_sales", "cac_call_centre", "fitment_labour", "fitment_travel", "hardware")
MONTHLY_COSTS = ("platform", "sim_data", "support", "repair", "collections", "retention_intervention")

TABLES: Mapping[str, ContractTable] = {
    table.name: table
    for table in (
        ContractTable(
            "contracts",
            "one contract",
            (
                an_id("contract_id", "the business's own key", required=True),
                an_id("customer_id", "who holds it", required=True, parent="customers"),
                an_id("product_id", "what is sold; it tells the tier", parent="products"),
                country(required=True),
                text("region", "part of the country"),
                word("sales_channel", CHANNELS, "through which it was sold"),
                day("start_date", "first day of the contract", required=True),
                whole("cancellation_clause_months", 0, MAX_CLAUSE, "minimum term, in months; 0 for none"),
                money("monthly_fee", "current fee of a month", required=True),
                currency(),
                word("status", CONTRACT_STATES, "what it is now; never a feature"),
                day("cancellation_date", "on which it ended"),
                word("cancellation_reason", CANCELLATION_REASONS, "why it ended"),
                money("penalty_invoiced", "invoiced at cancellation", "cancellation_date"),
                money("penalty_collected", "collected of it", "penalty_collected_on", "cancellation_date"),
                day("penalty_collected_on", "when it was collected"),
                whole("months_active", 0, 1200, "tenure now, in months; never a feature"),
                text("vehicle_make", "maker of the vehicle"),
                number("distance_to_fitter_km", 0, MAX_DISTANCE, "to the nearest fitting centre, in km"),
            ),
            key=("contract_id",),
            happened=("start_date",),
        ),
        ContractTable(
            "customers",
            "one customer",
            (
                an_id("customer_id", "the business's own key", required=True),
                word("customer_type", CUSTOMER_TYPES, "kind of customer"),
                country(),
                text("region", "part of the country"),
                text("acquisition_channel", "through which the customer came"),
                day("first_contract_date", "start of the first contract ever"),
                word("credit_score_band", CREDIT_BANDS, "credit band, A the best"),
                whole("fleet_size", 0, 1_000_000, "vehicles"),
            ),
            key=("customer_id",),
        ),
        ContractTable(
            "payments",
            "the invoice of a contract for a month, and what was paid of it",
            (
                an_id("payment_id", "the business's own key"),
                CONTRACT,
                *PERIOD,
                money("amount_due", "invoiced", "due_date", PERIOD_END, required=True),
                money("amount_paid", "received; empty: unknown", "paid_date", "due_date", PERIOD_END),
                word("payment_method", ("debit_order", "eft", "credit_card", "cash"), "how it is paid"),
                whole("days_late", -366, 20_000, "days from due to received"),
                word("status", ("paid", "partial", "unpaid", "reversed", "written_off"), "what came of it"),
                day("due_date", "on which it was due"),
                day("paid_date", "on which the money came"),
            ),
            key=("payment_id",),
            happened=("due_date", PERIOD_END),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "products",
            "one product of the catalogue",
            (
                an_id("product_id", "the business's own key", required=True),
                word("product_tier", TIERS, "tier", required=True),
                money("standard_monthly_fee", "list price of a month"),
                whole("standard_cancellation_clause", 0, MAX_CLAUSE, "usual minimum term, in months; 0 for none"),
                money("hardware_cost", "hardware of one contract"),
                money("monthly_platform_cost", "platform, of a contract and month"),
                country(),
                currency(),
            ),
            key=("product_id",),
        ),
        ContractTable(
            "costs_upfront",
            "one cost of winning or fitting a contract",
            (
                CONTRACT,
                word("cost_type", UPFRONT_COSTS, "what it was for", required=True),
                money("amount", "the cost", "incurred_on", START, required=True),
                day("incurred_on", "when; empty: the start of the contract"),
            ),
            happened=("incurred_on", START),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "costs_monthly",
            "one cost of a contract in a month",
            (
                CONTRACT,
                *PERIOD,
                word("cost_type", MONTHLY_COSTS, "what it was for", required=True),
                money("amount", "the cost", PERIOD_END, required=True),
            ),
            happened=(PERIOD_END,),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "hardware",
            "one unit of hardware, as it is now",
            (
                an_id("hardware_id", "the business's own key", required=True),
                an_id("contract_id", "the contract in which it is used", parent="contracts"),
                word(
                    "status",
                    ("installed", "retrieved", "in_refurbishment", "stock", "lost", "stolen"),
                    "what it is now; never a feature",
                ),
                money("purchase_cost", "paid for it", "purchased_on"),
                money("residual_value", "worth now; never a feature"),
                day("purchased_on", "when it was bought"),
                day("status_date", "since when it has its status"),
            ),
            key=("hardware_id",),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "hardware_valuations",
            "what a unit of hardware was worth on a day",
            (
                Column("hardware_id", Kind.ID, "the unit", required=True, parent="hardware", parent_needed=True),
                day("valued_on", "the day", required=True),
                money("residual_value", "its worth", "valued_on", required=True),
            ),
            key=("hardware_id", "valued_on"),
            happened=("valued_on",),
            currency_from=("hardware_id",),
        ),
        ContractTable(
            "fitment_records",
            "one visit of a technician",
            (
                an_id("fitment_id", "the business's own key"),
                CONTRACT,
                an_id("hardware_id", "the unit", parent="hardware"),
                word("fitment_type", ("installation", "retrieval", "swap", "repair"), "what was done", required=True),
                word("vehicle_complexity", COMPLEXITIES, "how hard the vehicle is to work on"),
                money("base_labour", "labour for a standard vehicle", "fitted_on"),
                number("distance_km", 0, MAX_DISTANCE, "travelled, in km"),
                money("total_cost", "cost of the visit", "fitted_on"),
                day("fitted_on", "when"),
            ),
            key=("fitment_id",),
            happened=("fitted_on",),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "support_tickets",
            "one request of a customer",
            (
                an_id("ticket_id", "the business's own key"),
                CONTRACT,
                word(
                    "category",
                    ("hardware_fault", "billing", "cancellation_request", "service_query", "recovery_request"),
                    "what it is about",
                    required=True,
                ),
                word(
                    "resolution",
                    ("resolved", "escalated", "pending", "closed_no_action"),
                    "what came of it by now; never a feature",
                ),
                day("opened_on", "when it came", required=True),
                day("resolved_on", "when it was closed"),
            ),
            key=("ticket_id",),
            happened=("opened_on",),
        ),
        ContractTable(
            "recovery_events",
            "one theft and what came of it",
            (
                an_id("recovery_id", "the business's own key"),
                CONTRACT,
                day("stolen_on", "day of the theft", required=True),
                word("outcome", ("recovered", "not_recovered", "pending"), "what came of it"),
                day("closed_on", "when that was known"),
                money("recovery_fee_charged", "invoiced to the customer", "closed_on", "stolen_on"),
                money("recovery_fee_collected", "collected of it", "closed_on", "stolen_on"),
                money("recovery_cost", "what the recovery cost the business", "closed_on", "stolen_on"),
            ),
            key=("recovery_id",),
            happened=("stolen_on",),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "status_changes",
            "a contract's status from a day on",
            (
                CONTRACT,
                day("changed_on", "the day", required=True),
                word("status", CONTRACT_STATES, "the status from then on", required=True),
            ),
            key=("contract_id", "changed_on", "status"),
            happened=("changed_on",),
        ),
        ContractTable(
            "fee_changes",
            "a contract's fee from a day on",
            (
                CONTRACT,
                day("changed_on", "the day", required=True),
                money("monthly_fee", "the fee of a month from then on", "changed_on", required=True),
            ),
            key=("contract_id", "changed_on"),
            happened=("changed_on",),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "quotes",
            "a price that was offered",
            (
                an_id("quote_id", "the business's own key", required=True),
                day("quoted_on", "the day", required=True),
                country(required=True),
                text("region", "part of the country"),
                word("sales_channel", CHANNELS, "through which it was offered", required=True),
                word("product_tier", TIERS, "tier", required=True),
                word("customer_type", CUSTOMER_TYPES, "kind of customer"),
                money("price", "the fee of a month that was offered", "quoted_on", required=True),
                money("list_price", "the list price then", "quoted_on"),
                currency(),
                yes_no("converted", "whether a contract came of it", required=True),
                an_id("contract_id", "the contract that came of it", parent="contracts"),
            ),
            key=("quote_id",),
            happened=("quoted_on",),
        ),
        ContractTable(
            "interventions",
            "an attempt to keep a customer",
            (
                an_id("intervention_id", "the business's own key"),
                CONTRACT,
                day("made_on", "the day", required=True),
                word("kind", ("call", "discount", "service_visit", "upgrade", "other"), "what was done"),
                money("cost", "its cost", "made_on"),
                yes_no("treated", "no for a control that was recorded and left alone"),
                text("outcome", "what was noted of it"),
            ),
            key=("intervention_id",),
            happened=("made_on",),
            currency_from=("contract_id",),
        ),
        ContractTable(
            "price_overrides",
            "a price offered in place of the recommended one",
            (
                an_id("override_id", "the business's own key"),
                an_id("quote_id", "the quote", parent="quotes"),
                an_id("contract_id", "the contract", parent="contracts"),
                day("made_on", "the day", required=True),
                money("recommended_price", "the fee of a month that was recommended", "made_on"),
                money("offered_price", "the fee of a month that was offered", "made_on", required=True),
                text("reason", "why", required=True),
                text("made_by", "who decided"),
            ),
            key=("override_id",),
            happened=("made_on",),
            currency_from=("contract_id", "quote_id"),
        ),
        ContractTable(
            "exchange_rates",
            "what a currency was worth from a day on",
            (
                Column("currency", Kind.CURRENCY, "ISO 4217 code", required=True),
                day("rate_date", "the day", required=True),
                number("rate", 1e-9, 1e9, "units of the portfolio's currency that one unit buys", required=True),
            ),
            key=("currency", "rate_date"),
            happened=("rate_date",),
        ),
    )
}
"""Table name -> table."""
