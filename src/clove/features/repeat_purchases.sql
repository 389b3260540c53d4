-- First purchases and repeat purchases of each period, of the customers who came up to $as_of.
-- Reads `purchase` (customer_id, period: a running whole number); $until is the last period that counts.

WITH occasion AS (
    SELECT DISTINCT customer_id, period
    FROM purchase
    WHERE period <= CAST($until AS BIGINT)
),

acquired AS (
    SELECT customer_id, MIN(period) AS first_period
    FROM occasion
    GROUP BY customer_id
    HAVING MIN(period) <= CAST($as_of AS BIGINT)
)

SELECT
    occasion.period,
    COUNT(*) FILTER (WHERE occasion.period = acquired.first_period) AS first_purchases,
    COUNT(*) FILTER (WHERE occasion.period > acquired.first_period) AS repeat_purchases
FROM occasion
INNER JOIN acquired ON acquired.customer_id = occasion.customer_id
GROUP BY occasion.period
ORDER BY occasion.period
