"""What a contract is sold for, what it costs and how it fares, where a business has no figures of its own.

Illustrative: one level per tier, in rand, times factors by country and channel; the demand is that of five published
segments and, for the others, of the factors that reproduce those five. A portfolio's own figures replace all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints, Labels
from clove.kernel.errors import ArgumentRefused

NAME = "Clove's illustrative price table"
COUNTRIES = ("ZAF", "KEN", "NGA", "TZA", "ZMB")
CHANNELS = ("direct", "dealer", "corporate", "online", "broker")
TIERS = ("basic", "standard", "premium", "fleet")

# by country
CURRENCY = ("ZAR", "KES", "NGN", "TZS", "ZMW")
RAND = (1.0, 0.14, 0.012, 0.007, 0.70)  # that one unit of the currency buys
STEP = (1.0, 10.0, 100.0, 100.0, 1.0)  # of a list price, in the currency; costs are kept to a hundredth of it
FEE_LEVEL = (1.0, 0.95, 0.85, 0.86, 0.96)
HARDWARE_LEVEL = (1.0, 1.04, 1.10, 1.08, 1.06)  # imported: freight and duty
LOCAL_LEVEL = (1.0, 0.70, 0.60, 0.65, 0.75)  # wages and advertising
RUNNING_LEVEL = (1.0, 0.88, 0.84, 0.86, 0.90)
CHURN_BY_COUNTRY = (1.0, 1.15, 1.35, 1.25, 1.20)
COLLECTED_BY_COUNTRY = (0.95, 0.93, 0.89, 0.91, 0.92)
ODDS_BY_COUNTRY = (1.0, 1.222, 1.024, 1.05, 1.10)
SLOPE_BY_COUNTRY = (1.0, 1.48, 1.67, 1.75, 1.55)

# by channel
MARKETING = (220.0, 150.0, 150.0, 300.0, 160.0)  # rand a contract, by contracts signed
SALES = (320.0, 420.0, 380.0, 200.0, 500.0)
CALL_CENTRE = (60.0, 25.0, 20.0, 90.0, 30.0)
CHURN_BY_CHANNEL = (1.0, 1.05, 0.65, 1.25, 1.10)
COLLECTED_BY_CHANNEL = (0.0, -0.005, 0.025, -0.01, -0.005)  # added
ODDS_BY_CHANNEL = (1.0, 1.5, 1.9, 0.9, 1.1)
SLOPE_BY_CHANNEL = (1.0, 1.11, 0.925, 1.15, 1.05)

# by tier
FEE = (149.0, 219.0, 369.0, 189.0)  # rand a month
HARDWARE = (1_200.0, 1_550.0, 2_600.0, 1_300.0)
LABOUR = (200.0, 230.0, 275.0, 200.0)  # of a fitment to a vehicle of standard complexity
RUNNING = (78.0, 96.0, 140.0, 80.0)  # platform, data, support, repairs and the average of collections, a month
CHURN = (0.0170, 0.0130, 0.0105, 0.0095)  # of a direct contract in ZAF, a month
CLAUSE = (36, 36, 36, 24)
ODDS_BY_TIER = (1.5, 1.0, 0.75, 2.5)
SLOPE_BY_TIER = (1.5, 1.0, 0.80, 0.90)

ALPHA, BETA = 0.80, 0.0018  # of ZAF, direct, standard: the segment that all factors are of
PENALTY_COLLECTED = 0.675  # of what is due when a customer ends of his own will
VOLUNTARY_SHARE = 0.65  # of all ends before the clause is over


@dataclass(frozen=True, slots=True, eq=False)
class PriceTable:
    """One row per segment, arrays of shape (k,); money in the segment's currency."""

    country: Labels
    channel: Labels
    tier: Labels
    currency: Labels
    rand: Floats  # rand that one unit of the currency buys
    list_price: Floats  # monthly fee
    hardware: Floats  # once
    cac_marketing: Floats  # once
    cac_sales: Floats  # once
    cac_call_centre: Floats  # once
    base_labour: Floats  # once, of a vehicle of standard complexity
    monthly_cost: Floats  # c: platform, data, support, repairs, average collections
    monthly_churn: Floats  # q at list price
    collected_share: Floats  # rho, of invoiced fees
    penalty_share: Floats  # k: collected of the penalty due, over all ends
    clause: Ints  # months
    alpha: Floats  # conversion = alpha * exp(-beta * price in rand)
    beta: Floats

    def __len__(self) -> int:
        return int(self.country.size)

    def find(self, country: str, channel: str, tier: str) -> int:
        """The row of a segment.

        Raises:
            ArgumentRefused: A word that the table does not know; the known ones are listed.
        """
        found: Bools = np.ones(len(self), bool)
        for name, word, known in (
            ("country", country, self.country),
            ("channel", channel, self.channel),
            ("tier", tier, self.tier),
        ):
            if word not in known:
                words = ", ".join(dict.fromkeys(known.tolist()))
                raise ArgumentRefused(f"{word!r} is no {name} of {NAME}", where=name, remedy=f"Use one of {words}")
            found = found & (known == word)
        return int(np.flatnonzero(found)[0])

    def take(self, rows: Ints) -> Self:
        """Some of the segments, in the order asked for, each as often as asked for."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))


@cache
def price_table() -> PriceTable:
    """Every country, channel and tier, 100 rows, country slowest; the same read-only arrays at every call."""
    each = np.indices((len(COUNTRIES), len(CHANNELS), len(TIERS))).reshape(3, -1)
    country, channel, tier = each

    def floats(values: Sequence[float], which: Ints) -> Floats:
        return np.array(values, dtype=np.float64)[which]

    rand, step = floats(RAND, country), floats(STEP, country)
    wages, odds_of_all = floats(LOCAL_LEVEL, country), ALPHA / (1 - ALPHA)

    def local(in_rand: Floats, unit: Floats) -> Floats:
        return np.round(np.round(in_rand / rand / unit) * unit, 2).astype(np.float64)

    odds = (
        odds_of_all * floats(ODDS_BY_COUNTRY, country) * floats(ODDS_BY_CHANNEL, channel) * floats(ODDS_BY_TIER, tier)
    )
    slope = BETA * floats(SLOPE_BY_COUNTRY, country) * floats(SLOPE_BY_CHANNEL, channel) * floats(SLOPE_BY_TIER, tier)
    churn = floats(CHURN_BY_COUNTRY, country) * floats(CHURN_BY_CHANNEL, channel) * floats(CHURN, tier)
    table = PriceTable(
        country=np.array(COUNTRIES)[country],
        channel=np.array(CHANNELS)[channel],
        tier=np.array(TIERS)[tier],
        currency=np.array(CURRENCY)[country],
        rand=rand,
        list_price=local(floats(FEE, tier) * floats(FEE_LEVEL, country), step),
        hardware=local(floats(HARDWARE, tier) * floats(HARDWARE_LEVEL, country), step),
        cac_marketing=local(floats(MARKETING, channel) * wages, step),
        cac_sales=local(floats(SALES, channel) * wages, step),
        cac_call_centre=local(floats(CALL_CENTRE, channel) * wages, step),
        base_labour=local(floats(LABOUR, tier) * wages, step),
        monthly_cost=local(floats(RUNNING, tier) * floats(RUNNING_LEVEL, country), step / 100),
        monthly_churn=np.round(churn, 4),
        collected_share=np.round(floats(COLLECTED_BY_COUNTRY, country) + floats(COLLECTED_BY_CHANNEL, channel), 3),
        penalty_share=np.full(rand.size, round(PENALTY_COLLECTED * VOLUNTARY_SHARE, 3)),
        clause=np.array(CLAUSE, dtype=np.int64)[tier],
        alpha=np.round(odds / (1 + odds), 2),  # the published figures have two and four digits
        beta=np.round(slope, 4),
    )
    for field in fields(table):
        getattr(table, field.name).flags.writeable = False
    return table
