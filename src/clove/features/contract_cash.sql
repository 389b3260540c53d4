-- Net cash of each contract and month up to $as_of, the upfront cost left out. Long: contract, month, cash.
-- Reads the tables `portfolio_*`. Money counts in the month in which it came; in the contract's currency.
-- `position` numbers the contracts that had started by $as_of from 0, in the order of contract_id.

WITH contract AS (
    SELECT
        contract_id,
        ROW_NUMBER() OVER (ORDER BY contract_id) - 1 AS position,
        12 * EXTRACT(YEAR FROM start_date) + EXTRACT(MONTH FROM start_date) - 1 AS start_month,
        cancellation_date,
        penalty_collected_on,
        penalty_collected
    FROM portfolio_contracts
    WHERE start_date <= CAST($as_of AS DATE)
),

flow AS (
    SELECT
        contract_id,
        COALESCE(
            paid_date,
            COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) + COALESCE(days_late, 0)
        ) AS day,
        CASE
            WHEN amount_paid IS NULL AND status = 'paid' THEN amount_due
            ELSE amount_paid
        END AS cash
    FROM portfolio_payments
    UNION ALL
    SELECT contract_id, COALESCE(penalty_collected_on, cancellation_date) AS day, penalty_collected AS cash
    FROM contract
    UNION ALL
    SELECT contract_id, COALESCE(closed_on, stolen_on) AS day, recovery_fee_collected AS cash
    FROM portfolio_recovery_events
    UNION ALL
    SELECT contract_id, COALESCE(closed_on, stolen_on) AS day, -recovery_cost AS cash
    FROM portfolio_recovery_events
    UNION ALL
    SELECT contract_id, LAST_DAY(MAKE_DATE(period_year, period_month, 1)) AS day, -amount AS cash
    FROM portfolio_costs_monthly
)

SELECT
    contract.position,
    CAST(12 * EXTRACT(YEAR FROM flow.day) + EXTRACT(MONTH FROM flow.day) - 1 - contract.start_month AS BIGINT)
        AS month,
    -- exact decimals: a sum of floats would depend on the order of the rows
    CAST(SUM(CAST(flow.cash AS DECIMAL(18, 6))) AS DOUBLE) AS cash
FROM flow
INNER JOIN contract ON contract.contract_id = flow.contract_id
WHERE flow.day <= CAST($as_of AS DATE) AND flow.cash IS NOT NULL
GROUP BY contract.position, month
ORDER BY contract.position, month
