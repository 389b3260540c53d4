"""On portfolios whose truth is known: parameters are found again, and advice earns money."""

import numpy as np
import pytest

from clove.decisions.collections import ACTIONS, decide
from clove.decisions.lapsed_contracts import LapsedContracts
from clove.models.price_response_free import FreePriceResponse
from clove.models.quotes import Quotes
from clove.models.resumption import Resumption
from clove.models.spells import Spells
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.contract_value import ContractValue
from clove.valuation.contract_world import ContractWorld, policy_outcome
from clove.valuation.contract_world.bad_billing import RESUMED
from clove.valuation.contract_world.state import LAPSED
from clove.workflows.simulate_contracts import shipped_market

RUNS = 10
HORIZON = 60
FOLLOW_ON = 24


def spells_of(world):
    """Every lapse of the history, as far as it went."""
    risk, ended = world.journal.take("risk"), world.journal.take("spells")
    lapses = world.journal.take("lapses")
    at = {spell: row for row, spell in enumerate(lapses["spell"].tolist())}
    months = np.zeros(len(at), dtype=np.int64)
    resumed = np.zeros(len(at), dtype=np.bool_)
    latest = np.zeros(world.book.segment.size, dtype=np.int64)
    order = np.argsort(np.concatenate([lapses["month"], risk["month"] + 0.5]), kind="stable")
    contract = np.concatenate([lapses["contract"], risk["contract"]])
    spell = np.concatenate([lapses["spell"], np.full(risk["month"].size, -1)])
    for row in order.tolist():
        if spell[row] >= 0:
            latest[contract[row]] = at[int(spell[row])]
        else:
            months[latest[contract[row]]] += 1
    cured = ended["outcome"] == RESUMED
    resumed[[at[int(name)] for name in ended["spell"][cured]]] = True
    band = world.book.band[lapses["contract"]]
    return Spells(band, np.zeros_like(months), months, resumed)


def within(low, true, high):
    return bool(low <= true <= high)


@pytest.fixture(scope="module")
def found():
    """Whether the interval of each parameter holds the truth, by run."""
    market = shipped_market()
    held = {"alpha": [], "beta": [], "p0": [], "decay": []}
    for seed in range(RUNS):
        world = ContractWorld.simulate(4_000, 100 + seed, market)
        fit = Resumption.fit(spells_of(world))
        low, high = fit.interval()
        names = fit.parameter_names
        for name, true in (("p0", world.rules.p0), ("decay", world.rules.decay)):
            at = names.index(name)
            held[name].append(within(low[at], true, high[at]))
        quotes = world.quotes
        free = FreePriceResponse.fit(
            Quotes.of(quotes.segment, quotes.price_zar, quotes.converted, segments=len(market))
        )
        common = np.argsort(np.bincount(quotes.segment, minlength=len(market)))[-4:]
        assert (free.reason[common] == "").all()
        held["alpha"] += [within(free.alpha_low[k], market.alpha[k], free.alpha_high[k]) for k in common]
        held["beta"] += [within(free.beta_low[k], market.beta[k], free.beta_high[k]) for k in common]
    return held


@pytest.mark.parametrize("name", ["alpha", "beta", "p0", "decay"])
def test_the_truth_lies_in_the_interval(found, name):
    held = np.array(found[name])
    misses = (~held).sum()
    assert misses <= {RUNS: 3, 4 * RUNS: 6}[held.size]  # at 95 %, more happen in under 2 % of cases


@pytest.fixture(scope="module")
def lapsed():
    """A portfolio, its lapsed contracts, and what is advised about them."""
    world = ContractWorld.simulate(40_000, 5, shipped_market())
    rows = np.flatnonzero(world.state.status == LAPSED)
    book, state, served = world.book.take(rows), world.state.take(rows), world.served[rows]
    place = np.searchsorted(world.living, rows)
    table = np.zeros((rows.size, served.max() + HORIZON))
    table[np.arange(rows.size)[:, None], served[:, None] + np.arange(HORIZON)] = world.calm_ends(HORIZON)[place]
    nothing, ones = np.zeros(rows.size), np.ones(rows.size)
    ends = ContractEnds(table, np.arange(rows.size), served, ones, np.full(rows.size, np.nan), nothing)
    share = book.own_share
    terms = ContractTerms.of(
        rows.astype(str),
        fee=state.fee,
        cost=book.monthly_cost,
        collected=share,
        penalty_collected=world.penalty_share(HORIZON)[place],
        clause=book.clause,
        served=served,
    )
    rules = world.rules
    visit = book.labour + book.travel
    contracts = LapsedContracts(
        band=book.band,
        months_lapsed=state.lapsed,
        months_served=served,
        clause=book.clause,
        fee=state.fee,
        arrears=state.arrears,
        monthly_cost=(rules.platform + rules.sim_data) * book.monthly_cost,
        residual_value=world.device_values()[rows],
        retrieval_cost=visit,
        remaining_if_resumed=ContractValue.of(terms, ends).remaining_value,
        collected_share=share,
    )
    return world, rows, decide(contracts, Resumption()), state.lapsed


def test_the_advice_earns_more_than_one_action_for_all(lapsed):
    world, rows, advice, months = lapsed
    advised = (advice.stop_month - months).astype(np.int64), advice.stop_action == ACTIONS.index("retrieve")
    none = np.zeros(rows.size, dtype=np.bool_)
    whole = np.full(rows.size, FOLLOW_ON, dtype=np.int64)
    others = {"continue": (whole, none), "cancel": (0 * whole, none), "retrieve": (0 * whole, ~none)}
    assert (np.bincount(advice.action, minlength=3) >= 20).all()
    rand = world.book.rand[rows]

    def money(plan):
        return np.mean([policy_outcome(world, rows, *plan, replicate=r) * rand for r in range(4)], axis=0)

    best = money(advised)
    for name, plan in others.items():
        gain = best - money(plan)
        error = gain.std() / np.sqrt(gain.size)
        assert gain.mean() - 1.96 * error > 0, f"{name}: {gain.mean():.1f} rand a contract, error {error:.1f}"
