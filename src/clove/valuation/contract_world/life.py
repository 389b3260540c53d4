"""The order in which the parts of a month happen."""

from clove.valuation.contract_world.bad_billing import resolve_lapses, return_from_suspension
from clove.valuation.contract_world.billing import bill, raise_fees
from clove.valuation.contract_world.ends import leave
from clove.valuation.contract_world.month import Month
from clove.valuation.contract_world.retention import ask_to_leave, intervene
from clove.valuation.contract_world.service import serve
from clove.valuation.contract_world.thefts import steal


def live(month: Month) -> None:
    """All that happens in the month: stops and cures, ends, thefts, fees, payments, service, retention."""
    who = month.in_force()
    active = month.only(who)  # at the start: who resumes in the month is billed there and then
    resolve_lapses(month, who)
    return_from_suspension(month, who)
    leavers = leave(month, active)
    steal(month, month.only(active))
    staying = month.only(active)
    raise_fees(month, staying)
    bill(month, staying)
    serve(month, staying)
    paying = month.only(staying)
    asked = ask_to_leave(month, paying, leavers)
    intervene(month, paying, asked)
