"""What a reader of the values of contracts should know of how they came about, in sentences."""

import numpy as np

from clove.intake.portfolio.read import NOTHING_KEPT
from clove.intake.portfolio.result import PortfolioReading
from clove.workflows.contract_valuation import ValuedContracts
from clove.workflows.contract_words import not_yours
from clove.workflows.segment_prices import SegmentPrices


def findings_in_words(valued: ValuedContracts, prices: SegmentPrices, reading: PortfolioReading) -> tuple[str, ...]:
    """Tables that are as good as missing first, then what is borrowed, what was learnt, and what was read."""
    loud: list[str] = []
    quiet: list[str] = []
    for finding in reading.findings:
        text = f"{finding.table}: {finding.detail}" + (f" ({finding.rows:,} rows)" if finding.rows else "")
        (loud if finding.name == NOTHING_KEPT else quiet).append(text)
    borrowed = not_yours(valued)
    of_all = valued.assumptions.hazards.whole.findings
    learnt = [text for text in valued.assumptions.findings if text not in of_all]
    return (*loud, *([borrowed] if borrowed else []), *_without_ends(valued), *learnt, *prices.findings, *quiet)


def _without_ends(valued: ValuedContracts) -> list[str]:
    """How many segments that the page shows nobody has left, so that the others speak for them."""
    found, hazard = valued.assumptions, valued.assumptions.hazards.whole
    if not found.hazards.terms:  # the illustrative table speaks, and another sentence says so
        return []
    shown = np.unique(found.segment[valued.live])
    silent = int((hazard.ended[shown].sum(axis=-1) == 0).sum())
    if not silent:
        return []
    told = f"In {silent:,} of {shown.size:,} segments with live contracts none has ended yet"
    return [f"{told}: their chance of an end leans on the other segments."]
