-- What each customer who came up to $as_of bought after it and up to $until; a customer who bought nothing has a 0.
-- Reads `purchase` (customer_id, period: a running whole number, amount).

WITH occasion AS (
    SELECT
        customer_id,
        period,
        -- exact decimals: a sum of floats would depend on the order of the rows
        SUM(CAST(amount AS DECIMAL(38, 12))) AS spend
    FROM purchase
    WHERE period <= CAST($until AS BIGINT)
    GROUP BY customer_id, period
)

SELECT
    customer_id,
    CAST(COUNT(*) FILTER (WHERE period > CAST($as_of AS BIGINT)) AS DOUBLE) AS occasions,
    CAST(SUM(spend) FILTER (WHERE period > CAST($as_of AS BIGINT)) AS DOUBLE)
    / NULLIF(COUNT(*) FILTER (WHERE period > CAST($as_of AS BIGINT)), 0) AS mean_spend
FROM occasion
GROUP BY customer_id
HAVING MIN(period) <= CAST($as_of AS BIGINT)
ORDER BY customer_id
