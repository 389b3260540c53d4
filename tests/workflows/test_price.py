"""Prices of new contracts, by the shipped table and by a portfolio whose truth is known."""

import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from clove.cli import price as command
from clove.decisions.price_table import NAME, price_table
from clove.decisions.pricing import Pricing
from clove.kernel.errors import ArgumentRefused, InputRefused
from clove.kernel.money import Currency
from clove.models.tenure_hazard import TenureHazard
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_segments import Segments
from clove.workflows.price import price, shipped
from clove.workflows.price_portfolio import PortfolioPrices
from clove.workflows.price_request import PriceRequest
from clove.workflows.simulate_contracts import simulate_contracts
from clove.workflows.unsold_segment import _ends
from clove.workflows.value_contracts import value_contracts

PARTS = build(Settings(threads=2))
KEYS = {"price", "verdict", "reasons", "conversion", "ltv", "expected_profit", "break_even", "payback_month", "curve"}


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory):
    out = tmp_path_factory.mktemp("prices") / "portfolio"
    simulate_contracts(3_000, 5, out, months_ahead=1)
    return out


@pytest.fixture(scope="module")
def prices(portfolio):
    return PortfolioPrices.read(portfolio, PriceRequest("ZAF", "direct", "standard"), PARTS)


def ask(country="ZAF", channel="direct", tier="standard", **more):
    return price(PriceRequest(country, channel, tier, **more), PARTS)


def test_the_shipped_table_answers_and_is_named():
    found = ask().document
    assert set(found) >= KEYS
    assert found["source"] == NAME
    assert (found["currency"], found["list_price"], found["price"]) == ("ZAR", 219.0, 219.0)
    assert found["verdict"] == "PROCEED"
    assert found["reasons"] == []
    assert found["upfront"]["fitment_travel"] == 20 * 3.5
    assert found["upfront"]["total"] == sum(part for name, part in found["upfront"].items() if name != "total")
    assert len(found["curve"]) == 61
    at_list = found["curve"][30]
    assert at_list["price"] == pytest.approx(219)
    assert at_list["expected_profit"] == pytest.approx(found["expected_profit"])
    assert found["intervals"]["ltv"]["p10"] < found["ltv"] < found["intervals"]["ltv"]["p90"]
    # nothing says how sure a demand is that was not fitted
    assert found["intervals"]["conversion"] == {"p10": None, "p90": None}
    assert "intervals.conversion" in found["unknown"]
    json.dumps(found, allow_nan=False)


def test_what_is_blocked_says_why_and_from_which_price_it_is_not():
    blocked = ask(tier="basic").document
    assert blocked["verdict"] == "BLOCK"
    assert "36 months are allowed" in blocked["reasons"][0]
    just = blocked["proceeds_from"]
    assert ask(tier="basic", price=just).document["verdict"] == "PROCEED"
    assert ask(tier="basic", price=just - 0.01 * blocked["list_price"]).document["verdict"] == "BLOCK"


def test_nothing_is_earned_at_the_break_even_that_was_told():
    found = ask("KEN", "dealer", "standard").document
    again = ask("KEN", "dealer", "standard", price=found["break_even"]).document
    assert abs(again["ltv"]) <= 1e-6 * again["price"]
    never = ask("ZAF", "corporate", "premium").document
    assert never["break_even"] is None
    assert "break_even" in never["unknown"]


def test_a_fitment_costs_by_distance_and_complexity():
    row = price_table().find("NGA", "online", "premium")
    labour = price_table().base_labour[row]
    found = ask("NGA", "online", "premium", distance_km=50.0, complexity="premium").document["upfront"]
    assert found["fitment_labour"] == pytest.approx(1.8 * labour)
    assert found["fitment_travel"] == pytest.approx(1.8 * 50 * 3.5 / 0.012)


@pytest.mark.parametrize(
    ("more", "where", "remedy"),
    [
        ({"country": "USA"}, "--country", "ZAF, KEN, NGA, TZA, ZMB"),
        ({"channel": "post"}, "--channel", "direct, dealer, corporate, online, broker"),
        ({"tier": "gold"}, "--tier", "basic, standard, premium, fleet"),
        ({"complexity": "odd"}, "--complexity", "standard, complex, premium"),
        ({"price": 0.0}, "--price", "above 0"),
        ({"price": -1.0}, "--price", "above 0"),
        ({"price": float("nan")}, "--price", "above 0"),
        ({"distance_km": -1.0}, "--distance-km", "from 0 up"),
        ({"distance_km": float("inf")}, "--distance-km", "from 0 up"),
    ],
)
def test_what_has_no_price_is_refused(more, where, remedy):
    with pytest.raises(ArgumentRefused) as refused:
        ask(**more)
    assert refused.value.where == where
    assert remedy in refused.value.remedy


def test_a_portfolio_answers_by_its_own_history(portfolio):
    found = ask(folder=portfolio).document
    assert str(portfolio) in found["source"]
    assert "2025-12-31" in found["source"]
    assert found["list_price"] == pytest.approx(219)  # as its products say
    assert found["demand"]["quotes"] > 100
    low, high = found["intervals"]["conversion"].values()
    assert low < found["conversion"] < high
    assert set(found) >= KEYS


def test_the_fitment_at_hand_counts_and_not_the_mean_of_past_ones(prices):
    near, far = (
        prices.segment(PriceRequest("ZAF", "direct", "standard", distance_km=km, complexity=words))
        for km, words in ((20.0, "standard"), (120.0, "complex"))
    )
    assert near.upfront.fitment_travel[0] == pytest.approx(20 * 3.5)
    assert far.upfront.fitment_travel[0] == pytest.approx(1.5 * 120 * 3.5)
    assert far.upfront.fitment_labour[0] == pytest.approx(1.5 * near.upfront.fitment_labour[0])
    assert far.parameters.terms.upfront[0] == pytest.approx(far.upfront.total[0])


def test_a_demand_is_fitted_to_the_quotes_and_near_the_true_one(prices):
    """The world's demand is that of the shipped table."""
    table, parameters = price_table(), prices.prices.parameters
    rows = prices.prices.segments.shipped_rows[prices.prices.rows]
    asked = parameters.terms.fee * parameters.rand
    truth = table.alpha[rows] * np.exp(-table.beta[rows] * asked)
    low, high = parameters.demand.conversion_interval(asked)
    assert parameters.demand.quotes.sum() > 3_000
    assert 0.7 <= ((low <= truth) & (truth <= high)).mean() <= 1.0
    many = parameters.demand.quotes > 100
    assert many.sum() >= 5
    assert np.abs(parameters.demand.conversion(asked) - truth)[many].max() < 0.08


def test_both_verdicts_occur_in_a_portfolio(prices):
    proceed = Pricing.of(prices.prices.parameters).verdict.proceed
    assert 10 < proceed.sum() < proceed.size - 10


def test_quotes_after_the_as_of_date_are_not_looked_at(portfolio, prices):
    request = PriceRequest("ZAF", "direct", "standard", as_of=date(2024, 6, 30))
    earlier = PortfolioPrices.read(portfolio, request, PARTS)
    assert earlier.as_of == date(2024, 6, 30)
    assert earlier.prices.parameters.demand.quotes.sum() < 0.8 * prices.prices.parameters.demand.quotes.sum()


def test_a_segment_that_was_never_sold_is_priced_by_the_table_with_the_portfolios_demand_and_ends(prices):
    few = replace(prices, prices=replace(prices.prices, rows=prices.prices.rows[:2]))
    found = few.segment(PriceRequest("ZMB", "broker", "premium", distance_km=50.0))
    assert found.source.startswith(f"{NAME}, because {prices.folder} as of 2025-12-31 has no contract of this segment")
    assert "ends by months served" in found.source
    alone, row = shipped(PriceRequest("ZMB", "broker", "premium", distance_km=50.0)), 0
    terms = found.parameters.terms
    for name in ("fee", "cost", "collected", "clause"):
        assert getattr(terms, name)[row] == getattr(alone.parameters.terms, name)[row]
    # who buys is told by the segment's own quotes, which are there, and by the others'
    place = price_table().find("ZMB", "broker", "premium")
    assert found.parameters.demand.beta[row] == prices.prices.demand.beta[place]
    assert found.parameters.demand.beta[row] != alone.parameters.demand.beta[row]
    assert np.isfinite(found.parameters.demand.conversion_interval(terms.fee * found.parameters.rand)[0]).all()
    # ends follow the tenure, at the level that the table has
    by_month, flat = (segment.parameters.ends.probabilities(60)[row] for segment in (found, alone))
    assert np.ptp(flat) == 0
    assert by_month[:36].max() > 1.2 * by_month[:36].min()
    assert 0.5 < by_month[:36].mean() / flat.mean() < 2
    assert found.parameters.ends.relative_error[row] > 0


def test_ends_of_a_segment_that_was_never_sold_by_hand():
    """Two kinds of contract; that with 36 months ends at 2 % and 6 % beside a table that has 1.3 % there."""
    curves = np.array([[0.5, 0.5], [0.02, 0.06]])
    at_risk = np.array([[10.0], [300.0], [100.0]])
    ended = np.array([[5.0], [6.0], [2.0]])
    hazard = TenureHazard(np.zeros((3, 2)), np.zeros(3), curves, curves, np.array([0, 1, 1]), at_risk, ended, 4.0, 1.0)
    names = {"country_code": ["ZAF"] * 3, "channel": ["corporate", "direct", "online"]}
    segments = Segments(pa.table(names | {"tier": ["fleet", "standard", "standard"]}))
    found = SimpleNamespace(segments=segments, hazards=SimpleNamespace(whole=hazard, terms=(24, 36)))
    table = price_table()
    row = table.take(np.array([table.find("ZAF", "dealer", "premium")]))
    ends = _ends(found, row)
    usual = (300 * 0.013 + 100 * table.monthly_churn[table.find("ZAF", "online", "standard")]) / 400
    level = row.monthly_churn[0] / usual
    np.testing.assert_allclose(ends.probabilities(2)[0], 1 - (1 - curves[1]) ** level)
    assert ends.relative_error[0] == pytest.approx(np.sqrt(1 / 4 + 1 / 8))
    # nobody of the portfolio has such a minimum term, or nothing was learnt: the table's stands
    assert _ends(SimpleNamespace(segments=segments, hazards=SimpleNamespace(whole=hazard, terms=(24, 48))), row) is None
    given = TenureHazard.given(np.full(3, 0.01))
    assert _ends(SimpleNamespace(segments=segments, hazards=SimpleNamespace(whole=given, terms=(24, 36))), row) is None


def small(folder, countries, rates=(), fees=(220.0, 1500.0)):
    """A contract a month of each country, one after the other, and rates of the as-of date alone."""
    day = date(2023, 1, 5)
    signed = [
        f"k{n},c{n},p{country},{country},direct,{day.replace(month=n % 12 + 1)},{fees[country == 'KEN']},active"
        for n, country in enumerate(countries)
    ]
    products = [
        f"p{country},tracking,standard,{fees[country == 'KEN']},{country}" for country in dict.fromkeys(countries)
    ]
    head = "contract_id,customer_id,product_id,country_code,sales_channel,start_date,monthly_fee,status"
    (folder / "contracts.csv").write_text("\n".join([head, *signed, ""]))
    columns = "product_id,product_name,product_tier,standard_monthly_fee,country_code"
    (folder / "products.csv").write_text("\n".join([columns, *products, ""]))
    if rates:
        (folder / "exchange_rates.csv").write_text("\n".join(["currency,rate_date,rate", *rates, ""]))
    return {"folder": folder, "as_of": date(2024, 6, 30), "today": date(2024, 7, 9)}


def test_a_mostly_kenyan_portfolio_with_rates_to_the_rand(tmp_path):
    """No rate is older than the as-of date; that they are in rand is found, or may be said."""
    asked = small(tmp_path, ["ZAF"] * 4 + ["KEN"] * 8, ["KES,2024-06-30,0.12"])
    found = ask("KEN", **asked).document
    assert (found["currency"], found["list_price"], found["rand_per_unit"]) == ("KES", 1500.0, 0.12)
    assert ask("KEN", **asked, currency=Currency("ZAR")).document == found
    with pytest.raises(InputRefused, match=r"gives 0\.12 for one KES") as refused:
        ask("KEN", **asked, currency=Currency("KES"))
    assert "--currency" in refused.value.remedy


def test_one_kenyan_contract_needs_no_rate(tmp_path):
    found = ask("KEN", **small(tmp_path, ["KEN"])).document
    assert found["rand_per_unit"] == 0.14  # of the shipped table
    with_rates = small(tmp_path, ["KEN"], ["KES,2024-01-31,0.12", "ZAR,2024-01-31,1"])
    assert ask("KEN", **with_rates).document["rand_per_unit"] == pytest.approx(0.12)


def test_a_portfolio_that_sold_nothing_of_the_kind_and_quoted_nothing(tmp_path):
    """All is the table's, and the answer says why."""
    found = ask("ZAF", "broker", "fleet", **small(tmp_path, ["KEN"])).document
    alone = ask("ZAF", "broker", "fleet").document
    assert found["source"] == f"{NAME}, because {tmp_path} as of 2024-06-30 has no contract of this segment"
    assert found["ltv"] == alone["ltv"]
    assert found["conversion"] == alone["conversion"]


def test_the_command_shows_figures_and_a_next_step(capsys):
    command.command(country="zaf", channel="Direct", tier="basic", distance_km=20.0, complexity="standard")
    said = capsys.readouterr().out
    for word in ("BLOCK", "36 months are allowed", "Break-even price", "Best price", NAME, "Next:"):
        assert word in said


def test_an_absurd_price_is_blocked_and_says_why():
    """At such a fee a contract ends at once and owes a fortune."""
    found = ask(price=1e9).document
    assert found["ltv"] > 1e9
    assert found["verdict"] == "BLOCK"
    assert "outside what was observed" in found["reasons"][0]
    assert any("Fewer than 1%" in note for note in found["notes"])
    assert (found["rules"]["least_price"], found["rules"]["most_price"]) == (109.5, 438.0)


def test_the_undiscounted_payback_and_ltv_to_cac_are_told():
    found = ask().document
    upfront, net = found["upfront"], 219 * found["collected_share"] - found["monthly_cost"]
    acquisition = sum(upfront[name] for name in upfront if name.startswith("cac"))
    assert found["simple_payback_months"] == pytest.approx(upfront["total"] / net)
    assert found["simple_payback_months"] < found["payback_month"]
    assert found["ltv_to_cac"] == pytest.approx((found["ltv"] + acquisition) / acquisition)


def test_without_a_fitment_a_portfolio_answers_as_its_report_does(portfolio, tmp_path):
    report = value_contracts(ContractRequest(portfolio, tmp_path / "out"), PARTS).report
    assert len(report.prices) > 50
    for line in report.prices[::25]:
        told = price(PriceRequest(line.country, line.channel, line.tier, folder=portfolio), PARTS).document
        assert (told["verdict"], told["ltv"]) == (line.verdict, pytest.approx(line.ltv.mean))
        assert told["fitment"].startswith("the mean fitment")
