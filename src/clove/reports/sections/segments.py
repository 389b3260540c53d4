"""The five groups of customers and what to do with each."""

from clove.reports.blocks import Card, Cards, Column, Picture, Pictures, Section, Table
from clove.reports.contents import SegmentLine, ValueReport
from clove.reports.pictures import segment_shares, segment_values, svg
from clove.reports.shown import Shown, between, count, known, money, percent, plural

RANKED = (
    "Customers are ranked by expected value and cut by rank, so the groups keep their size while the amounts move with "
    "the business."
)
EMPTY = "nobody is in this segment"
NO_VALUE = "the value of the base is unknown or nothing"


def segments(report: ValueReport) -> Section:
    """Cards, two pictures and the table behind them."""
    return Section(
        "segments",
        "Five groups, five ways to treat them",
        _finding(report),
        (
            Pictures((_values(report), _shares(report))),
            Cards(
                tuple(_card(report, line) for line in report.segments),
                (RANKED,),
            ),
        ),
    )


def _share(report: ValueReport, line: SegmentLine) -> Shown:
    total = report.clv.mean
    return percent(line.clv.mean / total if line.customers and known(total) and total > 0 else None, why=NO_VALUE)


def _finding(report: ValueReport) -> str:
    best = next((line for line in report.segments if line.customers), None)
    if best is None:
        return "No customer is in any segment."
    people = percent(best.customers / report.customers if report.customers else None)
    share = _share(report, best)
    if not isinstance(share, str):
        return f"Your {best.name}, {plural(best.customers, 'customer')}, are {people} of the base."
    return (
        f"Your {best.name}, {plural(best.customers, 'customer')}, are {people} of the base and {share} of its "
        "value to come."
    )


def _card(report: ValueReport, line: SegmentLine) -> Card:
    empty = not line.customers
    show = report.currency
    return Card(
        line.name,
        f"{line.percentiles} percentile",
        (
            ("customers", count(line.customers)),
            ("expected value", money(show, None if empty else line.clv.mean, EMPTY if empty else NO_VALUE)),
            (
                "in eight of ten cases",
                between(show, None if empty else line.clv.p10, line.clv.p90, EMPTY if empty else NO_VALUE),
            ),
            ("a typical customer", money(show, None if empty else line.median_clv, EMPTY if empty else NO_VALUE)),
            ("still active", percent(None if empty else line.probability_alive, why=EMPTY if empty else NO_VALUE)),
        ),
        line.description,
        line.action,
    )


def _table(report: ValueReport) -> Table:
    rows = tuple(
        (
            line.name,
            count(line.customers),
            money(report.currency, line.historical if line.customers else None, EMPTY),
            money(report.currency, line.clv.mean if line.customers else None, EMPTY),
            between(report.currency, line.clv.p10 if line.customers else None, line.clv.p90, EMPTY),
            _share(report, line),
        )
        for line in report.segments
    )
    columns = (
        Column("Segment", number=False),
        Column("Customers"),
        Column("Already brought"),
        Column("Expected value"),
        Column("P10 to P90"),
        Column("Share of value"),
    )
    return Table("Segments and their value", columns, rows)


def _values(report: ValueReport) -> Picture:
    title = "What each group is expected to bring"
    drawing = svg(
        segment_values(report.segments, report.currency), name="worth", title=title, description=_finding(report)
    )
    words = (
        "The dot is what the whole group is expected to bring; in eight of ten cases it will be within the pale band."
    )
    return Picture("worth", title, drawing, words, _table(report))


def _shares(report: ValueReport) -> Picture:
    title = "Share of customers and share of value"
    drawing = svg(segment_shares(report.segments), name="shares", title=title, description=_finding(report))
    rows = tuple(
        (line.name, percent(line.customers / report.customers if report.customers else None), _share(report, line))
        for line in report.segments
    )
    columns = (Column("Segment", number=False), Column("Share of customers"), Column("Share of value"))
    words = "Where the blue bar is longer than the grey one, few people bring much."
    return Picture("shares", title, drawing, words, Table(title, columns, rows))
