"""New contracts as the shipped price table has them."""

import numpy as np

from clove.decisions.price_table import PriceTable
from clove.decisions.pricing import SegmentParameters
from clove.decisions.upfront_cost import UpfrontCost
from clove.models.price_response import PriceResponse
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms


def shipped_segments(rows: PriceTable, upfront: UpfrontCost) -> SegmentParameters:
    """Segments as the price table has them, with the upfront cost of the fitment at hand.

    Args:
        rows: Of the table, n of them.
        upfront: Of the same, shape (n,) each.
    """
    names = [f"{c}/{s}/{t}" for c, s, t in zip(rows.country, rows.channel, rows.tier, strict=True)]
    terms = ContractTerms.of(
        np.array(names),
        fee=rows.list_price,
        cost=rows.monthly_cost,
        upfront=upfront.total,
        acquisition=upfront.acquisition,
        collected=rows.collected_share,
        penalty_collected=rows.penalty_share,
        clause=rows.clause,
    )
    ends = ContractEnds.constant(rows.monthly_churn)
    return SegmentParameters(terms, ends, PriceResponse.expected(rows.alpha, rows.beta), rows.rand)
