-- One piece of a file, judged row by row: every row gets its values and the first rule that it breaks, if any.
-- Words in braces stand for expressions over the text cells of `incoming`, which checks.py writes.
WITH cells AS (
    SELECT row, {blank} AS blank, {key_a} AS key_a, {key_b} AS key_b,
           {customer} AS customer_id, {order} AS order_id, {item} AS item, {country} AS country,
           {channel} AS channel, {category} AS category, {time} AS time, {amount} AS given_amount, {quantity} AS given_quantity, {price} AS price,
           time_text, {status_text} AS status_text, {not_paid_word} AS not_paid, {number_texts}
    FROM incoming
), marked AS (
    SELECT *, {cancelled} AS cancelled, {is_product} AS is_product FROM cells WHERE NOT blank
), signed AS (
    SELECT *, {is_return} AS is_return, {signed_amount} AS signed_amount FROM marked
), valued AS (
    SELECT *, CASE WHEN is_return THEN abs(signed_amount) ELSE signed_amount END AS amount
    FROM signed
), judged AS (
    SELECT *, CASE
            WHEN customer_id IS NULL THEN {null_customer}
            WHEN NOT is_return AND not_paid THEN {not_paid}
            WHEN NOT is_return AND NOT is_product THEN {non_product}
            -- a million million is no order, and the ledger's exact sums end there
            WHEN amount IS NULL OR NOT (amount < 1e12 AND coalesce(abs(given_quantity) < 1e12, true)) THEN {unreadable}
            WHEN NOT amount >= {smallest} THEN {not_above_zero}
            WHEN time IS NULL THEN {unreadable_date}
            WHEN time < TIMESTAMP '1970-01-01' THEN {before_1970}
            WHEN time > $end THEN {after_today}
        END AS rule
    FROM valued
)
SELECT row, key_a, key_b, is_return, is_product,
       cancelled AND signed_amount > 0 AS is_unsigned, customer_id, order_id, item, country, channel, category,
       time, amount, abs(nullif(given_quantity, 0)) AS quantity, rule,
       CASE WHEN rule IS NULL OR rule = {null_customer} THEN NULL
            WHEN rule = {non_product} THEN item
            WHEN rule = {not_paid} THEN status_text
            WHEN rule IN ({unreadable}, {not_above_zero}) THEN {number_shown}
            ELSE time_text
       END AS value
FROM judged
