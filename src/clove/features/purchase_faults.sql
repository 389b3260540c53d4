-- What keeps the rows of `entry` (customer_id, time, amount) from being purchases: a count and a first position
-- of each fault, positions counted from 0. A row may have several faults.

WITH judged AS (
    SELECT
        ROW_NUMBER() OVER () - 1 AS position,
        customer_id IS NULL AS lacks_customer,
        time IS NULL OR NOT ISFINITE(time) AS lacks_time,
        -- from $most on, a float64 no longer holds cents
        amount IS NULL OR NOT (amount >= 0 AND amount < CAST($most AS DOUBLE)) AS lacks_amount,
        time
    FROM entry
)

SELECT
    COUNT(*) AS row_count,
    COUNT(*) FILTER (WHERE lacks_customer) AS customer_count,
    MIN(position) FILTER (WHERE lacks_customer) AS customer_first,
    COUNT(*) FILTER (WHERE lacks_time) AS time_count,
    MIN(position) FILTER (WHERE lacks_time) AS time_first,
    COUNT(*) FILTER (WHERE lacks_amount) AS amount_count,
    MIN(position) FILTER (WHERE lacks_amount) AS amount_first,
    CAST(MAX(time) FILTER (WHERE NOT lacks_time) AS DATE) AS last_day
FROM judged
