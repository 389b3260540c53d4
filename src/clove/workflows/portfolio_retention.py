"""Customers who asked to leave: what is at stake, how many were kept, and what attempts to keep them brought."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clove.kernel.arrays import Floats, Ints
from clove.kernel.money import Currency
from clove.kernel.period import add_months
from clove.reports.portfolio_contents import Figure, InterventionLine, Notice, Notices, SaveRate
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.portfolio_shares import share
from clove.workflows.summary import labels

WATCHED = 3  # months after an attempt within which an end counts, as the classifier of ends does
OUTCOMES = ("resolved", "escalated", "closed_no_action")
NO_REQUESTS = "there are no requests to cancel"
UNDATED = "no request has a dated outcome"
NOT_WATCHED = f"none was made {WATCHED} months ago or earlier"


def open_notices(valued: ValuedContracts, requests: pa.Table, as_of: date) -> Notices:
    """Open requests of live contracts, one for each contract: the first that is open.

    Args:
        valued: Contracts.
        requests: `cancellation_requests.sql`, in the order of their days.
        as_of: Date.
    """
    state, terms, rate = valued.history.state, valued.terms, valued.history.rate
    waiting = requests.filter(pc.invert(requests["closed"]))
    row = _rows(state, waiting)
    alive = valued.live[row]
    rows, first = np.unique(row[alive], return_index=True)
    opened = waiting["opened_on"].take(pa.array(np.flatnonzero(alive)[first])).to_pylist()
    left = np.maximum(terms.clause - terms.served, 0)[rows]
    penalty = terms.penalty_rate[rows] * terms.fee[rows] * left
    names, currencies = labels(state, "contract_id")[rows], labels(state, "currency")[rows]
    order = np.lexsort((names.astype(str), -np.nan_to_num(penalty * rate[rows])))
    lines = tuple(
        Notice(
            contract_id=str(names[i]),
            currency=Currency(str(currencies[i])),
            opened_on=opened[i],
            days_open=(as_of - opened[i]).days,
            monthly_fee=float(terms.fee[rows[i]]),
            months_left=int(left[i]),
            penalty=float(penalty[i]),
            remaining_value=float(valued.remaining[rows[i]]),
        )
        for i in order.tolist()
    )
    return Notices(
        lines,
        _sum(penalty * rate[rows]),
        _sum((valued.remaining * rate)[rows]),
        _sum((terms.fee * rate)[rows]),
    )


def notices_table(notices: Notices) -> pa.Table:
    """The open requests as rows; money in the contract's currency."""
    lines = notices.lines
    return pa.table(
        {
            "contract_id": pa.array([line.contract_id for line in lines], pa.string()),
            "currency": pa.array([line.currency.code for line in lines], pa.string()),
            "opened_on": pa.array([line.opened_on for line in lines], pa.date32()),
            "days_open": pa.array([line.days_open for line in lines], pa.int64()),
            "monthly_fee": _money([line.monthly_fee for line in lines]),
            "months_left": pa.array([line.months_left for line in lines], pa.int64()),
            "penalty": _money([line.penalty for line in lines]),
            "remaining_value": _money([line.remaining_value for line in lines]),
        }
    )


def save_rates(requests: pa.Table, as_of: date, back: int) -> tuple[SaveRate, SaveRate]:
    """What came of the requests of the last months, and of all that there were."""
    since = _months_before(as_of, back)
    opened = requests["opened_on"].cast(pa.int32()).to_numpy()
    recent = requests.filter(pa.array(opened > (since - date(1970, 1, 1)).days))
    return _save_rate(recent, since), _save_rate(requests, None)


def intervention_lines(made: pa.Table) -> tuple[InterventionLine, ...]:
    """From `intervention_outcomes.sql`."""
    return tuple(
        InterventionLine(
            kind=line["kind"],
            treated=line["treated"],
            made=line["made"],
            cost=Figure(line["cost"], line["known_costs"])
            if line["known_costs"]
            else Figure(float("nan"), 0, because="no cost is known"),
            ended=share(line["ended"], line["watched"], NOT_WATCHED),
        )
        for line in made.to_pylist()
    )


def _save_rate(requests: pa.Table, since: date | None) -> SaveRate:
    outcome = labels(requests, "outcome")
    counts = {name: int((outcome == name).sum()) for name in OUTCOMES}
    n, closed = requests.num_rows, int(pc.sum(requests["closed"]).as_py() or 0)
    because = UNDATED if n else NO_REQUESTS
    of_all = share(counts["resolved"], n if closed else 0, because)
    return SaveRate(
        since=since,
        requests=n,
        resolved=counts["resolved"],
        escalated=counts["escalated"],
        closed_no_action=counts["closed_no_action"],
        open=n - closed,
        other=closed - sum(counts.values()),
        saved=of_all,
        of_closed=share(counts["resolved"], closed, because),
    )


def _rows(state: pa.Table, requests: pa.Table) -> Ints:
    """Row of each request's contract."""
    found = pc.index_in(requests["contract_id"], value_set=state["contract_id"].combine_chunks())
    rows: Ints = found.to_numpy().astype(np.int64)
    return rows


def _months_before(as_of: date, months: int) -> date:
    """The month end so many months before a month end."""
    tomorrow = date.fromordinal(as_of.toordinal() + 1)
    return date.fromordinal(add_months(tomorrow, -months).toordinal() - 1)


def _sum(values: Floats) -> Figure:
    known = np.isfinite(values)
    if values.size and not known.any():
        return Figure(float("nan"), 0, because="it is known of no contract")
    return Figure(float(values[known].sum()), int(known.sum()))


def _money(values: list[float]) -> pa.Array:
    return pa.array(np.round(np.array(values, dtype=np.float64), 2) + 0.0, from_pandas=True)
