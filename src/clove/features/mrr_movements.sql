-- What moved the monthly recurring revenue: contract, month, movement and amount, in whole minor units.
-- Reads `portfolio_month_ends`. The movements of a month add up to the change since the month before.
-- A contract that pays at both ends of the month moves by its fee, at the rate of this month, and by the rate; one that
-- came or went moves by the whole of what it is or was.

WITH moved AS (
    SELECT
        contract_id,
        country_code,
        channel,
        tier,
        month,
        COALESCE(state_before IN ('active', 'bad_billing'), FALSE) AS paid_before,
        state IN ('active', 'bad_billing') AS pays,
        state,
        state_before,
        amount,
        amount_before,
        revalued
    FROM portfolio_month_ends
    WHERE month > $first_month
),

movement AS (
    SELECT
        contract_id,
        country_code,
        channel,
        tier,
        month,
        CASE
            WHEN pays AND state_before IS NULL THEN 'new'
            WHEN pays AND NOT paid_before THEN 'reactivated'
            WHEN NOT pays AND state = 'suspended' THEN 'suspended'
            WHEN NOT pays THEN 'churned'
            WHEN amount > revalued THEN 'expansion'
            ELSE 'contraction'
        END AS movement,
        CASE
            WHEN pays AND paid_before THEN amount - revalued
            WHEN pays THEN amount
            ELSE -amount_before
        END AS amount
    FROM moved
    WHERE pays <> paid_before OR (pays AND amount <> revalued)
    UNION ALL
    SELECT contract_id, country_code, channel, tier, month, 'fx' AS movement, revalued - COALESCE(amount_before, 0) AS amount
    FROM moved
    WHERE pays AND paid_before AND revalued <> COALESCE(amount_before, 0)
)

SELECT contract_id, country_code, channel, tier, month, movement, amount
FROM movement
WHERE amount IS NOT NULL
ORDER BY month, contract_id, movement
