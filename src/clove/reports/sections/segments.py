"""The five groups of customers and what to do with each."""

import numpy as np

from clove.reports.blocks import Card, Cards, Column, Picture, Pictures, Section, Table, Words
from clove.reports.contents import Estimate, SegmentLine, ValueReport
from clove.reports.pictures import segment_shares, segment_values, svg
from clove.reports.sections.alive import EMPTY, still_active
from clove.reports.shown import (
    Shown,
    Unknown,
    between,
    count,
    interval_column,
    known,
    money_column,
    percent,
    plural,
    rough,
)

RANKED = (
    "Customers are ranked by expected value and cut by rank, so the groups keep their size while the amounts move with "
    "the business."
)
NO_VALUE = "the value of the base is unknown or nothing"
NOWHERE = Estimate(float("nan"), float("nan"), float("nan"))


def segments(report: ValueReport) -> Section:
    """Cards, two pictures and the table behind them."""
    return Section(
        "segments",
        "Five groups, five ways to treat them",
        _finding(report),
        (
            Cards(tuple(_card(report, place, line) for place, line in enumerate(report.segments))),
            Words((RANKED,)),
            Pictures((_values(report), _shares(report))),
        ),
    )


def _share(report: ValueReport, line: SegmentLine) -> Shown:
    total = report.clv.mean
    return percent(line.clv.mean / total if line.customers and known(total) and total > 0 else None, why=NO_VALUE)


def _finding(report: ValueReport) -> str:
    best = next((line for line in report.segments if line.customers), None)
    if best is None:
        return "No customer is in any segment."
    group = f"Your {best.name}, {plural(best.customers, 'customer')},"
    if not known(best.clv.mean) or not known(best.median_clv):
        people = percent(best.customers / report.customers if report.customers else None)
        return f"{group} are {people} of the base."
    worth, typical = (rough(report.currency, amount) for amount in (best.clv.mean, best.median_clv))
    return f"{group} are expected to bring {worth}, a typical one of them {typical}."


def _card(report: ValueReport, place: int, line: SegmentLine) -> Card:
    empty = not line.customers
    why = EMPTY if empty else NO_VALUE
    clv = NOWHERE if empty else line.clv
    return Card(
        line.name,
        f"{line.percentiles.replace('-', ' to ')} percentile",
        (
            ("customers", count(line.customers)),
            ("expected value", rough(report.currency, clv.mean, why)),
            ("in eight of ten cases", between(report.currency, clv.p10, clv.p90, why)),
            ("a typical customer", rough(report.currency, None if empty else line.median_clv, why)),
            (
                "repeat customers still active",
                Unknown(EMPTY) if empty else still_active(report, line.probability_alive),
            ),
        ),
        " ".join(part for part in (f"{line.description.rstrip('.')}.", _typical(report, place)) if part),
        line.action,
    )


def _typical(report: ValueReport, place: int) -> str:
    """What its members have in common so far, counted and not supposed."""
    of = report.columns
    members = of.segment == place
    if not members.any():
        return ""
    repeats = float(np.median(of.frequency[members]))
    silence = float(np.median(of.T[members] - of.recency[members]))
    bought = "bought on one day only" if repeats == 0 else f"bought again on {plural(round(repeats), 'day')}"
    return f"A typical one {bought}, the last time {plural(round(silence), 'day')} ago."


def _table(report: ValueReport) -> Table:
    lines = report.segments
    clv = [line.clv if line.customers else NOWHERE for line in lines] + [report.clv]
    columns = (
        Column("Segment", number=False),
        Column("Customers"),
        Column("Already brought"),
        Column("Expected value"),
        Column("P10 to P90"),
        Column("Share of value"),
    )
    cells = (
        [*(line.name for line in lines), "all"],
        [count(number) for number in (*(line.customers for line in lines), report.customers)],
        money_column(
            report.currency,
            [*(line.historical if line.customers else None for line in lines), report.historical],
            EMPTY,
        ),
        money_column(report.currency, [part.mean for part in clv], EMPTY),
        interval_column(report.currency, [(part.p10, part.p90) for part in clv], EMPTY),
        [*(_share(report, line) for line in lines), percent(1.0 if known(report.clv.mean) else None, why=NO_VALUE)],
    )
    return Table("Segments and their value", columns, tuple(zip(*cells, strict=True)))


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
