-- One piece of a file, judged row by row: every row gets its values and the first rule that it breaks, if any.
-- Words in braces stand for expressions over the text cells of `incoming`, which checks.py writes.
WITH cells AS (
    SELECT row, {blank} AS blank, {key_a} AS key_a, {key_b} AS key_b,
           {customer} AS customer_id, {order} AS order_id, {item} AS item, {country} AS country,
           {time} AS time, time_text, {amount} AS amount, {quantity} AS quantity, {price} AS price,
           {value_text} AS value_text
    FROM incoming
), signed AS (
    SELECT * EXCLUDE (amount, quantity),
           {is_return} AS is_return,
           NOT coalesce(upper(item) IN ({non_products}) OR starts_with(upper(item), 'GIFT_'), false) AS is_product,
           {signed_amount} AS signed_amount,
           {signed_quantity} AS signed_quantity
    FROM cells WHERE NOT blank
), valued AS (
    SELECT * EXCLUDE (signed_amount, signed_quantity),
           CASE WHEN is_return THEN abs(signed_amount) ELSE signed_amount END AS amount,
           abs(nullif(signed_quantity, 0)) AS quantity
    FROM signed
)
SELECT row, key_a, key_b, is_return, is_product, customer_id, order_id, item, country, time, time_text, value_text,
       amount, quantity,
       CASE WHEN customer_id IS NULL THEN {null_customer}
            WHEN NOT is_return AND NOT is_product THEN {non_product}
            WHEN amount IS NULL OR NOT isfinite(amount) THEN {unreadable}
            WHEN NOT amount > 0 THEN {not_above_zero}
            WHEN time IS NULL THEN {unreadable_date}
            WHEN time < TIMESTAMP '1970-01-01' THEN {before_1970}
            WHEN time >= $tomorrow THEN {after_today}
       END AS rule
FROM valued
