-- Requests to cancel that had come by $as_of, one row each, with what had come of them by then.
-- Reads `portfolio_support_tickets`. `resolution` is read only where it is dated by $as_of: without a date the request
-- counts as open.

SELECT
    portfolio_support_tickets.ticket_id,
    portfolio_support_tickets.contract_id,
    portfolio_support_tickets.opened_on,
    CASE
        WHEN portfolio_support_tickets.resolved_on <= CAST($as_of AS DATE)
            AND portfolio_support_tickets.resolution <> 'pending'
            THEN portfolio_support_tickets.resolution
    END AS outcome,
    COALESCE(
        portfolio_support_tickets.resolved_on <= CAST($as_of AS DATE)
        AND COALESCE(portfolio_support_tickets.resolution <> 'pending', TRUE),
        FALSE
    ) AS closed
FROM portfolio_support_tickets
INNER JOIN portfolio_contracts ON portfolio_contracts.contract_id = portfolio_support_tickets.contract_id
WHERE portfolio_support_tickets.category = 'cancellation_request'
    AND portfolio_support_tickets.opened_on <= CAST($as_of AS DATE)
    AND portfolio_contracts.start_date <= CAST($as_of AS DATE)
ORDER BY
    portfolio_support_tickets.opened_on, portfolio_support_tickets.contract_id, portfolio_support_tickets.ticket_id
