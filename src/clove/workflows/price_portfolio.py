"""New contracts as a portfolio's own history has them, with the fitment at hand."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Self

import numpy as np

from clove.decisions.upfront_cost import fitment_parts
from clove.features import contracts as features
from clove.features.exchange import exchange_at, usual_currency
from clove.intake.portfolio.read import read_portfolio
from clove.kernel.money import Currency
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.parts import Parts
from clove.workflows.price_request import PricedSegment, PriceRequest
from clove.workflows.segment_prices import SegmentPrices
from clove.workflows.unsold_segment import unsold_segment
from clove.workflows.value_contracts import history_of, whole_months

MEAN_FITMENT = "the mean fitment of this segment; name another with --distance-km and --complexity"


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioPrices:
    """New contracts of every segment of a portfolio, as of a date."""

    folder: Path
    as_of: date
    found: Assumptions
    prices: SegmentPrices

    @classmethod
    def read(cls, folder: Path, request: PriceRequest, parts: Parts) -> Self:
        """List prices from the products, costs and collections as booked, ends and demand from what happened.

        Args:
            folder: Of the portfolio's tables.
            request: How to read it: mapping, dates, and what no history tells.
            parts: The surroundings.

        Raises:
            CloveError: The folder cannot be read, or too little has happened.
        """
        today = request.today or date.today()  # noqa: DTZ011 - contracts are in local time
        settings = request.assumptions
        with parts.open_engine() as engine:
            parts.progress.stage("Reading the portfolio")
            reading = read_portfolio(
                folder, engine, mapping=request.mapping, today=today, as_of=request.as_of, progress=parts.progress
            )
            as_of = whole_months(reading.as_of, today, asked=request.as_of is not None)
            parts.progress.stage("Learning from its history")
            code = request.currency.code or usual_currency(engine, as_of)
            history = history_of(engine, as_of, exchange_at(engine, code, as_of), settings)
            quotes = features.segment_quotes(engine, as_of, signing_days=settings.signing_days)
            costs = features.segment_upfront(engine, as_of)
        found = Assumptions.of(history, settings)
        return cls(folder, as_of, found, SegmentPrices.of(history, found, quotes, costs, settings))

    def segment(self, request: PriceRequest) -> PricedSegment:
        """A segment, with the fitment that is asked for or the mean of past ones; the table's where none was sold."""
        prices, found = self.prices, self.found
        place = prices.place(request.country, request.channel, request.tier)
        whose = f"{self.folder} as of {self.as_of}"
        if place is None:
            return unsold_segment(request, found, prices, whose)
        one = np.array([place])
        segment = prices.parameters.take(one)
        upfront, fitment = prices.upfront.take(one), MEAN_FITMENT
        if request.names_fitment:
            labour, travel = fitment_parts(prices.labour[one], request.distance, request.factor, segment.rand)
            upfront, fitment = replace(upfront, fitment_labour=labour, fitment_travel=travel), request.fitment
        terms = replace(segment.terms, upfront=upfront.total, acquisition=upfront.acquisition)
        contracts, quotes = int((found.segment == prices.rows[place]).sum()), int(segment.demand.quotes[0])
        source = (
            f"{whose}: {contracts:,} contracts and {quotes:,} quotes of this segment; the "
            "fewer they are, the more the other segments count"
        )
        # a new contract owes nothing: how payment comes back has no say in its price
        findings = [said for said in (*found.findings, *prices.findings) if found.resumption.origin not in said]
        currency = Currency(str(prices.currency[place]))
        return PricedSegment(replace(segment, terms=terms), upfront, currency, source, fitment, tuple(findings))
