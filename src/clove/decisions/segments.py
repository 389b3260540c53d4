"""Five segments by expected value, each with what to do."""

from dataclasses import dataclass

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.models.ranks import mid_ranks


@dataclass(frozen=True, slots=True)
class Segment:
    """A band of percentile ranks."""

    name: str
    from_rank: float  # percentile rank at which it begins
    percentiles: str
    description: str
    action: str


SEGMENTS = (
    Segment(
        "Champions",
        90.0,
        "90th-100th",
        "The tenth with the highest expected value",
        "VIP treatment, dedicated account management, early access to new products, loyalty rewards",
    ),
    Segment(
        "High Value",
        75.0,
        "75th-90th",
        "Well above the middle; the next Champions are among them",
        "Cross-sell campaigns, volume discount offers, referral incentives",
    ),
    Segment(
        "Growing",
        40.0,
        "40th-75th",
        "The middle of the base, with room to grow",
        "Targeted promotions, product recommendations, engagement nurturing sequences",
    ),
    Segment(
        "Occasional",
        10.0,
        "10th-40th",
        "Below the middle: rare or small orders, or gone quiet",
        "Re-engagement campaigns, win-back offers, low-cost digital touchpoints",
    ),
    Segment(
        "Dormant",
        0.0,
        "0th-10th",
        "The tenth with the least expected value",
        "Cost-efficient reactivation (e-mail only), exit survey, reduced spend",
    ),
)


def percentile_rank(value: Floats) -> Floats:
    """Share of customers below, ties counted half, in (0, 100), shape (n,); equal values rank equal."""
    ranks: Floats = 100.0 * (mid_ranks(value) - 0.5) / max(value.size, 1)
    return ranks


def assign_segments(rank: Floats) -> Ints:
    """Index into SEGMENTS of each percentile rank, shape (n,)."""
    starts = np.array([segment.from_rank for segment in SEGMENTS[::-1]])
    return (len(SEGMENTS) - np.searchsorted(starts, rank, side="right")).astype(np.int64)
