-- One row per contract-month of the table `churn_rows` (contract_id, month), as it was known at the end of that month.
-- Reads the tables `portfolio_*`; what is dated after a month's end touches no row of that month, and no column that
-- says what is so now is read: `status`, `months_active`, `monthly_fee`, `resolution` of the present.
-- Terms without a date count as fixed: country, channel, product, clause, list price, kind of customer, band, vehicle.
-- A month is a running whole number, 12 * year + month - 1. Every sum is of whole numbers: the order of rows is nothing.

WITH contract AS (
    SELECT
        ROW_NUMBER() OVER (ORDER BY portfolio_contracts.contract_id) AS place,
        DENSE_RANK() OVER (ORDER BY portfolio_contracts.customer_id) AS holder,
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
        wanted.last_month
    FROM portfolio_contracts
    INNER JOIN (SELECT contract_id, MAX(month) AS last_month FROM churn_rows GROUP BY contract_id) AS wanted
        ON wanted.contract_id = portfolio_contracts.contract_id
),

wanted AS (
    SELECT contract.place, contract.holder, churn_rows.month
    FROM churn_rows
    INNER JOIN contract ON contract.contract_id = churn_rows.contract_id
),

-- The ends of months up to which events are counted: those asked for, and one, three, six and twelve months before.
mark AS (
    SELECT DISTINCT wanted.place, wanted.month - back.months AS month
    FROM wanted
    CROSS JOIN (
        SELECT 0 AS months UNION ALL SELECT 1 UNION ALL SELECT 3 UNION ALL SELECT 6 UNION ALL SELECT 12
    ) AS back
),

dated_invoice AS (
    SELECT
        contract.place,
        contract.last_month,
        portfolio_payments.amount_due AS due,
        CASE
            WHEN portfolio_payments.amount_paid IS NULL
                AND portfolio_payments.status IN ('unpaid', 'reversed', 'written_off') THEN 0
            WHEN portfolio_payments.amount_paid IS NULL AND portfolio_payments.status = 'paid'
                THEN portfolio_payments.amount_due
            ELSE portfolio_payments.amount_paid
        END AS received,
        COALESCE(
            portfolio_payments.due_date, MAKE_DATE(portfolio_payments.period_year, portfolio_payments.period_month, 1)
        ) AS due_on,
        portfolio_payments.paid_date,
        portfolio_payments.days_late
    FROM portfolio_payments
    INNER JOIN contract ON contract.contract_id = portfolio_payments.contract_id
    WHERE portfolio_payments.amount_due > 0
),

-- An invoice is open from the month in which it is due to that in which money comes; money without a date came at once.
invoice AS (
    SELECT
        place,
        last_month,
        due,
        received,
        paid_date IS NOT NULL OR days_late IS NOT NULL AS paid_is_dated,
        GREATEST(COALESCE(days_late, date_diff('day', due_on, paid_date)), 0) AS late,
        CAST(12 * EXTRACT(YEAR FROM due_on) + EXTRACT(MONTH FROM due_on) - 1 AS INTEGER) AS due_month,
        CAST(12 * EXTRACT(YEAR FROM GREATEST(due_on, COALESCE(paid_date, due_on + days_late, due_on)))
            + EXTRACT(MONTH FROM GREATEST(due_on, COALESCE(paid_date, due_on + days_late, due_on))) - 1 AS INTEGER)
            AS paid_month
    FROM dated_invoice
),

ticket AS (
    SELECT
        contract.place,
        contract.last_month,
        portfolio_support_tickets.category,
        12 * EXTRACT(YEAR FROM portfolio_support_tickets.opened_on)
        + EXTRACT(MONTH FROM portfolio_support_tickets.opened_on) - 1 AS opened_month,
        CASE WHEN portfolio_support_tickets.resolved_on IS NOT NULL THEN
            12 * EXTRACT(YEAR FROM GREATEST(portfolio_support_tickets.opened_on, portfolio_support_tickets.resolved_on))
            + EXTRACT(MONTH FROM GREATEST(portfolio_support_tickets.opened_on, portfolio_support_tickets.resolved_on))
            - 1
        END AS closed_month
    FROM portfolio_support_tickets
    INNER JOIN contract ON contract.contract_id = portfolio_support_tickets.contract_id
),

step AS (
    SELECT
        contract.place,
        contract.last_month,
        12 * EXTRACT(YEAR FROM portfolio_status_changes.changed_on)
        + EXTRACT(MONTH FROM portfolio_status_changes.changed_on) - 1 AS month,
        portfolio_status_changes.status,
        -- of one day, in the order of a contract's life, which is that of the alphabet
        CAST(portfolio_status_changes.changed_on AS VARCHAR) || portfolio_status_changes.status AS turn,
        LAG(portfolio_status_changes.status) OVER (
            PARTITION BY contract.place ORDER BY portfolio_status_changes.changed_on, portfolio_status_changes.status
        ) AS status_before
    FROM portfolio_status_changes
    INNER JOIN contract ON contract.contract_id = portfolio_status_changes.contract_id
),

fee_step AS (
    SELECT
        contract.place,
        contract.last_month,
        12 * EXTRACT(YEAR FROM portfolio_fee_changes.changed_on)
        + EXTRACT(MONTH FROM portfolio_fee_changes.changed_on) - 1 AS month,
        portfolio_fee_changes.changed_on,
        portfolio_fee_changes.monthly_fee
    FROM portfolio_fee_changes
    INNER JOIN contract ON contract.contract_id = portfolio_fee_changes.contract_id
),

treatment AS (
    SELECT
        contract.place,
        contract.last_month,
        12 * EXTRACT(YEAR FROM portfolio_interventions.made_on)
        + EXTRACT(MONTH FROM portfolio_interventions.made_on) - 1 AS month
    FROM portfolio_interventions
    INNER JOIN contract ON contract.contract_id = portfolio_interventions.contract_id
    WHERE COALESCE(portfolio_interventions.treated, TRUE)
),

-- What happened in a month of a contract, a kind of event at a time; what is not known to be paid or unpaid is neither.
event AS (
    SELECT
        place,
        due_month AS month,
        CAST(COUNT(*) FILTER (WHERE received IS NOT NULL OR paid_is_dated) AS INTEGER) AS invoices,
        CAST(COUNT(*) FILTER (WHERE received IS NOT NULL OR paid_is_dated) AS INTEGER) AS unpaid,
        0 AS late_known,
        0 AS late_days,
        0 AS on_time,
        CAST(SUM(CAST(due AS DECIMAL(18, 6))) AS DOUBLE) AS billed,
        CAST(NULL AS INTEGER) AS money_month,
        0 AS tickets,
        0 AS requests,
        0 AS open_requests,
        0 AS complaints,
        0 AS open_tickets,
        CAST(NULL AS INTEGER) AS treated_month,
        CAST(NULL AS VARCHAR) AS status,
        CAST(NULL AS INTEGER) AS lapse_month,
        CAST(NULL AS DOUBLE) AS fee
    FROM invoice
    WHERE due_month <= last_month
    GROUP BY place, due_month
    UNION ALL
    SELECT
        place,
        paid_month,
        CAST(-COUNT(*) FILTER (WHERE received IS NULL) AS INTEGER),
        CAST(-COUNT(*) AS INTEGER),
        CAST(COUNT(late) FILTER (WHERE received > 0) AS INTEGER),
        CAST(COALESCE(SUM(late) FILTER (WHERE received > 0), 0) AS INTEGER),
        CAST(COUNT(*) FILTER (WHERE received >= due AND COALESCE(late, 0) = 0) AS INTEGER),
        NULL,
        MAX(paid_month) FILTER (WHERE received > 0),
        0, 0, 0, 0, 0, NULL, NULL, NULL, NULL
    FROM invoice
    WHERE paid_month <= last_month AND (received > 0 OR (received IS NULL AND paid_is_dated))
    GROUP BY place, paid_month
    UNION ALL
    SELECT
        place,
        opened_month,
        0, 0, 0, 0, 0, NULL, NULL,
        CAST(COUNT(*) AS INTEGER),
        CAST(COUNT(*) FILTER (WHERE category = 'cancellation_request') AS INTEGER),
        CAST(COUNT(*) FILTER (WHERE category = 'cancellation_request') AS INTEGER),
        CAST(COUNT(*) FILTER (WHERE category IN ('hardware_fault', 'billing')) AS INTEGER),
        CAST(COUNT(*) FILTER (WHERE category <> 'cancellation_request') AS INTEGER),
        NULL, NULL, NULL, NULL
    FROM ticket
    WHERE opened_month <= last_month
    GROUP BY place, opened_month
    UNION ALL
    SELECT
        place,
        closed_month,
        0, 0, 0, 0, 0, NULL, NULL, 0, 0,
        CAST(-COUNT(*) FILTER (WHERE category = 'cancellation_request') AS INTEGER),
        0,
        CAST(-COUNT(*) FILTER (WHERE category <> 'cancellation_request') AS INTEGER),
        NULL, NULL, NULL, NULL
    FROM ticket
    WHERE closed_month <= last_month
    GROUP BY place, closed_month
    UNION ALL
    SELECT DISTINCT place, month, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, CAST(month AS INTEGER), NULL, NULL, NULL
    FROM treatment
    WHERE month <= last_month
    UNION ALL
    SELECT
        place,
        month,
        0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, NULL,
        MAX_BY(status, turn),
        CAST(MAX(month) FILTER (
            WHERE status = 'bad_billing' AND COALESCE(status_before, 'active') <> 'bad_billing'
        ) AS INTEGER),
        NULL
    FROM step
    WHERE month <= last_month
    GROUP BY place, month
    UNION ALL
    SELECT place, month, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, MAX_BY(monthly_fee, changed_on)
    FROM fee_step
    WHERE month <= last_month
    GROUP BY place, month
),

-- The first mark that counts an event, and with it all later ones.
counted AS (
    SELECT
        *,
        MIN(marked) OVER (
            PARTITION BY place ORDER BY month, marked NULLS FIRST ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        ) AS first_mark
    FROM (
        SELECT *, CAST(NULL AS INTEGER) AS marked FROM event
        UNION ALL
        SELECT
            place, month, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, CAST(month AS INTEGER)
        FROM mark
    )
),

between_marks AS (
    SELECT
        place,
        first_mark,
        CAST(SUM(invoices) AS DOUBLE) AS invoices,
        CAST(SUM(unpaid) AS DOUBLE) AS unpaid,
        CAST(SUM(late_known) AS DOUBLE) AS late_known,
        CAST(SUM(late_days) AS DOUBLE) AS late_days,
        CAST(SUM(on_time) AS DOUBLE) AS on_time,
        MAX_BY(billed, month) FILTER (WHERE billed IS NOT NULL) AS billed,
        MAX(money_month) AS money_month,
        CAST(SUM(tickets) AS DOUBLE) AS tickets,
        CAST(SUM(requests) AS DOUBLE) AS requests,
        CAST(SUM(open_requests) AS DOUBLE) AS open_requests,
        CAST(SUM(complaints) AS DOUBLE) AS complaints,
        CAST(SUM(open_tickets) AS DOUBLE) AS open_tickets,
        MAX(month) FILTER (WHERE complaints > 0) AS complaint_month,
        MAX(month) FILTER (WHERE requests > 0) AS request_month,
        MAX(treated_month) AS treated_month,
        MAX_BY(status, month) FILTER (WHERE status IS NOT NULL) AS status,
        MAX(lapse_month) AS lapse_month,
        MAX_BY(fee, month) FILTER (WHERE fee IS NOT NULL) AS fee
    FROM counted
    GROUP BY place, first_mark
),

so_far AS (
    SELECT
        place,
        first_mark AS month,
        100000 * place + first_mark AS place_and_month,
        SUM(invoices) OVER earlier AS invoices,
        SUM(unpaid) OVER earlier AS unpaid,
        SUM(late_known) OVER earlier AS late_known,
        SUM(late_days) OVER earlier AS late_days,
        SUM(on_time) OVER earlier AS on_time,
        MAX(money_month) OVER earlier AS money_month,
        SUM(tickets) OVER earlier AS tickets,
        SUM(requests) OVER earlier AS requests,
        SUM(open_requests) OVER earlier AS open_requests,
        SUM(complaints) OVER earlier AS complaints,
        SUM(open_tickets) OVER earlier AS open_tickets,
        MAX(complaint_month) OVER earlier AS complaint_month,
        MAX(request_month) OVER earlier AS request_month,
        MAX(treated_month) OVER earlier AS treated_month,
        MAX(lapse_month) OVER earlier AS lapse_month,
        LAST_VALUE(status IGNORE NULLS) OVER earlier AS status,
        LAST_VALUE(fee IGNORE NULLS) OVER earlier AS fee,
        LAST_VALUE(billed IGNORE NULLS) OVER earlier AS billed
    FROM between_marks
    WINDOW earlier AS (PARTITION BY place ORDER BY first_mark ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

known AS (
    SELECT
        so_far.*,
        asked.holder_and_month,
        so_far.complaints - one.complaints AS complaints_1m,
        so_far.complaints - quarter.complaints AS complaints_3m,
        so_far.complaints - half.complaints AS complaints_6m,
        so_far.tickets - quarter.tickets AS tickets_3m,
        (so_far.late_days - quarter.late_days) / NULLIF(so_far.late_known - quarter.late_known, 0) AS days_late_3m,
        (so_far.late_days - half.late_days) / NULLIF(so_far.late_known - half.late_known, 0) AS days_late_6m,
        (so_far.late_days - year.late_days) / NULLIF(so_far.late_known - year.late_known, 0) AS days_late_12m
    -- one key for both: joins on the place alone would multiply months by months
    FROM (
        SELECT 100000 * place + month AS place_and_month, 100000 * holder + month AS holder_and_month FROM wanted
    ) AS asked
    INNER JOIN so_far ON so_far.place_and_month = asked.place_and_month
    INNER JOIN so_far AS one ON one.place_and_month = asked.place_and_month - 1
    INNER JOIN so_far AS quarter ON quarter.place_and_month = asked.place_and_month - 3
    INNER JOIN so_far AS half ON half.place_and_month = asked.place_and_month - 6
    INNER JOIN so_far AS year ON year.place_and_month = asked.place_and_month - 12
),

-- The price at which a contract was won, until an invoice or a dated fee tells more.
quoted AS (
    SELECT contract.place, MAX_BY(portfolio_quotes.price, portfolio_quotes.quote_id) AS price
    FROM portfolio_quotes
    INNER JOIN contract ON contract.contract_id = portfolio_quotes.contract_id
    WHERE portfolio_quotes.converted
        AND 12 * EXTRACT(YEAR FROM portfolio_quotes.quoted_on) + EXTRACT(MONTH FROM portfolio_quotes.quoted_on) - 1
        <= contract.start_month
    GROUP BY contract.place
),

-- What became of all contracts of a customer: a wish to leave is a request, or an end by will that nobody asked for.
family AS (
    SELECT
        portfolio_contracts.contract_id,
        whose.holder,
        12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
        + EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1 AS start_month,
        12 * EXTRACT(YEAR FROM portfolio_contracts.cancellation_date)
        + EXTRACT(MONTH FROM portfolio_contracts.cancellation_date) - 1 AS end_month,
        COALESCE(portfolio_contracts.cancellation_reason, '') LIKE 'voluntary%' AS willing,
        portfolio_contracts.cancellation_date
    FROM portfolio_contracts
    INNER JOIN (SELECT DISTINCT customer_id, holder FROM contract) AS whose
        ON whose.customer_id = portfolio_contracts.customer_id
),

request AS (
    SELECT
        family.holder,
        family.contract_id,
        12 * EXTRACT(YEAR FROM portfolio_support_tickets.opened_on)
        + EXTRACT(MONTH FROM portfolio_support_tickets.opened_on) - 1 AS month,
        portfolio_support_tickets.opened_on <= family.cancellation_date AS before_end
    FROM portfolio_support_tickets
    INNER JOIN family ON family.contract_id = portfolio_support_tickets.contract_id
    WHERE portfolio_support_tickets.category = 'cancellation_request'
),

customer_event AS (
    SELECT holder, start_month AS month, 1 AS started, -start_month AS lived, 0 AS ended, 0 AS wishes, 0 AS wanted
    FROM family
    UNION ALL
    SELECT holder, end_month, 0, end_month, 1, 0, 0
    FROM family
    WHERE end_month IS NOT NULL
    UNION ALL
    SELECT holder, end_month, 0, 0, 0, 1, 0
    FROM family
    WHERE willing
        AND end_month IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM request WHERE request.contract_id = family.contract_id AND request.before_end)
    UNION ALL
    SELECT holder, month, 0, 0, 0, 1, 0 FROM request
    UNION ALL
    SELECT DISTINCT holder, month, 0, 0, 0, 0, 1 FROM wanted
),

customer_month AS (
    SELECT
        holder,
        CAST(month AS INTEGER) AS month,
        SUM(started) AS started,
        SUM(lived) AS lived,
        SUM(ended) AS ended,
        SUM(wishes) AS wishes,
        MAX(wanted) AS wanted
    FROM customer_event
    GROUP BY holder, month
),

customer AS (
    SELECT
        100000 * holder + month AS holder_and_month,
        wanted,
        SUM(started) OVER earlier AS started,
        SUM(ended) OVER earlier AS ended,
        SUM(wishes) OVER earlier AS wishes,
        -- months of those that live count to now
        SUM(lived) OVER earlier + month * (SUM(started) OVER earlier - SUM(ended) OVER earlier) AS months
    FROM customer_month
    WINDOW earlier AS (PARTITION BY holder ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)

SELECT
    contract.contract_id,
    CAST(known.month AS BIGINT) AS month,
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
    known.days_late_3m,
    known.days_late_6m,
    known.days_late_12m,
    CAST(known.month - known.money_month AS DOUBLE) AS months_since_payment,
    CAST(known.unpaid AS DOUBLE) AS unpaid_invoices,
    CASE WHEN known.status = 'bad_billing' THEN CAST(known.month - known.lapse_month AS DOUBLE) END AS months_lapsed,
    CAST(COALESCE(known.status = 'suspended', FALSE) AS DOUBLE) AS is_suspended,
    CAST(known.tickets_3m AS DOUBLE) AS tickets_3m,
    CAST(known.complaints_1m AS DOUBLE) AS complaints_1m,
    CAST(known.complaints_3m AS DOUBLE) AS complaints_3m,
    CAST(known.complaints_6m AS DOUBLE) AS complaints_6m,
    CAST(known.month - known.complaint_month AS DOUBLE) AS months_since_complaint,
    CAST(known.open_tickets AS DOUBLE) AS open_tickets,
    CAST(known.open_requests AS DOUBLE) AS open_cancellation_requests,
    CAST(known.month - known.request_month AS DOUBLE) AS months_since_cancellation_request,
    CAST(known.month - known.treated_month AS DOUBLE) AS months_since_intervention,
    CAST(customer.started AS DOUBLE) AS customer_contracts,
    CAST(customer.ended AS DOUBLE) AS customer_ended,
    CAST(customer.wishes AS DOUBLE) AS customer_wishes_to_leave,
    -- one wish in sixty months is what is believed of a customer of whom nothing is known
    CAST(customer.wishes + 1 AS DOUBLE) / (customer.months + 60) AS customer_leaving_rate,
    CAST(contract.sales_channel = 'corporate' AS DOUBLE) AS channel_corporate,
    CAST(contract.country_code = 'TZA' AS DOUBLE) AS country_tza
FROM known
INNER JOIN contract ON contract.place = known.place
INNER JOIN customer ON customer.holder_and_month = known.holder_and_month
LEFT JOIN portfolio_products ON portfolio_products.product_id = contract.product_id
LEFT JOIN portfolio_customers ON portfolio_customers.customer_id = contract.customer_id
LEFT JOIN quoted ON quoted.place = contract.place
LEFT JOIN portfolio_rates ON portfolio_rates.currency = contract.currency
    AND portfolio_rates.day
    = LAST_DAY(MAKE_DATE(CAST(FLOOR(known.month / 12) AS INTEGER), CAST(known.month % 12 + 1 AS INTEGER), 1))
WHERE customer.wanted = 1
ORDER BY contract.contract_id, known.month
