"""Value and both intervals of every contract, by Clove."""

from typing import Any

import numpy as np

from clove.models.tenure_hazard import TenureHazard
from clove.valuation.contract_ends import ContractEnds
from clove.valuation.contract_intervals import ContractIntervals
from clove.valuation.contract_terms import ContractTerms
from clove.valuation.contract_value import ContractValue


def prepare(contracts: str, outcomes: bool) -> dict[str, Any]:
    """Terms and hazards in memory."""
    columns = np.load(contracts)
    labels = np.arange(columns["fee"].size).astype(str)
    terms = ContractTerms.of(
        np.char.add("contract-", labels),
        fee=columns["fee"],
        cost=columns["cost"],
        upfront=2_000.0,
        collected=columns["collected"],
        penalty_collected=columns["penalty_collected"],
        clause=36,
        served=columns["served"],
    )
    ends = ContractEnds.of(TenureHazard.given(columns["table"]), columns["segment"], terms.served)
    return {"terms": terms, "ends": ends, "outcomes": outcomes}


def measured(state: dict[str, Any]) -> tuple[ContractValue, ContractIntervals]:
    """The public calls."""
    terms, ends = state["terms"], state["ends"]
    return ContractValue.of(terms, ends), ContractIntervals.of(terms, ends, outcomes=state["outcomes"])


def facts(_: dict[str, Any], found: tuple[ContractValue, ContractIntervals]) -> dict[str, float]:
    """Totals, so that the sides can be held against each other."""
    value, intervals = found
    return {
        "remaining": float(value.remaining_value.sum()),
        "p10": float(intervals.remaining_p10.sum()),
        "p90": float(intervals.remaining_p90.sum()),
        "ltv_p10": float(intervals.ltv_p10.sum()),
        "outcome_p90": float(intervals.outcome_p90.sum()),
    }
