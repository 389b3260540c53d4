-- Spells of a status ($standing) that brings no payment, up to $as_of; nothing dated after it is read.
-- Reads the tables `portfolio_*`: dated statuses where the portfolio has any, else unpaid invoices in a row.
-- A month is a running whole number, 12 * year + month - 1.

WITH contract AS (
    SELECT
        portfolio_contracts.contract_id,
        portfolio_contracts.country_code,
        COALESCE(portfolio_contracts.sales_channel, 'unknown') AS channel,
        COALESCE(portfolio_products.product_tier, 'unknown') AS tier,
        COALESCE(portfolio_customers.credit_score_band, 'unrated') AS band,
        12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
        + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS start_month,
        CASE
            WHEN portfolio_contracts.cancellation_date <= CAST($as_of AS DATE)
                THEN 12 * EXTRACT(YEAR FROM portfolio_contracts.cancellation_date)
                    + EXTRACT(MONTH FROM portfolio_contracts.cancellation_date) - 1
        END AS end_month
    FROM portfolio_contracts
    LEFT JOIN portfolio_products ON portfolio_products.product_id = portfolio_contracts.product_id
    LEFT JOIN portfolio_customers ON portfolio_customers.customer_id = portfolio_contracts.customer_id
    WHERE portfolio_contracts.start_date <= CAST($as_of AS DATE)
),

change AS (
    SELECT
        contract_id,
        status,
        12 * EXTRACT(YEAR FROM changed_on) + EXTRACT(MONTH FROM changed_on) - 1 AS month,
        -- of one day, in the order of a contract's life, which is that of the alphabet
        LAG(status) OVER (PARTITION BY contract_id ORDER BY changed_on, status) AS status_before,
        changed_on
    FROM portfolio_status_changes
    WHERE changed_on <= CAST($as_of AS DATE)
),

-- rows that repeat a status say nothing new
step AS (
    SELECT
        contract_id,
        status,
        month,
        LEAD(status) OVER (PARTITION BY contract_id ORDER BY changed_on, status) AS next_status,
        LEAD(month) OVER (PARTITION BY contract_id ORDER BY changed_on, status) AS next_month
    FROM change
    WHERE status IS DISTINCT FROM status_before
),

dated AS (
    SELECT
        contract_id,
        month AS lapse_month,
        next_month AS until_month,
        $as_of_month AS seen_month,
        COALESCE(next_status = 'active', FALSE) AS resumed,
        COALESCE(next_status = 'cancelled', TRUE) AS lasted
    FROM step
    WHERE status = $standing
),

invoice_line AS (
    SELECT
        contract_id,
        12 * period_year + period_month - 1 AS month,
        CASE
            WHEN amount_paid IS NULL AND status IN ('unpaid', 'reversed', 'written_off') THEN FALSE
            WHEN COALESCE(paid_date, COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) + days_late)
                > CAST($as_of AS DATE) THEN FALSE
            -- an unknown receipt starts no spell
            ELSE amount_paid IS NULL OR amount_paid > 0 OR amount_due = 0
        END AS paid,
        -- money comes late: within the days of grace nobody knows what will be paid
        COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) + CAST($grace_days AS INTEGER)
            <= CAST($as_of AS DATE) AS judged
    FROM portfolio_payments
    WHERE COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) <= CAST($as_of AS DATE)
        AND $standing = 'bad_billing'
        AND NOT EXISTS (SELECT 1 FROM portfolio_status_changes WHERE changed_on <= CAST($as_of AS DATE))
),

-- of several invoices of a month one that is paid is enough
invoice AS (
    SELECT
        contract_id,
        month,
        MAX(CASE WHEN paid THEN 1 ELSE 0 END) = 1 AS paid,
        COUNT(*) FILTER (WHERE NOT judged) = 0 AS judged
    FROM invoice_line
    GROUP BY contract_id, month
),

-- the newest invoices are left out, paid or not: the watch ends with them
open_yet AS (
    SELECT contract_id, MIN(month) AS month FROM invoice WHERE NOT judged GROUP BY contract_id
),

numbered AS (
    SELECT
        contract_id,
        month,
        paid,
        ROW_NUMBER() OVER (PARTITION BY contract_id ORDER BY month)
        - ROW_NUMBER() OVER (PARTITION BY contract_id, paid ORDER BY month) AS run
    FROM invoice
    WHERE judged
),

run AS (
    SELECT contract_id, paid, run, MIN(month) AS first_month
    FROM numbered
    GROUP BY contract_id, paid, run
),

followed AS (
    SELECT
        contract_id,
        paid,
        first_month,
        LEAD(first_month) OVER (PARTITION BY contract_id ORDER BY first_month) AS next_month
    FROM run
),

counted AS (
    SELECT
        followed.contract_id,
        followed.first_month AS lapse_month,
        followed.next_month AS until_month,
        open_yet.month - 1 AS seen_month,
        followed.next_month IS NOT NULL AS resumed,
        TRUE AS lasted
    FROM followed
    LEFT JOIN open_yet ON open_yet.contract_id = followed.contract_id
    WHERE NOT followed.paid
),

spell AS (
    SELECT contract_id, lapse_month, until_month, seen_month, resumed, lasted FROM dated
    UNION ALL
    SELECT contract_id, lapse_month, until_month, seen_month, resumed, lasted FROM counted
)

SELECT
    contract.contract_id,
    contract.country_code,
    contract.channel,
    contract.tier,
    contract.band,
    CAST(spell.lapse_month - contract.start_month AS BIGINT) AS lapsed_after,
    -- months after that of the lapse in which payment could have come back; the month of another end could not
    CAST(CASE
        WHEN spell.resumed THEN spell.until_month - spell.lapse_month
        WHEN COALESCE(spell.until_month, contract.end_month) IS NOT NULL
            THEN GREATEST(0, COALESCE(spell.until_month, contract.end_month) - spell.lapse_month - 1)
        ELSE GREATEST(0, COALESCE(spell.seen_month, $as_of_month) - spell.lapse_month)
    END AS BIGINT) AS months,
    spell.resumed AND spell.until_month > spell.lapse_month AS resumed,
    -- the contract ended without having paid again; in the month of the lapse it still began as one that paid
    NOT spell.resumed AND spell.lasted AND COALESCE(contract.end_month > spell.lapse_month, FALSE) AS ended
FROM spell
INNER JOIN contract ON contract.contract_id = spell.contract_id
ORDER BY contract.contract_id, spell.lapse_month
