"""The contracts that were signed: what does not change about them."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from clove.kernel.arrays import Floats, Ints
from clove.valuation.contract_world.draws import Draws, For, choose
from clove.valuation.contract_world.market import (
    BAND_SHARE,
    COMPLEX_SHARE,
    COMPLEXITY_FACTOR,
    CONTRACTS_PER_CUSTOMER,
    MAKE_SHARE,
    METHOD_SHARE,
    PREMIUM_SHARE,
    Market,
)
from clove.valuation.contract_world.quotes import Quotes
from clove.valuation.contract_world.rules import Rules

NEAREST, FARTHEST = 5.0, 200.0  # km to a fitter; most are near


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Shape (n,); money in the contract's currency."""

    quote: Ints  # row of the quote
    segment: Ints
    customer: Ints  # numbered by first contract
    customer_type: Ints
    band: Ints
    region: Ints
    make: Ints
    complexity: Ints
    method: Ints  # of payment
    distance: Floats  # km
    start: Ints  # month
    start_day: Ints
    first_fee: Floats
    list_price: Floats
    rand: Floats  # that one unit buys at the end date
    clause: Ints  # months
    monthly_cost: Floats
    churn: Floats  # q of the segment
    frailty: Floats  # the customer's own factor on the hazard
    slowness: Floats  # the contract's own factor on how late it pays
    own_share: Floats  # of invoices that the contract pays while it is not lapsed
    marketing: Floats
    sales: Floats
    call_centre: Floats
    labour: Floats  # of a fitment to this vehicle
    travel: Floats
    hardware: Floats
    condition: Floats  # factor on what the device is worth

    def take(self, who: Ints) -> Self:
        """Some of the contracts."""
        return type(self)(*(getattr(self, field.name)[who] for field in fields(self)))

    @classmethod
    def signed(cls, quotes: Quotes, draws: Draws, market: Market, rules: Rules) -> Self:
        """The contracts of the quotes that converted; `draws` are those of these quotes."""
        rows = np.flatnonzero(quotes.converted)
        signed = quotes.take(rows)
        segment = signed.segment
        customer, first = _customers(segment, signed.customer_type, draws.uniform(For.NEW_CUSTOMER))
        band = choose(draws.uniform(For.BAND), BAND_SHARE)[first]
        spread = rules.hazard_spread
        frailty = np.exp(spread * draws.normal(For.FRAILTY, For.FRAILTY_NORMAL) - spread**2 / 2)[first]
        make = choose(draws.uniform(For.MAKE), MAKE_SHARE)
        u = draws.uniform(For.COMPLEXITY)
        is_premium = u < np.array(PREMIUM_SHARE)[make]
        complexity = np.where(is_premium, 2, np.where(u > 1 - np.array(COMPLEX_SHARE)[make], 1, 0))
        factor = np.array(COMPLEXITY_FACTOR)[complexity]
        distance = np.round(NEAREST + (FARTHEST - NEAREST) * draws.uniform(For.DISTANCE) ** 2, 1)
        per_km = rules.travel_per_km / market.rand[segment]
        size = rules.upfront_spread
        return cls(
            quote=rows,
            segment=segment,
            customer=customer,
            customer_type=signed.customer_type,
            band=band,
            region=signed.region,
            make=make,
            complexity=complexity,
            method=choose(draws.uniform(For.METHOD), METHOD_SHARE),
            distance=distance,
            start=signed.start,
            start_day=signed.start_day,
            first_fee=signed.price,
            list_price=signed.list_price,
            rand=market.rand[segment],
            clause=market.clause[segment],
            monthly_cost=market.monthly_cost[segment],
            churn=market.monthly_churn[segment],
            frailty=frailty,
            slowness=np.exp(
                rules.late_spread * draws.normal(For.SLOWNESS, For.SLOWNESS_NORMAL) - rules.late_spread**2 / 2
            ),
            own_share=1 - (1 - market.collected_share[segment]) * np.array(rules.short_by_band)[band],
            marketing=_spread(market.cac_marketing[segment], size, draws.normal(For.MARKETING, For.MARKETING_NORMAL)),
            sales=_spread(market.cac_sales[segment], size, draws.normal(For.SALES, For.SALES_NORMAL)),
            call_centre=market.cac_call_centre[segment],
            labour=np.round(market.base_labour[segment] * factor, 2),
            travel=np.round(distance * per_km * factor, 2),
            hardware=market.hardware[segment],
            condition=np.exp(rules.hardware_condition * draws.normal(For.CONDITION, For.CONDITION_NORMAL)),
        )


def _spread(amount: Floats, size: float, z: Floats) -> Floats:
    """Around the amount, which stays the mean."""
    spread: Floats = np.round(amount * np.exp(size * z - size**2 / 2), 2)
    return spread


def _customers(segment: Ints, kind: Ints, u: Floats) -> tuple[Ints, Ints]:
    """Number of each contract's customer, and his first contract: contracts of a type and segment follow each other."""
    n = segment.size
    group = segment * len(CONTRACTS_PER_CUSTOMER) + kind
    order = np.argsort(group, kind="stable")
    sorted_group = group[order]
    new = u[order] < 1.0 / np.array(CONTRACTS_PER_CUSTOMER)[kind[order]]
    new |= np.concatenate([[True], sorted_group[1:] != sorted_group[:-1]])
    first = np.empty(n, dtype=np.int64)
    first[order] = order[np.maximum.accumulate(np.where(new, np.arange(n), 0))]
    firsts, customer = np.unique(first, return_inverse=True)
    return customer.astype(np.int64), firsts[customer]
