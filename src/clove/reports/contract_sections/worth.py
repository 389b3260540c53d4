"""What the contracts are worth: the parts of it, and how it is spread."""

import numpy as np

from clove.reports.blocks import Block, Column, Next, Picture, Pictures, Points, Section, Table
from clove.reports.contents import Estimate
from clove.reports.contract_contents import PortfolioReport
from clove.reports.contract_sections.amounts import estimate_column, joined, told
from clove.reports.contract_spread import LtvBins
from clove.reports.pictures.contract_money import ltv_histogram, money_steps
from clove.reports.pictures.svg import svg
from clove.reports.shown import Shown, Unknown, count, known, money_column, percent, plural, prose, rough, short_money

TITLE = "What the contracts are worth"
NOT_COUNTED = 0.005  # of a total, from which on a gap between it and its parts is a part of its own
LIVE_ONLY = (
    "These are live contracts. Those that ended early are no longer among them, so a new contract brings less on "
    "average: see what to charge."
)


def worth(report: PortfolioReport) -> Section:
    """Two sums as steps, and a histogram."""
    if not report.live:
        return Section("worth", TITLE, "No contract is live, so there is nothing to value.", ())
    bins = LtvBins.of(report.columns_ltv)
    remaining, lifetime = ("Remaining value", report.remaining), ("Lifetime value", report.ltv)
    pictures = (
        _steps(report, report.parts, remaining, anchor="parts", title="What is still to come, by part"),
        _steps(report, _lifetime(report), lifetime, anchor="lifetime", title="How that makes up lifetime value"),
        _histogram(report, bins),
    )
    blocks: list[Block] = [Pictures(pictures, aside=(LIVE_ONLY, _median(report)))]
    if report.unknown:
        blocks.append(
            Points(
                tuple(
                    f"Of {plural(number, 'contract')} not every figure is known: {prose(why)}."
                    for why, number in report.unknown
                )
            )
        )
    blocks.append(Next(_next(bins)))
    return Section("worth", TITLE, _finding(report, bins), tuple(blocks))


def _finding(report: PortfolioReport, bins: LtvBins) -> str:
    known_values = int(bins.counts.sum())
    if not known_values:
        return "The lifetime value of single contracts is not known."
    if not known(report.ltv.mean):
        total = f"The lifetime value of {plural(known_values, 'contract')} is known"
    else:
        total = f"Your live contracts have a lifetime value of {told(report.currency, report.ltv)}"
    if not bins.below_zero:
        return f"{total}; none is expected to cost more than it brings."
    share = percent(bins.below_zero / known_values)
    cost = "is" if bins.below_zero == 1 else "are"
    return f"{total}; {bins.below_zero:,} of {known_values:,} ({share}) {cost} expected to cost more than they bring."


def _median(report: PortfolioReport) -> str:
    values = report.columns_remaining[np.isfinite(report.columns_remaining)]
    if not values.size:
        return "The remaining value of single contracts is not known."
    if values.size == 1:
        return "The interval of its outcome is in contracts.csv."
    middle = rough(report.currency, float(np.median(values)))
    return f"Half of the live contracts have a remaining value below {middle}. Each one's interval is in contracts.csv."


def _next(bins: LtvBins) -> str:
    if not bins.counts.any():
        return "Find the figures that are missing: the section on the data names them."
    if bins.below_zero:
        return (
            f"List the {plural(bins.below_zero, 'contract')} with an ltv below 0 and a status other than cancelled in "
            "contracts.csv, and see where they were sold: what was spent on them is gone, so keep each one whose "
            "remaining_value is above 0."
        )
    return "Before money is spent to keep a contract, compare it with its remaining_value in contracts.csv."


def _lifetime(report: PortfolioReport) -> tuple[tuple[str, float], ...]:
    return (
        ("Brought so far", report.realised),
        ("Remaining value", report.remaining.mean),
        ("Spent to win them", -report.upfront),
    )


def _complete(steps: tuple[tuple[str, float], ...], total: float) -> tuple[tuple[str, float], ...]:
    """With a line of its own for what the parts do not explain."""
    steps = tuple((name[:1].upper() + name[1:], amount) for name, amount in steps)
    gap = total - sum(amount for _, amount in steps)
    size = max((abs(amount) for _, amount in (*steps, ("", total))), default=0.0)
    return (*steps, ("Not accounted for", gap)) if known(gap) and abs(gap) > NOT_COUNTED * size else steps


def _steps(
    report: PortfolioReport,
    parts: tuple[tuple[str, float], ...],
    total: tuple[str, Estimate],
    *,
    anchor: str,
    title: str,
) -> Picture:
    name, estimate = total
    steps = _complete(parts, estimate.mean)
    amounts = [f"{step} {short_money(report.currency, amount)}" for step, amount in steps]
    described = f"{joined(amounts)} make up the {name.lower()}: {told(report.currency, estimate)}."
    drawing = svg(
        money_steps(steps, total, report.currency),
        name=anchor,
        title=title,
        description=described,
    )
    cells = money_column(report.currency, [amount for _, amount in steps])
    rows: list[tuple[Shown, ...]] = [(step, amount) for (step, _), amount in zip(steps, cells, strict=True)]
    rows.append((name, estimate_column(report.currency, [estimate])[0]))
    words = (
        "Each bar begins where the one above it ends; grey takes away. The pale band of the total is its P10 to P90."
    )
    return Picture(
        anchor, title, drawing, words, Table(title, (Column("Part", number=False), Column("Amount")), tuple(rows))
    )


def _histogram(report: PortfolioReport, bins: LtvBins) -> Picture:
    title = "Contracts by lifetime value"
    drawing = svg(ltv_histogram(bins, report.currency), name="ltv", title=title, description=_finding(report, bins))
    edges = money_column(report.currency, [float(edge) for edge in bins.edges])
    rows: list[tuple[Shown, ...]] = []
    for place, number in enumerate(bins.counts if bins.counts.any() else ()):
        name = f"{edges[place]} to {edges[place + 1]}"
        if bins.under and not place:
            name = f"less than {edges[1]}"
        elif bins.over and place == bins.counts.size - 1:
            name = f"{edges[place]} and more"
        rows.append((name, count(float(number))))
    if bins.unknown:
        rows.append((Unknown("a figure that these contracts' value is made of is not known"), count(bins.unknown)))
    words = "Each bar counts the contracts of a range; grey is below zero." + (
        " The outermost bars hold the few beyond them too." if bins.under or bins.over else ""
    )
    columns = (Column("Lifetime value", number=False), Column("Contracts"))
    return Picture("ltv", title, drawing, words, Table(title, columns, tuple(rows)))
