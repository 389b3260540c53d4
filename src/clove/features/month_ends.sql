-- One row per contract and month, from the later of $first_month and that of its start to $as_of_month or that of its
-- end: its state at the end of the month and of the month before, and what its fee is worth there.
-- Reads the tables `portfolio_*` and `portfolio_rates`; nothing dated after $as_of is read, and of each month end
-- nothing dated after it. A month is a running whole number, 12 * year + month - 1.
-- Amounts are whole minor units of $currency, $minor of which make one unit, at the rate of the month end; halves
-- round away from zero. `revalued` is the fee of the month before at the rate of this one.

WITH contract AS (
    SELECT
        portfolio_contracts.contract_id,
        portfolio_contracts.country_code,
        COALESCE(portfolio_contracts.sales_channel, 'unknown') AS channel,
        COALESCE(portfolio_products.product_tier, 'unknown') AS tier,
        portfolio_contracts.currency,
        portfolio_contracts.monthly_fee,
        12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
        + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS start_month,
        CASE
            WHEN portfolio_contracts.cancellation_date <= CAST($as_of AS DATE)
                THEN 12 * EXTRACT(YEAR FROM portfolio_contracts.cancellation_date)
                    + EXTRACT(MONTH FROM portfolio_contracts.cancellation_date) - 1
        END AS end_month
    FROM portfolio_contracts
    LEFT JOIN portfolio_products ON portfolio_products.product_id = portfolio_contracts.product_id
    WHERE portfolio_contracts.start_date <= CAST($as_of AS DATE)
),

-- the newest status and fee of each month in which one changed hold until the month of the next
change AS (
    SELECT
        contract_id,
        status,
        12 * EXTRACT(YEAR FROM changed_on) + EXTRACT(MONTH FROM changed_on) - 1 AS month,
        -- of one day, in the order of a contract's life, which is that of the alphabet
        ROW_NUMBER() OVER (
            PARTITION BY contract_id, EXTRACT(YEAR FROM changed_on), EXTRACT(MONTH FROM changed_on)
            ORDER BY changed_on DESC, status DESC
        ) AS newest
    FROM portfolio_status_changes
    WHERE changed_on <= CAST($as_of AS DATE)
),

status AS (
    SELECT
        contract_id,
        status,
        month,
        COALESCE(LEAD(month) OVER (PARTITION BY contract_id ORDER BY month), 1000000) AS until_month
    FROM change
    WHERE newest = 1
),

fee_of_month AS (
    SELECT
        contract_id,
        12 * EXTRACT(YEAR FROM changed_on) + EXTRACT(MONTH FROM changed_on) - 1 AS month,
        MAX_BY(monthly_fee, changed_on) AS monthly_fee
    FROM portfolio_fee_changes
    WHERE changed_on <= CAST($as_of AS DATE)
    GROUP BY contract_id, 12 * EXTRACT(YEAR FROM changed_on) + EXTRACT(MONTH FROM changed_on) - 1
),

fee AS (
    SELECT
        contract_id,
        monthly_fee,
        month,
        COALESCE(LEAD(month) OVER (PARTITION BY contract_id ORDER BY month), 1000000) AS until_month
    FROM fee_of_month
),

first_fee AS (
    SELECT contract_id, MIN(month) AS month FROM fee_of_month GROUP BY contract_id
),

-- What was invoiced tells the fee of a month before any dated fee.
invoiced AS (
    SELECT
        portfolio_payments.contract_id,
        12 * portfolio_payments.period_year + portfolio_payments.period_month - 1 AS month,
        CAST(SUM(CAST(portfolio_payments.amount_due AS DECIMAL(18, 6))) AS DOUBLE) AS amount_due
    FROM portfolio_payments
    INNER JOIN contract ON contract.contract_id = portfolio_payments.contract_id
    LEFT JOIN first_fee ON first_fee.contract_id = portfolio_payments.contract_id
    WHERE COALESCE(
            portfolio_payments.due_date, MAKE_DATE(portfolio_payments.period_year, portfolio_payments.period_month, 1)
        ) <= CAST($as_of AS DATE)
        AND COALESCE(first_fee.month > contract.start_month, TRUE)
    GROUP BY
        portfolio_payments.contract_id, 12 * portfolio_payments.period_year + portfolio_payments.period_month - 1
),

invoice AS (
    SELECT
        contract_id,
        amount_due,
        month,
        COALESCE(LEAD(month) OVER (PARTITION BY contract_id ORDER BY month), 1000000) AS until_month
    FROM invoiced
),

months AS (
    SELECT
        UNNEST(GENERATE_SERIES(CAST($first_month AS BIGINT), CAST($as_of_month AS BIGINT))) AS month
),

month_end AS (
    SELECT
        month,
        LAST_DAY(MAKE_DATE(CAST(month // 12 AS INTEGER), CAST(month % 12 + 1 AS INTEGER), 1)) AS day
    FROM months
),

standing AS (
    SELECT
        contract.contract_id,
        contract.country_code,
        contract.channel,
        contract.tier,
        contract.start_month,
        month_end.month,
        CASE WHEN contract.end_month <= month_end.month THEN 'cancelled' ELSE COALESCE(status.status, 'active') END
            AS state,
        COALESCE(fee.monthly_fee, invoice.amount_due, contract.monthly_fee) AS fee,
        CASE WHEN contract.currency = $currency THEN 1 ELSE portfolio_rates.rate END AS rate
    FROM contract
    INNER JOIN month_end
        ON month_end.month >= contract.start_month
        AND month_end.month <= COALESCE(contract.end_month, 1000000)
    LEFT JOIN status
        ON status.contract_id = contract.contract_id
        AND status.month <= month_end.month AND month_end.month < status.until_month
    LEFT JOIN fee
        ON fee.contract_id = contract.contract_id
        AND fee.month <= month_end.month AND month_end.month < fee.until_month
    LEFT JOIN invoice
        ON invoice.contract_id = contract.contract_id
        AND invoice.month <= month_end.month AND month_end.month < invoice.until_month
    LEFT JOIN portfolio_rates
        ON portfolio_rates.currency = contract.currency AND portfolio_rates.day = month_end.day
),

worth AS (
    SELECT
        contract_id,
        country_code,
        channel,
        tier,
        start_month,
        month,
        state,
        LAG(state) OVER (PARTITION BY contract_id ORDER BY month) AS state_before,
        CASE WHEN state IN ('active', 'bad_billing') THEN CAST(ROUND(fee * rate * $minor) AS BIGINT) END AS amount,
        rate,
        LAG(fee) OVER (PARTITION BY contract_id ORDER BY month) AS fee_before,
        LAG(rate) OVER (PARTITION BY contract_id ORDER BY month) AS rate_before
    FROM standing
)

SELECT
    contract_id,
    country_code,
    channel,
    tier,
    CAST(start_month AS BIGINT) AS start_month,
    CAST(month AS BIGINT) AS month,
    state,
    state_before,
    amount,
    CASE
        WHEN state_before IN ('active', 'bad_billing') THEN CAST(ROUND(fee_before * rate_before * $minor) AS BIGINT)
    END AS amount_before,
    CASE
        WHEN state_before IN ('active', 'bad_billing') THEN CAST(ROUND(fee_before * rate * $minor) AS BIGINT)
    END AS revalued
FROM worth
