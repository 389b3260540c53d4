-- The buy-till-you-die summary: purchases of one period are one occasion, and time is counted in periods.
-- Reads `purchase` (customer_id, period: a running whole number, amount); $until is the last period that counts.

WITH occasion AS (
    SELECT
        customer_id,
        period,
        -- exact decimals: a sum of floats would depend on the order of the rows
        SUM(CAST(amount AS DECIMAL(38, 12))) AS spend
    FROM purchase
    WHERE period <= CAST($until AS BIGINT)
    GROUP BY customer_id, period
),

interval AS (
    SELECT
        customer_id,
        period,
        spend,
        period - LAG(period) OVER (PARTITION BY customer_id ORDER BY period) AS gap
    FROM occasion
),

summary AS (
    SELECT
        customer_id,
        COUNT(gap) AS frequency,
        MIN(period) AS first_period,
        MAX(period) AS last_period,
        SUM(spend) AS spend,
        COALESCE(SUM(CAST(LN(gap) AS DECIMAL(38, 12))), 0) AS log_intervals
    FROM interval
    GROUP BY customer_id
)

SELECT
    summary.customer_id,
    CAST(summary.frequency AS DOUBLE) AS frequency,
    CAST(summary.first_period AS DOUBLE) AS first_period,
    CAST(summary.last_period AS DOUBLE) AS last_period,
    -- the first occasion says how a customer was won, not what a repeat purchase is worth
    CAST(summary.spend - occasion.spend AS DOUBLE) / NULLIF(summary.frequency, 0) AS monetary_value,
    CAST(summary.log_intervals AS DOUBLE) AS log_intervals
FROM summary
INNER JOIN occasion
    ON occasion.customer_id = summary.customer_id AND occasion.period = summary.first_period
ORDER BY summary.customer_id
