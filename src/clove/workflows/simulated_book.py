"""The tables of a simulated portfolio that say what was sold, to whom and for what."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Ints
from clove.valuation.contract_world import ContractWorld
from clove.valuation.contract_world.journal import Events
from clove.valuation.contract_world.market import BANDS, CUSTOMER_TYPES, MAKES, REGIONS
from clove.valuation.contract_world.month import REASONS
from clove.valuation.contract_world.quotes import EARLIER_MONTHS
from clove.valuation.contract_world.state import STATES
from clove.workflows.simulated_columns import Names, amounts, dates, slices, table, words

CHEAPER, DEARER = "meets a competitor's offer", "more work than usual"


def contracts(world: ContractWorld, names: Names, ends: Events) -> pa.Table:
    """One row per contract, as it is at the end."""
    book, market = world.book, world.market
    n = book.segment.size
    day, due, collected = np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n)
    reason = np.full(n, -1, dtype=np.int64)
    if ends:
        who = ends["contract"]
        day[who], due[who], collected[who], reason[who] = ends["day"], ends["due"], ends["collected"], ends["reason"]
    living = reason < 0
    return table(
        "contracts",
        {
            "contract_id": names.contract,
            "customer_id": names.customer.take(pa.array(book.customer)),
            "product_id": names.product.take(pa.array(book.segment)),
            "country_code": words(market.country.tolist(), book.segment),
            "region": _regions(world, book.segment, book.region),
            "sales_channel": words(market.channel.tolist(), book.segment),
            "start_date": dates(book.start_day),
            "cancellation_clause_months": pa.array(book.clause),
            "monthly_fee": amounts(world.state.fee),
            "currency": words(market.currency.tolist(), book.segment),
            "status": words(STATES, world.state.status),
            "cancellation_date": dates(day, living),
            "cancellation_reason": words(REASONS, reason),
            "penalty_invoiced": amounts(due, living),
            "penalty_collected": amounts(collected, living),
            "penalty_collected_on": dates(day, collected <= 0),
            "months_active": pa.array(np.maximum(world.served, 0)),
            "vehicle_make": words(MAKES, book.make),
            "distance_to_fitter_km": amounts(book.distance),
        },
    )


def customers(world: ContractWorld, names: Names) -> pa.Table:
    """One row per customer; what he is, his first contract tells."""
    book, market = world.book, world.market
    _, first, vehicles = np.unique(book.customer, return_index=True, return_counts=True)
    since = np.full(first.size, np.iinfo(np.int64).max)
    np.minimum.at(since, book.customer, book.start_day)
    segment = book.segment[first]
    return table(
        "customers",
        {
            "customer_id": names.customer,
            "customer_type": words(CUSTOMER_TYPES, book.customer_type[first]),
            "country_code": words(market.country.tolist(), segment),
            "region": _regions(world, segment, book.region[first]),
            "acquisition_channel": words(market.channel.tolist(), segment),
            "first_contract_date": dates(since),
            "credit_score_band": words(BANDS, book.band[first]),
            "fleet_size": pa.array(vehicles),
        },
    )


def products(world: ContractWorld, names: Names) -> pa.Table:
    """One row per country and tier."""
    market, rules = world.market, world.rules
    _, first = np.unique(names.product.to_numpy(zero_copy_only=False).astype(str), return_index=True)
    first = np.sort(first)
    return table(
        "products",
        {
            "product_id": names.product.take(pa.array(first)),
            "product_tier": words(market.tier.tolist(), first),
            "standard_monthly_fee": amounts(market.list_price[first]),
            "standard_cancellation_clause": pa.array(market.clause[first]),
            "hardware_cost": amounts(market.hardware[first]),
            "monthly_platform_cost": amounts(
                np.round((rules.platform + rules.sim_data) * market.monthly_cost[first], 2)
            ),
            "country_code": words(market.country.tolist(), first),
            "currency": words(market.currency.tolist(), first),
        },
    )


def upfront_costs(world: ContractWorld, names: Names) -> Iterator[pa.Table]:
    """Six rows per contract, on its first day."""
    book = world.book
    lines = {
        "cac_marketing": book.marketing,
        "cac_sales": book.sales,
        "cac_call_centre": book.call_centre,
        "fitment_labour": book.labour,
        "fitment_travel": book.travel,
        "hardware": book.hardware,
    }
    kinds = list(lines)
    for part in slices(book.segment.size):
        who = np.arange(book.segment.size)[part]
        yield table(
            "costs_upfront",
            {
                "contract_id": names.contract.take(pa.array(np.repeat(who, len(kinds)))),
                "cost_type": words(kinds, np.tile(np.arange(len(kinds)), who.size)),
                "amount": amounts(np.column_stack([lines[kind][part] for kind in kinds]).ravel()),
                "incurred_on": dates(np.repeat(book.start_day[part], len(kinds))),
            },
        )


def quotes(world: ContractWorld, names: Names) -> pa.Table:
    """One row per quote."""
    quoted, market = world.quotes, world.market
    contract = np.full(quoted.segment.size, -1, dtype=np.int64)
    contract[world.book.quote] = np.arange(world.book.quote.size)
    return table(
        "quotes",
        {
            "quote_id": names.quote,
            "quoted_on": dates(quoted.quoted_day),
            "country_code": words(market.country.tolist(), quoted.segment),
            "region": _regions(world, quoted.segment, quoted.region),
            "sales_channel": words(market.channel.tolist(), quoted.segment),
            "product_tier": words(market.tier.tolist(), quoted.segment),
            "customer_type": words(CUSTOMER_TYPES, quoted.customer_type),
            "price": amounts(quoted.price),
            "list_price": amounts(quoted.list_price),
            "currency": words(market.currency.tolist(), quoted.segment),
            "converted": pa.array(quoted.converted),
            "contract_id": names.contract.take(pa.array(contract, mask=contract < 0)),
        },
    )


def price_overrides(world: ContractWorld, names: Names) -> pa.Table:
    """One row per quote whose price was not the recommended one."""
    rows = np.flatnonzero(world.quotes.overridden)
    quoted = world.quotes.take(rows)
    contract = np.full(world.quotes.segment.size, -1, dtype=np.int64)
    contract[world.book.quote] = np.arange(world.book.quote.size)
    return table(
        "price_overrides",
        {
            "override_id": names.quote.take(pa.array(rows)),
            "quote_id": names.quote.take(pa.array(rows)),
            "contract_id": names.contract.take(pa.array(contract[rows], mask=contract[rows] < 0)),
            "made_on": dates(quoted.quoted_day),
            "recommended_price": amounts(quoted.advised),
            "offered_price": amounts(quoted.price),
            "reason": words((CHEAPER, DEARER), (quoted.price > quoted.advised).astype(np.int64)),
            "made_by": words(("sales",), np.zeros(rows.size, dtype=np.int64)),
        },
    )


def exchange_rates(world: ContractWorld) -> pa.Table:
    """Rand that one unit bought, on the first of each month; the rand itself has no rows."""
    market = world.market
    _, first = np.unique(market.currency.astype(str), return_index=True)
    first = np.sort(first[market.currency[first] != "ZAR"])
    months = np.arange(world.rates.shape[1]) - EARLIER_MONTHS
    return table(
        "exchange_rates",
        {
            "currency": words(market.currency.tolist(), np.repeat(first, months.size)),
            "rate_date": dates(world.calendar.first_day(np.tile(months, first.size))),
            "rate": amounts(world.rates[first].ravel()),
        },
    )


def _regions(world: ContractWorld, segment: Ints, region: Ints) -> pa.Array:
    countries = list(REGIONS)
    starts = np.cumsum([0, *(len(REGIONS[country]) for country in countries)])
    country = np.array([countries.index(code) for code in world.market.country])[segment]
    return words([name for code in countries for name in REGIONS[code]], starts[country] + region)
