"""Why a price is blocked, and what a reader of its optimum and break-even should know."""

import numpy as np

from clove.decisions.pricing import Pricing
from clove.kernel.money import Currency

FEW = 0.01  # share of quotes that convert, below which it is said how few they are


def reasons(pricing: Pricing, row: int, currency: Currency, horizon_months: int) -> list[str]:
    """The conditions that a segment's price fails, with figures, without a full stop; none where it may proceed."""
    show, verdict = currency.show, pricing.verdict
    if not verdict.observed[row]:
        offered, listed = float(pricing.price[row]), float(pricing.list_price[row])
        times = f"{show(offered)} is {offered / listed:,.2f} times the list price"
        return [f"It is not judged: {times}, outside what was observed of customers and contracts"]
    ltv = float(verdict.ltv[row])
    if np.isnan(ltv):
        return ["What a contract is worth is unknown, because one of its costs or shares is"]
    said = []
    if not verdict.enough[row]:
        least, upfront = float(verdict.least_ltv[row]), float(pricing.upfront[row])
        said.append(
            f"A contract is worth {show(ltv)}, less than the {show(least)} it has to bring on {show(upfront)} spent "
            "upfront"
        )
    if not verdict.in_time[row]:
        month, allowed = float(verdict.payback_month[row]), int(verdict.months_allowed[row])
        when = (
            f"does not pay back within {horizon_months} months"
            if np.isnan(month)
            else f"pays back in month {month:.0f}"
        )
        said.append(f"It {when}; {allowed} months are allowed")
    return said


def notes(pricing: Pricing, row: int) -> list[str]:
    """What the figures of a segment do not say by themselves, in sentences."""
    said = []
    if pricing.on_bound[row]:
        end = "highest" if pricing.on_bound[row] > 0 else "lowest"
        said.append(
            f"The best price is the {end} that was looked at: by these figures one beyond it would be better still, "
            "but how customers answer there was not observed."
        )
    if pricing.optimum_profit[row] <= 0:
        said.append("No price that was looked at brings money: the best one loses least.")
    if np.isnan(pricing.break_even[row]) and np.isfinite(pricing.verdict.ltv[row]):
        all_above = bool((pricing.curve_ltv[row] >= 0).all())
        said.append(
            "There is no break-even price: every price that was looked at brings "
            + ("more than it costs." if all_above else "less than it costs.")
        )
    if pricing.conversion[row] < FEW:
        said.append(f"Fewer than {FEW:.0%} of quotes convert at the offered price.")
    low, high = pricing.curve_price[row, 0], pricing.curve_price[row, -1]
    if not low <= pricing.price[row] <= high:
        said.append("The offered price lies outside the range that was looked at: the conversion is extrapolated.")
    return said
