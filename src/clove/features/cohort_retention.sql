-- How many of each month's new customers bought again in each later month, up to $as_of, that day included.
-- A month in which nobody of a cohort bought is a row with 0; a month that has not come is no row.

WITH RECURSIVE active_month AS (
    SELECT DISTINCT
        customer_id,
        CAST(DATE_TRUNC('month', time) AS DATE) AS month_start,
        -- months as running numbers, so that their difference is the calendar's
        EXTRACT(YEAR FROM time) * 12 + EXTRACT(MONTH FROM time) AS month_number
    FROM events
    WHERE kind = 'purchase' AND CAST(time AS DATE) <= CAST($as_of AS DATE)
),

acquired AS (
    SELECT customer_id, MIN(month_start) AS cohort_month, MIN(month_number) AS cohort_number
    FROM active_month
    GROUP BY customer_id
),

cohort AS (
    SELECT cohort_month, cohort_number, COUNT(*) AS cohort_size
    FROM acquired
    GROUP BY cohort_month, cohort_number
),

grid AS (
    SELECT cohort_month, cohort_number, cohort_size, 0 AS months_since
    FROM cohort
    UNION ALL
    SELECT cohort_month, cohort_number, cohort_size, months_since + 1
    FROM grid
    WHERE cohort_number + months_since
        < EXTRACT(YEAR FROM CAST($as_of AS DATE)) * 12 + EXTRACT(MONTH FROM CAST($as_of AS DATE))
),

active AS (
    SELECT
        acquired.cohort_number,
        active_month.month_number - acquired.cohort_number AS months_since,
        COUNT(*) AS customers_active
    FROM active_month
    INNER JOIN acquired ON acquired.customer_id = active_month.customer_id
    GROUP BY acquired.cohort_number, active_month.month_number - acquired.cohort_number
)

SELECT
    grid.cohort_month,
    grid.months_since,
    COALESCE(active.customers_active, 0) AS customers_active,
    grid.cohort_size
FROM grid
LEFT JOIN active
    ON active.cohort_number = grid.cohort_number AND active.months_since = grid.months_since
ORDER BY grid.cohort_month, grid.months_since
