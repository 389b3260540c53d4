"""What to charge: every segment at its list price."""

import re

from markupsafe import Markup

from clove.reports.blocks import Block, Column, Next, Picture, Pictures, Section, Table, Words
from clove.reports.contract_contents import PortfolioReport, SegmentPrice
from clove.reports.contract_sections.amounts import joined, month_number, over, own_estimates, own_money, segment_name
from clove.reports.pictures.contract_rows import dot_rows
from clove.reports.pictures.svg import svg
from clove.reports.shown import MINUS, Shown, Unknown, known, percent, plural, prose

TITLE = "What to charge"
LISTED_BLOCKED, LISTED_OTHERS = 15, 10
DRAWN = 12
NAMED = 3  # blocked segments in the finding
EDGE = "at the edge"
NEGATIVE = re.compile(r"(?<=\s)-(?=\S)")  # before the sign of a currency
NOT_FITTED = "without quotes nothing says how sure it is"
ADVICE = (
    "PROCEED means that a new contract at the list price earns back what is spent on it, with something to spare, in "
    "time; BLOCK that it does not, for the reasons beside it. The best price is the one with the highest profit per "
    "quote among the prices that were looked at. Where it lies at the edge of them, or few quotes are behind it, it is "
    "a direction to try and not a price to set."
)
NO_QUOTES = "No quotes were read, so how many customers accept a price comes from the shipped table alone."


def prices(report: PortfolioReport) -> Section:
    """Verdicts, conversion, and the table."""
    if not report.prices:
        return Section("prices", TITLE, "No segment has a list price, so none can be judged.", ())
    blocks: list[Block] = []
    fitted = [line for line in report.prices if line.quotes]
    if fitted:
        blocks.append(Pictures((_picture(fitted),), aside=(ADVICE,)))
    else:
        blocks.append(Words((NO_QUOTES, ADVICE)))
    blocks.extend((_table(report), Next(_next(report))))
    return Section("prices", TITLE, _finding(report), tuple(blocks))


def not_worth_it(report: PortfolioReport) -> list[SegmentPrice]:
    """Segments that are blocked by what they are worth, not because it is unknown; most quoted first."""
    blocked = [line for line in report.prices if line.verdict == "BLOCK" and known(line.ltv.mean)]
    return sorted(blocked, key=lambda line: -line.quotes)


def _unjudged(report: PortfolioReport) -> int:
    return sum(not known(line.ltv.mean) for line in report.prices)


def _finding(report: PortfolioReport) -> str:
    blocked, unjudged, many = not_worth_it(report), _unjudged(report), len(report.prices)
    if unjudged == many:
        return "What a new contract is worth is unknown, so no price can be judged."
    rest = f" {unjudged:,} cannot be judged." if unjudged else ""
    if many == 1:
        does = "does not pay off enough, or not in time" if blocked else "pays off"
        return f"At its list price {segment_name(report.prices[0])} {does}."
    if not blocked:
        worth = f"{many - unjudged:,} of {many:,}" if unjudged else f"all {many:,}"
        return f"At their list prices {worth} segments pay off.{rest}"
    names = [segment_name(line) for line in blocked]
    more = len(names) - NAMED
    which = joined(names) if more <= 0 else joined([*names[:NAMED], plural(more, "other")])
    does = "does" if len(blocked) == 1 else "do"
    return (
        f"At their list prices {len(blocked):,} of {many:,} segments {does} not pay off enough, or not in time: "
        f"{which}.{rest}"
    )


def _next(report: PortfolioReport) -> str:
    blocked = not_worth_it(report)
    if not blocked:
        return (
            "Keep the list prices. To try another one, quote it to half of the customers and compare what comes back."
        )
    line = blocked[0]
    name = segment_name(line)
    if not known(line.break_even):
        return f"In {name}, spend less upfront or stop selling. {_reasons(line)}."
    even = own_money([line.currency], [line.break_even])[0]
    most = f", the most quoted of the {len(blocked):,}" if len(blocked) > 1 else ""
    return f"In {name}{most}, try a higher price or spend less upfront. {_reasons(line)}. It breaks even at {even}."


def _reasons(line: SegmentPrice) -> str:
    return NEGATIVE.sub(MINUS, prose(". ".join(line.reasons))) or "no reason was recorded"


def _picture(fitted: list[SegmentPrice]) -> Picture:
    lines = sorted(fitted, key=lambda line: -line.quotes)[:DRAWN]
    more = len(fitted) > len(lines)
    title = "Quotes that become contracts at the list price" + (f": the {DRAWN} most quoted" if more else "")
    words = "The dot is the share of quotes at the list price that are accepted, the pale band its P10 to P90."
    told = f"{segment_name(lines[0])}: {_conversion(lines[0])}, from {plural(lines[0].quotes, 'quote')}"
    drawing = svg(
        dot_rows(
            [(segment_name(line), line.conversion) for line in lines],
            lambda x: str(percent(x)),
            "Share of quotes accepted",
        ),
        name="conversion",
        title=title,
        description=told,
    )
    table = Table(
        title,
        (Column("Segment", number=False), Column("Quotes"), Column("Accepted"), Column("P10 to P90")),
        tuple(
            (
                segment_name(line),
                f"{line.quotes:,}",
                percent(line.conversion.mean, 1, "the conversion is not known"),
                _reach(line),
            )
            for line in lines
        ),
    )
    return Picture("conversion", title, drawing, words, table)


def _conversion(line: SegmentPrice) -> str:
    reach = _reach(line)
    mean = str(percent(line.conversion.mean, 1, "the conversion is not known"))
    return f"{mean} ({reach})" if isinstance(reach, str) else mean


def _reach(line: SegmentPrice) -> Shown:
    if not known(line.conversion.p10) or not known(line.conversion.p90):
        return Unknown(NOT_FITTED)
    return f"{percent(line.conversion.p10, 1)} to {percent(line.conversion.p90, 1)}"


def _table(report: PortfolioReport) -> Table:
    ranked = sorted(report.prices, key=lambda line: (line.verdict != "BLOCK", -line.quotes))
    blocked = [line for line in ranked if line.verdict == "BLOCK"]
    others = ranked[len(blocked) :]
    lines = [*blocked[:LISTED_BLOCKED], *others[:LISTED_OTHERS]]
    all_at_edge = all(line.on_bound for line in lines)
    currencies = [line.currency for line in lines]
    lists = own_money(currencies, [line.list_price for line in lines], "no list price is known")
    best = own_money(currencies, [line.optimum for line in lines], "no best price was found")
    even = own_money(currencies, [line.break_even for line in lines])
    columns = (
        Column("Segment", number=False),
        Column("List price"),
        Column("Verdict", number=False),
        Column("Accepted", number=False, help="Share of quotes at the list price, P10 to P90"),
        Column("Lifetime value", number=False, help="Of a new contract at it, P10 to P90"),
        Column("Payback", help="Month of the contract"),
        Column("Breaks even at"),
        Column("Best price", number=False),
    )
    cells: tuple[tuple[Shown, ...], ...] = (
        tuple(segment_name(line) for line in lines),
        lists,
        tuple(_verdict(line) for line in lines),
        tuple(_accepted(line) for line in lines),
        own_estimates(currencies, [line.ltv for line in lines]),
        tuple(month_number(line.payback_month, "it does not pay back within the horizon") for line in lines),
        tuple(cell if known(line.break_even) else _no_break_even(line) for cell, line in zip(even, lines, strict=True)),
        tuple(
            over(cell, f"{EDGE} of the prices looked at") if line.on_bound and not all_at_edge else cell
            for cell, line in zip(best, lines, strict=True)
        ),
    )
    hidden = len(report.prices) - len(lines)
    note = "The command clove price answers for any one offer, with its whole curve."
    if all_at_edge:
        note = f"Every best price here lies {EDGE} of the prices looked at. {note}"
    if hidden:
        note = f"{plural(hidden, 'segment')} with fewer quotes not listed: all of them are in prices.csv. {note}"
    caption = "Segments at their list price" + (", blocked ones first" if blocked and others else "")
    return Table(caption, columns, tuple(zip(*cells, strict=True)), note=note, stack=True)


def _verdict(line: SegmentPrice) -> Markup:
    reasons = _reasons(line) + "." if line.verdict == "BLOCK" else ""
    return Markup('<span><span class="figure">{}</span><span class="reach">{}</span></span>').format(
        line.verdict, reasons
    )


def _accepted(line: SegmentPrice) -> Shown:
    mean = percent(line.conversion.mean, 1, "the conversion is not known")
    reach = _reach(line)
    behind = f"from {plural(line.quotes, 'quote')}" if line.quotes else "from the shipped table, not from quotes"
    return over(mean, f"{reach}, {behind}" if isinstance(reach, str) else behind)


def _no_break_even(line: SegmentPrice) -> Unknown:
    if not known(line.ltv.mean):
        return Unknown("what a contract is worth is not known")
    always = "more" if line.ltv.mean >= 0 else "less"
    return Unknown(f"every price that was looked at brings {always} than it costs")
