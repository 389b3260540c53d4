-- One row per customer with at least one purchase up to $as_of, that day included.
-- Reads `events`. Nothing after $as_of is read, so a later row cannot change a figure.
-- The 22 features of the CLV benchmark keep its names, except that its `frequency` is `orders` here.
-- Money and quantities are summed as exact decimals: a sum of floats would depend on the order of the rows.
-- No window over everything, `OVER ()`: with several threads DuckDB 1.5.5 fails on one now and then.
-- `purchase` is read six times: scanning `events` again is cheaper than writing it out, hence NOT MATERIALIZED.

WITH purchase AS NOT MATERIALIZED (
    SELECT
        customer_id,
        order_id,
        time,
        CAST(time AS DATE) AS day,
        CAST(amount AS DECIMAL(18, 6)) AS amount,
        CAST(quantity AS DECIMAL(18, 6)) AS quantity,
        item,
        country,
        channel,
        category
    FROM events
    WHERE kind = 'purchase' AND CAST(time AS DATE) <= CAST($as_of AS DATE)
),

-- Order lines, which the benchmark calls transactions.
line AS (
    SELECT
        customer_id,
        MIN(day) AS first_purchase,
        MAX(day) AS last_purchase,
        COUNT(*) AS line_count,
        SUM(amount) AS total,
        SUM(amount) FILTER (WHERE date_diff('day', day, CAST($as_of AS DATE)) < 30) AS total_30d,
        SUM(amount) FILTER (WHERE date_diff('day', day, CAST($as_of AS DATE)) < 90) AS total_90d,
        SUM(amount) FILTER (WHERE date_diff('day', day, CAST($as_of AS DATE)) < 180) AS total_180d,
        SUM(quantity) AS quantity_sum,
        COUNT(quantity) AS quantity_count,
        -- no known country is not the same as a foreign one
        MAX(CASE WHEN country = 'United Kingdom' THEN 1 WHEN country IS NOT NULL THEN 0 END) AS uk_customer,
        MAX(CASE WHEN EXTRACT(MONTH FROM day) >= 10 THEN 1 ELSE 0 END) AS purchased_in_q4,
        -- days since a Monday: 5 and 6 are Saturday and Sunday; engines number weekdays differently
        COUNT(*) FILTER (WHERE date_diff('day', DATE '1900-01-01', day) % 7 >= 5) AS weekend_count,
        COUNT(*) FILTER (WHERE EXTRACT(HOUR FROM time) >= 17) AS evening_count,
        MAX(CASE WHEN time > CAST(day AS TIMESTAMP) THEN 1 ELSE 0 END) AS has_clock
    FROM purchase
    GROUP BY customer_id
),

-- COUNT(DISTINCT item) per customer would have to stay in memory; groups may spill to disk.
known_item AS (
    SELECT DISTINCT customer_id, item FROM purchase WHERE item IS NOT NULL
),

product AS (
    SELECT customer_id, COUNT(*) AS unique_products FROM known_item GROUP BY customer_id
),

-- An order happened when its first line did.
order_total AS (
    SELECT
        customer_id,
        order_id,
        CAST(MIN(time) AS DATE) AS day,
        CAST(MAX(time) AS DATE) AS last_day,
        SUM(amount) AS total
    FROM purchase
    GROUP BY customer_id, order_id
),

order_gap AS (
    SELECT
        customer_id,
        last_day,
        total,
        date_diff('day', LAG(day) OVER (PARTITION BY customer_id ORDER BY day), day) AS gap
    FROM order_total
),

orders AS (
    SELECT
        customer_id,
        COUNT(*) AS orders,
        MAX(total) AS largest,
        COUNT(*) FILTER (WHERE date_diff('day', last_day, CAST($as_of AS DATE)) < 30) AS orders_30d,
        COUNT(*) FILTER (WHERE date_diff('day', last_day, CAST($as_of AS DATE)) < 90) AS orders_90d,
        COUNT(*) FILTER (WHERE date_diff('day', last_day, CAST($as_of AS DATE)) < 180) AS orders_180d,
        COUNT(gap) AS gaps,
        CAST(SUM(gap) AS BIGINT) AS gap_sum,
        CAST(SUM(gap * gap) AS BIGINT) AS gap_squares
    FROM order_gap
    GROUP BY customer_id
),

-- Purchases of one day are one occasion of a buy-till-you-die model.
day_total AS (
    SELECT
        customer_id,
        day,
        SUM(amount) AS total,
        COUNT(*) AS line_count,
        -- of two countries on one day the first in the alphabet counts; so of channels
        MIN(country) AS country,
        MIN(channel) AS channel
    FROM purchase
    GROUP BY customer_id, day
),

day_gap AS (
    SELECT
        customer_id,
        total,
        line_count,
        country,
        channel,
        date_diff('day', LAG(day) OVER (PARTITION BY customer_id ORDER BY day), day) AS gap
    FROM day_total
),

occasion AS (
    SELECT
        customer_id,
        COUNT(gap) AS gaps,
        CAST(SUM(gap) AS BIGINT) AS gap_sum,
        CAST(SUM(gap * gap) AS BIGINT) AS gap_squares,
        -- exact decimals here too: logs are floats
        COALESCE(SUM(CAST(LN(gap) AS DECIMAL(38, 12))), 0) AS log_gaps,
        -- the first day has no gap before it: its spend is left out of the repeat spend
        SUM(total) FILTER (WHERE gap IS NOT NULL) AS repeat_total,
        MIN(total) FILTER (WHERE gap IS NULL) AS first_total,
        MIN(line_count) FILTER (WHERE gap IS NULL) AS first_lines,
        MIN(country) FILTER (WHERE gap IS NULL) AS country,
        MIN(channel) FILTER (WHERE gap IS NULL) AS channel
    FROM day_gap
    GROUP BY customer_id
),

-- What the purchases of his first day with a category were mostly made of; where the file knows none, no row is read.
category_total AS (
    SELECT customer_id, day, category, SUM(amount) AS total
    FROM purchase
    WHERE category IS NOT NULL
    GROUP BY customer_id, day, category
),

main_category AS (
    SELECT
        customer_id,
        day,
        category,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day, total DESC, category) AS place
    FROM category_total
),

-- Returns of postage, fees and adjustments say nothing about how content a customer is.
returned AS (
    SELECT
        customer_id,
        COUNT(DISTINCT order_id) AS return_orders,
        SUM(CAST(amount AS DECIMAL(18, 6))) AS total
    FROM events
    WHERE kind = 'return' AND is_product AND CAST(time AS DATE) <= CAST($as_of AS DATE)
    GROUP BY customer_id
),

customer AS (
    SELECT
        line.customer_id,
        line.first_purchase,
        line.last_purchase,
        orders.orders,
        occasion.gaps AS frequency,
        date_diff('day', line.first_purchase, line.last_purchase) AS tenure_days,
        date_diff('day', line.first_purchase, CAST($as_of AS DATE)) AS age_days,
        date_diff('day', line.last_purchase, CAST($as_of AS DATE)) AS recency_days,
        CAST(occasion.repeat_total AS DOUBLE) / NULLIF(occasion.gaps, 0) AS monetary_value,
        CAST(occasion.log_gaps AS DOUBLE) AS log_intervals,
        CAST(line.total AS DOUBLE) AS monetary_total,
        CAST(orders.largest AS DOUBLE) AS monetary_max,
        CAST(occasion.first_total AS DOUBLE) AS first_order_value,
        occasion.first_lines AS first_order_items,
        occasion.country,
        occasion.channel,
        main_category.category AS first_category,
        CASE
            WHEN orders.gaps = 0 THEN 0.0 ELSE CAST(orders.gap_sum AS DOUBLE) / orders.gaps
        END AS inter_purchase_days_avg,
        -- sums of whole numbers are exact, so the textbook form of the variance loses nothing
        CASE
            WHEN orders.gaps < 2 THEN 0.0
            ELSE SQRT(
                CAST(orders.gaps * orders.gap_squares - orders.gap_sum * orders.gap_sum AS DOUBLE)
                / (orders.gaps * (orders.gaps - 1))
            )
        END AS inter_purchase_days_std,
        product.unique_products,
        COALESCE(returned.return_orders, 0) AS return_orders,
        CAST(COALESCE(returned.total, 0) AS DOUBLE) AS returned_amount,
        CAST(line.total - COALESCE(returned.total, 0) AS DOUBLE) AS net_revenue,
        CAST(line.quantity_sum AS DOUBLE) / NULLIF(line.quantity_count, 0) AS avg_quantity_per_item,
        line.uk_customer,
        line.purchased_in_q4,
        CAST(line.weekend_count AS DOUBLE) / line.line_count AS weekend_purchase_ratio,
        -- where every purchase is at midnight, the file knows days only
        CASE WHEN (SELECT MAX(has_clock) FROM line) = 1
            THEN CAST(line.evening_count AS DOUBLE) / line.line_count
        END AS evening_purchase_ratio,
        orders.orders_30d,
        orders.orders_90d,
        orders.orders_180d,
        CAST(COALESCE(line.total_30d, 0) AS DOUBLE) AS revenue_30d,
        CAST(COALESCE(line.total_90d, 0) AS DOUBLE) AS revenue_90d,
        CAST(COALESCE(line.total_180d, 0) AS DOUBLE) AS revenue_180d,
        -- irregular buyers have a large one; two gaps are the least that can differ
        CASE
            WHEN occasion.gaps >= 2 THEN SQRT(
                CAST(occasion.gaps * occasion.gap_squares - occasion.gap_sum * occasion.gap_sum AS DOUBLE)
                / (occasion.gaps * (occasion.gaps - 1))
            ) / (CAST(occasion.gap_sum AS DOUBLE) / occasion.gaps)
        END AS interval_cv
    FROM line
    INNER JOIN orders ON orders.customer_id = line.customer_id
    INNER JOIN occasion ON occasion.customer_id = line.customer_id
    LEFT JOIN product ON product.customer_id = line.customer_id
    -- of a later day it would not be that of the first purchases
    LEFT JOIN main_category
        ON main_category.customer_id = line.customer_id
        AND main_category.day = line.first_purchase
        AND main_category.place = 1
    LEFT JOIN returned ON returned.customer_id = line.customer_id
),

-- Quintile by mid-rank, 1 + floor(5 * (below + equal / 2) / n): equal values get equal scores, whatever the
-- order of the rows. NTILE would split ties at random, and cutting at quantiles leaves quintiles empty.
-- Each distinct value is scored once: there are few, and ranking every customer would sort the base three times.
recency_count AS (
    SELECT recency_days, COUNT(*) AS equal FROM customer GROUP BY recency_days
),

recency_score AS (
    SELECT
        recency_days,
        LEAST(5, 1 + CAST(FLOOR(
            -- the running sum counts those as recent as this or less, so 5 is the most recent
            5.0 * (2 * SUM(equal) OVER (ORDER BY recency_days DESC) - equal) / (2 * (SELECT COUNT(*) FROM line))
        ) AS BIGINT)) AS score
    FROM recency_count
),

orders_count AS (
    SELECT orders, COUNT(*) AS equal FROM customer GROUP BY orders
),

orders_score AS (
    SELECT
        orders,
        LEAST(5, 1 + CAST(FLOOR(
            5.0 * (2 * SUM(equal) OVER (ORDER BY orders) - equal) / (2 * (SELECT COUNT(*) FROM line))
        ) AS BIGINT)) AS score
    FROM orders_count
),

monetary_count AS (
    SELECT monetary_total, COUNT(*) AS equal FROM customer GROUP BY monetary_total
),

monetary_score AS (
    SELECT
        monetary_total,
        LEAST(5, 1 + CAST(FLOOR(
            5.0 * (2 * SUM(equal) OVER (ORDER BY monetary_total) - equal) / (2 * (SELECT COUNT(*) FROM line))
        ) AS BIGINT)) AS score
    FROM monetary_count
)

SELECT
    customer.customer_id,
    customer.first_purchase,
    customer.last_purchase,
    customer.orders,
    -- buy-till-you-die summary, in days
    customer.frequency,
    customer.tenure_days AS recency,
    customer.age_days AS "T",
    customer.monetary_value,
    -- what they spent
    customer.recency_days,
    customer.monetary_total,
    customer.monetary_total / customer.orders AS monetary_avg,
    customer.monetary_max,
    -- how they buy
    customer.tenure_days,
    CASE
        WHEN customer.tenure_days = 0 THEN CAST(customer.orders AS DOUBLE)
        ELSE customer.orders / (customer.tenure_days / 30.44)
    END AS purchase_velocity,
    customer.inter_purchase_days_avg,
    customer.inter_purchase_days_std,
    customer.unique_products,
    -- the true rate; the benchmark's is 0 throughout, because it drops returns before it counts them
    CAST(customer.return_orders AS DOUBLE) / (customer.orders + customer.return_orders) AS cancellation_rate,
    customer.avg_quantity_per_item,
    customer.uk_customer,
    -- when they buy
    EXTRACT(MONTH FROM customer.first_purchase) AS acquisition_month,
    EXTRACT(QUARTER FROM customer.first_purchase) AS acquisition_quarter,
    customer.purchased_in_q4,
    customer.weekend_purchase_ratio,
    customer.evening_purchase_ratio,
    -- quintiles, 5 is best
    recency_score.score AS rfm_recency_score,
    orders_score.score AS rfm_frequency_score,
    monetary_score.score AS rfm_monetary_score,
    recency_score.score + orders_score.score + monetary_score.score AS rfm_combined_score,
    -- recent windows: the last so many days, the as-of day included
    customer.orders_30d,
    customer.orders_90d,
    customer.orders_180d,
    customer.revenue_30d,
    customer.revenue_90d,
    customer.revenue_180d,
    -- returns and regularity
    customer.return_orders,
    customer.returned_amount,
    customer.net_revenue,
    customer.interval_cv,
    -- sum of the logs of the days between purchase days, 0 where there is one only
    customer.log_intervals,
    -- the first day's purchases: what is known of a customer who has only just come
    customer.first_order_value,
    customer.first_order_items,
    customer.country,
    customer.channel,
    customer.first_category
FROM customer
INNER JOIN recency_score ON recency_score.recency_days = customer.recency_days
INNER JOIN orders_score ON orders_score.orders = customer.orders
INNER JOIN monetary_score ON monetary_score.monetary_total = customer.monetary_total
ORDER BY customer.customer_id
