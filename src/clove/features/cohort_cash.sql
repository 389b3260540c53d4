-- Money that came and went by month of the contracts' start and month of the calendar, up to $as_of, the upfront cost
-- left out. Reads the views `converted_*`: one currency, each amount at the rate of its day.
-- A month is a running whole number, 12 * year + month - 1. `fitted_*` is of contracts whose upfront cost is known.

WITH fitted AS (
    SELECT DISTINCT converted_costs_upfront.contract_id
    FROM converted_costs_upfront
    INNER JOIN portfolio_contracts ON portfolio_contracts.contract_id = converted_costs_upfront.contract_id
    WHERE COALESCE(converted_costs_upfront.incurred_on, portfolio_contracts.start_date) <= CAST($as_of AS DATE)
),

contract AS (
    SELECT
        portfolio_contracts.contract_id,
        CAST(
            12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
            + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS BIGINT
        ) AS start_month,
        fitted.contract_id IS NOT NULL AS is_fitted
    FROM portfolio_contracts
    LEFT JOIN fitted ON fitted.contract_id = portfolio_contracts.contract_id
    WHERE portfolio_contracts.start_date <= CAST($as_of AS DATE)
),

flow AS (
    SELECT
        contract_id,
        'fees' AS kind,
        COALESCE(
            paid_date, COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) + COALESCE(days_late, 0)
        ) AS day,
        CASE WHEN amount_paid IS NULL AND status = 'paid' THEN amount_due ELSE amount_paid END AS cash,
        amount_paid IS NULL AND COALESCE(status NOT IN ('paid', 'unpaid', 'reversed', 'written_off'), TRUE) AS unknown
    FROM converted_payments
    UNION ALL
    SELECT
        contract_id,
        'penalties' AS kind,
        COALESCE(penalty_collected_on, cancellation_date) AS day,
        penalty_collected AS cash,
        FALSE AS unknown
    FROM converted_contracts
    UNION ALL
    SELECT
        contract_id,
        'recovery_fees' AS kind,
        COALESCE(closed_on, stolen_on) AS day,
        recovery_fee_collected AS cash,
        FALSE AS unknown
    FROM converted_recovery_events
    UNION ALL
    SELECT
        contract_id,
        'recovery_costs' AS kind,
        COALESCE(closed_on, stolen_on) AS day,
        recovery_cost AS cash,
        FALSE AS unknown
    FROM converted_recovery_events
    UNION ALL
    SELECT
        contract_id,
        'monthly_costs' AS kind,
        LAST_DAY(MAKE_DATE(period_year, period_month, 1)) AS day,
        amount AS cash,
        FALSE AS unknown
    FROM converted_costs_monthly
),

-- exact decimals: a sum of floats would depend on the order of the rows
summed AS (
    SELECT
        contract.start_month,
        contract.is_fitted,
        CAST(12 * EXTRACT(YEAR FROM flow.day) + EXTRACT(MONTH FROM flow.day) - 1 AS BIGINT) AS month,
        flow.kind,
        SUM(CAST(flow.cash AS DECIMAL(18, 6))) AS cash,
        COUNT(*) FILTER (WHERE flow.unknown) AS unknown
    FROM flow
    INNER JOIN contract ON contract.contract_id = flow.contract_id
    WHERE flow.day <= CAST($as_of AS DATE)
    GROUP BY
        contract.start_month,
        contract.is_fitted,
        CAST(12 * EXTRACT(YEAR FROM flow.day) + EXTRACT(MONTH FROM flow.day) - 1 AS BIGINT),
        flow.kind
)

SELECT
    start_month,
    month,
    CAST(COALESCE(SUM(cash) FILTER (WHERE kind = 'fees'), 0) AS DOUBLE) AS fees,
    CAST(COALESCE(SUM(cash) FILTER (WHERE kind = 'penalties'), 0) AS DOUBLE) AS penalties,
    CAST(COALESCE(SUM(cash) FILTER (WHERE kind = 'recovery_fees'), 0) AS DOUBLE) AS recovery_fees,
    CAST(COALESCE(SUM(cash) FILTER (WHERE kind = 'recovery_costs'), 0) AS DOUBLE) AS recovery_costs,
    CAST(COALESCE(SUM(cash) FILTER (WHERE kind = 'monthly_costs'), 0) AS DOUBLE) AS monthly_costs,
    CAST(COALESCE(SUM(cash) FILTER (
        WHERE is_fitted AND kind IN ('fees', 'penalties', 'recovery_fees')
    ), 0) AS DOUBLE) AS fitted_collected,
    CAST(COALESCE(SUM(
        CASE WHEN kind IN ('fees', 'penalties', 'recovery_fees') THEN cash ELSE -cash END
    ) FILTER (WHERE is_fitted), 0) AS DOUBLE) AS fitted_net,
    CAST(SUM(unknown) AS BIGINT) AS unknown_receipts
FROM summed
GROUP BY start_month, month
ORDER BY start_month, month
