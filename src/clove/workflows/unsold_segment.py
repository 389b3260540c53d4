"""A segment in which a portfolio has no contract: the shipped table's, with what the portfolio tells of all its own."""

from dataclasses import replace

import numpy as np

from clove.decisions.price_table import NAME, PriceTable, price_table
from clove.decisions.shipped_segments import shipped_segments
from clove.decisions.upfront_cost import UpfrontCost
from clove.kernel.money import Currency
from clove.models.tenure_hazard import TenureHazard
from clove.valuation.contract_ends import ContractEnds
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.price_request import PricedSegment, PriceRequest
from clove.workflows.segment_prices import SegmentPrices


def unsold_segment(request: PriceRequest, found: Assumptions, prices: SegmentPrices, whose: str) -> PricedSegment:
    """Price, costs and collections as the table has them, the rest with the portfolio where it speaks.

    Demand: by quotes of the segment if there are any, moved as those of all segments are. Ends: by months served, as
    those of the portfolio's contracts with the same minimum term, where enough have ended.

    Args:
        request: The offer.
        found: What the portfolio's history tells of contracts.
        prices: What it tells of new ones.
        whose: The portfolio and its date, for the reader.
    """
    table = price_table()
    rows = np.array([table.find(request.country, request.channel, request.tier)])
    row = table.take(rows)
    row = replace(row, rand=prices.money.rand_of(row.currency))  # known of every currency of the table
    upfront = UpfrontCost.of_table(row, request.distance, request.factor)
    parameters = shipped_segments(row, upfront)
    demand = prices.demand.take(rows)
    ends = _ends(found, row)
    quotes, all_quotes = int(demand.quotes[0]), int(prices.demand.quotes.sum())
    by_quotes = f"demand by {quotes:,} quotes of it and {all_quotes - quotes:,} of others" if all_quotes else ""
    by_ends = "ends by months served as those of contracts with the same minimum term" if ends is not None else ""
    learnt = " and ".join(part for part in (by_quotes, by_ends) if part)
    source = f"{NAME}, because {whose} has no contract of this segment"
    source += f"; from the portfolio: {learnt}" if learnt else ""
    parameters = replace(parameters, demand=demand, ends=parameters.ends if ends is None else ends)
    return PricedSegment(parameters, upfront, Currency(str(row.currency[0])), source, request.fitment, prices.findings)


def _ends(found: Assumptions, row: PriceTable) -> ContractEnds | None:
    """The curve of contracts with the same minimum term, at the level that the table has beside theirs; None without.

    The level is the table's chance of an end here over its mean in the segments that the curve is of, each counted by
    its contract-months.
    """
    fitted, clause = found.hazards.whole, int(row.clause[0])
    if clause not in found.hazards.terms:
        return None
    kind = found.hazards.terms.index(clause)
    mine = fitted.curve == kind
    months = fitted.at_risk[mine].sum(axis=1)
    ended = float(fitted.ended[mine].sum())
    if not ended:
        return None
    usual = (months * found.segments.shipped("monthly_churn")[mine]).sum() / months.sum()
    monthly = 1 - (1 - fitted.curves[kind]) ** (row.monthly_churn[0] / usual)
    error = np.sqrt(1 / fitted.level_weight + 1 / ended)
    nothing = np.zeros(1, dtype=np.int64)
    return ContractEnds.of(TenureHazard.given(monthly[None, :], error), nothing, nothing)
