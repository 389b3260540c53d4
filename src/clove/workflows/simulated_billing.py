"""The tables of a simulated portfolio that say what was invoiced, paid and spent."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from clove.kernel.arrays import Floats
from clove.ledger.contracts import MONTHLY_COSTS
from clove.valuation.contract_world import ContractWorld
from clove.valuation.contract_world.bad_billing import RESUMED
from clove.valuation.contract_world.billing import PAID, PAYMENT_STATUS, REVERSED, WRITTEN_OFF, lapse_month
from clove.valuation.contract_world.journal import Events
from clove.valuation.contract_world.market import PAYMENT_METHODS
from clove.workflows.simulated_columns import Columns, Names, amounts, dates, numbered, period, slices, table, words


def payments(world: ContractWorld, names: Names, invoices: Events, spells: Events) -> Iterator[pa.Table]:
    """One row per invoice, in order of time, with what came of it by the end."""
    order = np.argsort(spells["spell"], kind="stable") if spells else np.zeros(0, dtype=np.int64)
    known = {name: column[order] for name, column in spells.items()}
    for part in slices(invoices["contract"].size):
        rows = {name: column[part] for name, column in invoices.items()}
        yield _payments(world, names, rows, known, part.start)


def _payments(world: ContractWorld, names: Names, rows: Events, spells: Events, first: int) -> pa.Table:
    due_on = world.calendar.first_day(rows["month"])
    paid, status = rows["paid"].copy(), rows["status"].copy()
    paid_on = np.where(rows["late"] >= 0, due_on + rows["late"], -1)
    of_lapse = rows["spell"] >= 0
    if spells and of_lapse.any():
        at = np.searchsorted(spells["spell"], rows["spell"]).clip(max=spells["spell"].size - 1)
        over = of_lapse & (spells["spell"][at] == rows["spell"])
        begins = rows["month"] == lapse_month(rows["spell"])
        settled = over & np.where(begins, spells["settled"][at], spells["outcome"][at] == RESUMED)
        paid[settled] = rows["due"][settled]
        paid_on[settled] = spells["day"][at][settled]
        status[settled] = PAID
        status[over & ~settled & (status != REVERSED)] = WRITTEN_OFF
    unpaid = paid_on < 0
    return table(
        "payments",
        {
            "payment_id": numbered("P", np.arange(first, first + paid.size), width=9),
            "contract_id": names.contract.take(pa.array(rows["contract"])),
            **period(world, rows["month"]),
            "amount_due": amounts(rows["due"]),
            "amount_paid": amounts(paid),
            "payment_method": words(PAYMENT_METHODS, world.book.method[rows["contract"]]),
            "days_late": pa.array(paid_on - due_on, mask=unpaid),
            "status": words(PAYMENT_STATUS, status),
            "due_date": dates(due_on),
            "paid_date": dates(paid_on, unpaid),
        },
    )


def monthly_costs(
    world: ContractWorld, names: Names, invoices: Events, others: dict[str, Events]
) -> Iterator[pa.Table]:
    """One row per contract, month and kind of cost.

    Args:
        world: The portfolio.
        names: Its keys.
        invoices: Every month in which a contract was invoiced.
        others: The months `paused`, and `repairs`, `admin` of stops and `interventions`, with what they cost.
    """
    for part in slices(invoices["contract"].size):
        rows = {name: column[part] for name, column in invoices.items()}
        lapsed = (rows["spell"] >= 0) & (rows["month"] != lapse_month(rows["spell"]))
        ordinary = {name: column[~lapsed] for name, column in rows.items()}
        waiting = {name: column[lapsed] for name, column in rows.items()}
        yield from _running(world, names, ordinary, ordinary=True)
        yield from _running(world, names, waiting, ordinary=False)
        fees = np.round(world.rules.collections * waiting.get("due", np.zeros(0)), 2)
        yield _lines(world, names, waiting, "collections", fees)
    if paused := others["paused"]:
        yield from _running(world, names, paused, ordinary=False)
    for kind, events, column in (
        ("repair", others["repairs"], "cost"),
        ("collections", others["admin"], "amount"),
        ("retention_intervention", others["interventions"], "cost"),
    ):
        if events:
            spent = events[column] > 0
            rows = {name: events[name][spent] for name in ("contract", "month")}
            yield _lines(world, names, rows, kind, events[column][spent])


def _running(world: ContractWorld, names: Names, rows: Events, *, ordinary: bool) -> Iterator[pa.Table]:
    """What a month costs whatever happens in it."""
    rules = world.rules
    shares = {"platform": rules.platform, "sim_data": rules.sim_data}
    if ordinary:
        shares["support"] = rules.support
    if ordinary and world.happenings.hazards_known:
        shares["repair"] = rules.repair
    for kind, share in shares.items():
        amount = np.round(share * world.book.monthly_cost[rows["contract"]], 2)
        yield _lines(world, names, rows, kind, amount)


def _lines(world: ContractWorld, names: Names, rows: Events, kind: str, amount: Floats) -> pa.Table:
    columns: Columns = {
        "contract_id": names.contract.take(pa.array(rows["contract"])),
        **period(world, rows["month"]),
        "cost_type": words(MONTHLY_COSTS, np.full(amount.size, MONTHLY_COSTS.index(kind))),
        "amount": amounts(amount),
    }
    return table("costs_monthly", columns)
