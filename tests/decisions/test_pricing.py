from dataclasses import replace

import numpy as np
import pytest

from clove.decisions.price_reasons import notes, reasons
from clove.decisions.price_search import highest, root
from clove.decisions.price_table import price_table
from clove.decisions.pricing import Pricing, PricingSettings, SegmentParameters
from clove.decisions.shipped_segments import shipped_segments
from clove.decisions.upfront_cost import UpfrontCost
from clove.kernel.errors import ArgumentRefused
from clove.kernel.money import Currency
from clove.models.price_response import PriceResponse
from clove.models.tenure_hazard import TenureHazard
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.contract_value import ContractValue

RAND = Currency("ZAR")


def shipped(*names, distance=20.0, factor=1.0):
    table = price_table()
    rows = table.take(np.array([table.find(*name.split("/")) for name in names]) if names else np.arange(len(table)))
    upfront = UpfrontCost.of_table(rows, np.full(len(rows), distance), np.full(len(rows), factor))
    return shipped_segments(rows, upfront)


def segment(*, fee=100.0, cost=20.0, upfront=400.0, clause=36, churn=0.02, alpha=0.9, beta=0.01, **terms):
    """One segment whose figures can be followed by hand: everything is paid, nothing is stolen, no penalties."""
    own = {"collected": 1.0, "theft_rate": 0.0, "penalty_collected": 0.0} | terms
    return SegmentParameters(
        ContractTerms.of(np.array(["one"]), fee=fee, cost=cost, upfront=upfront, clause=clause, **own),
        ContractEnds.constant(np.array([churn])),
        PriceResponse.expected(np.array([alpha]), np.array([beta])),
        np.ones(1),
    )


def test_a_price_by_hand():
    """125 for a list price of 100: q = 0.02 * 1.25 ** 0.5, and a geometric sum of what 60 months bring."""
    pricing = Pricing.of(segment(), np.array([125.0]))
    q, v = 0.02 * 1.25**0.5, 1.12 ** (-1 / 12)
    ratio = (1 - q) * v
    annuity = ratio * (1 - ratio**60) / (1 - ratio)
    ltv = (125 - 20) * annuity - 400
    assert pricing.verdict.ltv[0] == pytest.approx(ltv, rel=1e-12)
    assert pricing.conversion[0] == pytest.approx(0.9 * np.exp(-1.25), rel=1e-8)
    assert pricing.expected_profit[0] == pytest.approx(0.9 * np.exp(-1.25) * ltv, rel=1e-8)


def test_nothing_is_earned_at_the_break_even():
    segments = shipped()
    pricing = Pricing.of(segments)
    there = np.isfinite(pricing.break_even)
    assert 20 < there.sum() < len(segments)
    found = segments.take(np.flatnonzero(there))
    again = Pricing.of(found, pricing.break_even[there])
    assert (np.abs(again.verdict.ltv) <= 1e-6 * again.price).all()
    # it is the border: below it money is lost, above it is earned
    assert (Pricing.of(found, 0.999 * pricing.break_even[there]).verdict.ltv < 0).all()
    assert (Pricing.of(found, 1.001 * pricing.break_even[there]).verdict.ltv > 0).all()
    # and where there is none, no price of the range is one
    never = ~there
    assert ((pricing.curve_ltv[never] > 0).all(axis=1) | (pricing.curve_ltv[never] < 0).all(axis=1)).all()


def test_the_optimum_is_that_of_a_fine_grid():
    """Steep demands put it within the range, flat ones on the bound."""
    base = shipped()
    factors = np.linspace(1.0, 9.0, len(base))
    segments = replace(base, demand=PriceResponse.expected(base.demand.alpha, base.demand.beta * factors))
    pricing = Pricing.of(segments)
    fine = Pricing.of(segments, settings=PricingSettings(points=6_001))
    best = fine.curve_profit.argmax(axis=1)
    rows = np.arange(len(segments))
    step = segments.terms.fee * 0.6 / 6_000
    assert (np.abs(pricing.optimum - fine.curve_price[rows, best]) <= step).all()
    assert (pricing.optimum_profit >= fine.curve_profit[rows, best] - 1e-12 * np.abs(pricing.optimum_profit)).all()
    assert {-1, 0, 1} >= set(pricing.on_bound.tolist()) >= {0, 1}
    assert (pricing.optimum[pricing.on_bound == 1] == segments.terms.fee[pricing.on_bound == 1] * 1.3).all()
    within = Pricing.of(segments.take(np.flatnonzero(pricing.on_bound == 0)))
    slope = _slope(segments.take(np.flatnonzero(pricing.on_bound == 0)), within.optimum)
    assert np.abs(slope).max() < 1e-4


def _slope(segments, price):
    """Of the logarithm of profit by the logarithm of price."""
    ahead, behind = (Pricing.of(segments, price * way).expected_profit for way in (1.0001, 0.9999))
    return np.log(ahead / behind) / np.log(1.0001 / 0.9999)


def test_a_fee_brings_what_follows_it():
    """At list price nothing but the price has changed; recovery fees and their cost follow the fee, costs do not."""
    segments = shipped("ZAF/direct/standard")
    terms, ends = segments.at(np.array([2 * 219.0]), PricingSettings())
    assert terms.recovery_fee[0] == pytest.approx(10 * 438)
    assert terms.recovery_cost[0] == pytest.approx(3 * 438)
    assert terms.cost[0] == segments.terms.cost[0]
    assert terms.upfront[0] == segments.terms.upfront[0]
    assert ends.probabilities(1)[0, 0] == pytest.approx(0.0130 * 2**0.5, rel=1e-12)


def test_a_tenure_hazard_is_followed_month_by_month():
    hazard = TenureHazard.given(np.array([[0.01, 0.05, 0.02]]))
    terms = ContractTerms.of(np.array(["one"]), fee=100.0, cost=20.0, clause=2, penalty_collected=0.5, theft_rate=0.0)
    ends = ContractEnds.of(hazard, np.zeros(1, int), np.zeros(1, int))
    demand = PriceResponse.expected(np.array([0.5]), np.array([0.001]))
    pricing = Pricing.of(SegmentParameters(terms, ends, demand, np.ones(1)), np.array([121.0]))
    q = np.minimum(1.1 * np.array([0.01, 0.05] + [0.02] * 58), 1)
    lives = np.concatenate([[1.0], np.cumprod(1 - q)])
    v = 1.12 ** (-np.arange(1, 61) / 12)
    penalty = 0.5 * 0.75 * 121 * np.maximum(2 - np.arange(60), 0)
    by_hand = (v * (lives[1:] * (121 - 20) + (lives[:-1] - lives[1:]) * penalty)).sum()
    assert pricing.verdict.ltv[0] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"upfront": 3000.0}, ["less than the R 300.00 it has to bring on R 3,000.00", "36 months are allowed"]),
        ({"upfront": 1900.0, "clause": 24}, ["pays back in month 43; 24 months are allowed"]),
        ({"upfront": 1900.0, "clause": 0}, ["pays back in month 43; 36 months are allowed"]),
        ({"upfront": 1900.0, "clause": 48}, []),
        ({"cost": 100.0}, ["-R 400.00, less than the R 40.00", "does not pay back within 60 months"]),
    ],
)
def test_a_verdict_and_its_reasons(changes, words):
    """1,900 are 23.75 months of 80: (1 - x ** m) x / (1 - x), x = 0.98 / 1.12 ** (1 / 12), is above it from m = 43."""
    pricing = Pricing.of(segment(**changes))
    said = reasons(pricing, 0, RAND, 60)
    assert len(said) == len(words)
    assert all(word in sentence for word, sentence in zip(words, said, strict=True))
    assert pricing.verdict.proceed[0] == (not words)


def test_the_threshold_is_a_tenth_of_the_upfront_cost():
    worth = ContractValue.of(segment(upfront=0.0).terms, segment().ends).remaining_value[0]
    just, not_quite = (Pricing.of(segment(upfront=worth / share, clause=60)) for share in (1.1 + 1e-9, 1.1 - 1e-9))
    assert just.verdict.enough[0]
    assert not not_quite.verdict.enough[0]


@pytest.mark.parametrize(("share", "proceeds"), [(0.49, False), (0.5, True), (2.0, True), (2.01, False), (1e7, False)])
def test_a_price_far_from_all_that_was_observed_is_not_judged(share, proceeds):
    """A huge fee brings a huge penalty from a contract that ends at once: that nobody would sign it is not seen."""
    pricing = Pricing.of(segment(penalty_collected=0.4), np.array([100.0 * share]))
    assert pricing.verdict.proceed.tolist() == [proceeds]
    said = reasons(pricing, 0, RAND, 60)
    assert bool(said) is not proceeds
    assert ("outside what was observed" in " ".join(said)) is (share < 0.5 or share > 2)
    wider = PricingSettings(least_judged=0.1, most_judged=1e8)
    assert Pricing.of(segment(penalty_collected=0.4), np.array([1e9]), settings=wider).verdict.proceed.all()


def test_conversion_below_one_in_a_hundred_is_noted():
    few = Pricing.of(segment(beta=0.04), np.array([113.0]))
    assert few.conversion[0] == pytest.approx(0.9 * np.exp(-4.52))
    assert any("Fewer than 1% of quotes convert" in note for note in notes(few, 0))
    assert not any("Fewer than" in note for note in notes(Pricing.of(segment(beta=0.04), np.array([112.0])), 0))


def test_what_is_shown_beside_the_payback():
    """400 upfront, of which 250 won the contract; a month brings 100 and costs 20."""
    verdict = Pricing.of(segment(acquisition=250.0)).verdict
    assert verdict.simple_payback_months[0] == pytest.approx(5.0)
    assert verdict.payback_month[0] > 5
    assert verdict.ltv_to_cac[0] == pytest.approx((verdict.ltv[0] + 250) / 250)
    none = Pricing.of(segment(acquisition=0.0, cost=100.0)).verdict
    assert np.isnan(none.ltv_to_cac[0])
    assert np.isnan(none.simple_payback_months[0])


def test_the_shipped_table_leads_to_both_verdicts():
    pricing = Pricing.of(shipped())
    assert 30 <= pricing.verdict.proceed.sum() <= 70
    by_time = pricing.verdict.enough & ~pricing.verdict.in_time
    assert by_time.any()
    assert (~pricing.verdict.enough).any()


def test_unknown_costs_give_no_verdict_to_proceed_and_no_number():
    pricing = Pricing.of(segment(cost=np.nan))
    assert np.isnan([pricing.verdict.ltv[0], pricing.optimum[0], pricing.break_even[0]]).all()
    assert not pricing.verdict.proceed[0]
    assert "unknown" in reasons(pricing, 0, RAND, 60)[0]


def test_notes_name_what_the_figures_do_not_say():
    assert any("highest" in note for note in notes(Pricing.of(segment(beta=0.001)), 0))
    assert any("lowest" in note for note in notes(Pricing.of(segment(beta=0.05)), 0))
    assert any("more than it costs" in note for note in notes(Pricing.of(segment()), 0))
    losing = notes(Pricing.of(segment(upfront=9_000.0)), 0)
    assert any("less than it costs" in note for note in losing)
    assert any("loses least" in note for note in losing)
    assert any("extrapolated" in note for note in notes(Pricing.of(segment(), np.array([200.0])), 0))


def test_segments_do_not_touch_each_other():
    together = Pricing.of(shipped())
    some = np.array([77, 3, 3, 41])
    apart = Pricing.of(shipped().take(some))
    for name in ("optimum", "break_even", "expected_profit", "ltv_p10", "curve_profit"):
        np.testing.assert_array_equal(getattr(together, name)[some], getattr(apart, name))


def test_travel_and_complexity_count_upfront():
    near, far = shipped("KEN/direct/basic", distance=0.0), shipped("KEN/direct/basic", distance=100.0, factor=1.5)
    labour = price_table().base_labour[price_table().find("KEN", "direct", "basic")]
    assert far.terms.upfront[0] - near.terms.upfront[0] == pytest.approx(0.5 * labour + 100 * 3.5 * 1.5 / 0.14)


def test_intervals_hold_the_estimate_and_a_fitted_demand_brings_one():
    table = price_table()
    demand = PriceResponse(table.alpha, table.beta, np.tile(np.diag([0.04, 0.01]), (100, 1, 1)), np.ones(100, int))
    pricing = Pricing.of(replace(shipped(), demand=demand))
    assert ((pricing.ltv_p10 < pricing.verdict.ltv) & (pricing.verdict.ltv < pricing.ltv_p90)).all()
    assert ((pricing.conversion_p10 < pricing.conversion) & (pricing.conversion < pricing.conversion_p90)).all()
    assert np.isnan(Pricing.of(shipped()).conversion_p10).all()


def test_searches_find_what_is_known():
    price = np.tile(np.linspace(1.0, 2.0, 11), (3, 1))
    peaks, roots = np.array([1.234567, 1.0, 1.987]), np.array([1.5, 1.04, 2.5])
    best, _ = highest(lambda p: -((p - peaks[:, None]) ** 2), price, -((price - peaks[:, None]) ** 2))
    np.testing.assert_allclose(best, peaks, atol=1e-6)
    found = root(lambda p, rows: p**3 - roots[rows, None] ** 3, price, price**3 - roots[:, None] ** 3)
    np.testing.assert_allclose(found, [1.5, 1.04, np.nan], rtol=1e-9)


@pytest.mark.parametrize("price", [0.0, -5.0, np.nan, np.inf])
def test_a_price_that_is_none_is_refused(price):
    with pytest.raises(ArgumentRefused, match="price"):
        Pricing.of(segment(), np.array([price]))


def test_segments_without_a_list_price_are_refused():
    with pytest.raises(ArgumentRefused, match="list price"):
        segment(fee=0.0)
    with pytest.raises(ArgumentRefused, match="range"):
        PricingSettings(lowest=1.2, highest=1.1)


def test_no_segment_is_no_failure():
    assert Pricing.of(shipped().take(np.zeros(0, int))).curve_profit.shape == (0, 61)
