"""The value of a contract: closed sums, figures worked out by hand, and what no figure may depend on."""

import json
from dataclasses import fields

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.models.tenure_hazard import TenureHazard
from clove.valuation.contract_ends import ContractEnds, monthly_probability, probability_within
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import ContractValue, ltv_at_risk
from clove.valuation.payback import RealisedCash, payback_month, simple_payback_months

ONE = np.array(["one"])


def terms(n=1, **changes):
    given = {
        "fee": 200.0,
        "cost": 80.0,
        "upfront": 2000.0,
        "acquisition": 500.0,
        "collected": 0.95,
        "penalty_collected": 0.4,
        "clause": 36,
    }
    return ContractTerms.of(np.arange(n).astype(str), **given | changes)


def portfolio(n=500, seed=4):
    rng = np.random.default_rng(seed)
    served = rng.integers(0, 70, n)
    hazard = TenureHazard.given(rng.uniform(0.002, 0.06, (7, 48)))
    ends = ContractEnds.of(
        hazard,
        rng.integers(0, 7, n),
        served,
        factor=rng.uniform(0.7, 1.3, n),
        first=np.where(rng.random(n) < 0.5, np.nan, rng.uniform(0, 0.4, n)),
    )
    own = terms(
        n,
        fee=rng.uniform(100, 400, n),
        clause=rng.choice([0, 24, 36], n),
        served=served,
        realised=rng.normal(1000, 500, n),
    )
    return own, ends


def parts(value):
    return np.stack([getattr(value, field.name) for field in fields(value)])


def test_a_constant_probability_gives_the_closed_geometric_sums():
    q, horizon = 0.023, Horizon()
    v = 1 / (1 + horizon.monthly_rate)
    assert horizon.monthly_rate == pytest.approx(0.009489, abs=5e-7)
    value = ContractValue.of(terms(), ContractEnds.constant(q, 1), horizon)
    x = (1 - q) * v
    lived = x * (1 - x**60) / (1 - x)
    assert value.subscription_pv[0] == pytest.approx(200 * 0.95 * lived, rel=1e-9)
    assert value.cost_pv[0] == pytest.approx(80 * lived, rel=1e-9)
    assert value.recovery_pv[0] == pytest.approx(0.036 / 12 * 0.72 * (2000 * 0.9 - 600) * lived, rel=1e-9)
    # sum over u = 0 … 35 of x^u (36 - u): a geometric sum of geometric sums
    left = (36 - x * (1 - x**36) / (1 - x)) / (1 - x)
    assert value.penalty_pv[0] == pytest.approx(0.4 * 0.75 * 200 * q * v * left, rel=1e-9)
    assert value.remaining_value[0] == pytest.approx(
        (value.subscription_pv + value.penalty_pv + value.recovery_pv - value.cost_pv)[0], rel=1e-12
    )
    assert value.ltv[0] == pytest.approx(value.remaining_value[0] - 2000, rel=1e-12)
    assert value.ltv_to_cac[0] == pytest.approx((value.ltv[0] + 500) / 500, rel=1e-12)


def test_three_months_by_hand():
    """Fee 100, cost 40, all collected, half of penalties, clause of 4 months of which 2 are served, 10 % a month."""
    monthly = Horizon(3, 1.1**12 - 1)
    hazard = TenureHazard.given(np.array([[0.9, 0.9, 0.1, 0.2, 0.5]]))
    own = terms(
        fee=100.0, cost=40.0, upfront=70.0, collected=1.0, penalty_collected=0.5, clause=4, served=2, realised=33.0
    )
    value = ContractValue.of(own, ContractEnds.of(hazard, np.array([0]), own.served), monthly)
    # survival 0.9, 0.72, 0.36; penalties 75 * 2, 75 * 1, 0 with chances 0.1, 0.18, 0.36
    lived = 0.9 / 1.1 + 0.72 / 1.21 + 0.36 / 1.331
    assert value.subscription_pv[0] == pytest.approx(100 * lived, rel=1e-12)
    assert value.cost_pv[0] == pytest.approx(40 * lived, rel=1e-12)
    assert value.penalty_pv[0] == pytest.approx(0.5 * (0.1 * 150 / 1.1 + 0.18 * 75 / 1.21), rel=1e-12)
    assert value.recovery_pv[0] == pytest.approx(0.003 * 0.72 * (1000 * 0.9 - 300) * lived, rel=1e-12)
    assert value.ltv[0] == pytest.approx(33 + value.remaining_value[0] - 70, rel=1e-12)
    at_risk = ltv_at_risk(own, ContractEnds.of(hazard, np.array([0]), own.served), monthly)
    assert at_risk[0] == pytest.approx(value.remaining_value[0] - 0.5 * 150, rel=1e-12)


def test_ltv_is_what_came_and_what_is_to_come_less_what_it_cost():
    own, ends = portfolio()
    value = ContractValue.of(own, ends)
    assert value.ltv - value.remaining_value == pytest.approx(own.realised - own.upfront, rel=1e-9)


def test_a_value_depends_neither_on_order_nor_on_blocks_nor_on_company(monkeypatch):
    own, ends = portfolio()
    whole = parts(ContractValue.of(own, ends))
    order = np.random.default_rng(1).permutation(len(own))
    assert parts(ContractValue.of(own.take(order), ends.take(order))).tobytes() == whole[:, order].tobytes()
    alone = slice(17, 18)
    assert parts(ContractValue.of(own.take(alone), ends.take(alone))).tobytes() == whole[:, alone].tobytes()
    monkeypatch.setattr("clove.valuation.contract_value.BLOCK", 33)
    assert parts(ContractValue.of(own, ends)).tobytes() == whole.tobytes()


def test_value_rises_with_the_fee_and_falls_with_the_probability_of_an_end():
    fees = np.linspace(90, 400, 50)
    rising = ContractValue.of(terms(50, fee=fees), ContractEnds.constant(0.02, 50)).ltv
    assert (np.diff(rising) > 0).all()
    falling = ContractValue.of(terms(50, clause=0), ContractEnds.constant(np.linspace(0, 1, 50)))
    assert (np.diff(falling.remaining_value) < 0).all()
    assert falling.remaining_value[-1] == 0


def test_monthly_and_three_month_probabilities_are_each_others_inverse():
    q = np.array([0.0, 1e-12, 0.01, 0.5, 1.0])
    assert monthly_probability(probability_within(q)) == pytest.approx(q, rel=1e-12)
    assert probability_within(0.1) == pytest.approx(0.271)
    assert ContractEnds.constant(np.array([0.1])).within() == pytest.approx([0.271])


def test_a_classifiers_word_holds_three_months_and_then_fades():
    hazard = TenureHazard.given(np.array([0.02]))
    one = np.zeros(1, dtype=np.int64)
    q = ContractEnds.of(hazard, one, one, first=[0.1], half_life=6.0).probabilities(60)[0]
    assert q[:3] == pytest.approx([0.1] * 3)
    log_ratio = np.log(0.1 / 0.9) - np.log(0.02 / 0.98)
    log_odds = np.log(q / (1 - q)) - np.log(0.02 / 0.98)
    assert log_odds[3:] == pytest.approx(log_ratio * 0.5 ** (np.arange(1, 58) / 6), rel=1e-9)
    assert q[2 + 6] == pytest.approx(1 / (1 + np.exp(-np.log(0.02 / 0.98) - log_ratio / 2)))
    # a classifier that says what the segment says changes nothing
    tenure = TenureHazard.given(np.linspace(0.02, 0.05, 20)[None])
    usual = ContractEnds.of(tenure, one, one)
    first = monthly_probability(usual.within())
    again = ContractEnds.of(tenure, one, one, first=first)
    assert again.probabilities(30)[0, 3:] == pytest.approx(usual.probabilities(30)[0, 3:], rel=1e-9)
    # what is certain stays a probability
    for certain in (0.0, 1.0):
        sure = ContractEnds.of(hazard, one, one, first=[certain]).probabilities(60)
        assert ((sure >= 0) & (sure <= 1)).all()


def test_months_served_move_along_the_table_and_stay_at_its_end():
    hazard = TenureHazard.given(np.array([[0.1, 0.2, 0.3]]))
    zero = np.zeros(3, dtype=np.int64)
    q = ContractEnds.of(hazard, zero, np.array([0, 1, 9])).probabilities(3)
    assert q.tolist() == [[0.1, 0.2, 0.3], [0.2, 0.3, 0.3], [0.3, 0.3, 0.3]]
    assert hazard.hazard(zero, np.array([0, 1, 9]), 3).tolist() == q.tolist()


def test_payback_by_hand():
    """Nothing is discounted, nobody leaves, 120 - 20 a month: 250 is made up for in the third month."""
    still = Horizon(5, 0.0)
    stays = ContractEnds.constant(0.0, 1)
    new = terms(fee=120.0, cost=20.0, upfront=250.0, collected=1.0, theft_rate=0.0)
    assert payback_month(new, stays, still).tolist() == [3.0]
    assert simple_payback_months(new).tolist() == [2.5]
    # three months of a past that brought 30, 30 and 40, then 100 a month
    old = terms(fee=120.0, cost=20.0, upfront=250.0, collected=1.0, theft_rate=0.0, served=3)
    past = RealisedCash.of(old.served, np.array([30.0, 30.0, 40.0]))
    assert payback_month(old, stays, still, past).tolist() == [5.0]
    assert payback_month(old, stays, still, RealisedCash.of(old.served, np.array([30.0, 220, -500]))).tolist() == [2.0]
    # without a month by month past it is not known, and a cost that is never made up for has no month
    assert np.isnan(payback_month(old, stays, still)).all()
    assert np.isnan(payback_month(terms(fee=120.0, cost=20.0, upfront=501.0, theft_rate=0.0), stays, still)).all()
    assert payback_month(terms(upfront=0.0), stays, still).tolist() == [0.0]
    assert np.isnan(simple_payback_months(terms(cost=500.0))).all()


def test_payback_discounts_and_counts_penalties():
    own = terms(fee=100.0, cost=0.0, upfront=100.0, collected=1.0, penalty_collected=1.0, clause=3, theft_rate=0.0)
    q = ContractEnds.constant(0.5, 1)
    # month 1: (0.5 * 100 + 0.5 * 75 * 3) / 1.1 = 147.7
    assert payback_month(own, q, Horizon(5, 1.1**12 - 1)).tolist() == [1.0]
    without = terms(fee=100.0, cost=0.0, upfront=70.0, collected=1.0, clause=0, theft_rate=0.0)
    # 45.5 + 20.7 + 9.4
    assert payback_month(without, q, Horizon(5, 1.1**12 - 1)).tolist() == [3.0]


def test_the_payback_month_is_where_the_sum_turns():
    own, _ = portfolio(60)
    new = terms(60, fee=own.fee, served=0)
    fresh = ContractEnds.of(TenureHazard.given(np.linspace(0.05, 0.01, 40)[None]), np.zeros(60, np.int64), new.served)
    found = payback_month(new, fresh)
    for months in (5, 20, 40, 60):
        reached = ContractValue.of(new, fresh, Horizon(months)).ltv >= 0
        by_then = np.nan_to_num(found, nan=np.inf) <= months
        # cash of a month is never below 0 here, so what was reached stays reached
        assert (reached == by_then).all()
    assert np.isnan(found).any()
    assert np.isfinite(found).any()


def test_what_is_unknown_stays_unknown():
    own = terms(3, upfront=[2000.0, np.nan, 2000.0], realised=[0.0, 0.0, np.nan])
    value = ContractValue.of(own, ContractEnds.constant(0.02, 3))
    assert np.isfinite(value.remaining_value).all()
    assert np.isnan(value.ltv).tolist() == [False, True, True]
    assert np.isnan(ContractValue.of(terms(acquisition=0.0), ContractEnds.constant(0.02, 1)).ltv_to_cac).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"fee": -1.0},
        {"collected": 1.2},
        {"clause": -1},
        {"clause": 1.5},
        {"served": -2},
        {"penalty_collected": -0.1},
        {"theft_rate": 13.0},
        {"fee": np.inf},
        {"cost": [1.0, 2.0]},
    ],
)
def test_terms_that_cannot_be_are_refused(wrong):
    with pytest.raises(ArgumentRefused) as refusal:
        terms(**wrong)
    assert next(iter(wrong)) in str(refusal.value)


def test_ends_and_horizons_that_cannot_be_are_refused():
    own, ends = portfolio(5)
    with pytest.raises(ArgumentRefused, match="terms of 4"):
        ContractValue.of(own.take(slice(0, 4)), ends)
    with pytest.raises(ArgumentRefused, match="served"):
        ContractValue.of(own.take(np.array([1, 0, 2, 3, 4])), ends)
    with pytest.raises(ArgumentRefused, match="probability"):
        ContractEnds.constant(1.1, 1)
    with pytest.raises(ArgumentRefused, match="segments"):
        ContractEnds.of(TenureHazard.given([0.1]), np.array([1]), np.array([0]))
    with pytest.raises(ArgumentRefused, match="half-life"):
        ContractEnds.of(TenureHazard.given([0.1]), np.array([0]), np.array([0]), half_life=0.0)
    with pytest.raises(ArgumentRefused, match="horizon"):
        Horizon(0)
    with pytest.raises(ArgumentRefused, match="discount"):
        Horizon(60, -1.0)
    with pytest.raises(ArgumentRefused, match=r"1,200% a year"):
        Horizon(60, 12.0).check_rate()
    Horizon(60, 1.0).check_rate()
    with pytest.raises(ArgumentRefused, match="discount"):
        Horizon(60, float("nan"))
    with pytest.raises(ArgumentRefused, match="months served"):
        RealisedCash.of(np.array([2]), np.zeros(3))
    with pytest.raises(ArgumentRefused, match="realised"):
        payback_month(own, ends, realised=RealisedCash.of(own.served + 1, np.zeros(int(own.served.sum()) + 5)))


def test_given_hazards_are_written_as_plain_json():
    hazard = TenureHazard.given(np.array([[0.1, 0.2], [0.3, 0.4]]), 0.2)
    again = TenureHazard.from_json(hazard.to_json())
    assert again.to_json() == hazard.to_json()
    json.loads(hazard.to_json(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
