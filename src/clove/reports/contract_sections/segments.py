"""Which segments are worth it."""

from clove.reports.blocks import Block, Column, Next, Picture, Pictures, Section, Table
from clove.reports.contents import Estimate
from clove.reports.contract_contents import PortfolioReport, SegmentValue
from clove.reports.contract_sections.amounts import estimate_column, month_number, over, segment_name, told
from clove.reports.pictures.contract_rows import dot_rows
from clove.reports.pictures.svg import svg
from clove.reports.shown import Shown, count, known, money_column, percent, plural, rough, short_money

TITLE = "Which segments are worth it"
LISTED = 25  # rows of the table
DRAWN = 6  # best and as many worst
ENOUGH = 20  # contracts of a segment whose mean is compared with others


def segments(report: PortfolioReport) -> Section:
    """A picture of the best and the worst, and the table."""
    if not report.segments:
        return Section("segments", TITLE, "No segment has a live contract.", ())
    ranked = _ranked(report)
    blocks: list[Block] = [Pictures((_each(report, ranked), _together(report))), _table(report)]
    blocks.append(Next(_next(report, ranked)))
    return Section("segments", TITLE, _finding(report, ranked), tuple(blocks))


def _ranked(report: PortfolioReport) -> tuple[SegmentValue, ...]:
    """By lifetime value per contract, best first: of those with enough contracts, or of all where none has."""
    known_ones = [line for line in report.segments if known(line.ltv.mean)]
    large = [line for line in known_ones if line.contracts >= ENOUGH] or known_ones
    return tuple(sorted(large, key=lambda line: -line.ltv.mean))


def _finding(report: PortfolioReport, ranked: tuple[SegmentValue, ...]) -> str:
    if not ranked:
        return "The lifetime value of no segment is known."
    best, worst = ranked[0], ranked[-1]
    most = f"{segment_name(best)} is worth most per contract: {told(report.currency, best.ltv)}"
    if len(ranked) == 1:
        return f"{segment_name(best)} is worth {told(report.currency, best.ltv)} per contract."
    return f"{most}; {segment_name(worst)} least: {told(report.currency, worst.ltv)}."


def _next(report: PortfolioReport, ranked: tuple[SegmentValue, ...]) -> str:
    if not ranked:
        return "Find the figures that are missing: the section on the data names them."
    losing = [line for line in ranked if line.ltv.mean < 0]
    if losing:
        worst = losing[-1]
        sure = known(worst.ltv.p90) and worst.ltv.p90 < 0
        doubt = (
            "even the upper end of its interval is below zero" if sure else "its interval holds zero, so it may yet pay"
        )
        more = f" ({plural(len(losing) - 1, 'other segment')} below zero)" if len(losing) > 1 else ""
        return (
            f"Look at the price and the upfront cost of {segment_name(worst)} before more is sold there: {doubt}{more}."
        )
    best = ranked[0]
    spent = rough(report.currency, best.upfront)
    if not isinstance(spent, str):
        return f"Ask whether more can be sold in {segment_name(best)}."
    return f"Ask whether more can be sold in {segment_name(best)}, where a contract costs {spent} upfront on average."


def _each(report: PortfolioReport, ranked: tuple[SegmentValue, ...]) -> Picture:
    """Lifetime value per contract, best and worst."""
    few = len(ranked) <= 2 * DRAWN
    lines = ranked if few else (*ranked[:DRAWN], *ranked[-DRAWN:])
    title = "Lifetime value per contract" + ("" if few else f": the {DRAWN} best and the {DRAWN} worst")
    left_out = any(known(line.ltv.mean) and line not in ranked for line in report.segments)
    words = "The dot is the mean of the segment's live contracts; the pale band is the P10 to P90 of that mean." + (
        f" Segments of fewer than {ENOUGH} contracts are left out." if left_out else ""
    )
    rows = [(segment_name(line), line.ltv) for line in lines]
    return _picture(report, rows, anchor="each", title=title, across="Per contract", words=words)


def _together(report: PortfolioReport) -> Picture:
    """Remaining value of whole segments, largest first."""
    lines = report.segments[: 2 * DRAWN]
    more = len(report.segments) > len(lines)
    title = "Value still to come from each segment" + (f": the {len(lines)} largest" if more else "")
    rows = [(segment_name(line), line.remaining) for line in lines]
    words = "The remaining value of all live contracts of a segment together, with its P10 to P90."
    return _picture(report, rows, anchor="whole", title=title, across="All contracts of the segment", words=words)


def _picture(
    report: PortfolioReport,
    rows: list[tuple[str, Estimate]],
    *,
    anchor: str,
    title: str,
    across: str,
    words: str,
) -> Picture:
    drawing = svg(
        dot_rows(rows, lambda x: short_money(report.currency, x), across),
        name=anchor,
        title=title,
        description=_finding(report, _ranked(report)),
    )
    cells = estimate_column(report.currency, [estimate for _, estimate in rows])
    table = Table(
        title,
        (Column("Segment", number=False), Column(f"{across}, P10 to P90", number=False)),
        tuple((name, cell) for (name, _), cell in zip(rows, cells, strict=True)),
    )
    return Picture(anchor, title, drawing, words, table)


def _table(report: PortfolioReport) -> Table:
    lines, currency = report.segments[:LISTED], report.currency
    horizon = plural(report.horizon_months, "month")
    columns = (
        Column("Segment", number=False),
        Column("Contracts"),
        Column("Monthly fee"),
        Column("Ends next month"),
        Column("Still to come", number=False, help="All contracts together, P10 to P90"),
        Column("Lifetime value", number=False, help="Mean per contract, P10 to P90"),
        Column("Upfront cost"),
        Column("Payback", number=False, help="Median month of those that pay back"),
    )
    cells: tuple[tuple[Shown, ...], ...] = (
        tuple(segment_name(line) for line in lines),
        tuple(count(line.contracts) for line in lines),
        money_column(currency, [line.monthly_fee for line in lines], "a fee is not known"),
        tuple(percent(line.monthly_churn, 1, "the chance of an end is not known") for line in lines),
        estimate_column(currency, [line.remaining for line in lines]),
        estimate_column(currency, [line.ltv for line in lines]),
        money_column(currency, [line.upfront for line in lines], "what was spent upfront is not known"),
        tuple(_payback(line, f"no contract pays back within {horizon}") for line in lines),
    )
    hidden = len(report.segments) - len(lines)
    note = f"{plural(hidden, 'smaller segment')} not listed: all of them are in segments.csv." if hidden else ""
    return Table("Segments by what is still to come", columns, tuple(zip(*cells, strict=True)), note=note, stack=True)


def _payback(line: SegmentValue, why: str) -> Shown:
    month = month_number(line.payback_month, why)
    return over(month, f"{plural(line.never_pays_back, 'contract')} never") if line.never_pays_back else month
