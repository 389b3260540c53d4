-- How many contracts of each segment were watched for how long, and how they left the watch by $as_of.
-- Reads the tables `portfolio_*`; nothing dated after $as_of is read.
-- `months` is the number of the month, counted from the start, in which a contract ended, or the last one that it
-- lived through. The month of the start itself has no number: an end in it counts as one of month 1.

WITH contract AS (
    SELECT
        portfolio_contracts.country_code,
        COALESCE(portfolio_contracts.sales_channel, 'unknown') AS channel,
        COALESCE(portfolio_products.product_tier, 'unknown') AS tier,
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
)

SELECT
    country_code,
    channel,
    tier,
    CAST(CASE
        WHEN end_month IS NULL THEN $as_of_month - start_month ELSE GREATEST(1, end_month - start_month)
    END AS BIGINT) AS months,
    end_month IS NOT NULL AS ended,
    COUNT(*) AS contracts
FROM contract
GROUP BY ALL
ORDER BY ALL
