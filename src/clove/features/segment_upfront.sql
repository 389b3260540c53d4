-- What it cost to win and fit contracts up to $as_of, by segment and currency: sums of each kind, and of how many.
-- Reads the tables `portfolio_*`; a contract that starts after $as_of is not known yet.

WITH cost AS (
    SELECT
        portfolio_contracts.contract_id,
        portfolio_contracts.country_code,
        COALESCE(portfolio_contracts.sales_channel, 'unknown') AS channel,
        COALESCE(portfolio_products.product_tier, 'unknown') AS tier,
        portfolio_contracts.currency,
        portfolio_costs_upfront.cost_type,
        CAST(portfolio_costs_upfront.amount AS DECIMAL(18, 6)) AS amount
    FROM portfolio_contracts
    INNER JOIN portfolio_costs_upfront ON portfolio_costs_upfront.contract_id = portfolio_contracts.contract_id
    LEFT JOIN portfolio_products ON portfolio_products.product_id = portfolio_contracts.product_id
    WHERE portfolio_contracts.start_date <= CAST($as_of AS DATE)
        AND COALESCE(portfolio_costs_upfront.incurred_on, portfolio_contracts.start_date) <= CAST($as_of AS DATE)
)

SELECT
    country_code,
    channel,
    tier,
    currency,
    COUNT(DISTINCT contract_id) AS contracts,
    -- exact decimals: a sum of floats would depend on the order of the rows
    CAST(SUM(amount) FILTER (WHERE cost_type = 'cac_marketing') AS DOUBLE) AS cac_marketing,
    CAST(SUM(amount) FILTER (WHERE cost_type = 'cac_sales') AS DOUBLE) AS cac_sales,
    CAST(SUM(amount) FILTER (WHERE cost_type = 'cac_call_centre') AS DOUBLE) AS cac_call_centre,
    CAST(SUM(amount) FILTER (WHERE cost_type = 'fitment_labour') AS DOUBLE) AS fitment_labour,
    CAST(SUM(amount) FILTER (WHERE cost_type = 'fitment_travel') AS DOUBLE) AS fitment_travel,
    CAST(SUM(amount) FILTER (WHERE cost_type = 'hardware') AS DOUBLE) AS hardware
FROM cost
GROUP BY country_code, channel, tier, currency
ORDER BY country_code, channel, tier, currency
