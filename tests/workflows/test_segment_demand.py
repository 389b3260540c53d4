"""Demand of every segment that the shipped table knows, from quotes of some of them."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from clove.decisions.price_table import price_table
from clove.models.price_response import PriceResponse
from clove.models.quotes import Quotes
from clove.workflows.contract_money import Money
from clove.workflows.segment_demand import segment_demand

TABLE = price_table()
RAND = dict(zip(TABLE.currency.tolist(), TABLE.rand.tolist(), strict=True))
MONEY = Money("ZAR", RAND, RAND)
LISTED = TABLE.list_price * TABLE.rand


def quotes(*segments, count=300, seed=3, level=1.0, **more):
    """Around list price; the share that converts is `level` times what the table expects."""
    rng = np.random.default_rng(seed)
    rows = np.repeat([TABLE.find(*name.split("/")) for name in segments], count)
    price = TABLE.list_price[rows] * rng.uniform(0.7, 1.3, rows.size)
    chance = level * TABLE.alpha[rows] * np.exp(-TABLE.beta[rows] * price * TABLE.rand[rows])
    return pa.table(
        {
            "country_code": TABLE.country[rows],
            "channel": TABLE.channel[rows],
            "tier": TABLE.tier[rows],
            "currency": TABLE.currency[rows],
            "quoted_on": [date(2024, 5, 1)] * rows.size,
            "price": price,
            "rate": TABLE.rand[rows],
            "rand_rate": np.ones(rows.size),
            "converted": rng.random(rows.size) < chance,
        }
        | more
    )


SOLD = ("ZAF/direct/standard", "ZAF/dealer/basic", "KEN/direct/basic", "ZAF/online/standard")


def test_the_share_that_converts_is_learnt_at_list_price():
    found, said = segment_demand(table := quotes(*SOLD), LISTED, MONEY)
    assert not said
    rows = np.repeat([TABLE.find(*name.split("/")) for name in SOLD], 300)
    price = table["price"].to_numpy() * TABLE.rand[rows]
    counted = Quotes.of(rows, price, table["converted"].to_numpy(zero_copy_only=False), segments=len(TABLE))
    at_list = PriceResponse.fit(counted, TABLE.alpha, TABLE.beta, LISTED)
    np.testing.assert_array_equal(found.alpha, at_list.alpha)
    np.testing.assert_array_equal(found.beta, at_list.beta)
    elsewhere = PriceResponse.fit(counted, TABLE.alpha, TABLE.beta, 1.2 * LISTED)
    assert np.abs(elsewhere.alpha / at_list.alpha - 1).max() > 1e-4


def test_a_segment_without_a_quote_follows_the_business():
    """Two thirds of what was expected buy: in a segment that nobody asked for too."""
    found, _ = segment_demand(quotes(*SOLD, level=2 / 3), LISTED, MONEY)
    row = TABLE.find("ZAF", "broker", "standard")
    assert found.quotes[row] == 0
    expected = TABLE.alpha[row] * np.exp(-TABLE.beta[row] * LISTED[row])
    converts = found.conversion(LISTED)[row]
    low, high = (bound[row] for bound in found.conversion_interval(LISTED))
    assert 0.55 * expected < converts < 0.8 * expected
    assert low < 2 / 3 * expected < high


def test_a_quote_counts_at_the_rate_of_its_day():
    """At half the rate of today a fee was half as dear in rand; a day without a rate counts as today."""
    now, _ = segment_demand(quotes("KEN/direct/basic"), LISTED, MONEY)
    then, _ = segment_demand(quotes("KEN/direct/basic", rate=np.full(300, 0.07)), LISTED, MONEY)
    unknown, _ = segment_demand(quotes("KEN/direct/basic", rate=np.full(300, np.nan)), LISTED, MONEY)
    row = TABLE.find("KEN", "direct", "basic")
    assert then.conversion(LISTED)[row] < 0.95 * now.conversion(LISTED)[row]
    assert unknown.beta[row] == pytest.approx(now.beta[row], rel=1e-12)


def test_what_tells_nothing_is_said():
    found, said = segment_demand(quotes(*SOLD[:1], channel=["unknown"] * 300), LISTED, MONEY)
    assert "There are no quotes" in said[0]
    np.testing.assert_allclose(found.beta, TABLE.beta)
    price = np.where(np.arange(300) < 7, np.nan, 219.0)
    _, said = segment_demand(quotes(*SOLD[:1], price=price), LISTED, MONEY)
    left_out = "7 quotes are of segments that Clove's illustrative price table does not know, or without a price"
    assert said == [f"{left_out}: they are left out."]
