"""When in the year a base buys."""

from calendar import month_abbr, month_name

from clove.reports.blocks import Column, Picture, Pictures, Section, Table
from clove.reports.contents import ValueReport
from clove.reports.pictures import season_index, svg
from clove.reports.shown import decimal, prose
from clove.valuation.season import Season

BUSY = 1.15  # of an average month's purchases, for a month to be named
INDEX = "Purchases of each month beside an average one"
HOW = (
    (
        "In the models a day of a busy month counts for more than a day: a silence in a busy time says more, and a "
        "window that holds such a time brings more. A whole year keeps its length, so what customers bring in twelve "
        "months is spread over them, not raised."
    ),
    "How the base grows or shrinks from year to year is no part of it, nor is what people spend per purchase.",
)


def season(report: ValueReport) -> Section:
    """The index with its interval; only where a season is in the forecast."""
    found = report.season
    finding = prose(told(found))
    drawing = svg(season_index(found), name="year", title=INDEX, description=finding)
    words = (
        "Repeat purchases per day of each month, an average month being 1, the size of the base taken into account. "
        "In eight of ten cases the truth lies within the bar."
    )
    return Section(
        "season",
        "When customers buy",
        finding,
        (Pictures((Picture("year", INDEX, drawing, words, _table(found)),), HOW),),
    )


def told(season: Season) -> str:
    """The season in one sentence; empty where none is known."""
    if not season.known:
        return ""
    order = sorted(range(12), key=lambda month: -season.index[month])
    busy = sorted(month for month in order if season.index[month] >= BUSY) or order[:1]
    named = [f"{month_name[month + 1]} {season.index[month]:.1f} times" for month in busy]
    both = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    quiet = min(range(12), key=lambda month: season.index[month])
    return (
        f"The season of the last {season.years:.1f} years is in the forecast: a day counts {both} as much as an "
        f"average one, and least in {month_name[quiet + 1]}, {season.index[quiet]:.1f} times."
    )


def _table(season: Season) -> Table:
    rows = zip(month_abbr[1:], season.index, season.low, season.high, strict=True)
    return Table(
        INDEX,
        (Column("Month", number=False), Column("Index"), Column("P10"), Column("P90")),
        tuple((name, decimal(index, 2), decimal(low, 2), decimal(high, 2)) for name, index, low, high in rows),
    )
