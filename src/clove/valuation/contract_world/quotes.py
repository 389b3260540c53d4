"""Quotes: who asks, at what price, and who signs."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.contract_world.calendar import Calendar
from clove.valuation.contract_world.draws import Draws, For, choose
from clove.valuation.contract_world.market import (
    CORPORATE,
    DEALER,
    FLEET,
    INDIVIDUAL,
    REGIONS,
    Market,
)

GROWTH = 1.0  # of the number of quotes, from the first month to the last
LONGEST_LAG = 10  # days from quote to start
CLOSE = 0.6  # share of prices near list
CLOSE_SPREAD = 0.08  # deviation of these, of list
LOWEST, HIGHEST = 0.7, 1.3  # of list
DEALERS_OWN = 0.15  # of dealers' quotes: for the dealer's own vehicles
OVERRIDES = 0.06
EARLIER_MONTHS = 2  # of rates, before the first month
DEPRECIATION = {"ZAR": 0.0, "KES": 0.02, "NGN": 0.06, "TZS": 0.01, "ZMW": 0.03}  # a year, against the rand
RATE_SPREAD = 0.008  # deviation of a month's own change


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """In the order in which they were drawn, shape (m,)."""

    stream: Ints  # number of the quote's random stream
    segment: Ints
    start: Ints  # month in which the contract starts, if there is one
    start_day: Ints
    quoted_day: Ints
    price: Floats  # a month, in the segment's currency
    list_price: Floats
    price_zar: Floats  # at the rate of the quote's month
    converted: Bools
    customer_type: Ints
    region: Ints  # of the country's
    overridden: Bools
    advised: Floats  # the price that was recommended, where it was overridden

    def take(self, which: Ints) -> Self:
        """Some of the quotes."""
        return type(self)(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def arrive(cls, contracts: int, market: Market, rates: Floats, calendar: Calendar, seed: int) -> Self:
        """Quotes up to the one with which so many contracts are signed."""
        likely = float(market.shares() @ (market.alpha * np.exp(-market.beta * market.list_price * market.rand)))
        parts: list[Quotes] = []
        first = signed = 0
        while signed < contracts:
            count = int((contracts - signed) / likely * 1.02) + 50
            part = cls._draw(Draws.of(first, count, seed), first, market, rates, calendar)
            parts.append(part)
            first += count
            signed += int(part.converted.sum())
        every = cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))
        last = int(np.flatnonzero(every.converted)[contracts - 1])
        return cls(*(getattr(every, field.name)[: last + 1] for field in fields(cls)))

    @classmethod
    def _draw(cls, draws: Draws, first: int, market: Market, rates: Floats, calendar: Calendar) -> Self:
        count = draws.keys.size
        segment = choose(draws.uniform(For.SEGMENT), market.shares())
        by_month = np.linspace(1.0, 1.0 + GROWTH, calendar.months)
        start = choose(draws.uniform(For.START), by_month)
        start_day = calendar.day(start, draws.uniform(For.START_DAY))
        quoted_day = start_day - np.floor(draws.uniform(For.LAG) * (LONGEST_LAG + 1)).astype(np.int64)

        list_price = market.list_price[segment]
        near = 1.0 + CLOSE_SPREAD * draws.normal(For.PRICE, For.PRICE_NORMAL)
        wide = LOWEST + (HIGHEST - LOWEST) * draws.uniform(For.PRICE)
        relative = np.where(draws.uniform(For.PRICE_KIND) < CLOSE, near, wide)
        price = np.round(list_price * np.clip(relative, LOWEST, HIGHEST), 2)
        quoted_month = start - (quoted_day < calendar.first_day(start))
        price_zar = price * rates[segment, quoted_month + EARLIER_MONTHS]
        conversion = market.alpha[segment] * np.exp(-market.beta[segment] * price_zar)

        regions = np.array([len(REGIONS[country]) for country in market.country])[segment]
        override = draws.uniform(For.OVERRIDE) < OVERRIDES
        advised = np.round(list_price * (0.9 + 0.3 * draws.uniform(For.ADVICE)), 2)
        return cls(
            stream=np.arange(first, first + count, dtype=np.int64),
            segment=segment,
            start=start,
            start_day=start_day,
            quoted_day=quoted_day,
            price=price,
            list_price=list_price,
            price_zar=price_zar,
            converted=draws.uniform(For.CONVERTED) < conversion,
            customer_type=_types(market, segment, draws.uniform(For.CUSTOMER_TYPE)),
            region=np.floor(draws.uniform(For.REGION) * regions).astype(np.int64),
            overridden=override,
            advised=np.where(override, advised, np.nan),
        )


def monthly_rates(market: Market, months: int, seed: int) -> Floats:
    """Rand that one unit buys, by segment and month, shape (k, months + 2): at the end, the market's."""
    rates = np.empty((len(market), months + EARLIER_MONTHS))
    years_before = np.arange(months + EARLIER_MONTHS - 1, -1, -1) / 12.0
    for currency in dict.fromkeys(market.currency.tolist()):
        rows = market.currency == currency
        if currency == "ZAR":
            rates[rows] = 1.0
            continue
        letters = sum(ord(letter) << 8 * i for i, letter in enumerate(currency))
        steps = np.random.default_rng([seed, letters]).normal(0.0, RATE_SPREAD, years_before.size)
        steps[-1] = 0.0
        walk = np.cumsum(steps[::-1])[::-1]
        rates[rows] = market.rand[rows][:, None] * np.exp(DEPRECIATION.get(currency, 0.02) * years_before + walk)
    return rates


def _types(market: Market, segment: Ints, u: Floats) -> Ints:
    kind = np.full(segment.size, INDIVIDUAL, dtype=np.int64)
    channel = market.channel[segment]
    kind[(channel == "dealer") & (u < DEALERS_OWN)] = DEALER
    kind[channel == "corporate"] = CORPORATE
    kind[market.tier[segment] == "fleet"] = FLEET
    return kind
