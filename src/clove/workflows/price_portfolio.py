"""A segment of new contracts as a portfolio's own history has it, with the fitment at hand."""

from dataclasses import replace
from datetime import date

import numpy as np

from clove.decisions.upfront_cost import fitment_parts
from clove.features import contracts as features
from clove.features.exchange import convert
from clove.intake.portfolio.read import read_portfolio
from clove.kernel.errors import ArgumentRefused
from clove.kernel.money import Currency
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.contract_segments import SEGMENT
from clove.workflows.parts import Parts
from clove.workflows.price_request import PricedSegment, PriceRequest
from clove.workflows.segment_prices import SegmentPrices
from clove.workflows.value_contracts import history_of, whole_months


def priced_in_portfolio(request: PriceRequest, parts: Parts) -> PricedSegment:
    """List price from the products, costs and collections from what was booked, ends and demand from what happened.

    Raises:
        CloveError: The folder cannot be read, too little has happened, or it has no contract of the segment.
    """
    if request.folder is None:
        raise ArgumentRefused("no folder is named", where="DIR", remedy="Name the folder of the portfolio's tables")
    today = request.today or date.today()  # noqa: DTZ011 - contracts are in local time
    settings = request.assumptions
    with parts.open_engine() as engine:
        parts.progress.stage("Reading the portfolio")
        reading = read_portfolio(
            request.folder, engine, mapping=request.mapping, today=today, as_of=request.as_of, progress=parts.progress
        )
        as_of = whole_months(reading.as_of, today)
        parts.progress.stage("Learning from its history")
        history = history_of(engine, as_of, convert(engine, reading.currency, as_of), settings)
        quotes, costs = features.segment_quotes(engine, as_of), features.segment_upfront(engine, as_of)
    found = Assumptions.of(history, settings)
    prices = SegmentPrices.of(history, found, quotes, costs, settings)
    place = prices.place(request.country, request.channel, request.tier)
    if place is None:
        known = ["/".join(key) for key in zip(*(prices.segments.column(n)[prices.rows] for n in SEGMENT), strict=True)]
        raise ArgumentRefused(
            f"the portfolio has no contract of {request.country}/{request.channel}/{request.tier}",
            where=str(request.folder),
            remedy=f"Leave out the folder to price by the shipped table, or use one of {', '.join(known)}",
        )
    one = np.array([place])
    segment = prices.parameters.take(one)
    labour, travel = fitment_parts(prices.labour[one], request.distance, request.factor, segment.rand)
    upfront = replace(prices.upfront.take(one), fitment_labour=labour, fitment_travel=travel)
    terms = replace(segment.terms, upfront=upfront.total, acquisition=upfront.acquisition)
    contracts = int((found.segment == prices.rows[place]).sum())
    made = int(segment.demand.quotes[0])
    source = (
        f"{request.folder} as of {as_of}: {contracts:,} contracts and {made:,} quotes of this segment; the fewer they "
        "are, the more the other segments count"
    )
    # a new contract owes nothing: how payment comes back has no say in its price
    findings = [said for said in (*found.findings, *prices.findings) if found.resumption.origin not in said]
    currency = Currency(str(prices.currency[place]))
    return PricedSegment(replace(segment, terms=terms), upfront, currency, source, tuple(findings))
