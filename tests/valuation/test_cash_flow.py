"""Cash month by month: against the value it adds up to, in closed form and in each draw."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.models.tenure_hazard import TenureHazard
from clove.valuation.cash_flow import CashFlow
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import ContractIntervals, Spreads
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import ContractValue
from clove.valuation.contract_waiting import Waiting, WaitingValue
from clove.valuation.waiting_cash_flow import WaitingCashFlow

HORIZON = Horizon(60, 0.12)
ABROAD = 0.14
LONG = 140  # months after which nothing more can come


def portfolio(n, seed=4, **changes):
    rng = np.random.default_rng(seed)
    served = rng.integers(0, 60, n)
    given = {
        "fee": rng.uniform(150, 400, n),
        "cost": rng.uniform(50, 120, n),
        "collected": rng.uniform(0.7, 1.0, n),
        "penalty_collected": rng.uniform(0.0, 0.5, n),
        "clause": rng.choice([0, 24, 36], n),
        "served": served,
    }
    terms = ContractTerms.of(np.char.add("contract ", np.arange(n).astype(str)), **given | changes)
    hazard = TenureHazard.given(rng.uniform(0.005, 0.05, (6, 60)))
    return terms, ContractEnds.of(hazard, rng.integers(0, 6, n), terms.served)


def discount(months):
    return (1 + HORIZON.monthly_rate) ** -np.arange(1.0, months + 1)


def test_one_contract_by_hand():
    terms = ContractTerms.of(
        np.array(["a"]), fee=100.0, cost=40.0, penalty_collected=0.5, clause=3, served=1, theft_rate=0.0
    )
    flow = CashFlow.of(terms, ContractEnds.constant(0.1, 1), 4, HORIZON, worth=2.0)
    # 60 for who stays; who leaves in month 1 or 2 owes 0.75 * 100 for each of 2 or 1 months, half of it collected
    by_hand = [0.9 * 60 + 0.1 * 75, 0.81 * 60 + 0.09 * 37.5, 0.729 * 60, 0.6561 * 60]
    assert flow.expected == pytest.approx(2 * np.array(by_hand), rel=1e-12)


@pytest.mark.parametrize("months", [60, 80])
def test_the_months_add_up_to_the_remaining_value(months):
    terms, ends = portfolio(500)
    worth = np.where(np.arange(500) % 3, 1.0, ABROAD)
    flow = CashFlow.of(terms, ends, months, HORIZON, worth=worth)
    value = ContractValue.of(terms, ends, HORIZON).remaining_value
    assert (flow.expected * discount(months)).sum() == pytest.approx((value * worth).sum(), rel=1e-12)
    assert not flow.expected[60:].any()


def test_the_draws_are_those_of_the_intervals():
    terms, ends = portfolio(700)
    group = np.arange(700) % 5
    found = ContractIntervals.of(terms, ends, HORIZON, outcomes=False, group=group, groups=5, worth=2.0)
    members = np.stack([group, np.where(group == 0, 5, -1)], axis=1)
    flow = CashFlow.of(terms, ends, 60, HORIZON, worth=2.0, group=members, groups=6)
    np.testing.assert_allclose(flow.values[:5], found.remaining_totals, rtol=1e-12)
    np.testing.assert_allclose(flow.values[5], found.remaining_totals[0], rtol=1e-12)
    np.testing.assert_allclose(discount(60) @ flow.draws, found.remaining_totals.sum(axis=0), rtol=1e-12)


def test_the_mean_of_the_draws_is_the_closed_form():
    terms, ends = portfolio(300)
    # cash alone is uncertain: the scores are centred, so that the mean is exact
    flow = CashFlow.of(terms, ends, 36, HORIZON, spreads=Spreads(ends=0.0))
    np.testing.assert_allclose(flow.draws.mean(axis=1), flow.expected, rtol=1e-12)
    # survival is convex in q, so that with uncertain ends the mean lies above by about t² var(q) / 2
    flow = CashFlow.of(terms, ends, 36, HORIZON)
    bound = (np.arange(1, 37) * 0.25 * 0.05) ** 2 / 2
    assert (np.abs(flow.draws.mean(axis=1) / flow.expected - 1) < 0.002 + bound).all()
    np.testing.assert_allclose(flow.draws.mean(axis=1)[:6], flow.expected[:6], rtol=2e-3)


def test_a_contract_that_begins_later_is_put_off():
    terms, ends = portfolio(40)
    now = CashFlow.of(terms, ends, 36, HORIZON, group=np.zeros((40, 1), np.int64), groups=1)
    begins = np.zeros((40, 8))
    begins[:, [2, 7]] = 0.5, 2.0
    later = CashFlow.of(terms, ends, 36, HORIZON, begins=begins, group=np.zeros((40, 1), np.int64), groups=1)
    by_hand = np.zeros((36, now.draws.shape[1]))
    by_hand[2:] += 0.5 * now.draws[:-2]
    by_hand[7:] += 2.0 * now.draws[:-7]
    np.testing.assert_allclose(later.draws, by_hand, rtol=1e-12)
    back = 1 / (1 + HORIZON.monthly_rate)
    np.testing.assert_allclose(later.values, (0.5 * back**2 + 2 * back**7) * now.values, rtol=1e-12)


def test_unknown_contracts_are_left_out_and_others_do_not_notice():
    terms, ends = portfolio(50)
    cost, worth = terms.cost.copy(), np.ones(50)
    cost[3], worth[4] = np.nan, np.nan
    holed, _ = portfolio(50, cost=cost)
    rest = np.delete(np.arange(50), [3, 4])
    found = CashFlow.of(holed, ends, 36, HORIZON, worth=worth)
    alone = CashFlow.of(terms.take(rest[::-1]), ends.take(rest[::-1]), 36, HORIZON)
    np.testing.assert_allclose(found.draws, alone.draws, rtol=1e-12)


def test_terms_and_ends_of_different_contracts_are_refused():
    terms, ends = portfolio(5)
    with pytest.raises(ArgumentRefused):
        CashFlow.of(terms, ends.take(slice(0, 4)), 36)


# ---- contracts that pay nothing now


def waiting(n, h, delay, seed=3):
    """Payment that comes back is worth what is still to come, and a lump; known as the waiting value's parts."""
    rng = np.random.default_rng(seed)
    terms, ends = portfolio(n)
    back = 1 / (1 + HORIZON.monthly_rate)
    on_payment = np.zeros((4, n, h))
    for month in range(h):
        served = terms.served + month + delay
        later = ContractTerms.of(
            terms.contract_id,
            fee=terms.fee,
            cost=terms.cost,
            collected=terms.collected,
            penalty_collected=terms.penalty_collected,
            clause=terms.clause,
            served=served,
        )
        then = ContractEnds(ends.table, ends.segment, served, ends.factor, ends.first, ends.relative_error)
        on_payment[0, :, month] = back**delay * ContractValue.of(later, then, HORIZON).remaining_value
    lump = rng.uniform(0, 300, n)
    on_payment[2] += lump[:, None]
    stops = rng.integers(0, h + 1, n) if delay == 0 else np.full(n, h)
    return (
        Waiting(
            rng.uniform(0.0, 0.3, (n, h)),
            rng.uniform(0.0, 0.1, (n, h)),
            rng.uniform(10, 30, n),
            on_payment,
            rng.uniform(0, 90, (4, n, h)),
            stops,
            rng.uniform(0, 500, (4, n)),
        ),
        terms,
        ends,
        lump,
    )


@pytest.mark.parametrize(("h", "delay"), [(24, 0), (60, 1)])
def test_the_months_of_waiting_contracts_add_up_to_their_value(h, delay):
    found, terms, ends, _ = waiting(60, h, delay)
    worth = np.where(np.arange(60) % 2, 1.0, ABROAD)
    value = WaitingValue.of(found, HORIZON.monthly_rate)
    flow = WaitingCashFlow.of(found, terms, ends, LONG, HORIZON, worth=worth, delay=delay)
    assert flow.present.sum() == pytest.approx((value.total * worth).sum(), rel=1e-12)
    weight = (flow.begins * (1 + HORIZON.monthly_rate) ** -np.arange(h)).sum(axis=1)
    np.testing.assert_allclose(weight, value.payment_weight, rtol=1e-12)
    short = WaitingCashFlow.of(found, terms, ends, 36, HORIZON, worth=worth, delay=delay)
    np.testing.assert_array_equal(short.expected, flow.expected[:36])


def test_a_waiting_contract_by_hand():
    q, r = 0.2, HORIZON.monthly_rate
    terms = ContractTerms.of(np.array(["a"]), fee=100.0, cost=40.0, theft_rate=0.0)
    ends = ContractEnds.constant(q, 1)
    on_payment = np.zeros((4, 1, 2))
    on_payment[0] = 500.0 + ContractValue.of(terms, ends, HORIZON).remaining_value
    stop = np.array([[70.0], [0.0], [0.0], [20.0]])
    leaves, none = np.full((1, 2), 0.1), np.zeros((4, 1, 2))
    one = Waiting(np.full((1, 2), 0.3), leaves, np.array([5.0]), on_payment, none, np.array([1]), stop)
    flow = WaitingCashFlow.of(one, terms, ends, 4, HORIZON, worth=np.ones(1))
    first = 0.3 * 0.8 * 60
    # month 1: upkeep, the lump of who pays again and the first fee; month 2: the stop of the 0.6 who still wait
    by_hand = [-5 + 0.3 * 500 + first, 0.6 * 50 + 0.8 * first, 0.64 * first, 0.512 * first]
    assert flow.expected == pytest.approx(by_hand, rel=1e-12)
    assert flow.present[0] == pytest.approx(-5 + 0.3 * 500 + first / (1 + r), rel=1e-12)
    assert flow.begins.tolist() == [[0.3, 0.0]]


def test_a_waiting_contract_of_unknown_value_is_left_out():
    found, terms, ends, _ = waiting(8, 24, 0)
    worth = np.ones(8)
    worth[2] = np.nan
    found.upkeep[2] = np.nan
    flow = WaitingCashFlow.of(found, terms, ends, 36, HORIZON, worth=worth)
    assert np.isfinite(flow.expected).all()
    assert not flow.begins[2].any()
    assert flow.begins[3].any()
