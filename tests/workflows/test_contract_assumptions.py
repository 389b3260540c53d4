"""What a history tells of the months to come: six contracts in three segments and two currencies, by hand."""

import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from clove.features import contracts as features
from clove.kernel.errors import NotEnoughData
from clove.kernel.money import Currency
from clove.kernel.progress import Silent
from clove.valuation.contract_intervals import ContractIntervals, Spreads
from clove.valuation.contract_terms import Horizon
from clove.workflows.contract_assumptions import Assumptions
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_money import Money
from clove.workflows.contract_request import ContractRequest, ContractSettings
from clove.workflows.contract_upfront import KINDS
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.segment_prices import SegmentPrices
from clove.workflows.value_contracts import history_of

SETTINGS = ContractSettings()
MONEY = Money("ZAR", {"ZAR": 1.0, "KES": 0.1}, {"ZAR": 1.0, "KES": 0.1})
BASIC = {"country_code": "KEN", "channel": "direct", "tier": "basic"}
PREMIUM = {"country_code": "ZAF", "channel": "dealer", "tier": "premium"}
STANDARD = {"country_code": "ZAF", "channel": "direct", "tier": "standard"}
B, P, S = range(3)  # segments in alphabetical order

TEXTS = ("contract_id", "country_code", "channel", "tier", "band", "currency", "status", "complexity")
COUNTS = ("months_served", "months_lapsed")
FIGURES = (
    *("clause_months", "monthly_fee", "list_price", "arrears", "invoices", "known_invoices"),
    *("known_due", "received", "paying_due", "paying_received", "missing_invoices", "missing_cost_months"),
    *("recent_cost", "recent_upkeep", "recent_cost_months", "monthly_platform_cost", "hardware_cost"),
    *("residual_value", "base_labour", "distance_km", *KINDS),
)
STATE = pa.schema(
    [(name, pa.string()) for name in TEXTS]
    + [(name, pa.int64()) for name in COUNTS]
    + [(name, pa.float64()) for name in FIGURES]
)
OF_ALL = {"band": "A", "currency": "ZAR", "status": "active", "months_served": 12, "months_lapsed": 0}
NOTED = dict(zip(KINDS, (200.0, 300.0, 50.0, 230.0, 70.0, 1_500.0), strict=True))


def invoiced(due, received, paying_due=None, paying_received=None):
    paying = due if paying_due is None else paying_due
    came = received if paying_received is None else paying_received
    return {"known_due": due, "received": received, "paying_due": paying, "paying_received": came} | {
        "invoices": 12.0,
        "known_invoices": 12.0,
    }


def spent(months, cost, upkeep):
    return {"recent_cost_months": months, "recent_cost": cost, "recent_upkeep": upkeep}


TARIFF = {"monthly_fee": 200.0, "list_price": 210.0, "monthly_platform_cost": 80.0, "hardware_cost": 1_400.0}
CONTRACTS = [
    {"contract_id": "a", **STANDARD, **TARIFF, **invoiced(1_200, 1_080), **spent(12, 1_200, 960), **NOTED},
    {"contract_id": "b", **STANDARD, **TARIFF, "clause_months": 24.0, "cac_marketing": 180.0, "missing_invoices": 9.0},
    # lapsed: of what was due while it paid, all but 100 came
    {
        "contract_id": "c",
        **STANDARD,
        **TARIFF,
        **invoiced(1_000, 500, 600, 500),
        "status": "bad_billing",
        "band": "B",
        "months_lapsed": 2,
        "arrears": 200.0,
    },
    {
        "contract_id": "d",
        **BASIC,
        "currency": "KES",
        "monthly_fee": 1_500.0,
        "monthly_platform_cost": 600.0,
        "cac_marketing": 900.0,
        **invoiced(15_000, 12_000),
        **spent(6, 4_800, 3_300),
    },
    {"contract_id": "e", **PREMIUM, "monthly_fee": 400.0, "distance_km": 40.0, "status": "suspended"},
    {"contract_id": "f", **PREMIUM, "monthly_fee": 400.0, "base_labour": 250.0, "status": "suspended"},
]


EXITS = [
    {**STANDARD, "months": 3, "ended": True, "contracts": 10},
    {**STANDARD, "months": 12, "ended": False, "contracts": 30},
    {**BASIC, "months": 2, "ended": True, "contracts": 12},
    {**BASIC, "months": 6, "ended": False, "contracts": 38},
    {**PREMIUM, "months": 12, "ended": False, "contracts": 5},
]
LAPSED = [{**STANDARD, "band": "A", "lapsed_after": 1, "months": 1, "resumed": False, "ended": True}] * 4
PAUSED = [
    *[{**STANDARD, "band": "A", "lapsed_after": 2, "months": 0, "resumed": False, "ended": True}] * 2,
    *[{**STANDARD, "band": "A", "lapsed_after": 5, "months": 4, "resumed": True, "ended": False}] * 3,
]
PENALTIES = [
    {**BASIC, "currency": "KES", "ends": 4, "voluntary": 4, "known_reasons": 4}
    | {"known_penalties": 4, "due": 60_000.0, "collected": 30_000.0},
    {**STANDARD, "currency": "ZAR", "ends": 12, "voluntary": 6, "known_reasons": 12}
    | {"known_penalties": 10, "due": 20_000.0, "collected": 8_000.0},
]
NO_PENALTIES = pa.Table.from_pylist(PENALTIES).slice(0, 0)


def history(contracts=CONTRACTS, penalties=PENALTIES, lapsed=LAPSED, paused=PAUSED):
    state = pa.Table.from_pylist([OF_ALL | row for row in contracts], schema=STATE)
    none = pa.Table.from_pylist(LAPSED).slice(0, 0)
    return ContractHistory(
        state,
        pa.Table.from_pylist(EXITS),
        pa.Table.from_pylist(lapsed) if lapsed else none,
        pa.Table.from_pylist(paused) if paused else none,
        pa.Table.from_pylist(penalties) if penalties else NO_PENALTIES,
        MONEY,
        MONEY.worth_of(state["currency"].to_numpy(zero_copy_only=False)),
    )


@pytest.fixture(scope="module")
def found() -> Assumptions:
    return Assumptions.of(history(), SETTINGS)


# ---- penalties

VOLUNTARY = 10 / 16  # of all ends of known reason


def k_by_hand(own, ends, of_ends, collected, due, penalty):
    usual = 0.675 * (own + 20 * VOLUNTARY) / (of_ends + 20)
    assert ends in {0, due / penalty}
    return (collected + 20 * penalty * usual) / (due + 20 * penalty)


def test_twenty_ends_of_a_segment_count_as_much_as_what_is_usual(found):
    # in rand: 6,000 due over 4 ends of Kenya's; a penalty is worth 1,500 there and 2,000 in the other segment
    kenya = k_by_hand(4, 4, 4, 3_000, 6_000, 1_500)
    standard = k_by_hand(6, 10, 12, 8_000, 20_000, 2_000)
    np.testing.assert_allclose(found.penalty_share, [kenya, 0.675 * VOLUNTARY, standard], rtol=1e-12)
    # with as many ends as the prior counts, one half is the segment's own
    twenty = [PENALTIES[0] | {"known_penalties": 20, "due": 1e6, "collected": 2e5, "voluntary": 0, "known_reasons": 0}]
    half = Assumptions.of(history(penalties=[*twenty, PENALTIES[1]]), SETTINGS).penalty_share[B]
    assert half == pytest.approx((0.2 + 0.675 * 0.5) / 2)


def test_a_penalty_of_a_small_currency_is_as_strong_as_any(found):
    """The same penalties booked in another currency tell the same."""
    in_rand = PENALTIES[0] | {"currency": "ZAR", "due": 6_000.0, "collected": 3_000.0}
    again = Assumptions.of(history(penalties=[in_rand, PENALTIES[1]]), SETTINGS)
    np.testing.assert_allclose(again.penalty_share, found.penalty_share, rtol=1e-12)


def test_penalties_of_one_segment_in_two_currencies():
    of_standard = PENALTIES[1] | {"currency": "KES", "due": 40_000.0, "collected": 40_000.0, "known_penalties": 10}
    both = Assumptions.of(history(penalties=[of_standard, PENALTIES[1]]), SETTINGS).penalty_share[S]
    # 4,000 and 20,000 rand over 20 ends; half of all ends are voluntary
    assert both == pytest.approx(((4_000 + 8_000) / 24_000 + 0.675 * 0.5) / 2)


def test_without_ends_the_usual_share_is_taken():
    none = Assumptions.of(history(penalties=[]), SETTINGS)
    np.testing.assert_allclose(none.penalty_share, 0.675)
    assert any("No penalty is known" in said for said in none.findings)


# ---- shares collected


def test_fees_collected(found):
    whole = (1_080 + 500 + 1_200) / (1_200 + 1_000 + 1_500)
    standard = (1_580 + 120 * 200 * whole) / (2_200 + 120 * 200)
    kenya = (1_200 + 120 * 150 * whole) / (1_500 + 120 * 150)
    own = [
        (1_080 + 6 * 200 * standard) / (1_200 + 6 * 200),
        standard,
        (500 + 6 * 200 * standard) / (1_000 + 6 * 200),
        (1_200 + 6 * 150 * kenya) / (1_500 + 6 * 150),
        whole,
        whole,
    ]
    np.testing.assert_allclose(found.collected, own, rtol=1e-12)
    paying = (1_080 + 500 + 1_200) / (1_200 + 600 + 1_500)
    of_paying = [
        (1_200 + 120 * 150 * paying) / (1_500 + 120 * 150),
        paying,
        (1_580 + 120 * 200 * paying) / (1_800 + 120 * 200),
    ]
    np.testing.assert_allclose(found.collected_paying, of_paying, rtol=1e-12)


# ---- costs

LISTED = np.array([49.03, 140.0, 96.0])  # of a month, in rand, in the shipped table
REST = 0.24


def test_cost_of_a_month(found):
    """What is expected: the product's platform and the table's rest; cost lines say how many times as much it is."""
    standard, kenya = 80 + REST * 96, 60 + REST * 49.03
    whole = (1_200 + 480) / (12 * standard + 6 * kenya)
    of_standard = (1_200 + 120 * standard * whole) / (12 * standard + 120 * standard)
    of_kenya = (480 + 120 * kenya * whole) / (6 * kenya + 120 * kenya)
    cost = [
        (1_200 + 6 * standard * of_standard) / (18 * standard) * standard,
        of_standard * standard,
        of_standard * standard,
        (480 + 6 * kenya * of_kenya) / (12 * kenya) * kenya / 0.1,
        whole * 140,
        whole * 140,
    ]
    np.testing.assert_allclose(found.cost, cost, rtol=1e-12)
    level = (960 + 330) / (12 * 80 + 6 * 60)
    of_standard = (960 + 120 * 80 * level) / (132 * 80)
    of_kenya = (330 + 120 * 60 * level) / (126 * 60)
    upkeep = [
        (960 + 6 * 80 * of_standard) / 18,
        of_standard * 80,
        of_standard * 80,
        (330 + 6 * 60 * of_kenya) / 12 / 0.1,
    ]
    np.testing.assert_allclose(found.upkeep[:4], upkeep, rtol=1e-12)
    np.testing.assert_allclose(found.upkeep[4:], level * 0.76 * whole * 140, rtol=1e-12)


def without(contracts, *columns):
    return [{name: value for name, value in row.items() if name not in columns} for row in contracts]


def test_without_cost_lines_products_tell_the_platform_and_the_table_the_rest():
    bare = without(CONTRACTS, "recent_cost", "recent_upkeep", "recent_cost_months")
    none = Assumptions.of(history(bare), SETTINGS)
    np.testing.assert_allclose(none.cost[:3], 80 + REST * 96)
    np.testing.assert_allclose(none.cost[3], 600 + REST * 490.3)
    np.testing.assert_allclose(none.cost[4:], 140)
    # collections are no part of what a contract costs whether it pays or not
    np.testing.assert_allclose(none.upkeep, [80, 80, 80, 600, 0.76 * 140, 0.76 * 140])
    assert any("no monthly cost lines" in said and "for the rest" in said for said in none.findings)


def test_products_of_one_segment_cost_what_each_costs():
    dear = [CONTRACTS[0], CONTRACTS[1] | {"monthly_platform_cost": 160.0}, *CONTRACTS[2:]]
    found = Assumptions.of(history(dear), SETTINGS)
    assert found.cost[1] / found.cost[2] == pytest.approx((160 + REST * 96) / (80 + REST * 96))


def test_lines_that_do_not_tell_the_platform_apart():
    whole = Assumptions.of(history(without(CONTRACTS, "recent_upkeep")), SETTINGS)
    np.testing.assert_allclose(whole.upkeep[:4], [80, 80, 80, 600])
    np.testing.assert_allclose(whole.upkeep[4:], 0.76 * whole.cost[4:])
    assert any("platform or data" in said for said in whole.findings)
    # the part is never more than the whole
    cheap = [CONTRACTS[0] | {"recent_cost": 240.0}, *without(CONTRACTS[1:], "recent_cost", "recent_upkeep")]
    few = Assumptions.of(history(without(cheap, "recent_upkeep")), SETTINGS)
    np.testing.assert_array_equal(few.upkeep[:4], few.cost[:4])


# ---- upfront costs


def test_each_kind_of_upfront_cost_is_filled_by_itself(found):
    noted = np.array(list(NOTED.values()))
    # the segment's own where noted, the product's hardware before it; marketing the mean of 200 and 180
    b = [180, 300, 50, 230, 70, 1_400]
    c = [190, 300, 50, 230, 70, 1_400]
    # the shipped table's: 20 km where no distance is known
    d = [900, 1_600, 300, 1_000, 20 * 3.5 / 0.14, 8_910]
    e = [150, 420, 30, 275, 40 * 3.5, 2_600]
    table = np.array([noted, b, c, d, e, e])
    table[4:, 2] = 25
    np.testing.assert_allclose(found.upfront, table.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.acquisition, table[:, :3].sum(axis=1), rtol=1e-12)
    [said] = [said for said in found.findings if said.startswith("Upfront costs")]
    assert "cac_marketing of 3 contracts" in said
    assert "cac_sales of 5 contracts" in said


def test_labour_of_a_visit(found):
    np.testing.assert_allclose(found.labour, [230, 230, 230, 1_000, 250, 250])


# ---- ends


def test_months_without_payment_are_no_months_of_paying_contracts(found):
    whole, paying = found.hazards.whole, found.hazards.paying
    np.testing.assert_array_equal(whole.at_risk[S], [40] * 3 + [30] * 9)
    np.testing.assert_array_equal(whole.ended[S], [0, 0, 10] + [0] * 9)
    # four began months 2 and 3 unpaid, two began month 3 suspended, three months 6 to 9
    np.testing.assert_array_equal(paying.at_risk[S], [40, 36, 34, 30, 30, 27, 27, 27, 27, 30, 30, 30])
    np.testing.assert_array_equal(paying.ended[S], [0, 0, 4] + [0] * 9)
    np.testing.assert_array_equal(paying.at_risk[B], whole.at_risk[B])
    assert paying.monthly[S, 2] < 0.6 * whole.monthly[S, 2]


def test_suspended_contracts_return_and_leave(found):
    months = 3 * 4 + 2
    lived = 10 * 3 + 30 * 12 + 12 * 2 + 38 * 6 + 5 * 12
    assert found.suspension_ends == pytest.approx((3 + 20 * 0.25) / (months + 20))
    assert found.suspended_leaves == pytest.approx((2 + 20 * 22 / lived) / (months + 20))
    assert any("Suspended contracts were watched for 14 months" in said for said in found.findings)


# ---- prices


def test_prices_have_the_figures_of_their_segment(found):
    text, figure = pa.string(), pa.float64()
    segment = [(name, text) for name in (*STANDARD, "currency")]
    amounts = [(name, figure) for name in ("price", "list_price", "rate", "rand_rate")]
    days = [("quoted_on", pa.date32()), ("converted", pa.bool_())]
    quotes = pa.schema([*segment, *amounts, *days]).empty_table()
    kinds = {"contracts": 3, "cac_marketing": 600.0, "hardware": 4_500.0}
    costs = pa.Table.from_pylist(
        [{**STANDARD, "currency": "ZAR", **kinds}],
        schema=pa.schema([*segment, ("contracts", pa.int64()), *((kind, figure) for kind in KINDS)]),
    )
    of_segments = SegmentPrices.of(history(), found, quotes, costs, SETTINGS)
    terms = of_segments.parameters.terms
    np.testing.assert_allclose(terms.penalty_collected, found.penalty_share)
    np.testing.assert_allclose(terms.fee, [1_500, 400, 210])
    np.testing.assert_allclose(terms.cost, [found.cost[3], found.cost[4], found.cost[:3].mean()])
    np.testing.assert_allclose(terms.collected, [found.collected[3], found.collected[4], found.collected[:3].mean()])
    np.testing.assert_array_equal(terms.clause, [36, 36, 36])
    # the shipped table's counts as one contract, and alone where no contract tells: for KEN in shillings
    upfront = of_segments.upfront
    np.testing.assert_allclose(upfront.cac_marketing, [220 * 0.7 / 0.14, 150, (600 + 220) / 4])
    np.testing.assert_allclose(upfront.hardware, [8_910, 2_600, (4_500 + 1_550) / 4])
    np.testing.assert_allclose(upfront.cac_sales, [1_600, 420, 320])
    np.testing.assert_allclose(upfront.fitment_travel, [20 * 3.5 / 0.14, 40 * 3.5, 20 * 3.5])


# ---- one contract after the other

REQUEST = ContractRequest(Path("in"), Path("out"), as_of=date(2024, 12, 31), currency=Currency("ZAR"), seed=3)
CASH = pa.table({"position": [0, 0, 3], "month": [1, 2, 1], "cash": [500.0, 380.0, 7_000.0]})


@pytest.fixture(scope="module")
def valued(found) -> ValuedContracts:
    return ValuedContracts.of(history(), found, CASH, REQUEST, Silent())


def test_a_contract_by_hand(valued, found):
    """b: it pays, has 24 months of a minimum term, and has served 12."""
    t = np.arange(1, 61)
    table = found.hazards.whole.monthly[S]
    q = table[np.minimum(12 + t - 1, table.size - 1)]
    lives = np.cumprod(1 - q)
    ends = np.concatenate([[1.0], lives[:-1]]) - lives
    back = 1.12 ** (-t / 12)
    whole = (1_080 + 500 + 1_200) / (1_200 + 1_000 + 1_500)
    collected = (1_580 + 120 * 200 * whole) / (2_200 + 120 * 200)
    left = np.maximum(24 - (12 + t - 1), 0)
    parts = [
        (lives * back).sum() * 200 * collected,
        (ends * back * left).sum() * 0.75 * 200 * k_by_hand(6, 10, 12, 8_000, 20_000, 2_000),
        (lives * back).sum() * 0.036 / 12 * 0.72 * (10 * 200 * 0.9 - 3 * 200),
        (lives * back).sum() * found.cost[1],
    ]
    np.testing.assert_allclose(valued.parts[:, 1], parts, rtol=1e-9)
    assert valued.remaining[1] == pytest.approx(parts[0] + parts[1] + parts[2] - parts[3])
    assert valued.ltv[0] == pytest.approx(500 + 380 + valued.remaining[0] - 2_350)
    assert np.isnan(valued.ltv[1])  # of what it brought nothing is known


def test_what_does_not_pay_is_worth_what_paying_contracts_are(valued, found):
    unpaid = valued.unpaid
    np.testing.assert_array_equal(unpaid.rows, [2, 4, 5])
    expected = found.collected_paying[[S, P, P]]
    np.testing.assert_allclose(unpaid.paying.collected, expected)
    np.testing.assert_allclose(unpaid.contracts.collected_share, expected[:1])
    assert expected[0] > found.collected[2] + 0.05
    np.testing.assert_allclose(
        unpaid.ends.within(1), found.hazards.paying.hazard(np.array([S, P, P]), np.full(3, 12), 1)[:, 0]
    )
    assert unpaid.contracts.monthly_cost[0] == found.upkeep[2]


def test_suspended_contracts_leave(valued, found):
    _, waiting = valued.unpaid.waiting
    assert found.suspended_leaves > 0.06
    np.testing.assert_allclose(waiting.leaves, found.suspended_leaves)
    np.testing.assert_allclose(waiting.pays, found.suspension_ends)
    # in month 1 it leaves with a penalty on the 24 months that are left of 36
    np.testing.assert_allclose(waiting.on_leaving[1][:, 0], 0.75 * 400 * 24 * found.penalty_share[P])


def test_the_interval_of_what_does_not_pay(valued, found):
    """The width of what it is worth if it pays, times the chance, beside that of all cash and of the chance itself."""
    unpaid = valued.unpaid
    drawn = ContractIntervals.of(unpaid.paying, unpaid.ends, Horizon(), seed=3)
    weight = unpaid.value.payment_weight
    certain = 1.2815515655 * 0.15 * np.abs(unpaid.value.total - weight * unpaid.if_paying)
    below = np.hypot(weight * (unpaid.if_paying - drawn.remaining_p10), certain)
    above = np.hypot(weight * (drawn.remaining_p90 - unpaid.if_paying), certain)
    np.testing.assert_allclose(valued.remaining_p10[unpaid.rows], unpaid.value.total - below, rtol=1e-6)
    np.testing.assert_allclose(valued.remaining_p90[unpaid.rows], unpaid.value.total + above, rtol=1e-6)
    assert (above[1:] > 0.05 * unpaid.value.total[1:]).all()


# ---- settings


def test_spreads_that_are_set_are_those_of_all_intervals(valued, found):
    certain = replace(SETTINGS, spreads=Spreads(draws=20, ends=0.0, cash=0.0))
    none = replace(found.hazards.paying, relative_error=np.zeros(3))
    known = replace(
        found,
        hazards=replace(found.hazards, whole=replace(found.hazards.whole, relative_error=np.zeros(3)), paying=none),
    )
    sure = ValuedContracts.of(history(), known, CASH, replace(REQUEST, settings=certain), Silent())
    np.testing.assert_allclose(sure.remaining, valued.remaining)
    np.testing.assert_allclose(sure.remaining_p10, sure.remaining, rtol=1e-9)
    np.testing.assert_allclose(sure.remaining_p90, sure.remaining, rtol=1e-9)
    wild = replace(REQUEST, settings=replace(SETTINGS, spreads=Spreads(cash=0.9)))
    wider = ValuedContracts.of(history(), found, CASH, wild, Silent())
    assert (wider.outcome_p90 > 1.05 * valued.outcome_p90)[[0, 1, 3, 4, 5]].all()


def test_what_is_set_reaches_the_state(monkeypatch):
    asked = {}

    def state(engine, as_of, **settings):
        asked.update(settings)
        return STATE.empty_table()

    monkeypatch.setattr(features, "contract_state", state)
    with pytest.raises(NotEnoughData):
        history_of(None, date(2024, 12, 31), None, replace(SETTINGS, cost_months=7, hardware_months=48))
    assert (asked["cost_months"], asked["hardware_months"]) == (7, 48)


def test_a_run_tells_every_setting():
    told = json.loads(json.dumps(asdict(SETTINGS)))
    assert (told["spreads"]["draws"], told["pricing"]["churn_exponent"]) == (200, 0.5)
    assert (told["cost_months"], told["hardware_months"]) == (12, 60)
    assert (told["contracts_of_table"], told["relative_error_of_table"]) == (1.0, 0.5)


def test_what_is_set_is_used(found):
    def changed(**settings):
        return Assumptions.of(history(), replace(SETTINGS, **settings))

    assert changed(ends_of_prior=1e12).penalty_share[S] == pytest.approx(0.675 * VOLUNTARY)
    assert changed(usual_distance_km=60.0).upfront[3] - found.upfront[3] == pytest.approx(40 * 3.5 / 0.14)
    assert changed(upkeep_share=0.5).cost[1] > found.cost[1]
    few = replace(history(), exits=pa.Table.from_pylist(EXITS).slice(1, 1))
    given = Assumptions.of(few, replace(SETTINGS, relative_error_of_table=0.7)).hazards.whole
    np.testing.assert_allclose(given.relative_error, 0.7)
    np.testing.assert_allclose(given.monthly[S], 0.013)
