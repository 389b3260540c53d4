"""Intervals of contracts: against exact integrals, against worlds simulated here, and what they may not depend on."""

from dataclasses import fields

import numpy as np
import pytest
from scipy.stats import kstest

from clove.kernel.errors import ArgumentRefused
from clove.models.tenure_hazard import TenureHazard
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import ContractIntervals, Spreads
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import ContractValue
from clove.valuation.order_statistics import quantile

EXACT = Spreads(ends=0.0, cash=0.0)


def portfolio(n, seed=4, **changes):
    rng = np.random.default_rng(seed)
    served = rng.integers(0, 60, n)
    given = {
        "fee": rng.uniform(150, 400, n),
        "cost": rng.uniform(50, 120, n),
        "upfront": 2500.0,
        "collected": rng.uniform(0.7, 1.0, n),
        "penalty_collected": rng.uniform(0.0, 0.5, n),
        "clause": rng.choice([0, 24, 36], n),
        "served": served,
        "realised": rng.normal(1000, 500, n),
    }
    terms = ContractTerms.of(np.char.add("contract ", np.arange(n).astype(str)), **given | changes)
    hazard = TenureHazard.given(rng.uniform(0.005, 0.05, (6, 60)))
    return terms, ContractEnds.of(hazard, rng.integers(0, 6, n), terms.served)


def copies(n, **changes):
    given = {"fee": 200.0, "cost": 80.0, "upfront": 2000.0, "collected": 0.9, "penalty_collected": 0.4, "clause": 36}
    ids = np.char.add("copy ", np.arange(n).astype(str))
    return ContractTerms.of(ids, **given | changes), ContractEnds.constant(0.03, n)


def per_contract(found):
    names = [field.name for field in fields(found) if not field.name.endswith("totals")]
    return np.stack([getattr(found, name) for name in names])


def test_the_mean_of_the_draws_is_the_integral_of_the_closed_form():
    """Over q: the expectation of the closed form under a normal factor cut at 0. Over cash: nothing."""
    n = 400
    terms, _ = copies(n)
    found = ContractIntervals.of(terms, ContractEnds.constant(0.03, n), outcomes=False)
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    q = 0.03 * np.maximum(1 + 0.25 * z, 0)
    closed = ContractValue.of(copies(60)[0], ContractEnds.constant(q)).remaining_value
    exact = (weight * closed).sum() / weight.sum()
    assert found.remaining_totals.mean() / n == pytest.approx(exact, rel=2e-3)
    # and not simply the closed form at the estimate, which a convex curve exceeds
    at_estimate = ContractValue.of(terms, ContractEnds.constant(0.03, n)).remaining_value[0]
    assert found.remaining_totals.mean() / n > at_estimate * 1.005


def test_without_spread_the_draws_are_the_closed_form():
    terms, ends = portfolio(300)
    found = ContractIntervals.of(terms, ends, spreads=EXACT, outcomes=False)
    value = ContractValue.of(terms, ends)
    for one in (found.remaining_p10, found.remaining_p90):
        assert one == pytest.approx(value.remaining_value, rel=1e-9)
    assert found.remaining_totals[0] == pytest.approx(value.remaining_value.sum(), rel=1e-9)
    assert found.ltv_totals[0] == pytest.approx(value.ltv.sum(), rel=1e-9)


def test_cash_alone_has_the_quantiles_of_its_normal():
    terms, ends = portfolio(300)
    found = ContractIntervals.of(terms, ends, spreads=Spreads(ends=0.0), outcomes=False)
    value = ContractValue.of(terms, ends).remaining_value
    low, high = found.remaining_p10 / value, found.remaining_p90 / value
    # a value below 0 has its P10 where a value above 0 has its P90
    low, high = np.minimum(low, high), np.maximum(low, high)
    assert low.mean() == pytest.approx(1 - 0.15 * 1.2816, abs=0.003)
    assert high.mean() == pytest.approx(1 + 0.15 * 1.2816, abs=0.003)
    assert low.std() < 0.02


def test_ltv_is_the_remaining_value_and_a_constant():
    terms, ends = portfolio(200)
    found = ContractIntervals.of(terms, ends)
    constant = terms.realised - terms.upfront
    assert found.ltv_p10 - found.remaining_p10 == pytest.approx(constant)
    assert found.ltv_p90 - found.remaining_p90 == pytest.approx(constant)
    assert found.ltv_totals[0] - found.remaining_totals[0] == pytest.approx(np.full(200, constant.sum()))
    assert (found.remaining_p10 < found.remaining_p90).all()


def test_errors_that_are_common_do_not_average_out():
    terms, ends = copies(2_000)

    def width(common):
        totals = ContractIntervals.of(terms, ends, spreads=Spreads(common=common), outcomes=False).remaining_totals
        low, high = np.quantile(totals[0], [0.1, 0.9])
        return (high - low) / totals.mean()

    apart, half, together = width(0.0), width(0.5), width(1.0)
    assert apart < 0.05 * together
    assert half == pytest.approx(together * np.sqrt(0.5), rel=0.12)
    one = ContractIntervals.of(terms, ends, outcomes=False)
    alone = (one.remaining_p90 - one.remaining_p10).mean() / one.remaining_totals.mean() * 2_000
    assert alone == pytest.approx(together, rel=0.05)


def test_intervals_depend_neither_on_order_nor_on_blocks_nor_on_company(monkeypatch):
    terms, ends = portfolio(400)
    actual = np.random.default_rng(1).normal(3000, 2000, 400)
    found = ContractIntervals.of(terms, ends, actual=actual)
    whole = per_contract(found)
    order = np.random.default_rng(2).permutation(400)
    shuffled = ContractIntervals.of(terms.take(order), ends.take(order), actual=actual[order])
    assert per_contract(shuffled).tobytes() == whole[:, order].tobytes()
    some = slice(100, 107)
    few = ContractIntervals.of(terms.take(some), ends.take(some), actual=actual[some])
    assert per_contract(few).tobytes() == whole[:, some].tobytes()
    # the expectation is the same whether or not outcomes are drawn beside it
    without = ContractIntervals.of(terms, ends, outcomes=False)
    assert without.remaining_p10.tobytes() == found.remaining_p10.tobytes()
    assert np.isnan(without.outcome_p10).all()
    monkeypatch.setattr("clove.valuation.contract_intervals.DRAWN", 37)
    in_blocks = ContractIntervals.of(terms, ends, actual=actual)
    assert per_contract(in_blocks).tobytes() == whole.tobytes()
    assert in_blocks.remaining_totals == pytest.approx(found.remaining_totals, rel=1e-12)
    other = ContractIntervals.of(terms, ends, seed=2)
    assert (other.remaining_p10 != found.remaining_p10).all()


def test_groups_add_up_to_the_portfolio_in_every_draw():
    terms, ends = portfolio(300)
    group = np.arange(300) % 3
    worth = np.array([1.0, 0.13, 2.0])[group]
    grouped = ContractIntervals.of(terms, ends, group=group, groups=3, worth=worth)
    whole = ContractIntervals.of(terms, ends, worth=worth)
    for name in ("remaining_totals", "ltv_totals", "outcome_totals"):
        assert getattr(grouped, name).shape == (3, 200)
        assert getattr(grouped, name).sum(axis=0) == pytest.approx(getattr(whole, name)[0], rel=1e-9)
    mine = group == 1
    alone = ContractIntervals.of(terms.take(np.flatnonzero(mine)), ends.take(np.flatnonzero(mine)))
    assert grouped.remaining_totals[1] == pytest.approx(0.13 * alone.remaining_totals[0], rel=1e-9)


def test_a_segment_that_is_known_worse_than_the_default_has_the_wider_interval():
    terms, _ = copies(300)

    def width(error):
        hazard = TenureHazard.given([0.03], error)
        ends = ContractEnds.of(hazard, np.zeros(300, np.int64), terms.served)
        found = ContractIntervals.of(terms, ends, spreads=Spreads(cash=0.0), outcomes=False)
        return (found.remaining_p90 - found.remaining_p10).mean()

    assert width(0.1) == width(0.0)
    assert width(0.5) > 1.7 * width(0.0)


def simulated(terms, ends, horizon, seed):
    """What the contracts then bring, by the rules written out once more: month by month, all contracts at once."""
    rng = np.random.default_rng(seed)
    q = ends.probabilities(horizon.months)
    alive, total = np.ones(len(terms), dtype=bool), np.zeros(len(terms))
    share = 0.675
    for t in range(horizon.months):
        ending = alive & (rng.random(len(terms)) < q[:, t])
        alive &= ~ending
        left = np.maximum(terms.clause - terms.served - t, 0)
        some = rng.random(len(terms)) < terms.penalty_collected / share
        cash = ending * some * share * 0.75 * terms.fee * left
        stolen = rng.random(len(terms)) < 0.036 / 12 * 0.72
        fee_paid = rng.random(len(terms)) < 0.9
        paid = rng.random(len(terms)) < terms.collected
        cash += alive * (terms.fee * paid - terms.cost + stolen * (10 * terms.fee * fee_paid - 3 * terms.fee))
        total += cash * horizon.discount()[t]
    return total


def test_what_comes_falls_evenly_into_its_distribution_where_hazards_are_known():
    terms, ends = portfolio(8_000, seed=7)
    horizon = Horizon(36)
    came = simulated(terms, ends, horizon, 8)
    found = ContractIntervals.of(terms, ends, horizon, spreads=EXACT, actual=came)
    assert kstest(found.outcome_pit, "uniform").statistic < 0.02
    assert 0.085 < (came < found.outcome_p10).mean() < 0.115
    assert 0.085 < (came > found.outcome_p90).mean() < 0.115
    # a world whose ends are half as likely again is told from it
    worse = simulated(terms, ContractEnds(**{**_fields(ends), "factor": ends.factor * 1.5}), horizon, 9)
    told = ContractIntervals.of(terms, ends, horizon, spreads=EXACT, actual=worse)
    assert kstest(told.outcome_pit, "uniform").statistic > 0.05


def _fields(ends):
    return {field.name: getattr(ends, field.name) for field in fields(ends)}


def test_ties_with_what_came_are_drawn_by_lot():
    """Everything is paid and nothing stolen: what comes is one of few amounts, each of them with mass."""
    terms, ends = portfolio(6_000, seed=3, collected=1.0, penalty_collected=0.0, theft_rate=0.0)
    horizon = Horizon(4)
    # summed in another order than the draws are
    rng = np.random.default_rng(5)
    lives = np.cumprod(rng.random((6_000, 4)) >= ends.probabilities(4), axis=1)
    came = (lives * horizon.discount())[:, ::-1].sum(axis=1) * (terms.fee - terms.cost)
    pit = ContractIntervals.of(terms, ends, horizon, spreads=EXACT, actual=came).outcome_pit
    assert kstest(pit, "uniform").statistic < 0.025


def test_outcomes_have_the_mean_of_the_closed_form():
    terms, ends = portfolio(4_000, seed=6)
    found = ContractIntervals.of(terms, ends, spreads=EXACT)
    value = ContractValue.of(terms, ends)
    assert found.outcome_totals.mean() == pytest.approx(value.remaining_value.sum(), rel=2e-3)
    # chance averages out over a portfolio, and an outcome is less sure than an expectation
    assert found.outcome_totals.std() / found.outcome_totals.mean() < 0.02
    wide = ContractIntervals.of(terms, ends)
    assert (wide.outcome_p90 - wide.outcome_p10).mean() > 2 * (wide.remaining_p90 - wide.remaining_p10).mean()


def test_a_contract_that_surely_ends_brings_its_penalty_or_nothing():
    terms, _ = copies(50, penalty_collected=1.0)
    ends = ContractEnds.constant(1.0, 50)
    found = ContractIntervals.of(terms, ends, spreads=EXACT)
    due = 0.75 * 200 * 36 * Horizon().discount()[0]
    assert found.outcome_p10 == pytest.approx(np.full(50, due))
    assert found.outcome_p90 == pytest.approx(np.full(50, due))
    half = ContractIntervals.of(copies(50, penalty_collected=0.3375)[0], ends, spreads=EXACT)
    assert half.outcome_p10 == pytest.approx(np.zeros(50))
    assert half.outcome_p90 == pytest.approx(np.full(50, 0.675 * due))


def test_a_payment_and_a_recovery_are_two_coins():
    """Each brings 100 with chance 1/4, so both with 1/16: less than the tenth above P90."""
    terms, _ = copies(
        500,
        fee=100.0,
        cost=0.0,
        collected=0.25,
        clause=0,
        theft_rate=12.0,
        recovered=0.25,
        recovery_fee=100.0,
        recovery_collected=1.0,
        recovery_cost=0.0,
    )
    found = ContractIntervals.of(terms, ContractEnds.constant(0.0, 500), Horizon(1, 0.0), spreads=EXACT)
    assert np.median(found.outcome_p90) == pytest.approx(100)
    assert found.outcome_totals.mean() / 500 == pytest.approx(50, rel=0.01)
    assert found.outcome_totals.std() / np.sqrt(500) == pytest.approx(100 * np.sqrt(2 * 3 / 16), rel=0.15)
    # and the recovery's fee is a third
    never = ContractTerms.of(
        terms.contract_id,
        fee=100.0,
        cost=0.0,
        collected=0.0,
        theft_rate=12.0,
        recovered=0.5,
        recovery_fee=100.0,
        recovery_collected=0.5,
        recovery_cost=0.0,
    )
    half = ContractIntervals.of(never, ContractEnds.constant(0.0, 500), Horizon(1, 0.0), spreads=EXACT)
    assert half.outcome_totals.mean() / 500 == pytest.approx(25, rel=0.02)


def test_what_is_unknown_stays_unknown_and_out_of_the_totals():
    terms, ends = copies(4, upfront=[2000.0, np.nan, 2000.0, 2000.0], cost=[80.0, 80.0, np.nan, 80.0])
    found = ContractIntervals.of(terms, ends, actual=np.array([np.nan, 1.0, 1.0, 1.0]))
    assert np.isnan(found.remaining_p10).tolist() == [False, False, True, False]
    assert np.isnan(found.ltv_p90).tolist() == [False, True, True, False]
    assert np.isnan(found.outcome_p10).tolist() == [False, False, True, False]
    assert np.isnan(found.outcome_pit).tolist() == [True, False, True, False]
    assert np.isfinite(found.remaining_totals).all()
    known = terms.take(np.array([0, 3])), ends.take(np.array([0, 3]))
    assert found.ltv_totals == pytest.approx(ContractIntervals.of(*known).ltv_totals)
    nobody = ContractIntervals.of(terms.take(slice(0, 0)), ends.take(slice(0, 0)))
    assert nobody.remaining_p10.size == 0
    assert not nobody.remaining_totals.any()


@pytest.mark.parametrize("level", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_quantile_is_numpys(level):
    rng = np.random.default_rng(1)
    for values in (
        rng.normal(0, 1e6, 200),
        rng.integers(0, 5, 200).astype(float),
        np.where(rng.random(201) < 0.9, 0.0, rng.lognormal(5, 2, 201)),
        np.full(7, -3.0),
        np.array([1.0, 1e300]),
        -rng.lognormal(0, 30, 50),
    ):
        assert quantile(values, level) == pytest.approx(np.quantile(values, level), rel=1e-12)
    assert np.isnan(quantile(np.array([1.0, np.nan, 2.0]), level))


def test_shared_draws_are_even_in_each_and_in_both():
    for seed in range(5):
        shared = Spreads().shared(seed)
        assert shared.mean(axis=1) == pytest.approx([0, 0], abs=1e-12)
        assert shared.std(axis=1) == pytest.approx([1, 1])
        assert abs(np.corrcoef(shared)[0, 1]) < 0.05


@pytest.mark.parametrize("wrong", [{"draws": 1}, {"ends": -0.1}, {"cash": np.inf}, {"common": 1.1}])
def test_spreads_that_cannot_be_are_refused(wrong):
    with pytest.raises(ArgumentRefused):
        Spreads(**wrong)
