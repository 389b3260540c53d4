-- Quotes of $since to $as_of by channel, and how many of them had become contracts by then.
-- Reads `portfolio_quotes` and `portfolio_contracts`.

SELECT
    portfolio_quotes.sales_channel AS channel,
    COUNT(*) AS quotes,
    -- a contract that started later was not there yet
    COUNT(*) FILTER (
        WHERE portfolio_quotes.converted
        AND COALESCE(portfolio_contracts.start_date, CAST($as_of AS DATE)) <= CAST($as_of AS DATE)
    ) AS converted
FROM portfolio_quotes
LEFT JOIN portfolio_contracts ON portfolio_contracts.contract_id = portfolio_quotes.contract_id
WHERE portfolio_quotes.quoted_on > CAST($since AS DATE) AND portfolio_quotes.quoted_on <= CAST($as_of AS DATE)
GROUP BY portfolio_quotes.sales_channel
ORDER BY portfolio_quotes.sales_channel
