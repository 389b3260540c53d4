"""The tables that the valuation of a portfolio writes: every contract, and the collections queue."""

import numpy as np
import pyarrow as pa

from clove.decisions.collections import ACTIONS, NO_ACTION, NO_CONTINUATION, NO_RETRIEVAL, Parts
from clove.kernel.arrays import Floats, Ints, Labels
from clove.valuation.contract_value import ltv_to_cac
from clove.valuation.payback import simple_payback_months
from clove.workflows.contract_request import ContractRequest
from clove.workflows.contract_unpaid import collection_settings
from clove.workflows.contract_valuation import ValuedContracts, tier_of
from clove.workflows.summary import floats, labels

ADVICE = np.array([*ACTIONS, None], dtype=object)  # UNDECIDED is the last
DIGITS = 2  # of money
FINE_DIGITS = 6  # of chances and other figures
NO_PAST = "an invoice is not known to be paid or unpaid, so what the contract brought is not known"
NO_PAYMENTS = "there are no payments, so what the contract brought is not known"
NO_MONTHS = "months that it was served have no invoice or no cost line, so what the contract brought is not known"
NO_UPFRONT = "what was spent to win it is not known, and so its ltv"
NO_FUTURE = "its {} is not known, and so its remaining value"
UNDECIDED = "what to do about it cannot be told: see collections.csv"


def contracts_table(valued: ValuedContracts, request: ContractRequest) -> pa.Table:
    """One row per contract that had started, in the order of contract_id; money in the contract's currency."""
    state, terms, settings = valued.history.state, valued.terms, request.settings
    n, rows, decisions = len(terms), valued.unpaid.lapsed, valued.unpaid.decisions
    action = np.full(n, None, dtype=object)
    action[rows] = ADVICE[decisions.action]
    gain, priority = np.full(n, np.nan), np.full(n, np.nan)
    gain[rows], priority[rows] = decisions.gain, decisions.priority
    tier = tier_of(valued.churn_3m, settings.amber, settings.red)
    return pa.table(
        {
            "contract_id": state["contract_id"],
            "customer_id": state["customer_id"],
            "country_code": state["country_code"],
            "sales_channel": state["channel"],
            "product_tier": state["tier"],
            "currency": state["currency"],
            "rate": pa.array(valued.history.rate, from_pandas=True),
            "status": state["status"],
            "monthly_fee": _money(terms.fee),
            "months_served": pa.array(terms.served),
            "monthly_churn": _figure(valued.monthly_churn),
            "p_churn_3m": _figure(valued.churn_3m),
            "tier": pa.array(tier, pa.string()),
            "remaining_value": _money(valued.remaining),
            "remaining_p10": _money(valued.remaining_p10),
            "remaining_p90": _money(valued.remaining_p90),
            "ltv": _money(valued.ltv),
            "ltv_p10": _money(valued.ltv_p10),
            "ltv_p90": _money(valued.ltv_p90),
            "outcome_p10": _money(valued.outcome_p10),
            "outcome_p90": _money(valued.outcome_p90),
            "subscription_pv": _money(valued.parts[0]),
            "penalty_pv": _money(valued.parts[1]),
            "recovery_pv": _money(valued.parts[2]),
            "cost_pv": _money(valued.parts[3]),
            "upfront_cost": _money(terms.upfront),
            "realised_value": _money(terms.realised),
            "payback_month": _whole(valued.payback),
            "simple_payback_months": _figure(simple_payback_months(terms)),
            "ltv_to_cac": _figure(ltv_to_cac(valued.ltv, terms)),
            "action": pa.array(action, pa.string()),
            "action_gain": _money(gain),
            "priority": _money(priority),
            "missing_because": pa.array(missing_because(valued), pa.string()),
        }
    )


def missing_because(valued: ValuedContracts) -> Labels:
    """Why a contract's value is null, shape (n,); None where it is not."""
    reasons = np.full(len(valued.terms), None, dtype=object)
    invoices = floats(valued.history.state, "invoices")
    reasons[np.isnan(valued.terms.realised)] = NO_PAST if np.isfinite(invoices).any() else NO_PAYMENTS
    missing = [floats(valued.history.state, name) > 0 for name in ("missing_invoices", "missing_cost_months")]
    reasons[missing[0] | missing[1]] = NO_MONTHS
    reasons[np.isnan(valued.terms.upfront) & np.isfinite(valued.terms.realised)] = NO_UPFRONT
    unvalued = np.isnan(valued.remaining)
    reasons[unvalued] = UNDECIDED
    for name, figure in (
        ("share of fees collected", valued.terms.collected),
        ("monthly cost", valued.terms.cost),
        ("monthly fee", valued.terms.fee),
    ):
        reasons[unvalued & np.isnan(figure)] = NO_FUTURE.format(name)
    return reasons


def queue_order(valued: ValuedContracts) -> Ints:
    """Lapsed contracts, the most urgent first; by name where two are alike, shape (l,)."""
    rows = valued.unpaid.lapsed
    urgency = np.nan_to_num(valued.unpaid.decisions.priority * valued.history.rate[rows], nan=-np.inf)
    return np.lexsort((labels(valued.history.state, "contract_id")[rows], -urgency))


def collections_table(valued: ValuedContracts, request: ContractRequest) -> pa.Table:
    """One row per contract that stopped paying, the most urgent first; money in the contract's currency."""
    unpaid, settings = valued.unpaid, collection_settings(request)
    contracts, decisions, rows = unpaid.contracts, unpaid.decisions, valued.unpaid.lapsed
    order = queue_order(valued)
    state = valued.history.state.take(rows[order])

    def parts(name: str, found: Parts) -> dict[str, pa.Array]:
        fields = {f"{name}_{field}": _money(getattr(found, field)[order]) for field in found.__dataclass_fields__}
        return {f"ev_{name}": _money(found.total[order]), **fields}

    last = np.where(contracts.months_lapsed >= settings.horizon, 1, 0)
    stop = decisions.stop_month - contracts.months_lapsed
    return pa.table(
        {
            "rank": pa.array(np.arange(1, rows.size + 1)),
            "contract_id": state["contract_id"],
            "customer_id": state["customer_id"],
            "country_code": state["country_code"],
            "currency": state["currency"],
            "rate": pa.array(valued.history.rate[rows[order]], from_pandas=True),
            "credit_score_band": state["band"],
            "months_lapsed": state["months_lapsed"],
            "arrears": _money(contracts.arrears[order]),
            "monthly_fee": _money(contracts.fee[order]),
            "p_resume": _figure(decisions.resumption[order]),
            "action": pa.array(ADVICE[decisions.action][order], pa.string()),
            "action_gain": _money(decisions.gain[order]),
            "priority": _money(decisions.priority[order]),
            "value": _money(decisions.value[order]),
            **parts("continue", decisions.carry_on),
            **parts("cancel", decisions.cancel),
            **parts("retrieve", decisions.retrieve),
            "stop_after_months": _whole(stop[order]),
            "stop_action": pa.array(ADVICE[decisions.stop_action][order], pa.string()),
            "missing_because": pa.array(
                _reasons(decisions.no_continuation, decisions.no_retrieval, last)[order], pa.string()
            ),
        }
    )


def _reasons(no_continuation: Ints, no_retrieval: Ints, last: Ints) -> Labels:
    """In words; None where all three actions were weighed."""
    first = np.array(NO_CONTINUATION, dtype=object)[
        np.where((last == 1) & (no_continuation < NO_ACTION), 0, no_continuation)
    ]
    second = np.array(NO_RETRIEVAL, dtype=object)[no_retrieval]
    joint = np.where((first != "") & (second != ""), "; ", "")
    text: Labels = first + joint + second
    text[text == ""] = None
    return text


def _money(values: Floats) -> pa.Array:
    return pa.array(np.round(values, DIGITS) + 0.0, from_pandas=True)


def _figure(values: Floats) -> pa.Array:
    return pa.array(np.round(values, FINE_DIGITS) + 0.0, from_pandas=True)


def _whole(values: Floats) -> pa.Array:
    """Whole numbers, null where not known."""
    known = np.isfinite(values)
    return pa.array(np.where(known, values, 0).astype(np.int64), mask=~known)
