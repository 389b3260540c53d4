-- The ledger in one row, as of $as_of, that day included; rows after it are held: counted and used for nothing.

WITH dated AS (
    SELECT
        kind,
        customer_id,
        order_id,
        time,
        is_product,
        CAST(amount AS DECIMAL(18, 6)) AS amount,  -- exact, so that the order of the rows does not matter
        CAST(time AS DATE) > CAST($as_of AS DATE) AS is_held
    FROM events
),

-- order numbers of two customers may be equal
placed AS (
    SELECT DISTINCT kind, customer_id, order_id FROM dated WHERE NOT is_held
),

placed_count AS (
    SELECT
        COUNT(*) FILTER (WHERE kind = 'purchase') AS orders,
        COUNT(*) FILTER (WHERE kind = 'return') AS return_orders,
        COUNT(DISTINCT CASE WHEN kind = 'purchase' THEN customer_id END) AS customers
    FROM placed
),

row_count AS (
    SELECT
        COUNT(*) FILTER (WHERE kind = 'purchase' AND NOT is_held) AS purchase_rows,
        COUNT(*) FILTER (WHERE kind = 'return' AND NOT is_held) AS return_rows,
        COUNT(*) FILTER (WHERE kind = 'purchase' AND is_held) AS held_purchase_rows,
        COUNT(*) FILTER (WHERE kind = 'return' AND is_held) AS held_return_rows,
        SUM(amount) FILTER (WHERE kind = 'purchase' AND NOT is_held) AS gross,
        SUM(amount) FILTER (WHERE kind = 'return' AND is_product AND NOT is_held) AS returned,
        SUM(amount) FILTER (WHERE kind = 'return' AND NOT is_product AND NOT is_held) AS other_returned,
        CAST(MIN(time) FILTER (WHERE NOT is_held) AS DATE) AS first_event,
        CAST(MAX(time) FILTER (WHERE NOT is_held) AS DATE) AS last_event
    FROM dated
)

SELECT
    row_count.purchase_rows,
    row_count.return_rows,
    row_count.held_purchase_rows,
    row_count.held_return_rows,
    placed_count.customers,
    placed_count.orders,
    placed_count.return_orders,
    CAST(COALESCE(row_count.gross, 0) AS DOUBLE) AS gross_revenue,
    CAST(COALESCE(row_count.returned, 0) AS DOUBLE) AS returned_amount,
    CAST(COALESCE(row_count.other_returned, 0) AS DOUBLE) AS other_returned_amount,
    row_count.first_event,
    row_count.last_event
FROM row_count
CROSS JOIN placed_count
