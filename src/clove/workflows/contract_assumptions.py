"""What the history of a portfolio tells of the months to come: shares collected, costs, hazards, resumption."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from clove.decisions.price_table import NAME as TABLE
from clove.kernel.arrays import Floats, Ints
from clove.models.resumption import Resumption
from clove.models.spells import Spells, band_codes
from clove.valuation.shrinkage import Rates, shrunk_rates
from clove.workflows.contract_hazards import Hazards
from clove.workflows.contract_money import Money
from clove.workflows.contract_request import ContractSettings
from clove.workflows.contract_segments import Segments, mean_by
from clove.workflows.summary import floats, labels

UPFRONT = ("hardware", "base_labour", "cac_marketing", "cac_sales", "cac_call_centre")  # of the shipped table
ACQUISITION = UPFRONT[2:]


@dataclass(frozen=True, slots=True, eq=False)
class ContractHistory:
    """What was known as of the date, as the feature sets tell it."""

    state: pa.Table  # n contracts, `contract_state.sql`
    exits: pa.Table  # `contract_exits.sql`
    spells: pa.Table  # without payment, `unpaid_spells.sql`
    suspensions: pa.Table  # the same of suspended contracts
    penalties: pa.Table  # `penalties.sql`
    money: Money  # rates as of the date
    rate: Floats  # (n,) units of the portfolio's currency that one of the contract's buys


@dataclass(frozen=True, slots=True, eq=False)
class Assumptions:
    """Of n contracts in s segments; money in each contract's currency."""

    segments: Segments
    segment: Ints  # (n,)
    clause: Ints  # (n,) months
    collected: Floats  # (n,) share of invoiced fees, months without payment included
    collected_paying: Floats  # (s,) the same of contracts that pay
    cost: Floats  # (n,) a month
    upkeep: Floats  # (n,) the part of it that a contract costs whether it pays or not
    upfront: Floats  # (n,)
    acquisition: Floats  # (n,) the part of it that won the contract
    labour: Floats  # (n,) of a technician's visit, where the contract has none of its own; nan where unknown
    penalty_share: Floats  # (s,) collected of the penalty due, over all ends
    hazards: Hazards
    resumption: Resumption
    suspension_ends: float  # chance that a suspended contract pays again next month
    suspended_leaves: float  # chance that it ends instead
    findings: tuple[str, ...]

    @classmethod
    def of(cls, history: ContractHistory, settings: ContractSettings) -> Self:
        """Learn all of it.

        Raises:
            DidNotConverge: The chance of resumption found no optimum.
        """
        state = history.state
        segments = Segments.of(state)
        segment = segments.code(state)
        clause = _clauses(state, settings)
        collected, paying, of_fees = _collected(history, segments, segment, settings)
        cost, of_costs = _costs(history, segments, segment, settings, "recent_cost")
        upkeep, _ = _costs(history, segments, segment, settings, "recent_upkeep")
        upfront, acquisition, of_upfront = _upfront(history, segments, segment)
        penalty_share, of_penalties = _penalty_share(history.penalties, segments, settings)
        hazards = Hazards.of(history.exits, history.spells, segments, segment, clause)
        resumption = Resumption.of(_spells(history.spells))
        back, gone, of_suspensions = _suspensions(history, settings)
        return cls(
            segments,
            segment,
            clause,
            collected,
            paying,
            cost,
            upkeep,
            upfront,
            acquisition,
            _labour(history, segments, segment),
            penalty_share,
            hazards,
            resumption,
            back,
            gone,
            (
                *of_fees,
                *of_costs,
                *of_upfront,
                *of_penalties,
                *hazards.findings,
                *of_suspensions,
                f"The chance that payment comes back is {resumption.origin}.",
            ),
        )


def _clauses(state: pa.Table, settings: ContractSettings) -> Ints:
    known = floats(state, "clause_months")
    usual = np.where(labels(state, "tier") == "fleet", settings.fleet_clause_months, settings.clause_months)
    return np.where(np.isnan(known), usual, known).astype(np.int64)


def _collected(
    history: ContractHistory, segments: Segments, segment: Ints, settings: ContractSettings
) -> tuple[Floats, Floats, list[str]]:
    state, fee = history.state, floats(history.state, "monthly_fee") * history.rate
    a_fee = mean_by(fee, segment, len(segments))
    shipped = segments.shipped("collected_share")

    def shares(received: str, due: str) -> Rates:
        owed = floats(state, due) * history.rate
        seen = bool((owed > 0).any())
        return shrunk_rates(
            floats(state, received) * history.rate,
            owed,
            segment,
            len(segments),
            prior=np.nan if seen else shipped,
            group_strength=settings.invoices_of_all * a_fee,
            own_strength=settings.invoices_of_segment * fee,
        )

    everything, paying = shares("received", "known_due"), shares("paying_received", "paying_due")
    findings = []
    if not (floats(state, "known_due") > 0).any():
        findings.append(f"No invoice is known: the share of fees that is collected is that of {TABLE}.")
    return np.clip(everything.own, 0.0, 1.0), np.clip(paying.group, 0.0, 1.0), findings


def _costs(
    history: ContractHistory, segments: Segments, segment: Ints, settings: ContractSettings, column: str
) -> tuple[Floats, list[str]]:
    """Cost of a month by one of the columns of cost lines, shape (n,), in each contract's currency."""
    state, rate, count = history.state, history.rate, len(segments)
    lines = state["recent_cost"].null_count < state.num_rows
    of_product = mean_by(floats(state, "monthly_platform_cost") * rate, segment, count)
    shipped = segments.shipped_money("monthly_cost", history.money)
    prior = np.where(np.isfinite(of_product), of_product, np.nan if lines else shipped)
    found = shrunk_rates(
        floats(state, column) * rate,
        floats(state, "recent_cost_months"),
        segment,
        count,
        prior=np.nan if lines else prior,
        group_strength=settings.cost_months_of_all,
        own_strength=settings.cost_months_of_segment,
    )
    if lines:
        return found.own / rate, []
    source = "the products" if np.isfinite(of_product).all() else TABLE
    said = (
        f"There are no monthly cost lines: the cost of a month to come is that of {source}, and none is taken off what "
    )
    return found.own / rate, [said + "contracts brought so far."]


def _upfront(history: ContractHistory, segments: Segments, segment: Ints) -> tuple[Floats, Floats, list[str]]:
    """C0 and its part that is CAC: the contract's own, else the mean of its segment, else the shipped table's."""
    state, rate, count = history.state, history.rate, len(segments)
    own, won = floats(state, "upfront_cost"), np.nan_to_num(floats(state, "acquisition_cost"))
    unknown = np.isnan(own)

    def filled(known: Floats, parts: tuple[str, ...]) -> Floats:
        usual = mean_by(np.where(unknown, np.nan, known * rate), segment, count)
        listed = np.sum([segments.shipped_money(part, history.money) for part in parts], axis=0)
        return np.where(unknown, np.where(np.isfinite(usual), usual, listed)[segment] / rate, known)

    findings = []
    if unknown.any():
        findings.append(
            f"{int(unknown.sum()):,} contracts have no upfront cost: the mean of their segment is taken, or, where it "
            f"has none, {TABLE}."
        )
    return filled(own, UPFRONT), filled(won, ACQUISITION), findings


def _labour(history: ContractHistory, segments: Segments, segment: Ints) -> Floats:
    """Of a technician's visit to a vehicle of standard complexity: the contract's own, its segment's, the shipped."""
    own, rate = floats(history.state, "base_labour"), history.rate
    usual = mean_by(own * rate, segment, len(segments))
    shipped = segments.shipped_money("base_labour", history.money)
    filled = np.where(np.isfinite(usual), usual, shipped)[segment] / rate
    return np.where(np.isnan(own), filled, own)


def _penalty_share(ends: pa.Table, segments: Segments, settings: ContractSettings) -> tuple[Floats, list[str]]:
    """Share of the penalty due that is collected, over all ends, shape (s,), shrunk to what is usual."""
    count, of, one = len(segments), segments.code(ends), np.ones(ends.num_rows)
    voluntary = shrunk_rates(
        floats(ends, "voluntary"),
        floats(ends, "known_reasons"),
        of,
        count,
        prior=np.nan,
        group_strength=settings.ends_of_prior,
        own_strength=one,
    ).group
    usual = settings.voluntary_collected * np.where(np.isfinite(voluntary), voluntary, 1.0)
    known = floats(ends, "known_penalties").sum()
    a_penalty = floats(ends, "due").sum() / known if known > 0 else 1.0
    found = shrunk_rates(
        floats(ends, "collected"),
        floats(ends, "due"),
        of,
        count,
        prior=usual,
        group_strength=settings.ends_of_prior * a_penalty,
        own_strength=one,
    ).group
    said = [] if known > 0 else ["No penalty is known to be collected: the usual share of voluntary ends is taken."]
    return np.clip(found, 0.0, 1.0), said


def _suspensions(history: ContractHistory, settings: ContractSettings) -> tuple[float, float, list[str]]:
    """Chances in a month that a suspended contract pays again, and that it ends, each pulled to what is usual."""
    seen, exits = history.suspensions, history.exits
    back, gone = (float(floats(seen, name).sum()) for name in ("resumed", "ended"))
    months = float(floats(seen, "months").sum()) + gone
    contracts = floats(exits, "contracts")
    lived = float((contracts * floats(exits, "months")).sum())
    ends = float((contracts * floats(exits, "ended")).sum()) / lived if lived > 0 else 0.0
    weight = settings.suspended_months_of_prior
    said = []
    if months < weight and (labels(history.state, "status") == "suspended").any():
        said.append(
            f"Suspended contracts were watched for {months:,.0f} months: that they pay again is taken to be as likely "
            "as is usual."
        )
    return (
        (back + weight * settings.suspension_ends) / (months + weight),
        (gone + weight * ends) / (months + weight),
        said,
    )


def _spells(table: pa.Table) -> Spells:
    months = table["months"].to_numpy().astype(np.int64)
    resumed = table["resumed"].to_numpy(zero_copy_only=False).astype(np.bool_)
    return Spells(band_codes(labels(table, "band")), np.zeros(months.size, dtype=np.int64), months, resumed)
