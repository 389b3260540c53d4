"""What each way to treat lapsed contracts would have brought, in the money of the simulated world."""

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.kernel.errors import ArgumentRefused
from clove.valuation.contract_world.bad_billing import give_up
from clove.valuation.contract_world.month import Month
from clove.valuation.contract_world.state import HARDWARE as DEVICE
from clove.valuation.contract_world.state import LAPSED, NEVER, VALUED
from clove.valuation.contract_world.world import ContractWorld

HORIZON = 60  # months


def policy_outcome(
    world: ContractWorld,
    contracts: Ints,
    stop_after: Ints,
    retrieve: Bools,
    *,
    months: int = HORIZON,
    replicate: int = 0,
    discount_rate: float = 0.12,
) -> Floats:
    """Discounted money of lapsed contracts if each is stopped when it has waited so long in vain, shape (n,).

    Money as of the end date: what a month of waiting, or a stop, brings counts at that month's start, so that a stop
    now is not discounted. Luck is the contract's own: two policies meet the same customers. After a cure the contract
    lives by the world's rules, a later lapse included.

    Args:
        world: The portfolio.
        contracts: Rows of lapsed contracts, shape (n,).
        stop_after: Months to wait from the end date on, shape (n,): 0 stops now; the world's longest lapse ends all.
        retrieve: Whether the stop fetches the device, shape (n,), else it cancels.
        months: To look ahead.
        replicate: 0 is what really comes; others are as likely.
        discount_rate: A year.

    Raises:
        ArgumentRefused: A contract that is not lapsed at the end date, or a negative wait.
    """
    if not (world.state.status[contracts] == LAPSED).all():
        row = contracts[world.state.status[contracts] != LAPSED][0]
        raise ArgumentRefused(
            f"contract {row} is not in bad billing", where="contracts", remedy="Give lapsed contracts"
        )
    if (stop_after < 0).any():
        raise ArgumentRefused(
            f"a wait of {stop_after.min()} months", where="stop_after", remedy="Give 0 for now, or more"
        )
    first_spell = world.state.spell[contracts]
    now = world.calendar.months

    def chosen(month: Month, lapsed: Ints) -> tuple[Bools, Bools]:
        same = (month.state.spell[lapsed] == first_spell[lapsed]) & (first_spell[lapsed] != NEVER)
        habit, habit_retrieves = give_up(month, lapsed)
        due = (month.index - now >= stop_after[lapsed]) | (month.state.lapsed[lapsed] >= month.rules.longest_lapse)
        return np.where(same, due, habit), np.where(same, retrieve[lapsed], habit_retrieves)

    came = world.after(
        months,
        contracts=contracts,
        replicate=replicate,
        stops=chosen,
        discount_rate=discount_rate,
        due_at_start=True,
    )
    money: Floats = came.parts[[*VALUED, DEVICE]].sum(axis=0)
    return money
