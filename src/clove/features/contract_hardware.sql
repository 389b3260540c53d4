-- What the hardware in the vehicles was worth by the end of $as_of, one row per contract that had any.
-- Reads the tables `portfolio_*`; nothing dated after $as_of is read. `contract_state.sql` reads this.

WITH unit AS (
    SELECT
        portfolio_hardware.hardware_id,
        portfolio_hardware.contract_id,
        portfolio_hardware.purchase_cost,
        -- as old as its contract where the day of its purchase is not known
        COALESCE(portfolio_hardware.purchased_on, portfolio_contracts.start_date) AS since,
        -- the status of today, where it has been so since then: lost, retrieved, back in stock
        COALESCE(
            portfolio_hardware.status <> 'installed' AND portfolio_hardware.status_date <= CAST($as_of AS DATE), FALSE
        ) AS gone
    FROM portfolio_hardware
    INNER JOIN portfolio_contracts ON portfolio_contracts.contract_id = portfolio_hardware.contract_id
    WHERE portfolio_contracts.start_date <= CAST($as_of AS DATE)
        AND COALESCE(portfolio_hardware.purchased_on, portfolio_contracts.start_date) <= CAST($as_of AS DATE)
),

-- Each swap took out one unit and names the one that came.
swap AS (
    SELECT
        contract_id,
        COUNT(DISTINCT hardware_id) AS swaps,
        MAX_BY(hardware_id, (fitted_on, hardware_id)) AS newest
    FROM portfolio_fitment_records
    WHERE fitment_type = 'swap' AND hardware_id IS NOT NULL AND fitted_on <= CAST($as_of AS DATE)
    GROUP BY contract_id
),

-- Those known to be gone are the first that were taken out, then the oldest.
placed AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY contract_id ORDER BY gone DESC, since, hardware_id) AS place
    FROM unit
),

worth AS (
    SELECT hardware_id, MAX_BY(residual_value, valued_on) AS residual_value
    FROM portfolio_hardware_valuations
    WHERE valued_on <= CAST($as_of AS DATE)
    GROUP BY hardware_id
)

SELECT
    placed.contract_id,
    -- a unit that was never valued loses its price evenly over $hardware_months; exact decimals: a sum of floats would
    -- depend on the order of the rows
    SUM(CAST(COALESCE(
        worth.residual_value,
        placed.purchase_cost
        * GREATEST(0, 1 - date_diff('month', placed.since, CAST($as_of AS DATE)) / $hardware_months)
    ) AS DECIMAL(18, 6))) AS residual_value
FROM placed
LEFT JOIN swap ON swap.contract_id = placed.contract_id
LEFT JOIN worth ON worth.hardware_id = placed.hardware_id
WHERE NOT placed.gone
    AND (swap.newest IS NULL OR placed.hardware_id = swap.newest OR placed.place > swap.swaps)
GROUP BY placed.contract_id
