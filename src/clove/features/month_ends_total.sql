-- Of each month: the monthly recurring revenue at its end, in whole minor units, and the contracts behind it.
-- Reads `portfolio_month_ends`. Live is what has not ended, suspended contracts included.

SELECT
    month,
    CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS mrr,
    COUNT(amount) AS paying,
    COUNT(*) FILTER (WHERE state = 'suspended') AS suspended,
    -- in a currency that had no rate yet
    COUNT(*) FILTER (WHERE state IN ('active', 'bad_billing') AND amount IS NULL) AS unknown
FROM portfolio_month_ends
GROUP BY month
ORDER BY month
