"""What a contract costs in a month to come, learnt from cost lines, products and the shipped price table."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clove.decisions.price_table import NAME as TABLE
from clove.kernel.arrays import Bools, Floats, Ints
from clove.valuation.shrinkage import shrunk_rates
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_request import ContractSettings
from clove.workflows.contract_segments import Segments, mean_by
from clove.workflows.summary import floats

NONE_TAKEN_OFF = "and none is taken off what contracts brought so far."


@dataclass(frozen=True, slots=True, eq=False)
class RunningCosts:
    """Of n contracts, in each one's currency; nan where nothing tells."""

    cost: Floats  # (n,) a month: platform, data, support, repairs, average collections
    upkeep: Floats  # (n,) the part of it that a contract costs whether it pays or not: platform and data
    findings: tuple[str, ...]

    @classmethod
    def of(cls, history: ContractHistory, segments: Segments, segment: Ints, settings: ContractSettings) -> Self:
        """Learn them.

        What is to be expected is the platform cost of the contract's product, which is platform and data, and the
        shipped table's rest; without a product, the table's whole. Cost lines tell how many times as much it is: of
        the portfolio, of the segment, of the contract, each pulled to the one above.
        """
        state, rate, share = history.state, history.rate, settings.upkeep_share
        lines = state["recent_cost"].null_count < state.num_rows
        shipped = segments.shipped_money("monthly_cost", history.money)[segment]
        own = floats(state, "monthly_platform_cost") * rate
        platform = np.where(np.isnan(own), mean_by(own, segment, len(segments))[segment], own)
        told = np.isfinite(platform)
        rest = np.where(np.isnan(shipped), platform / share, shipped) * (1 - share)
        expected = np.where(told, platform + rest, shipped)
        findings = []
        if lines:
            cost = _scaled(history, "recent_cost", expected, segments=segments, segment=segment, settings=settings)
        else:
            cost = expected
            findings.append(_said_without_lines(told))
        if state["recent_upkeep"].null_count < state.num_rows:
            # agents' collections are no part of it: following a lapsed contract is counted by itself
            usual = np.where(told & (platform > 0), platform, share * cost)
            upkeep = _scaled(history, "recent_upkeep", usual, segments=segments, segment=segment, settings=settings)
        else:
            upkeep = np.where(told, platform, share * cost)
            if lines:
                findings.append(
                    "No cost line is of platform or data: what a contract costs without payment is its product's "
                    f"platform cost, or, where it has none, {share:.0%} of its cost."
                )
        return cls(cost / rate, np.minimum(upkeep, cost) / rate, tuple(findings))


def _scaled(
    history: ContractHistory,
    column: str,
    expected: Floats,
    *,
    segments: Segments,
    segment: Ints,
    settings: ContractSettings,
) -> Floats:
    """What is expected of each contract, at the level of the cost lines, shape (n,); the portfolio's currency."""
    known = expected > 0
    usual = float(expected[known].mean()) if known.any() else 1.0
    unit = np.where(known, expected, usual)
    found = shrunk_rates(
        floats(history.state, column) * history.rate,
        floats(history.state, "recent_cost_months") * unit,
        segment,
        len(segments),
        prior=np.nan,
        group_strength=settings.cost_months_of_all * mean_by(unit, segment, len(segments)),
        own_strength=settings.cost_months_of_segment * unit,
    )
    return found.own * unit


def _said_without_lines(told: Bools) -> str:
    source = TABLE
    if told.any():
        lacking = "" if told.all() else "; all of it where no product tells"
        source = f"the products for platform and data, and of {TABLE} for the rest{lacking}"
    return f"There are no monthly cost lines: the cost of a month to come is that of {source}, {NONE_TAKEN_OFF}"
