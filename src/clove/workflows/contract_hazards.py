"""How contracts end, learnt from those that were watched: at all times, and while they paid."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from clove.decisions.price_table import NAME
from clove.kernel.arrays import Floats, Ints
from clove.kernel.errors import NotEnoughData
from clove.models.tenure_hazard import TenureHazard
from clove.workflows.contract_history import ContractHistory
from clove.workflows.contract_segments import Segments
from clove.workflows.summary import floats


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """By segment and months served."""

    whole: TenureHazard  # of all months
    paying: TenureHazard  # of the months that began with a contract that paid
    kinds: Ints  # (s,) segments of one kind have the same usual minimum term
    terms: tuple[int, ...]  # months of the usual minimum term of each kind; none where nothing was learnt
    findings: tuple[str, ...]

    @classmethod
    def of(
        cls,
        history: ContractHistory,
        segments: Segments,
        segment: Ints,
        clause: Ints,
        relative_error_of_table: float,
    ) -> Self:
        """Learn both.

        Args:
            history: As of the date.
            segments: Of all contracts.
            segment: Of each contract, shape (n,).
            clause: Minimum term of each contract, months, shape (n,).
            relative_error_of_table: Of a chance that nothing here tells of.

        Where too few contracts have ended, the shipped price table speaks.
        """
        at_risk, ended = _counts(history.exits, segments)
        usual = np.array([np.median(clause[segment == each]) for each in range(len(segments))])
        terms, kinds = np.unique(usual, return_inverse=True)
        kinds, months = kinds.astype(np.int64), tuple(int(term) for term in terms)
        try:
            whole = TenureHazard.fit(at_risk, ended, curve=kinds)
        except NotEnoughData as refusal:
            given = TenureHazard.given(segments.shipped("monthly_churn"), relative_error_of_table)
            said = f"The chance of an end is that of {NAME}, for want of ends: {refusal.what}."
            return cls(given, given, np.arange(len(segments)), (), (said,))
        # no contract is in both at once
        unpaid = [_unpaid(spells, segments, at_risk.shape[1]) for spells in (history.spells, history.suspensions)]
        paid_ends = np.maximum(ended - sum(ends for _, ends in unpaid), 0.0)
        paid_risk = np.maximum(at_risk - sum(risk for risk, _ in unpaid), paid_ends)
        findings = list(whole.findings)
        try:
            paying = TenureHazard.fit(paid_risk, paid_ends, curve=kinds)
        except NotEnoughData:
            paying = whole
            findings.append("Too few contracts ended while they paid to tell their hazard from that of all.")
        return cls(whole, paying, kinds, months, tuple(findings))


def _counts(exits: pa.Table, segments: Segments) -> tuple[Floats, Floats]:
    """Contract-months by segment and months served, and how many of them were the last, both of shape (s, m)."""
    months = exits["months"].to_numpy().astype(np.int64)
    of, contracts = segments.code(exits), floats(exits, "contracts")
    over = exits["ended"].to_numpy(zero_copy_only=False).astype(np.bool_)
    left = np.zeros((len(segments), max(int(months.max(initial=1)), 1) + 1))
    ended = np.zeros_like(left)
    np.add.at(left, (of, months), contracts)
    np.add.at(ended, (of[over], months[over]), contracts[over])
    # at risk in a month are those who left the watch in it or later; month 1 began with 0 months served
    return left[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:], ended[:, 1:]


def _unpaid(spells: pa.Table, segments: Segments, longest: int) -> tuple[Floats, Floats]:
    """Of these, the months that began without payment, and the ends in them, both of shape (s, m)."""
    steps, ended = np.zeros((len(segments), longest + 1)), np.zeros((len(segments), longest))
    of = segments.code(spells)
    first = np.clip(spells["lapsed_after"].to_numpy().astype(np.int64), 0, longest)
    over = spells["ended"].to_numpy(zero_copy_only=False).astype(np.bool_)
    until = first + spells["months"].to_numpy().astype(np.int64) + over
    np.add.at(steps, (of, first), 1.0)
    np.add.at(steps, (of, np.minimum(until, longest)), -1.0)
    seen = over & (until <= longest)
    np.add.at(ended, (of[seen], until[seen] - 1), 1.0)
    return steps.cumsum(axis=1)[:, :longest], ended
