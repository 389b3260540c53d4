"""A priced segment for machines: figures as they are, None for what is unknown, and why it is."""

from dataclasses import fields
from typing import Any

import numpy as np

from clove.decisions.pricing import Pricing
from clove.workflows.price_request import PricedSegment, PriceRequest

UNKNOWN = {
    "ltv": "one of its costs or shares is unknown",
    "break_even": "no price that was looked at has an ltv of 0",
    "ltv_to_cac": "winning the contract costs nothing, or the ltv is unknown",
    "payback_month": "the upfront cost does not come back within the horizon",
    "simple_payback_months": "a month brings no more than it costs",
    "proceeds_from": "no price that was looked at may proceed",
}


def price_document(
    request: PriceRequest,
    segment: PricedSegment,
    pricing: Pricing,
    *,
    reasons: list[str],
    notes: list[str],
    proceeds_from: float | None,
) -> dict[str, Any]:
    """Everything that was asked and found.

    Args:
        request: The offer.
        segment: By whose parameters it was judged.
        pricing: Of that one segment.
        reasons: Why it is blocked.
        notes: What the figures do not say by themselves.
        proceeds_from: The lowest price of the curve that may proceed.
    """

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
        "fitment": segment.fitment,
        "currency": segment.currency.code,
        "source": segment.source,
        "list_price": float(terms.fee[0]),
        "price": told("price"),
        "verdict": "PROCEED" if verdict.proceed[0] else "BLOCK",
        "reasons": reasons,
        "conversion": told("conversion"),
        "ltv": known(float(verdict.ltv[0])),
        "expected_profit": told("expected_profit"),
        "break_even": told("break_even"),
        "proceeds_from": proceeds_from,
        "payback_month": None if month is None else int(month),
        "simple_payback_months": known(float(verdict.simple_payback_months[0])),
        "ltv_to_cac": known(float(verdict.ltv_to_cac[0])),
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
            "least_price": request.settings.least_judged * float(terms.fee[0]),
            "most_price": request.settings.most_judged * float(terms.fee[0]),
        },
        "demand": {"alpha": float(demand.alpha[0]), "beta": float(demand.beta[0]), "quotes": int(demand.quotes[0])},
        "monthly_cost": known(float(terms.cost[0])),
        "collected_share": known(float(terms.collected[0])),
        "rand_per_unit": float(segment.parameters.rand[0]),
        "horizon_months": request.horizon.months,
        "discount_rate": request.horizon.discount_rate,
        "notes": notes,
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
