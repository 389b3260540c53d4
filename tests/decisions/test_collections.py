"""Contracts without payment: figures by hand, optimal against every other plan, and worth it in simulated money."""

from dataclasses import fields, replace

import numpy as np
import pytest

from clove.decisions.collection_settings import CollectionSettings
from clove.decisions.collections import (
    ACTIONS,
    NO_CONTINUATION,
    NO_RETRIEVAL,
    UNDECIDED,
    continue_parts,
    decide,
    stop_parts,
)
from clove.decisions.lapsed_contracts import LapsedContracts
from clove.decisions.technician_visit import complexity_factors, visit_cost
from clove.kernel.errors import ArgumentRefused
from clove.models.resumption import Resumption
from clove.models.spells import band_codes

CONTINUE, CANCEL, RETRIEVE = range(3)


def one(**changes) -> LapsedContracts:
    """A contract of band B, a month after the month of its lapse."""
    figures = {
        "band": 1,
        "months_lapsed": 1,
        "months_served": 12,
        "clause": 36,
        "fee": 300.0,
        "arrears": 600.0,
        "monthly_cost": 90.0,
        "residual_value": 1_000.0,
        "retrieval_cost": 400.0,
        "remaining_if_resumed": 5_000.0,
        "collected_share": 0.9,
    } | changes
    return LapsedContracts(**{name: np.atleast_1d(np.asarray(value)) for name, value in figures.items()})


def many(count: int, seed: int) -> LapsedContracts:
    rng = np.random.default_rng(seed)
    fee = rng.uniform(149, 450, count)
    return LapsedContracts(
        band=rng.integers(0, 5, count),
        months_lapsed=rng.integers(0, 27, count),
        months_served=rng.integers(1, 50, count),
        clause=rng.choice([24, 36], count),
        fee=fee,
        arrears=fee * rng.integers(1, 4, count),
        monthly_cost=rng.uniform(60, 105, count),
        residual_value=np.where(rng.random(count) < 0.1, np.nan, rng.uniform(0, 2_500, count)),
        retrieval_cost=rng.uniform(200, 1_000, count),
        remaining_if_resumed=(fee * rng.uniform(-1, 25, count))[:, None] * np.linspace(1, 0.7, 25),
        collected_share=rng.uniform(0.85, 1, count),
    )


def test_every_part_of_one_contract_is_as_computed_by_hand():
    # horizon 2: a month later it is stopped, at 13 months served
    decisions = decide(one(), Resumption(), CollectionSettings(horizon=2))
    cancel, retrieve, carry_on = decisions.cancel, decisions.retrieve, decisions.carry_on
    # penalty 0.75 * 300 * 24 = 5400; k 0.75, after retrieval 0.6
    assert [part[0] for part in (cancel.penalty, cancel.arrears, cancel.administration)] == [4_050, 210, -225]
    assert cancel.total == pytest.approx([4_035])
    assert [retrieve.penalty[0], retrieve.hardware[0], retrieve.visit[0]] == pytest.approx([3_240, 800, -400])
    assert retrieve.total == pytest.approx([3_625])
    # p(1) = 0.55 * 1.1 * exp(-0.35) = 0.426336; a month later cancelling brings 0.75 * 5175 + 210 - 225 = 3866.25
    assert decisions.resumption == pytest.approx([0.426336], abs=1e-6)
    assert carry_on.upkeep == pytest.approx([-114])  # 90 + 0.08 * 300
    assert carry_on.remaining == pytest.approx([2_131.682], abs=1e-3)
    assert carry_on.later_invoices == pytest.approx([115.111], abs=1e-3)  # one invoice since the lapse: 270
    assert carry_on.arrears == pytest.approx([230.222], abs=1e-3)  # 540
    assert carry_on.afterwards == pytest.approx([2_197.080], abs=1e-3)  # 0.5736636 * 3866.25 / 1.0094888
    assert carry_on.total == pytest.approx([4_560.095], abs=2e-3)
    assert decisions.action.tolist() == [CONTINUE]
    assert decisions.gain == pytest.approx([525.095], abs=2e-3)
    # p falls by a quarter: 0.106584 times what resuming brings more than waiting on, 5810 - 3829.91
    assert decisions.priority == pytest.approx([211.046], abs=2e-3)
    assert (decisions.stop_month[0], ACTIONS[decisions.stop_action[0]]) == (2, "cancel")


TREE = CollectionSettings(
    horizon=3, annual_discount=0.0, penalty_collected=(1.0,) * 5, arrears_collected=0.5, administration=0.75
)
HALVING = Resumption(0.5, float(np.log(2)), (1.0,) * 5)  # 1/2, 1/4, 1/8
SAPLING = {
    "months_lapsed": 0,
    "months_served": 4,
    "clause": 10,
    "fee": 100.0,
    "arrears": 200.0,
    "monthly_cost": 12.0,
    "residual_value": 500.0,
    "retrieval_cost": 250.0,
    "collected_share": 0.5,
}


def test_a_tree_of_three_months_is_solved_as_by_hand():
    # cancel    475, 400, 325, 250
    # retrieve  535, 475, 415, 355       0.8 * penalty + 100 - 75 + 400 - 250
    # m = 3: stopped, 355
    # m = 2: -20 + (300 + 100 + 180) / 8 + 7/8 * 355 = 363.125 < 415: retrieve
    # m = 1: -20 + (900 + 50 + 180) / 4 + 3/4 * 415 = 573.75 > 475: continue
    # m = 0: -20 + (700 + 0 + 180) / 2 + 1/2 * 573.75 = 706.875 > 535: continue
    remaining = np.array([[700.0, 900.0, 300.0]])
    fresh = decide(one(**SAPLING, remaining_if_resumed=remaining), HALVING, TREE)
    assert fresh.value == pytest.approx([706.875])
    assert fresh.gain == pytest.approx([706.875 - 535])
    assert fresh.priority == pytest.approx([0.25 * 0.5 * (880 - 573.75)])
    assert (fresh.action[0], fresh.stop_month[0], fresh.stop_action[0]) == (CONTINUE, 2, RETRIEVE)
    moved = SAPLING | {"months_lapsed": 1, "months_served": 5}
    later = decide(one(**moved, remaining_if_resumed=remaining[:, 1:]), HALVING, TREE)
    assert later.value == pytest.approx([573.75])
    assert (later.action[0], later.stop_month[0]) == (CONTINUE, 2)
    moved |= {"months_lapsed": 2, "months_served": 6}
    last = decide(one(**moved, remaining_if_resumed=remaining[:, 2:]), HALVING, TREE)
    assert (last.value[0], last.action[0], last.stop_month[0]) == (415, RETRIEVE, 2)
    assert last.priority == pytest.approx([415 - 363.125])  # what waiting a month loses
    assert last.gain == pytest.approx([415 - 363.125])  # the second best is to wait


def test_what_a_missed_contact_loses_ends_where_a_stop_is_better():
    # without contact p is 3/8 and -20 + 3/8 * 680 + 5/8 * 475 = 531.875 is less than to retrieve at once, 535
    settings = replace(TREE, horizon=1)
    decisions = decide(one(**SAPLING, remaining_if_resumed=500.0), HALVING, settings)
    assert decisions.value == pytest.approx([-20 + 680 / 2 + 475 / 2])
    assert decisions.priority == pytest.approx([557.5 - 535])  # not 0.25 * 0.5 * (680 - 475) = 25.6


def test_from_the_horizon_on_contracts_are_stopped_and_waiting_is_still_told():
    resumption = Resumption(p0=0.9, decay=0.0)
    old = decide(one(months_lapsed=np.int64(30)), resumption)
    assert (old.action[0], old.stop_month[0], old.stop_action[0]) == (CANCEL, 30, CANCEL)
    assert old.value == old.cancel.total < old.carry_on.total
    assert old.gain == pytest.approx([4_035 - 3_625])
    assert old.priority == pytest.approx(old.value - old.carry_on.total)
    nearly = decide(one(months_lapsed=np.int64(23)), resumption)
    assert (nearly.action[0], nearly.stop_month[0]) == (CONTINUE, 24)
    columns = {field.name: np.repeat(getattr(one(), field.name), 2) for field in fields(LapsedContracts)}
    beside_a_young_one = decide(LapsedContracts(**columns | {"months_lapsed": np.array([0, 23])}), resumption)
    assert beside_a_young_one.value[1] == nearly.value[0]


def test_the_value_is_that_of_the_best_of_all_plans_with_a_fixed_month():
    contracts, resumption, settings = many(400, 1), Resumption(), CollectionSettings()
    decisions = decide(contracts, resumption, settings)
    best = np.full(400, -np.inf)
    best_month = np.full(400, -1)
    so_far, still_lapsed = np.zeros(400), np.ones(400)
    for ahead in range(25):  # forward: what comes before the stop, and the stop where it is reached
        cancel, retrieve = stop_parts(contracts, settings, ahead)
        lapsed = contracts.months_lapsed + ahead
        plan = so_far + still_lapsed * np.fmax(cancel.total, retrieve.total)
        may = (lapsed <= settings.horizon) | (ahead == 0)
        better = may & (plan > best)
        best, best_month = np.where(better, plan, best), np.where(better, lapsed, best_month)
        chance = resumption.probability(contracts.band, lapsed)
        so_far = so_far + still_lapsed * continue_parts(contracts, settings, chance, np.zeros(400), ahead).total
        still_lapsed = still_lapsed * (1 - chance) / settings.monthly_factor
    assert decisions.value == pytest.approx(best, rel=1e-12)
    assert (decisions.stop_month == best_month).all()
    assert set(decisions.action) == {CONTINUE, CANCEL, RETRIEVE}


def test_no_alternative_is_worth_more_and_the_gain_is_over_the_second():
    contracts = many(5_000, 2)
    decisions = decide(contracts, Resumption())
    young = contracts.months_lapsed < 24
    waiting = np.where(young, decisions.carry_on.total, -np.inf)
    fetching = np.where(np.isnan(decisions.retrieve.total), -np.inf, decisions.retrieve.total)
    totals = np.stack([waiting, decisions.cancel.total, fetching])
    assert (decisions.value == totals.max(axis=0)).all()
    ranked = np.sort(totals, axis=0)
    known = np.isfinite(ranked[1])
    assert decisions.gain[known] == pytest.approx((ranked[2] - ranked[1])[known], abs=1e-9)
    assert np.isnan(decisions.gain[~known]).all()  # old and nothing to retrieve: there is no second
    assert (decisions.priority[young & (decisions.action != CONTINUE)] >= 0).all()


@pytest.mark.parametrize(
    ("name", "change"),
    [("arrears", 100.0), ("residual_value", 300.0), ("remaining_if_resumed", 500.0), ("clause", 6)],
)
def test_more_to_win_is_never_worth_less(name, change):
    contracts = many(3_000, 3)
    before = decide(contracts, Resumption())
    after = decide(replace(contracts, **{name: getattr(contracts, name) + change}), Resumption())
    assert (after.value >= before.value - 1e-9).all()
    assert (after.value > before.value + 1e-9).any()
    if name == "arrears":
        assert after.cancel.total - before.cancel.total == pytest.approx(np.full(3_000, 35.0))
    if name == "remaining_if_resumed":
        assert (after.stop_month >= before.stop_month).all()
    if name == "residual_value":
        assert (after.action[before.action == RETRIEVE] != CANCEL).all()


@pytest.mark.parametrize("name", ["monthly_cost", "retrieval_cost"])
def test_higher_costs_are_never_worth_more(name):
    contracts = many(3_000, 4)
    before = decide(contracts, Resumption())
    after = decide(replace(contracts, **{name: getattr(contracts, name) + 50.0}), Resumption())
    assert (after.value <= before.value + 1e-9).all()
    if name == "monthly_cost":
        assert (after.stop_month <= before.stop_month).all()


def test_without_a_clause_there_is_no_penalty():
    free = decide(one(clause=0), Resumption())
    assert (free.cancel.penalty[0], free.retrieve.penalty[0]) == (0, 0)
    assert free.cancel.total == pytest.approx([210 - 225])


def test_a_visit_costs_labour_and_travel_by_complexity():
    factor = complexity_factors(np.array(["standard", "complex", "premium", None], dtype=object))
    labour, distance = np.full(4, 200.0), np.array([20.0, 20.0, 0.0, 20.0])
    assert visit_cost(labour, distance, factor)[:3] == pytest.approx([270, 405, 360])
    assert np.isnan(visit_cost(labour, distance, factor)[3])
    with pytest.raises(ArgumentRefused, match="row 0: 'hard' is no complexity"):
        complexity_factors(np.array(["hard"]))


def test_order_and_company_change_nothing():
    contracts = many(40_000, 5)  # several blocks
    whole = decide(contracts, Resumption())
    some = contracts.take(slice(20_000, 20_100))
    alone = decide(some, Resumption())
    for field in ("value", "action", "gain", "priority", "stop_month", "stop_action"):
        assert np.array_equal(getattr(whole, field)[20_000:20_100], getattr(alone, field), equal_nan=True)
    assert decide(contracts.take(slice(0, 0)), Resumption()).value.shape == (0,)


def test_one_value_for_all_months_is_that_value_in_each():
    table = one(remaining_if_resumed=np.full((1, 23), 5_000.0))
    assert decide(table, Resumption()).value == decide(one(), Resumption()).value


def test_what_is_unknown_is_told_and_never_counted_as_nothing():
    unknown = np.nan
    no_hardware = decide(one(residual_value=unknown), Resumption())
    assert np.isnan(no_hardware.retrieve.total).all()
    assert (no_hardware.action[0], no_hardware.no_continuation[0]) == (CONTINUE, 0)
    assert "nothing to retrieve" in NO_RETRIEVAL[no_hardware.no_retrieval[0]]
    assert "cost of retrieving" in NO_RETRIEVAL[decide(one(retrieval_cost=unknown), Resumption()).no_retrieval[0]]
    for name, words in (("monthly_cost", "monthly cost"), ("remaining_if_resumed", "value after payment resumes")):
        undecided = decide(one(**{name: unknown}), Resumption())
        assert undecided.action.tolist() == undecided.stop_action.tolist() == [UNDECIDED]
        assert words in NO_CONTINUATION[undecided.no_continuation[0]]
        for column in ("value", "gain", "priority", "stop_month"):
            assert np.isnan(getattr(undecided, column)).all()
        assert undecided.cancel.total == pytest.approx([4_035])
        old = decide(one(**{name: unknown, "months_lapsed": 24}), Resumption())
        assert old.action.tolist() == [CANCEL]  # continuing is no option any more
    for name, words in (("fee", "fee is unknown"), ("arrears", "what is owed")):
        for months in (1, 24, 30):
            undecided = decide(one(**{name: unknown, "months_lapsed": months}), Resumption())
            assert undecided.action.tolist() == undecided.stop_action.tolist() == [UNDECIDED]
            assert words in NO_CONTINUATION[undecided.no_continuation[0]]
            for column in ("value", "gain", "priority", "stop_month"):
                assert np.isnan(getattr(undecided, column)).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"band": 7}, "band, row 0: 7"),
        ({"arrears": -1.0}, "arrears, row 0: -1"),
        ({"fee": -300.0}, "fee"),
        ({"fee": np.inf}, "fee"),
        ({"clause": -1}, "clause"),
        ({"months_lapsed": -1}, "months_lapsed"),
        ({"months_lapsed": 1.0}, "whole numbers"),
        ({"residual_value": -5.0}, "residual_value.*nan where it is unknown"),
        ({"collected_share": 1.2}, "collected_share.*from 0 to 1"),
        ({"arrears": [1.0, 2.0]}, "shape"),
    ],
)
def test_figures_that_no_contract_can_have_are_refused(changes, words):
    with pytest.raises(ArgumentRefused, match=words):
        one(**changes)


def test_settings_and_reach_are_checked():
    with pytest.raises(ArgumentRefused, match="3 shares"):
        CollectionSettings(penalty_collected=(0.5, 0.5, 0.5))
    with pytest.raises(ArgumentRefused, match=r"contact.*not within"):
        CollectionSettings(contact=1.5)
    with pytest.raises(ArgumentRefused, match="horizon"):
        CollectionSettings(horizon=0)
    with pytest.raises(ArgumentRefused, match="2 months, 23 are needed"):
        decide(one(remaining_if_resumed=np.ones((1, 2))), Resumption())
    with pytest.raises(ArgumentRefused, match="no credit band"):
        one(band=band_codes(np.array(["Z"])))


def test_every_setting_moves_a_decision():
    contracts = many(2_000, 6)
    usual = decide(contracts, Resumption())
    for field in fields(CollectionSettings):
        changed = getattr(CollectionSettings(), field.name)
        changed = tuple(0.9 * k for k in changed) if isinstance(changed, tuple) else type(changed)(0.5 * changed)
        other = decide(contracts, Resumption(), replace(CollectionSettings(), **{field.name: changed}))
        column = "priority" if field.name == "contact" else "value"
        assert np.nanmax(np.abs(getattr(other, column) - getattr(usual, column))) > 1, field.name


class World:
    """What comes of lapsed contracts month by month, whatever is done: the same luck for every plan."""

    def __init__(self, contracts: LapsedContracts, truth: Resumption, seed: int) -> None:
        rng = np.random.default_rng(seed)
        shape = (len(contracts), 40)
        self.contracts, self.settings, self.truth = contracts, CollectionSettings(), truth
        self.luck = rng.random(shape)
        self.after = rng.gamma(2.0, 0.5, len(contracts))  # how the remaining value turns out
        self.pays = {name: rng.random(len(contracts)) for name in ("penalty", "arrears", "back", "later", "hardware")}

    def money(self, stop_month: np.ndarray, stop_action: np.ndarray) -> np.ndarray:
        """Discounted, of each contract, when it is followed until the month given and then stopped so."""
        c, s = self.contracts, self.settings
        money, lapsed = np.zeros(len(c)), np.ones(len(c), bool)
        kept = s.collected(c.band) * np.where(stop_action == RETRIEVE, s.kept_after_retrieval, 1.0)
        hardware = np.where(self.pays["hardware"] < s.retrieval_success, c.residual_value, 0.0) - c.retrieval_cost
        for ahead in range(40):
            month, factor = c.months_lapsed + ahead, s.monthly_factor**-ahead
            stop = lapsed & (month >= stop_month)
            penalty = s.penalty(c.fee, c.clause, c.months_served + ahead) * (self.pays["penalty"] < kept)
            arrears = c.arrears * (self.pays["arrears"] < s.arrears_collected)
            fetched = np.where(stop_action == RETRIEVE, hardware, 0.0)
            money += np.where(stop, factor * (penalty + arrears - s.administration * c.fee + fetched), 0.0)
            lapsed &= ~stop
            money -= np.where(lapsed, factor * (c.monthly_cost + s.agents * c.fee), 0.0)
            back = lapsed & (self.luck[:, ahead] < self.truth.probability(c.band, month))
            came = (
                self.after * c.remaining_after(min(ahead, 24))
                + c.arrears * (self.pays["back"] < s.arrears_on_resumption)
                + c.fee * month * (self.pays["later"] < c.collected_share)
            )
            money += np.where(back, factor * came, 0.0)
            lapsed &= ~back
        return money


def test_the_advice_beats_every_single_rule_in_simulated_money():
    truth = Resumption(0.5, 0.3, (1.3, 1.1, 0.9, 0.6, 0.9))
    rng = np.random.default_rng(8)
    past = truth.simulate(rng.integers(0, 5, 4_000), rng.integers(1, 25, 4_000), 9)
    believed = Resumption.fit(past, refit_multipliers=True)  # decided on what history tells, judged by the truth
    drawn = many(6_000, 10)
    contracts = replace(
        drawn,
        months_lapsed=rng.integers(0, 24, 6_000),
        residual_value=np.nan_to_num(drawn.residual_value, nan=0.0),
    )
    world = World(contracts, truth, 11)
    advice = decide(contracts, believed)
    assert np.bincount(advice.action).min() > 300  # all three are advised
    advised = world.money(advice.stop_month, advice.stop_action)
    noise = (advised - advice.value).std() / np.sqrt(6_000)
    assert advised.mean() == pytest.approx(advice.value.mean(), abs=4 * noise)  # it brings what was promised
    now = contracts.months_lapsed
    rules = {
        "continue": (np.full(6_000, 24), np.full(6_000, CANCEL)),
        "cancel": (now, np.full(6_000, CANCEL)),
        "retrieve": (now, np.full(6_000, RETRIEVE)),
    }
    resampled = rng.integers(0, 6_000, (1_000, 6_000))
    for rule, (month, action) in rules.items():
        better = advised - world.money(month, action)
        low, high = np.quantile(better[resampled].mean(axis=1), [0.025, 0.975])
        assert 0 < low < high, rule
