-- One row per contract-month of the table `churn_rows` (contract_id, month), as it was known at the end of that month.
-- Reads the tables `portfolio_*`; what is dated after a month's end touches no row of that month, and no column that
-- says what is so now is read: `status`, `months_active`, `monthly_fee`, `resolution` of the present.
-- Terms without a date count as fixed: country, channel, product, clause, list price, kind of customer, band, vehicle.
-- A month is a running whole number, 12 * year + month - 1. Every sum is of whole numbers: the order of rows is nothing.

WITH wanted_contract AS (
    SELECT contract_id, MAX(month) AS last_month FROM churn_rows GROUP BY contract_id
),

contract AS (
    SELECT
        portfolio_contracts.contract_id,
        portfolio_contracts.customer_id,
        portfolio_contracts.product_id,
        portfolio_contracts.country_code,
        portfolio_contracts.sales_channel,
        portfolio_contracts.currency,
        portfolio_contracts.cancellation_clause_months,
        LOWER(portfolio_contracts.vehicle_make) AS make,
        12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
        + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS start_month,
        wanted_contract.last_month
    FROM portfolio_contracts
    INNER JOIN wanted_contract ON wanted_contract.contract_id = portfolio_contracts.contract_id
),

invoice AS (
    SELECT
        portfolio_payments.contract_id,
        contract.last_month,
        COALESCE(portfolio_payments.due_date, MAKE_DATE(portfolio_payments.period_year, portfolio_payments.period_month, 1))
            AS due_on,
        portfolio_payments.amount_due AS due,
        CASE
            WHEN portfolio_payments.amount_paid IS NULL
                AND portfolio_payments.status IN ('unpaid', 'reversed', 'written_off') THEN 0
            WHEN portfolio_payments.amount_paid IS NULL AND portfolio_payments.status = 'paid'
                THEN portfolio_payments.amount_due
            ELSE portfolio_payments.amount_paid
        END AS received,
        portfolio_payments.paid_date,
        portfolio_payments.days_late
    FROM portfolio_payments
    INNER JOIN contract ON contract.contract_id = portfolio_payments.contract_id
    WHERE portfolio_payments.amount_due > 0
),

dated_invoice AS (
    SELECT
        contract_id,
        last_month,
        due,
        received,
        due_on,
        COALESCE(paid_date, due_on + days_late) AS paid_on,
        GREATEST(COALESCE(days_late, date_diff('day', due_on, paid_date)), 0) AS late
    FROM invoice
),

-- an invoice is open from the month in which it is due to that in which money comes; a receipt without a date came at once
monthly_invoice AS (
    SELECT
        contract_id,
        last_month,
        due,
        received,
        due_on,
        paid_on,
        late,
        12 * EXTRACT(YEAR FROM due_on) + EXTRACT(MONTH FROM due_on) - 1 AS due_month,
        12 * EXTRACT(YEAR FROM GREATEST(due_on, COALESCE(paid_on, due_on)))
        + EXTRACT(MONTH FROM GREATEST(due_on, COALESCE(paid_on, due_on))) - 1 AS paid_month
    FROM dated_invoice
),

billing AS (
    -- what is not known to be paid or unpaid counts as neither
    SELECT
        contract_id,
        due_month AS month,
        COUNT(*) FILTER (WHERE received IS NOT NULL OR paid_on IS NOT NULL) AS invoices,
        COUNT(*) FILTER (WHERE received IS NOT NULL OR paid_on IS NOT NULL) AS unpaid,
        0 AS paid,
        0 AS late_known,
        0 AS late_days,
        0 AS on_time,
        MAX_BY(due, CAST(due_on AS VARCHAR) || LPAD(CAST(due AS VARCHAR), 24, '0')) AS billed,
        CAST(NULL AS BIGINT) AS money_month
    FROM monthly_invoice
    WHERE due_month <= last_month
    GROUP BY contract_id, due_month
    UNION ALL
    SELECT
        contract_id,
        paid_month AS month,
        -COUNT(*) FILTER (WHERE received IS NULL) AS invoices,
        -COUNT(*) AS unpaid,
        COUNT(*) FILTER (WHERE received > 0) AS paid,
        COUNT(late) FILTER (WHERE received > 0) AS late_known,
        COALESCE(SUM(late) FILTER (WHERE received > 0), 0) AS late_days,
        COUNT(*) FILTER (WHERE received >= due AND COALESCE(late, 0) = 0) AS on_time,
        NULL AS billed,
        CAST(MAX(paid_month) FILTER (WHERE received > 0) AS BIGINT) AS money_month
    FROM monthly_invoice
    WHERE paid_month <= last_month AND (received > 0 OR (received IS NULL AND paid_on IS NOT NULL))
    GROUP BY contract_id, paid_month
),

ticket AS (
    SELECT
        portfolio_support_tickets.contract_id,
        contract.last_month,
        portfolio_support_tickets.category,
        12 * EXTRACT(YEAR FROM portfolio_support_tickets.opened_on)
        + EXTRACT(MONTH FROM portfolio_support_tickets.opened_on) - 1 AS opened_month,
        12 * EXTRACT(YEAR FROM GREATEST(portfolio_support_tickets.opened_on, portfolio_support_tickets.resolved_on))
        + EXTRACT(MONTH FROM GREATEST(portfolio_support_tickets.opened_on, portfolio_support_tickets.resolved_on)) - 1
            AS closed_month,
        portfolio_support_tickets.resolved_on
    FROM portfolio_support_tickets
    INNER JOIN contract ON contract.contract_id = portfolio_support_tickets.contract_id
),

service AS (
    SELECT
        contract_id,
        opened_month AS month,
        COUNT(*) AS tickets,
        COUNT(*) FILTER (WHERE category = 'cancellation_request') AS requests,
        COUNT(*) FILTER (WHERE category = 'cancellation_request') AS open_requests,
        COUNT(*) FILTER (WHERE category IN ('hardware_fault', 'billing')) AS complaints
    FROM ticket
    WHERE opened_month <= last_month
    GROUP BY contract_id, opened_month
    UNION ALL
    SELECT contract_id, closed_month AS month, 0 AS tickets, 0 AS requests, -COUNT(*) AS open_requests, 0 AS complaints
    FROM ticket
    WHERE resolved_on IS NOT NULL AND closed_month <= last_month AND category = 'cancellation_request'
    GROUP BY contract_id, closed_month
),

treatment AS (
    SELECT
        portfolio_interventions.contract_id,
        12 * EXTRACT(YEAR FROM portfolio_interventions.made_on)
        + EXTRACT(MONTH FROM portfolio_interventions.made_on) - 1 AS month
    FROM portfolio_interventions
    WHERE COALESCE(portfolio_interventions.treated, TRUE)
),

step AS (
    SELECT
        portfolio_status_changes.contract_id,
        contract.last_month,
        12 * EXTRACT(YEAR FROM portfolio_status_changes.changed_on)
        + EXTRACT(MONTH FROM portfolio_status_changes.changed_on) - 1 AS month,
        portfolio_status_changes.status,
        -- of one day, in the order of a contract's life, which is that of the alphabet
        CAST(portfolio_status_changes.changed_on AS VARCHAR) || portfolio_status_changes.status AS place,
        LAG(portfolio_status_changes.status) OVER (
            PARTITION BY portfolio_status_changes.contract_id
            ORDER BY portfolio_status_changes.changed_on, portfolio_status_changes.status
        ) AS status_before
    FROM portfolio_status_changes
    INNER JOIN contract ON contract.contract_id = portfolio_status_changes.contract_id
),

standing AS (
    SELECT
        contract_id,
        month,
        MAX_BY(status, place) AS status,
        CAST(MAX(month) FILTER (
            WHERE status = 'bad_billing' AND COALESCE(status_before, 'active') <> 'bad_billing'
        ) AS BIGINT) AS lapse_month
    FROM step
    WHERE month <= last_month
    GROUP BY contract_id, month
),

fee AS (
    SELECT
        contract_id,
        12 * EXTRACT(YEAR FROM changed_on) + EXTRACT(MONTH FROM changed_on) - 1 AS month,
        MAX_BY(monthly_fee, changed_on) AS fee
    FROM portfolio_fee_changes
    GROUP BY contract_id, 12 * EXTRACT(YEAR FROM changed_on) + EXTRACT(MONTH FROM changed_on) - 1
),

quoted AS (
    SELECT contract_id, MAX_BY(price, CAST(quoted_on AS VARCHAR) || quote_id) AS price
    FROM portfolio_quotes
    WHERE converted AND contract_id IS NOT NULL
    GROUP BY contract_id
),

event AS (
    SELECT
        contract_id, month, invoices, unpaid, paid, late_known, late_days, on_time, billed, money_month,
        0 AS tickets, 0 AS requests, 0 AS open_requests, 0 AS complaints, 0 AS treated,
        CAST(NULL AS VARCHAR) AS status, CAST(NULL AS BIGINT) AS lapse_month, CAST(NULL AS DOUBLE) AS fee, 0 AS wanted
    FROM billing
    UNION ALL
    SELECT
        contract_id, month, 0, 0, 0, 0, 0, 0, NULL, NULL, tickets, requests, open_requests, complaints, 0,
        NULL, NULL, NULL, 0
    FROM service
    UNION ALL
    SELECT
        treatment.contract_id, treatment.month, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 1, NULL, NULL, NULL, 0
    FROM treatment
    INNER JOIN contract ON contract.contract_id = treatment.contract_id AND treatment.month <= contract.last_month
    UNION ALL
    SELECT contract_id, month, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, status, lapse_month, NULL, 0
    FROM standing
    UNION ALL
    SELECT fee.contract_id, fee.month, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL, fee.fee, 0
    FROM fee
    INNER JOIN contract ON contract.contract_id = fee.contract_id AND fee.month <= contract.last_month
    UNION ALL
    SELECT contract_id, month, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, 1
    FROM churn_rows
),

by_month AS (
    SELECT
        contract_id,
        CAST(month AS BIGINT) AS month,
        CAST(SUM(invoices) AS BIGINT) AS invoices,
        CAST(SUM(unpaid) AS BIGINT) AS unpaid,
        CAST(SUM(paid) AS BIGINT) AS paid,
        CAST(SUM(late_known) AS BIGINT) AS late_known,
        CAST(SUM(late_days) AS BIGINT) AS late_days,
        CAST(SUM(on_time) AS BIGINT) AS on_time,
        MAX(billed) AS billed,
        MAX(money_month) AS money_month,
        CAST(SUM(tickets) AS BIGINT) AS tickets,
        CAST(SUM(requests) AS BIGINT) AS requests,
        CAST(SUM(open_requests) AS BIGINT) AS open_requests,
        CAST(SUM(complaints) AS BIGINT) AS complaints,
        CAST(SUM(treated) AS BIGINT) AS treated,
        MAX(status) AS status,
        MAX(lapse_month) AS lapse_month,
        MAX(fee) AS fee,
        MAX(wanted) AS wanted
    FROM event
    GROUP BY contract_id, month
),

known AS (
    SELECT
        contract_id,
        month,
        wanted,
        SUM(invoices) OVER so_far AS invoices,
        SUM(unpaid) OVER so_far AS unpaid,
        SUM(late_known) OVER so_far AS late_known,
        SUM(late_days) OVER so_far AS late_days,
        SUM(on_time) OVER so_far AS on_time,
        MAX(money_month) OVER so_far AS money_month,
        SUM(tickets) OVER so_far AS tickets,
        SUM(requests) OVER so_far AS requests,
        SUM(open_requests) OVER so_far AS open_requests,
        MAX(CASE WHEN requests > 0 THEN month END) OVER so_far AS request_month,
        MAX(CASE WHEN treated > 0 THEN month END) OVER so_far AS treated_month,
        MAX(lapse_month) OVER so_far AS lapse_month,
        LAST_VALUE(status IGNORE NULLS) OVER in_order AS status,
        LAST_VALUE(fee IGNORE NULLS) OVER in_order AS fee,
        LAST_VALUE(billed IGNORE NULLS) OVER in_order AS billed,
        SUM(late_known) OVER quarter AS late_known_3m,
        SUM(late_days) OVER quarter AS late_days_3m,
        SUM(tickets) OVER quarter AS tickets_3m,
        SUM(complaints) OVER quarter AS complaints_3m,
        SUM(late_known) OVER year AS late_known_12m,
        SUM(late_days) OVER year AS late_days_12m,
        SUM(complaints) OVER year AS complaints_12m
    FROM by_month
    WINDOW
        so_far AS (PARTITION BY contract_id ORDER BY month RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        in_order AS (PARTITION BY contract_id ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        quarter AS (PARTITION BY contract_id ORDER BY month RANGE BETWEEN 2 PRECEDING AND CURRENT ROW),
        year AS (PARTITION BY contract_id ORDER BY month RANGE BETWEEN 11 PRECEDING AND CURRENT ROW)
),

-- what became of the customer's contracts, this one included
customer_event AS (
    SELECT
        customer_id,
        12 * EXTRACT(YEAR FROM start_date) + EXTRACT(MONTH FROM start_date) - 1 AS month,
        1 AS started,
        0 AS ended,
        0 AS wanted
    FROM portfolio_contracts
    UNION ALL
    SELECT
        customer_id,
        12 * EXTRACT(YEAR FROM cancellation_date) + EXTRACT(MONTH FROM cancellation_date) - 1 AS month,
        0 AS started,
        1 AS ended,
        0 AS wanted
    FROM portfolio_contracts
    WHERE cancellation_date IS NOT NULL
    UNION ALL
    SELECT contract.customer_id, churn_rows.month, 0 AS started, 0 AS ended, 1 AS wanted
    FROM churn_rows
    INNER JOIN contract ON contract.contract_id = churn_rows.contract_id
),

customer_month AS (
    SELECT
        customer_id,
        CAST(month AS BIGINT) AS month,
        CAST(SUM(started) AS BIGINT) AS started,
        CAST(SUM(ended) AS BIGINT) AS ended,
        MAX(wanted) AS wanted
    FROM customer_event
    GROUP BY customer_id, month
),

customer AS (
    SELECT
        customer_id,
        month,
        wanted,
        SUM(started) OVER (PARTITION BY customer_id ORDER BY month) AS started,
        SUM(ended) OVER (PARTITION BY customer_id ORDER BY month) AS ended
    FROM customer_month
)

SELECT
    contract.contract_id,
    known.month,
    -- the nineteen of the plainest view
    CAST(known.month - contract.start_month AS DOUBLE) AS months_active,
    COALESCE(known.fee, known.billed, quoted.price)
    * CASE WHEN contract.currency = $currency THEN 1 ELSE portfolio_rates.rate END AS monthly_fee,
    CAST(CASE portfolio_customers.credit_score_band WHEN 'A' THEN 0 WHEN 'B' THEN 1 WHEN 'C' THEN 2 WHEN 'D' THEN 3 END
        AS DOUBLE) AS credit_band_enc,
    CAST(portfolio_customers.customer_type IN ('fleet', 'corporate') AS DOUBLE) AS is_fleet,
    known.late_days / NULLIF(known.late_known, 0) AS avg_days_late,
    known.on_time / NULLIF(known.invoices, 0) AS pct_paid,
    CASE WHEN known.invoices > 0 THEN known.unpaid / GREATEST(known.month - contract.start_month, 1) END
        AS consecutive_bad_months,
    CAST(known.tickets AS DOUBLE) AS ticket_count,
    CAST(known.requests AS DOUBLE) AS cancellation_tickets,
    CAST(contract.country_code = 'ZAF' AS DOUBLE) AS country_zaf,
    CAST(contract.country_code = 'KEN' AS DOUBLE) AS country_ken,
    CAST(contract.country_code = 'NGA' AS DOUBLE) AS country_nga,
    CAST(contract.sales_channel = 'direct' AS DOUBLE) AS channel_direct,
    CAST(contract.sales_channel = 'dealer' AS DOUBLE) AS channel_dealer,
    CAST(contract.sales_channel = 'online' AS DOUBLE) AS channel_online,
    CAST(portfolio_products.product_tier = 'basic' AS DOUBLE) AS product_basic,
    CAST(portfolio_products.product_tier = 'premium' AS DOUBLE) AS product_premium,
    CAST(portfolio_products.product_tier = 'fleet' AS DOUBLE) AS product_fleet,
    CAST(contract.make LIKE 'bmw%' OR contract.make LIKE 'mercedes%' OR contract.make LIKE 'audi%' AS DOUBLE)
        AS vehicle_complex,
    -- what they leave out
    CAST(COALESCE(contract.cancellation_clause_months, portfolio_products.standard_cancellation_clause)
        - (known.month - contract.start_month) AS DOUBLE) AS months_to_clause_end,
    CAST((known.month - contract.start_month) % 12 AS DOUBLE) AS months_since_anniversary,
    COALESCE(known.fee, known.billed, quoted.price)
    / NULLIF(CASE WHEN portfolio_products.currency = contract.currency THEN portfolio_products.standard_monthly_fee END, 0)
        AS price_to_list,
    CAST(known.month % 12 + 1 AS DOUBLE) AS month_of_year,
    known.late_days_3m / NULLIF(known.late_known_3m, 0) AS days_late_3m,
    known.late_days_12m / NULLIF(known.late_known_12m, 0) AS days_late_12m,
    CAST(known.month - known.money_month AS DOUBLE) AS months_since_payment,
    CAST(known.unpaid AS DOUBLE) AS unpaid_invoices,
    CASE WHEN known.status = 'bad_billing' THEN CAST(known.month - known.lapse_month AS DOUBLE) END AS months_lapsed,
    CAST(COALESCE(known.status = 'suspended', FALSE) AS DOUBLE) AS is_suspended,
    CAST(known.tickets_3m AS DOUBLE) AS tickets_3m,
    CAST(known.complaints_3m AS DOUBLE) AS complaints_3m,
    CAST(known.complaints_12m AS DOUBLE) AS complaints_12m,
    CAST(known.open_requests AS DOUBLE) AS open_cancellation_requests,
    CAST(known.month - known.request_month AS DOUBLE) AS months_since_cancellation_request,
    CAST(known.month - known.treated_month AS DOUBLE) AS months_since_intervention,
    CAST(customer.started AS DOUBLE) AS customer_contracts,
    CAST(customer.ended AS DOUBLE) / customer.started AS customer_ended_share,
    CAST(contract.sales_channel = 'corporate' AS DOUBLE) AS channel_corporate,
    CAST(contract.country_code = 'TZA' AS DOUBLE) AS country_tza
FROM known
INNER JOIN contract ON contract.contract_id = known.contract_id
INNER JOIN customer ON customer.customer_id = contract.customer_id AND customer.month = known.month
LEFT JOIN portfolio_products ON portfolio_products.product_id = contract.product_id
LEFT JOIN portfolio_customers ON portfolio_customers.customer_id = contract.customer_id
LEFT JOIN quoted ON quoted.contract_id = contract.contract_id
LEFT JOIN portfolio_rates ON portfolio_rates.currency = contract.currency
    AND portfolio_rates.day
    = LAST_DAY(MAKE_DATE(CAST(FLOOR(known.month / 12) AS INTEGER), CAST(known.month % 12 + 1 AS INTEGER), 1))
WHERE known.wanted = 1 AND customer.wanted = 1
ORDER BY contract.contract_id, known.month
