"""Who leaves, learnt from simulated portfolios: held against the hazards behind them, and blind to what came later."""

from datetime import date

import numpy as np
import pytest

from clove.engine.local import LocalEngine
from clove.features.contracts import contract_state
from clove.features.exchange import convert
from clove.intake.portfolio.read import read_portfolio
from clove.models.ranks import mid_ranks
from clove.valuation.contract_world import ContractWorld
from clove.workflows import churn_months
from clove.workflows.churn_scores import INSTEAD, churn_scores
from clove.workflows.simulate_contracts import shipped_market, simulate_contracts

CONTRACTS, SEED = 12_000, 21
END, EARLIER = date(2025, 12, 31), date(2025, 9, 30)
LUCKS = 60


def area(ended, score):
    """Share of pairs in the right order."""
    ranks, ends = mid_ranks(score), ended.sum()
    return (ranks[ended].sum() - ends * (ends + 1) / 2) / (ends * (ended.size - ends))


def scored(folder, as_of, *changes, **options):
    """The scores as of a date, and where statements change the tables those that follow; the state comes last."""
    with LocalEngine.open(threads=2) as engine:
        read_portfolio(folder, engine, mapping=None, today=date(2026, 11, 20), as_of=END)
        found = []
        for change in (None, changes) if changes else (None,):
            for statement in change or ():
                engine.execute(statement)
            convert(engine, "ZAR", as_of)
            state = contract_state(engine, as_of)
            found.append(churn_scores(engine, as_of, state, currency="ZAR", **options))
        return *found, state


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("churn") / "portfolio"
    simulate_contracts(CONTRACTS, SEED, folder, months_ahead=3)
    return folder


@pytest.fixture(scope="module")
def now(portfolio):
    return scored(portfolio, END)


@pytest.fixture(scope="module")
def futures():
    """Whether each living contract ended within three months, in many runs of luck, shape (luck, n)."""
    world = ContractWorld.simulate(CONTRACTS, SEED, shipped_market(), keeps=False)
    came = [world.after(3, replicate=r).end_month for r in range(LUCKS)]
    return world, np.array(came) > 0


def chances(now, world):
    """In the order of the world's living contracts."""
    scores, state = now
    number = np.array([int(name[1:]) - 1 for name in state["contract_id"].to_pylist()])
    found = np.full(CONTRACTS, np.nan)
    found[number] = scores.p3
    assert np.isfinite(found).sum() == world.living.size
    return found[world.living]


def test_it_ranks_nearly_as_well_as_the_hazards_themselves(now, futures):
    world, came = futures
    ours = chances(now, world)
    judged = range(10)
    found = np.mean([area(came[r], ours) for r in judged])
    # the chance next month is exact, that of the months after moves on from it
    known = np.mean([area(came[r], world.next_end()) for r in judged])
    assert found > 0.72
    assert found > known - 0.02


def test_chances_are_those_that_came(now, futures):
    world, came = futures
    ours, true = chances(now, world), came.mean(axis=0)
    assert true.mean() == pytest.approx(ours.mean(), abs=0.005)
    for rows in np.array_split(np.argsort(ours), 10):
        error = np.sqrt(true[rows].mean() / rows.size)  # of what came once
        assert abs(ours[rows].mean() - true[rows].mean()) < 0.02 + error / 2


def test_the_better_set_is_the_default(now):
    scores, _ = now
    assert scores.feature_set == "extended"
    assert scores.set_scores["extended"] > scores.set_scores["nineteen"]
    assert scores.model.features[:19] != ()


def test_training_is_over_before_the_calibration_begins(now):
    scores, _ = now
    last = 12 * END.year + END.month - 1
    # as of December: labels known to September, calibrated on April to September, learnt up to January
    assert scores.last_month == last - 3 - 6 + 1 - 3
    assert scores.first_month == scores.last_month - 35


def test_reasons_name_features_and_values(now):
    scores, _ = now
    rows = scores.live[np.argsort(-scores.p3[scores.live])[:5]]
    for reasons in scores.reasons_of(rows):
        assert len(reasons) == 3
        assert reasons[0][2] > 0.02
        assert {name for name, _, _ in reasons} <= set(scores.model.features)


REWRITTEN = [
    # all that is dated later did not happen, or something else did
    "UPDATE portfolio_contracts SET cancellation_date = DATE '2025-10-02' WHERE cancellation_date > DATE '2025-09-30'",
    "UPDATE portfolio_contracts SET cancellation_date = '2025-11-02' WHERE contract_id LIKE '%7' AND status = 'active'",
    "DELETE FROM portfolio_status_changes WHERE changed_on > DATE '2025-09-30'",
    "UPDATE portfolio_fee_changes SET monthly_fee = 3 * monthly_fee WHERE changed_on > DATE '2025-09-30'",
    "DELETE FROM portfolio_support_tickets WHERE opened_on > DATE '2025-09-30'",
    "UPDATE portfolio_support_tickets SET resolved_on = DATE '2025-11-11' WHERE resolved_on > DATE '2025-09-30'",
    "DELETE FROM portfolio_interventions WHERE made_on > DATE '2025-09-30'",
    "DELETE FROM portfolio_payments WHERE due_date > DATE '2025-09-30'",
    "UPDATE portfolio_payments SET amount_paid = 0, status = 'unpaid' WHERE paid_date > DATE '2025-09-30'",
    "UPDATE portfolio_payments SET paid_date = NULL, days_late = NULL WHERE paid_date > DATE '2025-09-30'",
    "UPDATE portfolio_exchange_rates SET rate = 2 * rate WHERE rate_date > DATE '2025-09-30' AND currency <> 'ZAR'",
    "DELETE FROM portfolio_quotes WHERE quoted_on > DATE '2025-09-30'",
    # what is so now
    "UPDATE portfolio_contracts SET status = 'suspended', months_active = 7, monthly_fee = 1",
    "UPDATE portfolio_support_tickets SET resolution = 'pending'",
    "UPDATE portfolio_hardware SET status = 'lost', residual_value = 0",
]


def test_later_history_and_current_state_change_nothing(portfolio, monkeypatch):
    monkeypatch.setattr(churn_months, "MOST_ROWS", 40_000)
    before, after, _ = scored(portfolio, EARLIER, *REWRITTEN, feature_set="extended")
    assert before.model is not None
    assert after.features.tobytes() == before.features.tobytes()
    assert after.model.to_json() == before.model.to_json()
    assert after.p3.tobytes() == before.p3.tobytes()


def test_too_few_ends_leave_it_to_the_segments(tmp_path):
    simulate_contracts(400, 3, tmp_path / "small", months_ahead=1)
    scores, state = scored(tmp_path / "small", END)
    assert scores.model is None
    assert np.isnan(scores.p3).all()
    assert scores.p3.size == state.num_rows
    assert scores.because.startswith(INSTEAD)
    assert "200 are needed" in scores.because
    assert scores.reasons_of(scores.live[:2]) == [[], []]
