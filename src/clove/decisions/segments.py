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
        "The tenth with the highest expected value: frequent buyers of large orders",
        "Look after them in person: a named contact, early access to new products, loyalty rewards",
    ),
    Segment(
        "High Value",
        75.0,
        "75th-90th",
        "Consistent buyers above the average, who may become Champions",
        "Cross-sell, offer discounts on volume, reward referrals",
    ),
    Segment(
        "Growing",
        40.0,
        "40th-75th",
        "The middle: moderate frequency and order size, with room to grow",
        "Targeted promotions, product recommendations, a sequence of helpful mails",
    ),
    Segment(
        "Occasional",
        10.0,
        "10th-40th",
        "Infrequent buyers of small orders, or buyers who have gone quiet",
        "Win-back offers through cheap digital channels",
    ),
    Segment(
        "Dormant",
        0.0,
        "0th-10th",
        "The tenth with the least expected value: small and rare orders, or most likely gone",
        "Reactivate by e-mail only, ask why they left, spend less on them",
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
