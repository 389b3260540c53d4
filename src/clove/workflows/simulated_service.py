"""The tables of a simulated portfolio that say what happened: status, fees, tickets, thefts, devices, retention."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clove.kernel.arrays import Floats, Ints
from clove.valuation.contract_world import ContractWorld
from clove.valuation.contract_world.journal import Events
from clove.valuation.contract_world.market import COMPLEXITIES
from clove.valuation.contract_world.state import ACTIVE, ENDED, NEVER, STATES
from clove.workflows.simulated_columns import Names, amounts, dates, numbered, table, words

WATCHED = 3  # months after which it is noted whether the customer stayed
DAYS = 1_000_000  # more than any day's number


def status_changes(world: ContractWorld, names: Names, statuses: Events, ends: Events) -> pa.Table:
    """A row at the start, and one for each change."""
    n = world.book.segment.size
    parts = [(np.arange(n), world.book.start_day, np.full(n, ACTIVE))]
    if statuses:
        parts.append((statuses["contract"], statuses["day"], statuses["status"]))
    if ends:
        parts.append((ends["contract"], ends["day"], np.full(ends["contract"].size, ENDED)))
    contract, day, status = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.lexsort((day, contract))
    return table(
        "status_changes",
        {
            "contract_id": names.contract.take(pa.array(contract[order])),
            "changed_on": dates(day[order]),
            "status": words(STATES, status[order]),
        },
    )


def fee_changes(world: ContractWorld, names: Names, fees: Events) -> pa.Table:
    """A row at the start, and one for each change."""
    book = world.book
    contract, day, fee = np.arange(book.segment.size), book.start_day, book.first_fee
    if fees:
        contract = np.concatenate([contract, fees["contract"]])
        day, fee = np.concatenate([day, fees["day"]]), np.concatenate([fee, fees["fee"]])
    order = np.lexsort((day, contract))
    return table(
        "fee_changes",
        {
            "contract_id": names.contract.take(pa.array(contract[order])),
            "changed_on": dates(day[order]),
            "monthly_fee": amounts(fee[order]),
        },
    )


def tickets(world: ContractWorld, names: Names, kinds: dict[str, Events]) -> pa.Table:
    """Faults and questions, requests to leave (those not yet answered too), and calls for stolen vehicles.

    Args:
        world: The portfolio.
        names: Its keys.
        kinds: The events `tickets`, `requests` and `thefts`.
    """
    parts: list[tuple[NDArray[np.int_], ...]] = []
    if asked := kinds["tickets"]:
        parts.append(tuple(asked[name] for name in ("contract", "opened", "closed", "category", "resolution")))
    if asked := kinds["requests"]:
        word = np.full(asked["contract"].size, "cancellation_request")
        parts.append((asked["contract"], asked["opened"], asked["closed"], word, asked["resolution"]))
    if stolen := kinds["thefts"]:
        word = np.full(stolen["contract"].size, "recovery_request")
        found = np.where(stolen["recovered"], "resolved", "escalated")
        parts.append((stolen["contract"], stolen["stolen"], stolen["closed"], word, found))
    waiting = np.flatnonzero(world.state.notice != NEVER)
    never = np.full(waiting.size, NEVER)
    word, open_ = np.full(waiting.size, "cancellation_request"), np.full(waiting.size, "pending")
    parts.append((waiting, world.state.notice[waiting], never, word, open_))
    contract, opened, closed, category, resolution = (np.concatenate([part[i] for part in parts]) for i in range(5))
    order = np.lexsort((contract, opened))
    return table(
        "support_tickets",
        {
            "ticket_id": numbered("T", np.arange(order.size)),
            "contract_id": names.contract.take(pa.array(contract[order])),
            "category": pa.array(category[order]),
            "resolution": pa.array(resolution[order]),
            "opened_on": dates(opened[order]),
            "resolved_on": dates(closed[order], closed[order] < 0),
        },
    )


def recovery_events(names: Names, thefts: Events) -> pa.Table:
    """One row per theft."""
    stolen = thefts or {name: np.zeros(0) for name in ("stolen", "closed", "charged", "collected", "cost")} | {
        "contract": np.zeros(0, dtype=np.int32),
        "recovered": np.zeros(0, dtype=np.bool_),
    }
    return table(
        "recovery_events",
        {
            "recovery_id": numbered("R", np.arange(stolen["contract"].size)),
            "contract_id": names.contract.take(pa.array(stolen["contract"])),
            "stolen_on": dates(stolen["stolen"]),
            "outcome": words(("not_recovered", "recovered"), stolen["recovered"].astype(np.int64)),
            "closed_on": dates(stolen["closed"]),
            "recovery_fee_charged": amounts(stolen["charged"]),
            "recovery_fee_collected": amounts(stolen["collected"]),
            "recovery_cost": amounts(stolen["cost"]),
        },
    )


def interventions(world: ContractWorld, names: Names, made: Events) -> pa.Table:
    """One row per contract in the trial, the untreated too; whether it stayed is noted three months later."""
    if not made:
        none = np.zeros(0, dtype=np.int32)
        made = {
            "contract": none,
            "day": none,
            "kind": none.astype(str),
            "cost": none,
            "treated": none > 0,
            "month": none,
        }
    ended = world.state.end_month[made["contract"]]
    left = (ended != NEVER) & (ended <= made["month"] + WATCHED)
    known = left | (made["month"] + WATCHED < world.calendar.months)
    return table(
        "interventions",
        {
            "intervention_id": numbered("I", np.arange(left.size)),
            "contract_id": names.contract.take(pa.array(made["contract"])),
            "made_on": dates(made["day"]),
            "kind": pa.array(made["kind"]),
            "cost": amounts(made["cost"]),
            "treated": pa.array(made["treated"]),
            "outcome": words(("stayed", "left"), np.where(known, left, -1)),
        },
    )


def fitments(world: ContractWorld, names: Names, repairs: Events, retrievals: Events, devices: Ints) -> pa.Table:
    """Installations, repairs, swaps and visits to fetch a device.

    Args:
        world: The portfolio.
        names: Its keys.
        repairs: With whether the device was swapped.
        retrievals: Visits, whether they brought the device or not.
        devices: Sorted contract * DAYS + first day of each device, as `simulated_devices` numbers them.
    """
    book = world.book
    n = book.segment.size
    installation, retrieval, swap, repair = range(4)
    parts: list[tuple[Ints, Ints, Ints, Floats]] = [
        (np.arange(n), book.start_day, np.full(n, installation), book.labour + book.travel)
    ]
    if repairs:
        kind = np.where(repairs["swapped"], swap, repair)
        parts.append((repairs["contract"], repairs["day"], kind, repairs["cost"]))
    if retrievals:
        kind = np.full(retrievals["contract"].size, retrieval)
        parts.append((retrievals["contract"], retrievals["day"], kind, retrievals["cost"]))
    contract, day, kind, cost = (np.concatenate([part[i] for part in parts]) for i in range(4))
    order = np.lexsort((kind, contract, day))
    contract, day, kind, cost = contract[order].astype(np.int64), day[order], kind[order], cost[order]
    device = np.searchsorted(devices, contract * DAYS + day, side="right") - 1
    return table(
        "fitment_records",
        {
            "fitment_id": numbered("F", np.arange(order.size)),
            "contract_id": names.contract.take(pa.array(contract)),
            "hardware_id": numbered("H", device),
            "fitment_type": words(("installation", "retrieval", "swap", "repair"), kind),
            "vehicle_complexity": words(COMPLEXITIES, book.complexity[contract]),
            "base_labour": amounts(world.market.base_labour[book.segment[contract]]),
            "distance_km": amounts(book.distance[contract]),
            "total_cost": amounts(cost, unknown=cost <= 0),
            "fitted_on": dates(day),
        },
    )
