-- Penalties of the contracts that had ended by $as_of, by segment: who chose to end, and of those that ended
-- $penalty_months before what was due and what was collected by then.
-- Reads the tables `portfolio_*`; nothing dated after $as_of is read. Money is in the contract's currency, and a
-- segment has one currency as a rule: it is part of the key.

WITH ended AS (
    SELECT
        portfolio_contracts.contract_id,
        portfolio_contracts.country_code,
        COALESCE(portfolio_contracts.sales_channel, 'unknown') AS channel,
        COALESCE(portfolio_products.product_tier, 'unknown') AS tier,
        portfolio_contracts.currency,
        COALESCE(
            portfolio_contracts.cancellation_clause_months, portfolio_products.standard_cancellation_clause
        ) AS clause,
        GREATEST(0, 12 * EXTRACT(YEAR FROM portfolio_contracts.cancellation_date)
            + EXTRACT(MONTH FROM portfolio_contracts.cancellation_date)
            - 12 * EXTRACT(YEAR FROM portfolio_contracts.start_date)
            - EXTRACT(MONTH FROM portfolio_contracts.start_date) - 1) AS months_served,
        portfolio_contracts.monthly_fee,
        portfolio_contracts.cancellation_reason,
        -- of younger ends only those that paid at once would be known
        $as_of_month - 12 * EXTRACT(YEAR FROM portfolio_contracts.cancellation_date)
        - EXTRACT(MONTH FROM portfolio_contracts.cancellation_date) + 1 >= $penalty_months AS settled,
        CASE
            WHEN COALESCE(portfolio_contracts.penalty_collected_on, portfolio_contracts.cancellation_date)
                <= CAST($as_of AS DATE) THEN portfolio_contracts.penalty_collected
        END AS collected
    FROM portfolio_contracts
    LEFT JOIN portfolio_products ON portfolio_products.product_id = portfolio_contracts.product_id
    WHERE portfolio_contracts.cancellation_date <= CAST($as_of AS DATE)
),

-- a contract that has ended has no later fee
priced AS (
    SELECT
        ended.country_code,
        ended.channel,
        ended.tier,
        ended.currency,
        ended.cancellation_reason,
        ended.settled,
        -- exact decimals: a sum of floats would depend on the order of the rows
        CAST($penalty_rate * ended.monthly_fee * GREATEST(ended.clause - ended.months_served, 0) AS DECIMAL(18, 6))
            AS due,
        CAST(ended.collected AS DECIMAL(18, 6)) AS collected
    FROM ended
)

SELECT
    country_code,
    channel,
    tier,
    currency,
    COUNT(*) AS ends,
    COUNT(*) FILTER (WHERE cancellation_reason LIKE 'voluntary%') AS voluntary,
    COUNT(cancellation_reason) AS known_reasons,
    -- where nothing is noted as collected of a penalty that was due, nothing is known of it
    COUNT(*) FILTER (WHERE settled AND due > 0 AND collected IS NOT NULL) AS known_penalties,
    CAST(COALESCE(SUM(due) FILTER (WHERE settled AND collected IS NOT NULL), 0) AS DOUBLE) AS due,
    CAST(COALESCE(SUM(collected) FILTER (WHERE settled AND due > 0), 0) AS DOUBLE) AS collected
FROM priced
GROUP BY country_code, channel, tier, currency
ORDER BY country_code, channel, tier, currency
