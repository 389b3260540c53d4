"""Verdict, best price, break-even, curve and interval of many segments, by Clove."""

from typing import Any

import numpy as np

from clove.decisions.price_table import price_table
from clove.decisions.pricing import Pricing, SegmentParameters
from clove.decisions.shipped_segments import shipped_segments
from clove.decisions.upfront_cost import UpfrontCost


def prepare(segments: int) -> dict[str, Any]:
    """The shipped segments over and over, each at its own distance and with its own demand."""
    rows = price_table().take(np.arange(segments) % len(price_table()))
    distance = 5.0 + np.arange(segments) % 97
    shipped = shipped_segments(rows, UpfrontCost.of_table(rows, distance, np.ones(segments)))
    shipped.demand.beta[:] *= np.linspace(1.0, 6.0, segments)
    return {"segments": shipped}


def measured(state: dict[str, SegmentParameters]) -> Pricing:
    """The public call."""
    return Pricing.of(state["segments"])


def facts(state: dict[str, SegmentParameters], found: Pricing) -> dict[str, float]:
    """Sums, so that the sides can be held against each other; prices as shares of the list price."""
    listed = state["segments"].terms.fee
    return {
        "ltv": float((found.verdict.ltv / listed).sum()),
        "optimum": float((found.optimum / listed).sum()),
        "break_even": float(np.nansum(found.break_even / listed)),
        "proceed": int(found.verdict.proceed.sum()),
    }
