"""Price a new contract: the offered price judged, the best one sought, the one found at which it brings nothing."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from clove.decisions.price_reasons import notes, reasons
from clove.decisions.price_table import CHANNELS, COUNTRIES, NAME, TIERS, price_table
from clove.decisions.pricing import Pricing, PricingSettings, SegmentParameters, Verdict
from clove.decisions.shipped_segments import shipped_segments
from clove.decisions.technician_visit import COMPLEXITY
from clove.decisions.upfront_cost import UpfrontCost
from clove.kernel.arrays import Floats
from clove.kernel.errors import ArgumentRefused
from clove.kernel.money import Currency
from clove.valuation.contract_terms import Horizon

UNKNOWN = {
    "ltv": "one of its costs or shares is unknown",
    "break_even": "no price that was looked at has an ltv of 0",
    "payback_month": "the upfront cost does not come back within the horizon",
    "proceeds_from": "no price that was looked at may proceed",
}


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """One offer."""

    country: str
    channel: str
    tier: str
    distance_km: float = 20.0
    complexity: str = "standard"
    price: float | None = None  # a month, in the country's currency; None: the list price
    folder: Path | None = None  # of a portfolio; None: the shipped table
    horizon: Horizon = field(default_factory=Horizon)
    settings: PricingSettings = field(default_factory=PricingSettings)
    seed: int = 1

    def check(self) -> None:
        """Refuse what no price can be found for.

        Raises:
            ArgumentRefused: An unknown word, a price that is not above 0, or a negative distance.
        """
        for name, word, known in (
            ("country", self.country, COUNTRIES),
            ("channel", self.channel, CHANNELS),
            ("tier", self.tier, TIERS),
            ("complexity", self.complexity, tuple(COMPLEXITY)),
        ):
            if word not in known:
                raise ArgumentRefused(
                    f"{word!r} is no {name} that Clove knows",
                    where=f"--{name}",
                    remedy=f"Use one of {', '.join(known)}",
                )
        if not (np.isfinite(self.distance_km) and self.distance_km >= 0):
            raise ArgumentRefused(
                f"a distance of {self.distance_km:g} km", where="--distance-km", remedy="Give a number from 0 up"
            )
        if self.price is not None and not (np.isfinite(self.price) and self.price > 0):
            raise ArgumentRefused(
                f"a price of {self.price:g}",
                where="--price",
                remedy="Give a monthly fee above 0, or leave it out for the list price",
            )


@dataclass(frozen=True, slots=True, eq=False)
class PricedSegment:
    """One segment, its parameters, and where they come from."""

    parameters: SegmentParameters  # of one segment
    upfront: UpfrontCost
    currency: Currency
    source: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PriceAnswer:
    """What was asked, what came out, and all of it as a document."""

    request: PriceRequest
    segment: PricedSegment
    pricing: Pricing  # of one segment
    reasons: list[str]
    notes: list[str]
    proceeds_from: float | None  # the lowest price of the curve that may proceed

    @property
    def document(self) -> dict[str, Any]:
        """For machines: figures as they are, None for what is unknown, and why it is."""
        return _document(self)


def price(request: PriceRequest) -> PriceAnswer:
    """Answer by the shipped table.

    Raises:
        ArgumentRefused: As in `PriceRequest.check`.
    """
    request.check()
    return answer(request, shipped(request))


def shipped(request: PriceRequest) -> PricedSegment:
    """The segment as the shipped table has it."""
    table = price_table()
    row = table.take(np.array([table.find(request.country, request.channel, request.tier)]))
    upfront = UpfrontCost.of_table(row, *visit(request))
    return PricedSegment(shipped_segments(row, upfront), upfront, Currency(str(row.currency[0])), NAME)


def visit(request: PriceRequest) -> tuple[Floats, Floats]:
    """Distance and factor of the vehicle's complexity, shape (1,) each."""
    return np.array([request.distance_km]), np.array([COMPLEXITY[request.complexity]])


def answer(request: PriceRequest, segment: PricedSegment) -> PriceAnswer:
    """Judge the price by a segment's parameters."""
    offered = None if request.price is None else np.array([request.price])
    pricing = Pricing.of(
        segment.parameters, offered, settings=request.settings, horizon=request.horizon, seed=request.seed
    )
    failed = reasons(pricing, 0, segment.currency, request.horizon.months)
    said = [*segment.findings, *notes(pricing, 0)]
    return PriceAnswer(request, segment, pricing, failed, said, _proceeds_from(request, segment, pricing))


def _proceeds_from(request: PriceRequest, segment: PricedSegment, pricing: Pricing) -> float | None:
    """The lowest price of the curve that may proceed; None where none of them may."""
    prices = pricing.curve_price[0]
    every = segment.parameters.take(np.zeros(prices.size, dtype=np.int64)).at(prices, request.settings)
    may = prices[Verdict.of(*every, request.settings, request.horizon).proceed]
    return float(may[0]) if may.size else None


def _document(answer: PriceAnswer) -> dict[str, Any]:
    request, segment, pricing = answer.request, answer.segment, answer.pricing

    def told(name: str) -> float | None:
        return known(float(getattr(pricing, name)[0]))

    parts = {part.name: known(float(getattr(segment.upfront, part.name)[0])) for part in fields(segment.upfront)}
    terms, demand = segment.parameters.terms, segment.parameters.demand
    verdict = pricing.verdict
    month = known(float(verdict.payback_month[0]))
    document: dict[str, Any] = {
        "country": request.country,
        "channel": request.channel,
        "tier": request.tier,
        "distance_km": request.distance_km,
        "complexity": request.complexity,
        "currency": segment.currency.code,
        "source": segment.source,
        "list_price": float(terms.fee[0]),
        "price": told("price"),
        "verdict": "PROCEED" if verdict.proceed[0] else "BLOCK",
        "reasons": answer.reasons,
        "conversion": told("conversion"),
        "ltv": known(float(verdict.ltv[0])),
        "expected_profit": told("expected_profit"),
        "break_even": told("break_even"),
        "proceeds_from": answer.proceeds_from,
        "payback_month": None if month is None else int(month),
        "optimum": {
            "price": told("optimum"),
            "expected_profit": told("optimum_profit"),
            "on_bound": {-1: "lowest", 0: None, 1: "highest"}[int(pricing.on_bound[0])],
        },
        "intervals": {name: {"p10": told(f"{name}_p10"), "p90": told(f"{name}_p90")} for name in ("conversion", "ltv")},
        "upfront": {**parts, "total": told("upfront")},
        "rules": {
            "least_ltv": known(float(verdict.least_ltv[0])),
            "payback_months_allowed": int(verdict.months_allowed[0]),
        },
        "demand": {"alpha": float(demand.alpha[0]), "beta": float(demand.beta[0]), "quotes": int(demand.quotes[0])},
        "monthly_cost": known(float(terms.cost[0])),
        "collected_share": known(float(terms.collected[0])),
        "rand_per_unit": float(segment.parameters.rand[0]),
        "horizon_months": request.horizon.months,
        "discount_rate": request.horizon.discount_rate,
        "notes": answer.notes,
        "curve": [
            dict(zip(("price", "conversion", "ltv", "expected_profit"), map(known, point), strict=True))
            for point in zip(
                *(getattr(pricing, f"curve_{name}")[0].tolist() for name in ("price", "conversion", "ltv", "profit")),
                strict=True,
            )
        ],
    }
    unknown = {name: why for name, why in UNKNOWN.items() if document[name] is None}
    if np.isnan(pricing.conversion_p10[0]):
        unknown["intervals.conversion"] = "the demand is not fitted to quotes, so nothing says how sure it is"
    return {**document, "unknown": unknown}


def known(figure: float) -> float | None:
    """A figure of a document; None for one that is unknown."""
    return figure if np.isfinite(figure) else None
