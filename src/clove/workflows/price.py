"""Price a new contract: the offered price judged, the best one sought, the one found at which it brings nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clove.decisions.price_reasons import notes, reasons
from clove.decisions.price_table import NAME, price_table
from clove.decisions.pricing import Pricing, Verdict
from clove.decisions.shipped_segments import shipped_segments
from clove.decisions.upfront_cost import UpfrontCost
from clove.kernel.money import Currency
from clove.workflows.parts import Parts
from clove.workflows.price_document import price_document
from clove.workflows.price_request import PricedSegment, PriceRequest


@dataclass(frozen=True, slots=True, eq=False)
class PriceAnswer:
    """What was asked, and what came out."""

    request: PriceRequest
    segment: PricedSegment
    pricing: Pricing  # of one segment
    reasons: list[str]  # why it is blocked
    notes: list[str]
    document: dict[str, Any]  # all of it, for machines


def price(request: PriceRequest, parts: Parts) -> PriceAnswer:
    """Answer by the portfolio's history if there is a folder, else by the shipped table.

    Raises:
        CloveError: With what, where and remedy.
    """
    request.check()
    segment = shipped(request) if request.folder is None else _of_portfolio(request, request.folder, parts)
    offered = None if request.price is None else np.array([request.price])
    pricing = Pricing.of(
        segment.parameters, offered, settings=request.settings, horizon=request.horizon, seed=request.seed
    )
    failed = reasons(pricing, 0, segment.currency, request.horizon.months)
    said = [*segment.findings, *notes(pricing, 0)]
    document = price_document(
        request,
        segment,
        pricing,
        reasons=failed,
        notes=said,
        proceeds_from=_proceeds_from(request, segment, pricing),
    )
    return PriceAnswer(request, segment, pricing, failed, said, document)


def shipped(request: PriceRequest) -> PricedSegment:
    """The segment as the shipped table has it."""
    table = price_table()
    row = table.take(np.array([table.find(request.country, request.channel, request.tier)]))
    upfront = UpfrontCost.of_table(row, request.distance, request.factor)
    return PricedSegment(shipped_segments(row, upfront), upfront, Currency(str(row.currency[0])), NAME, request.fitment)


def _of_portfolio(request: PriceRequest, folder: Path, parts: Parts) -> PricedSegment:
    # the engine and all that reads files: not needed where the shipped table answers
    from clove.workflows.price_portfolio import PortfolioPrices

    return PortfolioPrices.read(folder, request, parts).segment(request)


def _proceeds_from(request: PriceRequest, segment: PricedSegment, pricing: Pricing) -> float | None:
    """The lowest price of the curve that may proceed; None where none of them may."""
    prices = pricing.curve_price[0]
    every = segment.parameters.take(np.zeros(prices.size, dtype=np.int64)).at(prices, request.settings)
    listed = np.full(prices.size, segment.parameters.terms.fee[0])
    may = prices[Verdict.of(*every, listed, request.settings, request.horizon).proceed]
    return float(may[0]) if may.size else None
