-- What it cost to win and fit contracts up to $as_of, by segment and currency: sums of each kind, and of how many.
-- Reads the tables `portfolio_*`.

SELECT
    portfolio_contracts.country_code,
    COALESCE(portfolio_contracts.sales_channel, 'unknown') AS channel,
    COALESCE(portfolio_products.product_tier, 'unknown') AS tier,
    portfolio_contracts.currency,
    COUNT(DISTINCT portfolio_contracts.contract_id) AS contracts,
    SUM(portfolio_costs_upfront.amount) FILTER (WHERE portfolio_costs_upfront.cost_type = 'cac_marketing')
        AS cac_marketing,
    SUM(portfolio_costs_upfront.amount) FILTER (WHERE portfolio_costs_upfront.cost_type = 'cac_sales') AS cac_sales,
    SUM(portfolio_costs_upfront.amount) FILTER (WHERE portfolio_costs_upfront.cost_type = 'cac_call_centre')
        AS cac_call_centre,
    SUM(portfolio_costs_upfront.amount) FILTER (WHERE portfolio_costs_upfront.cost_type = 'fitment_labour')
        AS fitment_labour,
    SUM(portfolio_costs_upfront.amount) FILTER (WHERE portfolio_costs_upfront.cost_type = 'fitment_travel')
        AS fitment_travel,
    SUM(portfolio_costs_upfront.amount) FILTER (WHERE portfolio_costs_upfront.cost_type = 'hardware') AS hardware
FROM portfolio_contracts
INNER JOIN portfolio_costs_upfront ON portfolio_costs_upfront.contract_id = portfolio_contracts.contract_id
LEFT JOIN portfolio_products ON portfolio_products.product_id = portfolio_contracts.product_id
WHERE COALESCE(portfolio_costs_upfront.incurred_on, portfolio_contracts.start_date) <= CAST($as_of AS DATE)
GROUP BY
    portfolio_contracts.country_code,
    COALESCE(portfolio_contracts.sales_channel, 'unknown'),
    COALESCE(portfolio_products.product_tier, 'unknown'),
    portfolio_contracts.currency
ORDER BY 1, 2, 3, 4
