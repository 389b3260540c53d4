"""From a folder of tables to advice about lapsed contracts, held against the money of the world that wrote them."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from clove.kernel.progress import Silent
from clove.valuation.contract_world import ContractWorld, policy_outcome
from clove.wiring.build import build
from clove.wiring.settings import Settings
from clove.workflows.contract_request import ContractRequest
from clove.workflows.simulate_contracts import shipped_market, simulate_contracts
from clove.workflows.value_contracts import value_contracts

CONTRACTS, SEED = 12_000, 8
FOLLOW_ON = 24  # months: the world itself gives up then


@pytest.fixture(scope="module")
def advised(tmp_path_factory):
    folder = tmp_path_factory.mktemp("advice")
    simulate_contracts(CONTRACTS, SEED, folder / "portfolio", months_ahead=1)
    value_contracts(ContractRequest(folder / "portfolio", folder / "out"), build(Settings(), Silent()))
    queue = pq.read_table(folder / "out" / "collections.parquet")
    rows = np.array([int(name[1:]) - 1 for name in queue["contract_id"].to_pylist()])
    return ContractWorld.simulate(CONTRACTS, SEED, shipped_market()), queue, rows


def test_every_lapsed_contract_is_in_the_queue(advised):
    world, _, rows = advised
    assert np.array_equal(np.sort(rows), np.flatnonzero(world.in_state(1)))


@pytest.mark.parametrize("other", ["continue", "cancel", "retrieve"])
def test_the_advice_earns_more_than_one_action_for_all(advised, other):
    world, queue, rows = advised
    wait = queue["stop_after_months"].to_numpy(zero_copy_only=False).astype(np.int64)
    fetch = np.array(queue["stop_action"].to_pylist()) == "retrieve"
    whole, none = np.full(rows.size, FOLLOW_ON), np.zeros(rows.size, dtype=np.bool_)
    plans = {"continue": (whole, none), "cancel": (0 * whole, none), "retrieve": (0 * whole, ~none)}
    rand = world.book.rand[rows]
    gain = np.mean(
        [
            (
                policy_outcome(world, rows, wait, fetch, replicate=r)
                - policy_outcome(world, rows, *plans[other], replicate=r)
            )
            * rand
            for r in range(6)
        ],
        axis=0,
    )
    drawn = np.random.default_rng(1).integers(0, gain.size, (1_000, gain.size))
    low = np.quantile(gain[drawn].mean(axis=1), 0.025)
    assert low > 0, f"over always {other}: {gain.mean():.0f} rand a contract"
