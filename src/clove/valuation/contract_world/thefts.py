"""Vehicles are stolen, and mostly found again."""

import numpy as np

from clove.kernel.arrays import Ints
from clove.valuation.contract_world.draws import For
from clove.valuation.contract_world.ends import end
from clove.valuation.contract_world.month import THEFT, Month
from clove.valuation.contract_world.state import RECOVERY

LONGEST_SEARCH = 8  # days


def steal(month: Month, active: Ints) -> None:
    """Thefts; a vehicle that is not recovered ends its contract, without a penalty."""
    if not month.happenings.thefts:
        return
    rules = month.rules
    stolen = active[month.u(For.STOLEN, active) < rules.theft_year / 12]
    recovered = month.u(For.RECOVERED, stolen) < rules.recovered
    day = month.day(For.THEFT_DAY, stolen, 1, 20)
    closed = day + np.floor(month.u(For.CLOSED, stolen) * (LONGEST_SEARCH + 1)).astype(np.int64)
    fee = month.state.fee[stolen]
    charged = np.where(recovered, np.round(rules.recovery_fee * fee, 2), 0.0)
    pays = month.u(For.RECOVERY_FEE, stolen) < rules.recovery_fee_collected
    collected = np.where(pays, charged, 0.0)
    cost = np.where(recovered, np.round(rules.recovery_cost * fee, 2), 0.0)
    month.flow[RECOVERY, stolen] += collected - cost
    month.journal.add(
        "thefts",
        stolen,
        month=month.index,
        stolen=day,
        closed=closed,
        recovered=recovered,
        charged=charged,
        collected=collected,
        cost=cost,
    )
    lost = stolen[~recovered]
    reason = np.full(lost.size, THEFT, dtype=np.int64)
    nothing = np.zeros(lost.size)
    end(month, lost, day=closed[~recovered], reason=reason, penalty_share=nothing, retrieved=nothing > 0)
