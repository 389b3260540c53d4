"""What is true of a simulated portfolio, and what no table of a business could tell."""

from typing import Any

import numpy as np
import pyarrow as pa

from clove.valuation.contract_world import ContractWorld, Future
from clove.valuation.contract_world.hazard import unrecovered_theft
from clove.valuation.contract_world.month import REASONS
from clove.valuation.contract_world.state import LAPSED, PARTS, STATES
from clove.workflows.simulated_columns import Names, amounts, words

SOON = 3  # months


def truth(world: ContractWorld, future: Future, names: Names) -> pa.Table:
    """One row per contract that lives at the end: its state, its chances, and what came in the months after."""
    who = future.contract
    book, state = world.book.take(who), world.state.take(who)
    months = future.cash.shape[1]
    lapsed = state.status == LAPSED
    theft = world.rules.theft_year / 12 if world.happenings.thefts else 0.0
    columns: dict[str, pa.Array] = {
        "contract_id": names.contract.take(pa.array(who)),
        "status": words(STATES, state.status),
        "months_served": pa.array(world.served[who]),
        "monthly_fee": amounts(state.fee),
        "monthly_cost": amounts(book.monthly_cost),
        "collected_share": amounts(book.own_share),
        "penalty_share": amounts(world.penalty_share(months)),
        "monthly_theft": pa.array(np.full(who.size, theft)),
        "frailty": pa.array(book.frailty),
        "upfront_cost": amounts(
            book.marketing + book.sales + book.call_centre + book.labour + book.travel + book.hardware
        ),
        "realised_cash": amounts(world.realised[:4, who].sum(axis=0)),
        "lateness": pa.array(state.lateness),
        "ticket_weight": pa.array(state.tickets),
        "asked_to_leave": pa.array(state.notice >= 0),
        "months_lapsed": pa.array(state.lapsed, mask=~lapsed),
        "arrears": amounts(state.arrears, unknown=~lapsed),
        "resume_probability": amounts(world.resume_probability()[who]),
        "device_value": amounts(world.device_values()[who]),
        "end_probability_next_month": pa.array(world.next_end()),
        "end_month_ahead": pa.array(future.end_month, mask=future.end_month == 0),
        "end_reason": words(REASONS, future.end_reason),
        "ends_within_3_months": pa.array((future.end_month > 0) & (future.end_month <= SOON)),
        "came_remaining": amounts(future.remaining),
        **{f"came_{part}": amounts(future.parts[i]) for i, part in enumerate(PARTS)},
        "came_by_month": _lists(future.cash),
        "calm_end_probability": _lists(world.calm_ends(months)),
    }
    return pa.table(columns)


def parameters(world: ContractWorld, months: int) -> dict[str, Any]:
    """The world's parameters as a document."""
    market, happenings = world.market, world.happenings
    by_segment = ("country", "channel", "tier", "currency", "list_price", "monthly_cost", "monthly_churn")
    return {
        "kind": "simulated portfolio of contracts",
        "contracts": int(world.book.segment.size),
        "seed": world.seed,
        "as_of": world.calendar.end.isoformat(),
        "months": world.calendar.months,
        "months_ahead": months,
        "discount_rate": 0.12,
        "workspace_currency": "ZAR",
        "happens": {name: getattr(happenings, name) for name in type(happenings).__slots__},
        "unrecovered_theft": unrecovered_theft(world.rules, happenings),
        "lapsed_from": "months_lapsed is 0 in the month after the one that stayed unpaid; stops come before cures",
        "rules": world.rules.document(),
        "segments": {
            name: getattr(market, name).tolist()
            for name in (*by_segment, "collected_share", "clause", "alpha", "beta", "rand")
        },
    }


def _lists(values: np.ndarray[Any, np.dtype[np.float64]]) -> pa.Array:
    """Each row of the array as a list."""
    rows, width = values.shape
    flat = pa.array(values.astype(np.float32).ravel())
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), flat)
