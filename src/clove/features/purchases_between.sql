-- What each customer bought after $after and up to $until, that day included: what a forecast is held against.
-- A customer who bought nothing in that time has no row.

SELECT
    customer_id,
    COUNT(DISTINCT CAST(time AS DATE)) AS purchase_days,
    -- exact decimals: a sum of floats would depend on the order of the rows
    CAST(SUM(CAST(amount AS DECIMAL(18, 6))) AS DOUBLE) AS spend
FROM events
WHERE
    kind = 'purchase'
    AND CAST(time AS DATE) > CAST($after AS DATE)
    AND CAST(time AS DATE) <= CAST($until AS DATE)
GROUP BY customer_id
ORDER BY customer_id
