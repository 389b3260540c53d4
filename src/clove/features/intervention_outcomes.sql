-- Attempts to keep a customer up to $as_of by kind, and by whether anything was done: how many, what they cost, and of
-- those made $watched months ago or earlier, how many contracts had ended within these months.
-- Reads `portfolio_interventions` and `converted_interventions` (one currency); what was noted of them is not read.

SELECT
    COALESCE(converted_interventions.kind, 'unknown') AS kind,
    COALESCE(converted_interventions.treated, TRUE) AS treated,
    COUNT(*) AS made,
    CAST(SUM(CAST(converted_interventions.cost AS DECIMAL(18, 6))) AS DOUBLE) AS cost,
    COUNT(converted_interventions.cost) AS known_costs,
    COUNT(*) FILTER (
        WHERE converted_interventions.made_on + CAST($watched AS INTEGER) * INTERVAL 1 MONTH <= CAST($as_of AS DATE)
    ) AS watched,
    COUNT(*) FILTER (
        WHERE converted_interventions.made_on + CAST($watched AS INTEGER) * INTERVAL 1 MONTH <= CAST($as_of AS DATE)
        AND portfolio_contracts.cancellation_date
            <= converted_interventions.made_on + CAST($watched AS INTEGER) * INTERVAL 1 MONTH
    ) AS ended
FROM converted_interventions
INNER JOIN portfolio_contracts ON portfolio_contracts.contract_id = converted_interventions.contract_id
WHERE converted_interventions.made_on <= CAST($as_of AS DATE)
    AND portfolio_contracts.start_date <= CAST($as_of AS DATE)
GROUP BY COALESCE(converted_interventions.kind, 'unknown'), COALESCE(converted_interventions.treated, TRUE)
ORDER BY kind, treated
