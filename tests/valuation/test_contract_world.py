"""The simulated portfolio lives by the rules it states."""

import numpy as np
import pytest

from clove.kernel.errors import ArgumentRefused
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import ContractIntervals, Spreads
from clove.valuation.contract_terms import ContractTerms, Horizon
from clove.valuation.contract_value import ContractValue
from clove.valuation.contract_world import ContractWorld, Happenings, policy_outcome
from clove.valuation.contract_world.month import THEFT
from clove.valuation.contract_world.state import LAPSED, PARTS, SUSPENDED
from clove.workflows.simulate_contracts import shipped_market

QUIET = Happenings(fee_changes=False, lapses=False, interventions=False, hazards_known=True)
HORIZON = 60


@pytest.fixture(scope="module")
def world():
    return ContractWorld.simulate(20_000, 7, shipped_market())


@pytest.fixture(scope="module")
def events(world):
    return {name: world.journal.take(name) for name in ("invoices", "risk", "thefts", "ends", "interventions", "fees")}


@pytest.fixture(scope="module")
def quiet():
    return ContractWorld.simulate(9_000, 3, shipped_market(), happenings=QUIET)


def surprise(happened, chance):
    """How far a count lies from its expectation, in standard deviations."""
    return (happened.sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum())


def test_quotes_convert_by_their_price_in_rand(world):
    quotes, market = world.quotes, world.market
    assert quotes.converted.sum() == 20_000
    chance = market.alpha[quotes.segment] * np.exp(-market.beta[quotes.segment] * quotes.price_zar)
    assert abs(surprise(quotes.converted, chance)) < 4
    for share in (quotes.price < 0.9 * quotes.list_price, quotes.price > 1.1 * quotes.list_price):
        assert share.mean() > 0.1
        assert abs(surprise(quotes.converted[share], chance[share])) < 4
    for segment in np.argsort(np.bincount(quotes.segment))[-5:]:
        mine = quotes.segment == segment
        tilt = quotes.price_zar[mine] - quotes.price_zar[mine].mean()
        score = ((quotes.converted[mine] - chance[mine]) * tilt).sum()
        assert abs(score) < 4 * np.sqrt((chance[mine] * (1 - chance[mine]) * tilt**2).sum())


def test_rates_drift_to_those_of_the_market(world):
    assert world.rates[:, -1] == pytest.approx(world.market.rand)
    steps = np.diff(np.log(world.rates), axis=1)
    assert np.abs(steps).max() < 0.05
    assert (world.rates[world.market.currency == "ZAR"] == 1).all()
    assert (world.rates[world.market.currency == "NGN", 0] > world.rates[world.market.currency == "NGN", -1]).all()


def test_lapses_are_cured_as_stated(events):
    risk = events["risk"]
    chance = np.minimum(1, 0.55 * np.array([1.4, 1.1, 0.85, 0.55, 0.90])[risk["band"]] * np.exp(-0.35 * risk["lapsed"]))
    for months in range(6):
        at = risk["lapsed"] == months
        assert at.sum() > 200
        assert abs(surprise(risk["resumed"][at], chance[at])) < 4
    for band in range(5):
        assert abs(surprise(risk["resumed"][risk["band"] == band], chance[risk["band"] == band])) < 4


def test_vehicles_are_stolen_and_recovered_as_stated(events):
    invoices, thefts = events["invoices"], events["thefts"]
    served = invoices["spell"] < 0
    begun = invoices["month"] == invoices["spell"] % 1000  # a month in which a lapse began was in service too
    months = (served | begun).sum() + (~thefts["recovered"]).sum()
    assert thefts["month"].size / months == pytest.approx(0.003, abs=4 * np.sqrt(0.003 / months))
    assert abs(surprise(thefts["recovered"], np.full(thefts["recovered"].size, 0.72))) < 4
    found = thefts["recovered"]
    assert thefts["charged"][~found].sum() == thefts["cost"][~found].sum() == 0
    assert thefts["cost"][found] == pytest.approx(0.3 * thefts["charged"][found], abs=0.01)
    paid = thefts["collected"][found] > 0
    assert abs(surprise(paid, np.full(paid.size, 0.9))) < 4


def test_penalties_are_due_and_collected_as_stated(world, events):
    ends = events["ends"]
    who = ends["contract"]
    stolen = ends["reason"] == THEFT
    assert not ends["due"][stolen].any()
    left = np.maximum(world.book.clause[who] - (ends["month"] - world.book.start[who] - 1), 0)
    due = 0.75 * world.state.fee[who] * left
    assert ends["due"][~stolen] == pytest.approx(due[~stolen], abs=0.006)
    willing = (ends["reason"] < 5) & (ends["due"] > 0)
    for band, share in enumerate((0.85, 0.75, 0.60, 0.40, 0.60)):
        mine = willing & (world.book.band[who] == band)
        rate = ends["collected"][mine] / ends["due"][mine]
        assert rate.mean() == pytest.approx(share, abs=4 * rate.std() / np.sqrt(mine.sum()) + 1e-4)


def test_the_trial_is_random_and_works(world, events):
    trial = events["interventions"]
    assert abs(surprise(trial["treated"], np.full(trial["treated"].size, 0.5))) < 4
    watched = trial["on_notice"] & (trial["month"] < world.calendar.months - 1)
    end = world.state.end_month[trial["contract"]]
    left = (end == trial["month"] + 1)[watched]
    treated = trial["treated"][watched]
    assert left[treated].mean() == pytest.approx(0.50, abs=0.08)
    assert left[~treated].mean() == pytest.approx(0.80, abs=0.08)
    assert (trial["cost"][trial["treated"]] > 0).all()
    assert not trial["cost"][~trial["treated"]].any()


def test_the_probability_of_an_end_next_month_is_exact(world):
    chance = world.next_end()
    runs = 20
    ended = sum((world.after(1, replicate=r).end_month == 1).astype(float) for r in range(runs))
    edges = np.array([0, 0.005, 0.01, 0.02, 0.05, 0.2, 0.5, 1])
    group = np.digitize(chance, edges)
    for which in np.unique(group):
        mine = group == which
        spread = np.sqrt(runs * (chance[mine] * (1 - chance[mine])).sum())
        assert abs(ended[mine].sum() - runs * chance[mine].sum()) < 4 * spread


def test_neither_company_nor_order_matters(world):
    some = world.living[::7][::-1]
    alone, every = world.after(24, contracts=some), world.after(24)
    at = np.searchsorted(every.contract, some)
    assert (alone.cash == every.cash[at]).all()
    assert (alone.end_month == every.end_month[at]).all()
    small = ContractWorld.simulate(600, 7, world.market)
    for name in ("status", "fee", "lateness", "end_month", "arrears"):
        assert (getattr(small.state, name) == getattr(world.state, name)[:600]).all(), name
    assert (small.book.first_fee == world.book.first_fee[:600]).all()
    other = ContractWorld.simulate(600, 8, world.market)
    assert (other.book.first_fee != small.book.first_fee).any()


def test_known_hazards_are_those_by_which_contracts_end(quiet):
    hazards = quiet.calm_ends(HORIZON)
    end = quiet.after(HORIZON).end_month
    for months in (slice(0, 3), slice(3, 12), slice(12, 30), slice(30, HORIZON)):
        number = np.arange(1, HORIZON + 1)[months]
        here = (end[:, None] == 0) | (end[:, None] >= number)
        assert abs(surprise((end[:, None] == number)[here], hazards[:, months][here])) < 4


def known(world):
    """The truth of a quiet world as terms and ends of its living contracts."""
    who = world.living
    book, served = world.book.take(who), world.served[who]
    terms = ContractTerms.of(
        np.char.add("K", who.astype(str)),
        fee=world.state.fee[who],
        cost=book.monthly_cost,
        collected=book.own_share,
        penalty_collected=world.penalty_share(HORIZON),
        clause=book.clause,
        served=served,
    )
    table = np.zeros((who.size, served.max() + HORIZON))
    table[np.arange(who.size)[:, None], served[:, None] + np.arange(HORIZON)] = world.calm_ends(HORIZON)
    unknown = np.full(who.size, np.nan)
    ends = ContractEnds(table, np.arange(who.size), served, np.ones(who.size), unknown, np.zeros(who.size))
    return terms, ends


def test_what_comes_lies_evenly_in_its_distribution_where_hazards_are_known(quiet):
    from scipy.stats import kstest

    terms, ends = known(quiet)
    came = quiet.after(HORIZON).remaining
    exact = Spreads(ends=0.0, cash=0.0)
    drawn = ContractIntervals.of(terms, ends, Horizon(HORIZON), spreads=exact, actual=came)
    assert len(terms) >= 5_000
    assert kstest(drawn.outcome_pit, "uniform").statistic <= 0.03
    assert np.mean((came >= drawn.outcome_p10) & (came <= drawn.outcome_p90)) == pytest.approx(0.80, abs=0.03)


def test_what_comes_adds_up_to_the_closed_form_where_hazards_are_known(quiet):
    terms, ends = known(quiet)
    value = ContractValue.of(terms, ends, Horizon(HORIZON))
    rand = quiet.book.rand[quiet.living]
    runs = [quiet.after(HORIZON, replicate=r) for r in range(6)]
    for i, name in enumerate(("subscription_pv", "penalty_pv", "recovery_pv", "cost_pv")):
        sign = -1 if name == "cost_pv" else 1
        gaps = np.mean([sign * run.parts[i] for run in runs], axis=0) - getattr(value, name)
        gap = gaps * rand
        assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(gap.size), name


def test_what_is_off_does_not_happen(quiet):
    nothing = ContractWorld.simulate(
        500, 1, shipped_market(), happenings=Happenings(False, False, False, False, hazards_known=True)
    )
    for name in ("fees", "lapses", "interventions", "thefts", "spells", "requests", "statuses"):
        assert not nothing.journal.take(name), name
    assert nothing.journal.take("invoices")
    assert quiet.journal.take("thefts")
    assert not quiet.in_state(LAPSED, SUSPENDED).any()


def test_months_served_and_money_to_date_are_those_of_the_invoices(world, events):
    invoices = events["invoices"]
    served = np.bincount(invoices["contract"], minlength=20_000)
    assert (served <= world.served.clip(min=0)).all()  # a suspended month has no invoice
    assert (served == world.served.clip(min=0)).mean() > 0.95
    costs = world.realised[PARTS.index("cost")]
    assert (costs[served > 0] < 0).all()


def test_each_way_to_treat_a_lapsed_contract_is_the_best_for_some(world):
    lapsed = np.flatnonzero(world.state.status == LAPSED)
    whole = np.full(lapsed.size, 24)
    money = np.mean(
        [
            [
                policy_outcome(world, lapsed, months, np.full(lapsed.size, retrieve), replicate=r)
                for months, retrieve in ((whole, False), (0 * whole, False), (0 * whole, True))
            ]
            for r in range(6)
        ],
        axis=0,
    )
    best = np.bincount(np.argmax(money, axis=0), minlength=3)
    assert (best >= 0.05 * lapsed.size).all()


def test_a_stop_now_brings_what_is_due_now(world):
    lapsed = np.flatnonzero(world.state.status == LAPSED)
    zero = np.zeros(lapsed.size, dtype=np.int64)
    runs = [policy_outcome(world, lapsed, zero, zero > 0, months=1, replicate=r) for r in range(60)]
    book, state = world.book.take(lapsed), world.state.take(lapsed)
    share = np.array([0.85, 0.75, 0.60, 0.40, 0.60])[book.band]
    due = 0.75 * state.fee * np.maximum(book.clause - world.served[lapsed], 0)
    expected = share * due + 0.35 * state.arrears - 0.75 * state.fee
    gap = (np.mean(runs, axis=0) - expected) * book.rand
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(gap.size)


def test_only_lapsed_contracts_have_such_a_policy(world):
    active = world.living[:1]
    with pytest.raises(ArgumentRefused, match="not in bad billing"):
        policy_outcome(world, active, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=bool))
    lapsed = np.flatnonzero(world.state.status == LAPSED)[:1]
    with pytest.raises(ArgumentRefused, match="wait of -1"):
        policy_outcome(world, lapsed, np.array([-1]), np.zeros(1, dtype=bool))


def test_an_end_within_a_month_is_refused():
    from datetime import date

    with pytest.raises(ArgumentRefused, match="within a month"):
        ContractWorld.simulate(5, 1, shipped_market(), end=date(2025, 12, 30))
