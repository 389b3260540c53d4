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
from clove.workflows.contract_costs import RunningCosts
from clove.workflows.contract_hazards import Hazards
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_request import ContractSettings
from clove.workflows.contract_segments import Segments, mean_by
from clove.workflows.contract_upfront import UpfrontCosts, base_labour
from clove.workflows.summary import floats, labels


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
        running = RunningCosts.of(history, segments, segment, settings)
        upfront = UpfrontCosts.of(history, segments, segment, settings)
        penalty_share, of_penalties = _penalty_share(history, segments, settings)
        hazards = Hazards.of(history, segments, segment, clause, settings.relative_error_of_table)
        resumption = Resumption.of(_spells(history.spells))
        back, gone, of_suspensions = _suspensions(history, settings)
        return cls(
            segments,
            segment,
            clause,
            collected,
            paying,
            running.cost,
            running.upkeep,
            upfront.cost.total,
            upfront.cost.acquisition,
            base_labour(history, segments, segment),
            penalty_share,
            hazards,
            resumption,
            back,
            gone,
            (
                *of_fees,
                *running.findings,
                *upfront.findings,
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


def _penalty_share(
    history: ContractHistory, segments: Segments, settings: ContractSettings
) -> tuple[Floats, list[str]]:
    """Share of the penalty due that is collected, over all ends, shape (s,), shrunk to what is usual."""
    ends, count = history.penalties, len(segments)
    of, one = segments.code(ends), np.ones(ends.num_rows)
    rate = history.money.worth_of(labels(ends, "currency"))
    due, collected = floats(ends, "due") * rate, floats(ends, "collected") * rate
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
    known = np.where(np.isfinite(due), floats(ends, "known_penalties"), 0.0)
    told = known > 0
    # so many ends of the prior are so many of a segment's own, however large its penalties are
    of_segment, of_all = np.bincount(of[told], known[told], count), float(known[told].sum())
    summed, whole = np.bincount(of[told], due[told], count), float(due[told].sum())
    a_penalty = np.where(of_segment > 0, summed / np.maximum(of_segment, 1.0), whole / of_all if of_all > 0 else 1.0)
    found = shrunk_rates(
        collected,
        due,
        of,
        count,
        prior=usual,
        group_strength=settings.ends_of_prior * a_penalty,
        own_strength=one,
    ).group
    said = [] if of_all > 0 else ["No penalty is known to be collected: the usual share of voluntary ends is taken."]
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
