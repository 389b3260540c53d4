-- One row per contract that had started by $as_of: its standing, what was invoiced and what of it had come by the end
-- of that day. Reads the tables `portfolio_*`; nothing dated after $as_of is read. `contract_state.sql` reads this.
-- A month is a running whole number, 12 * year + month - 1. Money is in the contract's currency.

WITH contract AS (
    SELECT
        contract_id,
        start_date,
        12 * EXTRACT(YEAR FROM start_date) + EXTRACT(MONTH FROM start_date) - 1 AS start_month,
        CASE WHEN cancellation_date <= CAST($as_of AS DATE) THEN cancellation_date END AS ended_on,
        CASE
            WHEN cancellation_date <= CAST($as_of AS DATE)
                THEN 12 * EXTRACT(YEAR FROM cancellation_date) + EXTRACT(MONTH FROM cancellation_date) - 1
        END AS end_month
    FROM portfolio_contracts
    WHERE start_date <= CAST($as_of AS DATE)
),

known_status AS (
    SELECT
        contract_id,
        changed_on,
        status,
        -- of one day, in the order of a contract's life, which is that of the alphabet
        LAG(status) OVER (PARTITION BY contract_id ORDER BY changed_on, status) AS status_before,
        ROW_NUMBER() OVER (PARTITION BY contract_id ORDER BY changed_on DESC, status DESC) AS newest
    FROM portfolio_status_changes
    WHERE changed_on <= CAST($as_of AS DATE)
),

status AS (
    SELECT
        contract_id,
        MAX(status) FILTER (WHERE newest = 1) AS status,
        -- the newest step into non-payment; a row that repeats the status is no step
        MAX(changed_on) FILTER (
            WHERE status = 'bad_billing' AND COALESCE(status_before, 'active') <> 'bad_billing'
        ) AS lapsed_on
    FROM known_status
    GROUP BY contract_id
),

-- An invoice is known when it is due, by itself on the first of its month. What came after $as_of had not come; an
-- unknown receipt stays unknown. Exact decimals: a sum of floats would depend on the order of the rows.
invoice_line AS (
    SELECT
        contract_id,
        12 * period_year + period_month - 1 AS month,
        CAST(amount_due AS DECIMAL(18, 6)) AS due,
        CAST(CASE
            WHEN amount_paid IS NULL AND status IN ('unpaid', 'reversed', 'written_off') THEN 0
            WHEN COALESCE(paid_date, COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) + days_late)
                > CAST($as_of AS DATE) THEN 0
            WHEN amount_paid IS NULL AND status = 'paid' THEN amount_due
            ELSE amount_paid
        END AS DECIMAL(18, 6)) AS received,
        -- money comes late: within the days of grace nobody knows what will be paid
        COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) + CAST($grace_days AS INTEGER)
            <= CAST($as_of AS DATE) AS judged
    FROM portfolio_payments
    WHERE COALESCE(due_date, MAKE_DATE(period_year, period_month, 1)) <= CAST($as_of AS DATE)
),

-- Several invoices of one month add up; one unknown receipt leaves the month unknown.
invoice AS (
    SELECT
        contract_id,
        month,
        COUNT(*) AS invoices,
        COUNT(received) AS known_invoices,
        SUM(due) AS due,
        CASE WHEN COUNT(received) = COUNT(*) THEN SUM(received) END AS received,
        COUNT(*) FILTER (WHERE NOT judged) = 0 AS judged
    FROM invoice_line
    GROUP BY contract_id, month
),

-- Where no status is dated, unpaid months in a row up to the newest invoice whose money could have come are a lapse.
last_paid AS (
    SELECT contract_id, MAX(month) FILTER (WHERE received > 0 OR due = 0 OR received IS NULL) AS month
    FROM invoice
    GROUP BY contract_id
),

unpaid AS (
    SELECT invoice.contract_id, MIN(invoice.month) AS lapse_month
    FROM invoice
    INNER JOIN last_paid ON last_paid.contract_id = invoice.contract_id
    WHERE invoice.month > COALESCE(last_paid.month, -1) AND invoice.judged
    GROUP BY invoice.contract_id
),

standing AS (
    SELECT
        contract.contract_id,
        CASE
            WHEN contract.ended_on IS NOT NULL THEN 'cancelled'
            WHEN status.status IS NOT NULL THEN status.status
            WHEN unpaid.lapse_month IS NOT NULL THEN 'bad_billing'
            ELSE 'active'
        END AS status,
        CASE
            WHEN contract.ended_on IS NOT NULL THEN NULL
            WHEN status.status = 'bad_billing'
                THEN 12 * EXTRACT(YEAR FROM status.lapsed_on) + EXTRACT(MONTH FROM status.lapsed_on) - 1
            WHEN status.status IS NULL THEN unpaid.lapse_month
        END AS lapse_month
    FROM contract
    LEFT JOIN status ON status.contract_id = contract.contract_id
    LEFT JOIN unpaid ON unpaid.contract_id = contract.contract_id
),

-- The newest month before the lapse in which anything was paid: what stayed open until then is lost, as it is in
-- contracts that pay.
paid_until AS (
    SELECT invoice.contract_id, MAX(invoice.month) AS month
    FROM invoice
    INNER JOIN standing ON standing.contract_id = invoice.contract_id
    WHERE invoice.month < standing.lapse_month
        AND (invoice.received > 0 OR invoice.due = 0 OR invoice.received IS NULL)
    GROUP BY invoice.contract_id
),

billing AS (
    SELECT
        invoice.contract_id,
        CAST(SUM(invoice.invoices) AS BIGINT) AS invoices,
        CAST(SUM(invoice.known_invoices) AS BIGINT) AS known_invoices,
        -- what is not known to be paid or unpaid, or not yet, says nothing of the share that is collected: of the newest
        -- invoices those that were paid at once are no fair sample
        SUM(invoice.received) FILTER (WHERE invoice.judged) AS received,
        SUM(invoice.due) FILTER (WHERE invoice.judged AND invoice.received IS NOT NULL) AS known_due,
        SUM(invoice.due) FILTER (
            WHERE invoice.judged AND invoice.received IS NOT NULL
            AND invoice.month < COALESCE(standing.lapse_month, 1000000)
        ) AS paying_due,
        SUM(invoice.received) FILTER (
            WHERE invoice.judged AND invoice.month < COALESCE(standing.lapse_month, 1000000)
        ) AS paying_received,
        -- unpaid invoices up to that of the lapse; what is not known to be unpaid is not owed
        SUM(GREATEST(invoice.due - invoice.received, 0)) FILTER (
            WHERE invoice.received IS NOT NULL AND invoice.month <= standing.lapse_month
            AND (invoice.month = standing.lapse_month OR invoice.month > COALESCE(paid_until.month, -1))
        ) AS arrears,
        MAX_BY(invoice.due, invoice.month) AS newest_due
    FROM invoice
    INNER JOIN standing ON standing.contract_id = invoice.contract_id
    LEFT JOIN paid_until ON paid_until.contract_id = invoice.contract_id
    GROUP BY invoice.contract_id
),

-- Statuses in which nothing is paid, in months; both ends belong to them.
not_paying AS (
    SELECT
        contract_id,
        12 * EXTRACT(YEAR FROM changed_on) + EXTRACT(MONTH FROM changed_on) - 1 AS first_month,
        12 * EXTRACT(YEAR FROM next_on) + EXTRACT(MONTH FROM next_on) - 1 AS last_month
    FROM (
        SELECT
            contract_id,
            status,
            changed_on,
            LEAD(changed_on) OVER (PARTITION BY contract_id ORDER BY changed_on, status) AS next_on
        FROM known_status
    ) AS step
    WHERE status <> 'active'
),

-- How many months after its own an invoice falls due, as a rule: the newest months may have none yet.
delay AS (
    SELECT
        GREATEST(
            0,
            PERCENTILE_DISC(0.9) WITHIN GROUP (
                ORDER BY 12 * EXTRACT(YEAR FROM due_date) + EXTRACT(MONTH FROM due_date) - 12 * period_year - period_month
            )
        ) AS months
    FROM portfolio_payments
    WHERE due_date <= CAST($as_of AS DATE)
),

-- What each contract was served, and the months that its invoices and its lines of upkeep span.
span AS (
    SELECT
        contract.contract_id,
        contract.start_month + 1 AS first_month,
        COALESCE(contract.end_month - 1, $as_of_month) AS last_month,
        $as_of_month - COALESCE((SELECT months FROM delay), 0) AS newest_invoice,
        billed.first_month AS first_invoice,
        billed.last_month AS last_invoice,
        spent.first_month AS first_cost,
        spent.last_month AS last_cost
    FROM contract
    LEFT JOIN (
        SELECT contract_id, MIN(month) AS first_month, MAX(month) AS last_month FROM invoice GROUP BY contract_id
    ) AS billed ON billed.contract_id = contract.contract_id
    LEFT JOIN (
        SELECT
            contract_id,
            MIN(12 * period_year + period_month - 1) AS first_month,
            MAX(12 * period_year + period_month - 1) AS last_month
        FROM portfolio_costs_monthly
        WHERE cost_type IN ('platform', 'sim_data')
            AND LAST_DAY(MAKE_DATE(period_year, period_month, 1)) <= CAST($as_of AS DATE)
        GROUP BY contract_id
    ) AS spent ON spent.contract_id = contract.contract_id
),

outside AS (
    SELECT contract_id, month, newest_invoice, first_invoice, last_invoice, first_cost, last_cost
    FROM (
        SELECT *, UNNEST(RANGE(CAST(first_month AS BIGINT), CAST(last_month AS BIGINT) + 1)) AS month
        FROM span
        -- most contracts miss nothing: theirs are not spread out
        WHERE first_invoice IS NULL OR first_invoice > first_month OR last_invoice < LEAST(last_month, newest_invoice)
            OR first_cost IS NULL OR first_cost > first_month OR last_cost < last_month
    ) AS served
    WHERE NOT EXISTS (
        SELECT 1
        FROM not_paying
        WHERE not_paying.contract_id = served.contract_id
            AND not_paying.first_month <= served.month AND COALESCE(not_paying.last_month, served.month) >= served.month
    )
),

missing AS (
    SELECT
        contract_id,
        COUNT(*) FILTER (
            WHERE month <= newest_invoice
            AND (first_invoice IS NULL OR month < first_invoice OR month > last_invoice)
        ) AS invoices,
        COUNT(*) FILTER (WHERE first_cost IS NULL OR month < first_cost OR month > last_cost) AS cost_months
    FROM outside
    GROUP BY contract_id
)

SELECT
    contract.contract_id,
    standing.status,
    standing.lapse_month,
    billing.invoices,
    billing.known_invoices,
    billing.known_due,
    billing.received,
    billing.paying_due,
    billing.paying_received,
    billing.arrears,
    billing.newest_due,
    -- where the portfolio has none at all, nobody knows how many there should be
    CASE WHEN EXISTS (SELECT 1 FROM invoice) THEN COALESCE(missing.invoices, 0) END AS missing_invoices,
    CASE WHEN EXISTS (SELECT 1 FROM span WHERE first_cost IS NOT NULL) THEN COALESCE(missing.cost_months, 0) END
        AS missing_cost_months
FROM contract
INNER JOIN standing ON standing.contract_id = contract.contract_id
LEFT JOIN billing ON billing.contract_id = contract.contract_id
LEFT JOIN missing ON missing.contract_id = contract.contract_id
