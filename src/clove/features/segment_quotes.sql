-- Quotes that were $signing_days old by $as_of, one row each: the segment, the price, and whether a contract had come of it by then.
-- Reads `portfolio_quotes`, `portfolio_contracts` and `portfolio_rates`, the rate of each currency and day; a currency
-- that has none there is the portfolio's own.

SELECT
    portfolio_quotes.country_code,
    portfolio_quotes.sales_channel AS channel,
    portfolio_quotes.product_tier AS tier,
    portfolio_quotes.currency,
    portfolio_quotes.quoted_on,
    portfolio_quotes.price,
    portfolio_quotes.list_price,
    -- units of the portfolio's currency on that day
    own.rate AS rate,
    rand.rate AS rand_rate,
    -- a contract that started later was not there yet
    portfolio_quotes.converted
    AND COALESCE(portfolio_contracts.start_date, CAST($as_of AS DATE)) <= CAST($as_of AS DATE) AS converted
FROM portfolio_quotes
LEFT JOIN portfolio_contracts ON portfolio_contracts.contract_id = portfolio_quotes.contract_id
LEFT JOIN portfolio_rates AS own
    ON own.currency = portfolio_quotes.currency AND own.day = portfolio_quotes.quoted_on
LEFT JOIN portfolio_rates AS rand ON rand.currency = 'ZAR' AND rand.day = portfolio_quotes.quoted_on
-- a customer takes time to sign: of younger quotes only the quick ones would be known
WHERE portfolio_quotes.quoted_on + CAST($signing_days AS INTEGER) <= CAST($as_of AS DATE)
ORDER BY
    portfolio_quotes.country_code,
    portfolio_quotes.sales_channel,
    portfolio_quotes.product_tier,
    portfolio_quotes.quote_id
