-- Contracts that were live when a month began, and how many of them ended in it: by month, country, tier and months
-- served by then. Reads `portfolio_month_ends`. A contract that ended in the month of its start was never live at one.

SELECT
    month,
    country_code,
    tier,
    month - 1 - start_month AS months_served,
    COUNT(*) AS live,
    COUNT(*) FILTER (WHERE state = 'cancelled') AS ended
FROM portfolio_month_ends
WHERE month > $first_month AND state_before IS NOT NULL AND state_before <> 'cancelled'
GROUP BY month, country_code, tier, month - 1 - start_month
ORDER BY month, country_code, tier, month - 1 - start_month
