"""The figures that the values of contracts rest on, each with where it comes from."""

import numpy as np

from clove.decisions.price_table import NAME as TABLE
from clove.kernel.arrays import Bools, Floats
from clove.reports.contract_contents import Assumption
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_upfront import KINDS
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.segment_prices import SegmentPrices
from clove.workflows.summary import floats

SETTING = "a setting"
EXAMPLES = "five published examples, and factors from them to the other segments"
LOW, HIGH = 0.1, 0.9


def assumptions_in_words(
    valued: ValuedContracts, prices: SegmentPrices, request: ContractRequest
) -> tuple[Assumption, ...]:
    """In the order in which a reader meets them."""
    found, settings, state = valued.assumptions, request.settings, valued.history.state
    collections, live = settings.collections, valued.live
    hazard, resumption = found.hazards.whole, found.resumption
    invoices = int(np.nansum(floats(state, "known_invoices")))
    lines = _months_of_costs(valued)
    watched = f"{hazard.ended.sum():,.0f} ends in {hazard.at_risk.sum():,.0f} months of contracts"
    noted = int(_noted_upfront(valued).any(axis=0).sum())
    ends = _known_penalties(valued)
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
            watched if found.hazards.terms else TABLE,
        ),
        Assumption(
            "Share of invoiced fees that is collected",
            _range(found.collected[live]),
            f"{invoices:,} invoices" if invoices else TABLE,
        ),
        Assumption(
            "Cost of a month, as a share of the fee",
            _range((found.cost / valued.terms.fee)[live & (valued.terms.fee > 0)]),
            f"{lines:,} months of cost lines" if lines else TABLE,
        ),
        Assumption(
            "Cost of winning and fitting, in monthly fees",
            _range(valued.terms.upfront[live] / np.where(valued.terms.fee > 0, valued.terms.fee, np.nan)[live], ".1f"),
            f"what is noted of {noted:,} contracts" if noted else TABLE,
        ),
        Assumption(
            "Share of penalties that is collected",
            _range(found.penalty_share),
            f"{ends:,} ends of which the penalty is known" if ends else SETTING,
        ),
        Assumption("Chance that payment comes back", chance, resumption.origin),
        Assumption("Who buys at a price", *((shift, "fitted to quotes") if demand.quotes.any() else (EXAMPLES, TABLE))),
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


def not_yours(valued: ValuedContracts) -> str:
    """Which of the figures behind the values are the illustrative table's, in a sentence or two; empty for none."""
    found, noted = valued.assumptions, _noted_upfront(valued).any(axis=1)
    lines, invoices = _months_of_costs(valued), np.nansum(floats(valued.history.state, "known_invoices"))
    borrowed = {
        "monthly costs": not lines,
        "upfront costs": not noted.any(),
        "the share of fees that is collected": not invoices,
        "the chance of an end": not found.hazards.terms,
    }
    named = [name for name, theirs in borrowed.items() if theirs]
    said = ""
    if named:
        joint = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
        singular = len(named) == 1 and not named[0].endswith("costs")
        verb = "is that" if singular else "are those"
        said = f"{joint[:1].upper()}{joint[1:]} {verb} of {TABLE}, not yours."
    if not lines and invoices:
        said += " No monthly cost was taken off the past: what contracts brought so far is before costs."
    return said.strip()


def _months_of_costs(valued: ValuedContracts) -> int:
    """Months of contracts of which a cost is noted; a month without any line is none."""
    state = valued.history.state
    told = np.isfinite(floats(state, "recent_cost"))
    return int(np.nansum(floats(state, "recent_cost_months")[told]))


def _known_penalties(valued: ValuedContracts) -> int:
    ends = valued.history.penalties
    return int(floats(ends, "known_penalties")[np.isfinite(floats(ends, "due"))].sum())


def _noted_upfront(valued: ValuedContracts) -> Bools:
    """Whether a kind of upfront cost is noted of a contract, shape (6, n)."""
    found: Bools = np.isfinite([floats(valued.history.state, kind) for kind in KINDS])
    return found


def _range(values: Floats, written: str = ".1%") -> str:
    """Median, and where eight of ten lie."""
    known = values[np.isfinite(values)]
    if not known.size:
        return "not known"
    low, middle, high = np.quantile(known, [LOW, 0.5, HIGH])
    return f"{middle:{written}}; eight of ten contracts {low:{written}} to {high:{written}}"
