-- What it cost to win and fit the contracts of each month of start, up to $as_of, and of how many of them that is known.
-- Reads `converted_costs_upfront`: one currency, each amount at the rate of its day.

SELECT
    CAST(
        12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
        + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS BIGINT
    ) AS start_month,
    COUNT(DISTINCT converted_costs_upfront.contract_id) AS fitted,
    -- exact decimals: a sum of floats would depend on the order of the rows
    CAST(SUM(CAST(converted_costs_upfront.amount AS DECIMAL(18, 6))) AS DOUBLE) AS upfront_cost
FROM converted_costs_upfront
INNER JOIN portfolio_contracts ON portfolio_contracts.contract_id = converted_costs_upfront.contract_id
WHERE portfolio_contracts.start_date <= CAST($as_of AS DATE)
    AND COALESCE(converted_costs_upfront.incurred_on, portfolio_contracts.start_date) <= CAST($as_of AS DATE)
GROUP BY
    CAST(
        12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
        + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS BIGINT
    )
ORDER BY start_month
