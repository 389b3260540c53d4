-- One row per contract that had started by $as_of, as it was known at the end of that day.
-- Reads the tables `portfolio_*`, `contract_billing` and `contract_hardware`. Nothing dated after $as_of is read, and no column that says what is so now.
-- A month is a running whole number, 12 * year + month - 1. Money is in the contract's currency.

WITH contract AS (
    SELECT
        portfolio_contracts.contract_id,
        portfolio_contracts.customer_id,
        portfolio_contracts.product_id,
        portfolio_contracts.country_code,
        portfolio_contracts.region,
        COALESCE(portfolio_contracts.sales_channel, 'unknown') AS channel,
        portfolio_contracts.currency,
        portfolio_contracts.start_date,
        12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
        + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS start_month,
        CASE
            WHEN portfolio_contracts.cancellation_date <= CAST($as_of AS DATE)
                THEN portfolio_contracts.cancellation_date
        END AS ended_on,
        CASE
            WHEN portfolio_contracts.cancellation_date <= CAST($as_of AS DATE)
                THEN portfolio_contracts.cancellation_reason
        END AS end_reason,
        portfolio_contracts.cancellation_clause_months,
        portfolio_contracts.monthly_fee,
        portfolio_contracts.vehicle_make,
        portfolio_contracts.distance_to_fitter_km
    FROM portfolio_contracts
    WHERE portfolio_contracts.start_date <= CAST($as_of AS DATE)
),

fee AS (
    SELECT contract_id, MAX_BY(monthly_fee, changed_on) AS monthly_fee
    FROM portfolio_fee_changes
    WHERE changed_on <= CAST($as_of AS DATE)
    GROUP BY contract_id
),

-- A fee change of a contract that comes after $as_of: the current fee was not yet so.
later_fee AS (
    SELECT DISTINCT contract_id FROM portfolio_fee_changes WHERE changed_on > CAST($as_of AS DATE)
),

-- Whether the portfolio was written down a whole month after $as_of or later: a current fee may be one of after it.
past AS (
    SELECT COALESCE(MAX(day) >= LAST_DAY(CAST($as_of AS DATE) + 1), FALSE) AS past
    FROM (
        SELECT MAX(start_date) AS day FROM portfolio_contracts
        UNION ALL
        SELECT MAX(COALESCE(paid_date, due_date, MAKE_DATE(period_year, period_month, 1))) FROM portfolio_payments
        UNION ALL
        SELECT MAX(LAST_DAY(MAKE_DATE(period_year, period_month, 1))) FROM portfolio_costs_monthly
        UNION ALL
        SELECT MAX(changed_on) FROM portfolio_status_changes
        UNION ALL
        SELECT MAX(opened_on) FROM portfolio_support_tickets
        UNION ALL
        SELECT MAX(quoted_on) FROM portfolio_quotes
    ) AS newest
),

upfront AS (
    SELECT
        portfolio_costs_upfront.contract_id,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6))) AS upfront_cost,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6))) FILTER (
            WHERE portfolio_costs_upfront.cost_type IN ('cac_marketing', 'cac_sales', 'cac_call_centre')
        ) AS acquisition_cost,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6)))
            FILTER (WHERE portfolio_costs_upfront.cost_type = 'cac_marketing') AS cac_marketing,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6)))
            FILTER (WHERE portfolio_costs_upfront.cost_type = 'cac_sales') AS cac_sales,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6)))
            FILTER (WHERE portfolio_costs_upfront.cost_type = 'cac_call_centre') AS cac_call_centre,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6)))
            FILTER (WHERE portfolio_costs_upfront.cost_type = 'fitment_labour') AS fitment_labour,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6)))
            FILTER (WHERE portfolio_costs_upfront.cost_type = 'fitment_travel') AS fitment_travel,
        SUM(CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6)))
            FILTER (WHERE portfolio_costs_upfront.cost_type = 'hardware') AS hardware
    FROM portfolio_costs_upfront
    INNER JOIN contract ON contract.contract_id = portfolio_costs_upfront.contract_id
    WHERE COALESCE(portfolio_costs_upfront.incurred_on, contract.start_date) <= CAST($as_of AS DATE)
    GROUP BY portfolio_costs_upfront.contract_id
),

cost_line AS (
    SELECT
        contract_id,
        12 * period_year + period_month - 1 AS month,
        cost_type,
        CAST(amount AS DECIMAL(18, 6)) AS amount
    FROM portfolio_costs_monthly
    WHERE LAST_DAY(MAKE_DATE(period_year, period_month, 1)) <= CAST($as_of AS DATE)
),

running AS (
    SELECT
        contract_id,
        -- attempts to keep a customer are a decision of their own, not a cost of every month to come
        SUM(amount) FILTER (WHERE cost_type <> 'retention_intervention' AND month > $as_of_month - $cost_months)
            AS recent_cost,
        -- what a contract costs whether it pays or not
        SUM(amount) FILTER (WHERE cost_type IN ('platform', 'sim_data') AND month > $as_of_month - $cost_months)
            AS recent_upkeep,
        MIN(month) AS first_cost_month,
        MAX(month) AS last_cost_month
    FROM cost_line
    GROUP BY contract_id
),

-- A visit without a date counts as the first.
visit AS (
    SELECT
        contract_id,
        COALESCE(fitted_on, DATE '1970-01-01') AS day,
        MAX(vehicle_complexity) AS complexity,
        MAX(base_labour) AS base_labour,
        MAX(distance_km) AS distance_km,
        COUNT(*) FILTER (WHERE fitment_type = 'retrieval') AS retrievals
    FROM portfolio_fitment_records
    WHERE COALESCE(fitted_on, CAST($as_of AS DATE)) <= CAST($as_of AS DATE)
    GROUP BY contract_id, COALESCE(fitted_on, DATE '1970-01-01')
),

fitment AS (
    SELECT
        contract_id,
        MAX_BY(complexity, day) AS complexity,
        MAX_BY(base_labour, day) AS base_labour,
        MAX_BY(distance_km, day) AS distance_km,
        SUM(retrievals) AS retrievals
    FROM visit
    GROUP BY contract_id
)

SELECT
    contract.contract_id,
    contract.customer_id,
    contract.country_code,
    contract.region,
    contract.channel,
    COALESCE(portfolio_products.product_tier, 'unknown') AS tier,
    COALESCE(portfolio_customers.credit_score_band, 'unrated') AS band,
    portfolio_customers.customer_type,
    contract.currency,
    contract.vehicle_make,
    contract.start_date,
    contract.ended_on,
    contract.end_reason,
    billing.status,
    -- whole months from the month of the start to that of the end, or of $as_of
    CAST(GREATEST(
        0,
        COALESCE(12 * EXTRACT(YEAR FROM contract.ended_on) + EXTRACT(MONTH FROM contract.ended_on) - 1 - 1, $as_of_month)
        - contract.start_month
    ) AS BIGINT) AS months_served,
    COALESCE(contract.cancellation_clause_months, portfolio_products.standard_cancellation_clause) AS clause_months,
    COALESCE(
        fee.monthly_fee,
        CASE
            -- a contract that has ended has no later fee
            WHEN contract.ended_on IS NULL AND (later_fee.contract_id IS NOT NULL OR (SELECT past FROM past))
                THEN CAST(billing.newest_due AS DOUBLE)
            ELSE contract.monthly_fee
        END
    ) AS monthly_fee,
    portfolio_products.standard_monthly_fee AS list_price,
    CAST($as_of_month - billing.lapse_month AS BIGINT) AS months_lapsed,
    CASE WHEN billing.lapse_month IS NOT NULL THEN CAST(billing.arrears AS DOUBLE) END AS arrears,
    billing.invoices,
    billing.known_invoices,
    CAST(billing.known_due AS DOUBLE) AS known_due,
    CAST(billing.received AS DOUBLE) AS received,
    CAST(billing.paying_due AS DOUBLE) AS paying_due,
    CAST(billing.paying_received AS DOUBLE) AS paying_received,
    -- months served in which the contract paid, before its first or after its last invoice or line of upkeep
    billing.missing_invoices,
    billing.missing_cost_months,
    CAST(upfront.upfront_cost AS DOUBLE) AS upfront_cost,
    CAST(upfront.acquisition_cost AS DOUBLE) AS acquisition_cost,
    CAST(upfront.cac_marketing AS DOUBLE) AS cac_marketing,
    CAST(upfront.cac_sales AS DOUBLE) AS cac_sales,
    CAST(upfront.cac_call_centre AS DOUBLE) AS cac_call_centre,
    CAST(upfront.fitment_labour AS DOUBLE) AS fitment_labour,
    CAST(upfront.fitment_travel AS DOUBLE) AS fitment_travel,
    CAST(upfront.hardware AS DOUBLE) AS hardware,
    CAST(running.recent_cost AS DOUBLE) AS recent_cost,
    CAST(running.recent_upkeep AS DOUBLE) AS recent_upkeep,
    -- a contract that has ended costs nothing after its last line
    CAST(GREATEST(
        0,
        CASE WHEN contract.ended_on IS NULL THEN $as_of_month ELSE running.last_cost_month END
        - GREATEST(running.first_cost_month, $as_of_month - $cost_months + 1) + 1
    ) AS BIGINT) AS recent_cost_months,
    portfolio_products.monthly_platform_cost,
    portfolio_products.hardware_cost,
    CASE WHEN COALESCE(fitment.retrievals, 0) = 0 THEN CAST(hardware.residual_value AS DOUBLE) END AS residual_value,
    fitment.complexity,
    fitment.base_labour,
    COALESCE(fitment.distance_km, contract.distance_to_fitter_km) AS distance_km
FROM contract
INNER JOIN contract_billing AS billing ON billing.contract_id = contract.contract_id
LEFT JOIN portfolio_products ON portfolio_products.product_id = contract.product_id
LEFT JOIN portfolio_customers ON portfolio_customers.customer_id = contract.customer_id
LEFT JOIN fee ON fee.contract_id = contract.contract_id
LEFT JOIN later_fee ON later_fee.contract_id = contract.contract_id
LEFT JOIN upfront ON upfront.contract_id = contract.contract_id
LEFT JOIN running ON running.contract_id = contract.contract_id
LEFT JOIN contract_hardware AS hardware ON hardware.contract_id = contract.contract_id
LEFT JOIN fitment ON fitment.contract_id = contract.contract_id
ORDER BY contract.contract_id
