-- Customers who returned something up to $as_of, that day included, and have no purchase up to then:
-- what they bought lies before the file begins, or was rejected.

SELECT
    COUNT(DISTINCT customer_id) AS customers,
    CAST(COALESCE(SUM(CAST(amount AS DECIMAL(18, 6))) FILTER (WHERE is_product), 0) AS DOUBLE) AS returned_amount,
    CAST(COALESCE(SUM(CAST(amount AS DECIMAL(18, 6))) FILTER (WHERE NOT is_product), 0) AS DOUBLE) AS other_amount
FROM events
WHERE
    kind = 'return'
    AND CAST(time AS DATE) <= CAST($as_of AS DATE)
    AND NOT EXISTS (
        SELECT 1
        FROM events AS purchase
        WHERE
            purchase.customer_id = events.customer_id
            AND purchase.kind = 'purchase'
            AND CAST(purchase.time AS DATE) <= CAST($as_of AS DATE)
    )
