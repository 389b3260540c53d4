"""The figures that the values of contracts rest on, each with where it comes from."""

import numpy as np

from clove.kernel.arrays import Floats
from clove.reports.contract_contents import Assumption
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.segment_prices import SegmentPrices
from clove.workflows.summary import floats

SETTING = "a setting"
LOW, HIGH = 0.1, 0.9


def assumptions_in_words(
    valued: ValuedContracts, prices: SegmentPrices, request: ContractRequest
) -> tuple[Assumption, ...]:
    """In the order in which a reader meets them."""
    found, settings, state = valued.assumptions, request.settings, valued.history.state
    collections, live = settings.collections, valued.live
    hazard, resumption = found.hazards.whole, found.resumption
    invoices = int(np.nansum(floats(state, "known_invoices")))
    lines = int(np.nansum(floats(state, "recent_cost_months")))
    ends = int(floats(valued.history.penalties, "ends").sum())
    demand = prices.parameters.demand
    bands = ", ".join(f"{share:.0%}" for share in collections.penalty_collected)
    if resumption.evidence is None:
        chance = f"p0 {resumption.p0:.2f}, decay {resumption.decay:.2f} a month"
    else:
        low, high = resumption.interval()
        chance = (
            f"p0 {resumption.p0:.2f} (95 %: {low[0]:.2f} to {high[0]:.2f}), decay {resumption.decay:.2f} a month "
            f"(95 %: {low[-1]:.2f} to {high[-1]:.2f})"
        )
    shift = f"{int(demand.quotes.sum()):,} quotes in {int((demand.quotes > 0).sum())} segments"
    return (
        Assumption(
            "Chance of an end in a month",
            _range(valued.monthly_churn[live]),
            f"{hazard.ended.sum():,.0f} ends in {hazard.at_risk.sum():,.0f} months of contracts",
        ),
        Assumption("Share of invoiced fees that is collected", _range(found.collected[live]), f"{invoices:,} invoices"),
        Assumption(
            "Cost of a month, as a share of the fee",
            _range((found.cost / valued.terms.fee)[live & (valued.terms.fee > 0)]),
            f"{lines:,} months of cost lines",
        ),
        Assumption("Share of penalties that is collected", _range(found.penalty_share), f"{ends:,} ends"),
        Assumption("Chance that payment comes back", chance, resumption.origin),
        Assumption("Who buys at a price", shift, "fitted to quotes" if demand.quotes.any() else "the shipped table"),
        Assumption("Thefts", f"{settings.theft_rate:.1%} a year, {settings.recovered:.0%} recovered", SETTING),
        Assumption(
            "A recovery",
            f"{settings.recovery_fees:g} monthly fees charged, {settings.recovery_collected:.0%} of them collected, "
            f"at a cost of {settings.recovery_cost_fees:g} monthly fees",
            SETTING,
        ),
        Assumption("Penalty", f"{settings.penalty_rate:.0%} of the fees left in the minimum term", SETTING),
        Assumption("Penalty collected in bad billing, bands A, B, C, D, unrated", bands, SETTING),
        Assumption("Discount rate", f"{request.horizon.discount_rate:.1%} a year", SETTING),
        Assumption("Horizon", f"{request.horizon.months} months", SETTING),
    )


def _range(values: Floats) -> str:
    """Median, and where eight of ten lie."""
    known = values[np.isfinite(values)]
    if not known.size:
        return "not known"
    low, middle, high = np.quantile(known, [LOW, 0.5, HIGH])
    return f"{middle:.1%}; eight of ten contracts {low:.1%} to {high:.1%}"
